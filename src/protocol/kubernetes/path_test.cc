#include "protocol/kubernetes/path.h"

#include <gtest/gtest.h>

#include "protocol/http/facts/facts.h"
#include "protocol/kubernetes/facts.h"
#include "protocol/kubernetes/selector.h"

namespace claw::kubernetes {
namespace {

// As a request would have it: the target read first.
std::string told(std::string_view method, std::string_view url) {
  http::Request request;
  request.method = method;
  request.path = url;
  const auto target = http::read_target(url);
  if (!target) return "error: " + target.error().what;
  const Located located = locate(request, *target);
  const Path& path = located.path;
  if (!path.why_not.empty()) return "not understood: " + path.why_not;
  std::string text(path.verb);
  const auto add = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) text.append(" ").append(label).append(value);
  };
  add("", path.non_resource_path);
  add("group=", path.api_group);
  add("", path.resource);
  add("name=", path.name);
  add("in=", path.space);
  add("proxy=", path.proxy_path);
  return text;
}

bool is_refused(std::string_view method, std::string_view url) {
  const std::string text = told(method, url);
  return text.starts_with("not understood") || text.starts_with("error");
}

TEST(path, is_read_as_the_api_server_reads_it) {
  constexpr std::array<std::array<std::string_view, 3>, 36> rows{{
      {"GET", "/api/v1/namespaces/prod/pods", "list pods in=prod"},
      {"GET", "/api/v1/namespaces/prod/pods/", "list pods in=prod"},
      {"HEAD", "/api/v1/namespaces/prod/pods/web", "get pods name=web in=prod"},
      {"POST", "/api/v1/namespaces/prod/pods", "create pods in=prod"},
      {"PUT", "/apis/apps/v1/namespaces/prod/deployments/web/scale",
       "update group=apps deployments/scale name=web in=prod"},
      {"PATCH", "/apis/apps/v1/namespaces/prod/deployments/web",
       "patch group=apps deployments name=web in=prod"},
      {"DELETE", "/api/v1/namespaces/prod/pods", "deletecollection pods in=prod"},
      {"DELETE", "/api/v1/namespaces/prod", "delete namespaces name=prod in=prod"},
      {"GET", "/api/v1/namespaces", "list namespaces"},
      {"PUT", "/api/v1/namespaces/prod/finalize", "update namespaces/finalize name=prod in=prod"},
      {"GET", "/api/v1/namespaces/prod/status", "get namespaces/status name=prod in=prod"},
      {"GET", "/api/v1/pods?watch", "watch pods"},
      {"GET", "/api/v1/pods?watch=", "watch pods"},
      {"GET", "/api/v1/pods?watch=FALSE", "list pods"},
      {"GET", "/api/v1/pods?watch=0", "list pods"},
      {"GET", "/api/v1/pods?Watch=true", "list pods"},
      {"GET", "/api/v1/pods?watch=true&watch=1", "watch pods"},
      {"GET", "/api/v1/namespaces/prod/pods/web?watch=true", "get pods name=web in=prod"},
      {"GET", "/api/v1/watch/namespaces/prod/pods/web", "watch pods name=web in=prod"},
      {"GET", "/api/v1/pods?fieldSelector=metadata.name%3Dweb", "list pods name=web"},
      {"DELETE", "/api/v1/pods?fieldSelector=metadata.name%3Dweb", "deletecollection pods"},
      {"GET", "/api/v1/namespaces/prod/pods/web/log", "get pods/log name=web in=prod"},
      {"GET", "/api/v1/namespaces/prod/pods/web/exec?command=sh", "create pods/exec name=web in=prod"},
      {"POST", "/api/v1/namespaces/prod/pods/web/attach", "create pods/attach name=web in=prod"},
      {"GET", "/api/v1/namespaces/prod/pods/web/portforward", "create pods/portforward name=web in=prod"},
      {"GET", "/api/v1/namespaces/prod/pods/https:web:8443/proxy/a/b?x=1",
       "get pods/proxy name=https:web:8443 in=prod proxy=/a/b?x=1"},
      {"POST", "/api/v1/nodes/n1/proxy", "create nodes/proxy name=n1 proxy=/"},
      {"GET", "/api/v1/nodes/n1/proxy/", "get nodes/proxy name=n1 proxy=/"},
      {"GET", "/api/v1/nodes/n1/proxy/logs/", "get nodes/proxy name=n1 proxy=/logs/"},
      {"GET", "/api/v1/proxy/namespaces/prod/pods/web/a", "proxy pods name=web in=prod proxy=/a"},
      {"GET", "/healthz", "get /healthz"},
      {"POST", "/api/v1", "post /api/v1"},
      {"GET", "/apis/apps/v1/", "get /apis/apps/v1/"},
      {"GET", "/openapi/v3/apis/apps/v1", "get /openapi/v3/apis/apps/v1"},
      {"GET", "/", "get /"},
      {"GET", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/prod/pods/*/http_Requests",
       "get group=custom.metrics.k8s.io pods/http_Requests name=* in=prod"},
  }};
  for (const auto& [method, url, want] : rows) EXPECT_EQ(told(method, url), want) << method << " " << url;
}

TEST(path, what_goes_upstream_is_what_was_read) {
  EXPECT_EQ(told("GET", "/api/v1//namespaces/./prod//pods"), "list pods in=prod");
  EXPECT_EQ(told("GET", "/api/v1/namespaces/prod/pods/web/log/../exec"), "create pods/exec name=web in=prod");
  EXPECT_EQ(told("GET", "/api/v1/namespaces/prod/pods/web/%65xec"), "create pods/exec name=web in=prod");
  EXPECT_EQ(told("GET", "/api/v1/namespaces/prod/pods/web/%2e%2e/db/exec"),
            "create pods/exec name=db in=prod");
  EXPECT_EQ(told("GET", "/%61pi/v1/secrets"), "list secrets");
  EXPECT_EQ(told("GET", "/healthz/../api/v1/secrets"), "list secrets");
}

TEST(path, no_write_or_way_in_looks_like_a_read) {
  const std::string pod = "/api/v1/namespaces/prod/pods/web";
  for (const std::string_view method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    for (const std::string_view way : {"exec", "attach", "portforward"}) {
      const std::string url = pod + "/" + std::string(way);
      for (const std::string_view end : {"", "/", "?watch=true", "?watch=1&command=sh", "//", "/."}) {
        EXPECT_TRUE(told(method, url + std::string(end)).starts_with("create ")) << method << url << end;
      }
    }
  }
  for (const std::string_view method : {"get", "Get", "POST ", "OPTIONS", "TRACE", "CONNECT", "LIST", "WATCH",
                                        "PROPFIND", "QUERY", "", "G\xC3\x89T"}) {
    EXPECT_TRUE(is_refused(method, pod)) << method;
    EXPECT_TRUE(is_refused(method, "/healthz")) << method;
  }
  for (const std::string_view method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_TRUE(is_refused(method, "/api/v1/watch/namespaces/prod/pods")) << method;
    EXPECT_TRUE(is_refused(method, "/api/v1/watch/namespaces/prod/pods/web")) << method;
  }
}

TEST(path, what_two_servers_could_read_differently_is_refused) {
  for (const std::string_view url : {"/api/v1/namespaces/prod/pods/web%2Fexec",
                                     "/api/v1/namespaces/prod%2Fpods",
                                     "/api%2Fv1/secrets",
                                     "/api/v1/namespaces/prod/pods/web;x/log",
                                     "/api/v1/namespaces/prod/pods/..%3bx/log",
                                     "/api/v1/pods?watch=true;x",
                                     "/api/v1/pods?a;watch=true",
                                     "/api/v1/namespaces/prod/pods/web/exec;",
                                     "/api/v1/pods?watch=true&watch=false",
                                     "/api/v1/namespaces/prod/pods/web/EXEC",
                                     "/api/v1/namespaces/prod/Pods",
                                     "/API/v1/secrets",
                                     "/Apis/apps/v1/deployments",
                                     "/api/V1/secrets",
                                     "/api/v1/namespaces/prod/pods/web/ex\xC3\xA9"
                                     "c",
                                     "/api/v1/namespaces/prod/pods/a%2525b",
                                     "/api/v1/namespaces/prod/pods/%25",
                                     "/api/v1/namespaces/prod/pods/web/exec/more",
                                     "/api/v1/watch",
                                     "/api/v1/proxy",
                                     "/api/v1/watch/namespaces/prod/pods/web/exec",
                                     "/api/v1/pods/a/b/c",
                                     "*",
                                     "/k8s/clusters/c1/api/v1/secrets",
                                     "/x/apis/apps/v1/deployments",
                                     "/api/v1/namespaces/prod/pods/a%00b",
                                     "/api/v1/pods?watch=%zz",
                                     "/api/v1/pods?x=%FF",
                                     "/api/v1/nodes/n1/proxy/a%2Fb",
                                     "/api/v1/nodes/n1/proxy/a%3Fb",
                                     "/api/v1/namespaces/prod/pods/a%5cb",
                                     "/api/v1/pods#x",
                                     "/api/v1/namespaces/prod/pods/web/ex ec",
                                     "/api/v1/namespaces/prod/pods/web/exec%20",
                                     "/api/v1/namespaces/prod/pods/web/%20exec",
                                     "/api/v1/namespaces/prod/pods/web/exec%09",
                                     "/apis/apps_x/v1/deployments"}) {
    EXPECT_TRUE(is_refused("GET", url)) << url << ": " << told("GET", url);
  }
}

TEST(path, may_be_as_long_as_it_likes) {
  const std::string name(100'000, 'a');
  EXPECT_EQ(told("GET", "/api/v1/namespaces/prod/pods/" + name + "/exec"),
            "create pods/exec name=" + name + " in=prod");
  std::string deep = "/api/v1/nodes/n/proxy";
  for (int i = 0; i < 10'000; ++i) deep += "/a";
  EXPECT_TRUE(told("GET", deep).starts_with("get nodes/proxy name=n proxy=/a/a"));
}

TEST(selector, demands_a_name_as_the_server_reads_it) {
  cel::Arena arena;
  constexpr std::array<std::array<std::string_view, 2>, 22> rows{{
      {"metadata.name=web", "web"},
      {"metadata.name==web", "web"},
      {"metadata.name!=web", ""},
      {"a=b,metadata.name=web", "web"},
      {"metadata.name=web,a!=b", "web"},
      {"metadata.name=web,foo", ""},
      {"metadata.name=b,metadata.name=a", "a"},
      {"metadata.name=a\\,b", "a,b"},
      {"metadata.name=a\\=b", "a=b"},
      {"metadata.name=a\\\\b", "a\\b"},
      {"metadata.name=a=b", ""},
      {"metadata.name=a\\b", ""},
      {"metadata.name=a\\", ""},
      {"metadata.name=..", ""},
      {"metadata.name=a/b", ""},
      {"metadata.name=a%b", ""},
      {"metadata.name=", ""},
      {"", ""},
      {",", ""},
      {" metadata.name=a", ""},
      {"Metadata.name=a", ""},
      {"metadata.namespace=prod", ""},
  }};
  for (const auto& [selector, want] : rows) EXPECT_EQ(name_selected(selector, arena), want) << selector;
}

}  // namespace
}  // namespace claw::kubernetes
