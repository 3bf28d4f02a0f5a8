#include "protocol/kubernetes/facts.h"

#include <gtest/gtest.h>

#include "action/schema.h"
#include "cel/json.h"

namespace claw::kubernetes {
namespace {

struct Sent {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::optional<std::string> body = std::nullopt;
  std::string protocol = {};
  std::optional<http::Body> input = std::nullopt;
  bool is_whole = true;
};

http::Request request_of(const Sent& sent) {
  http::Request request;
  request.method = sent.method;
  request.path = sent.path;
  request.protocol = sent.protocol;
  for (const auto& [name, value] : sent.fields) request.fields.add(name, value);
  request.has_body = sent.body.has_value();
  return request;
}

http::Needs everything() {
  return needs_of([](std::uint32_t) { return true; });
}

std::shared_ptr<const action::Subject> subject_of(const Sent& sent, const http::Needs& needs = everything()) {
  const http::Request request = request_of(sent);
  const http::Target target = http::read_target(sent.path).value();
  http::Asked asked{request, target, "https", "k8s.example.com", std::nullopt};
  if (sent.body && wants_body(request, target, needs)) asked.body = http::Body{*sent.body, sent.is_whole};
  asked.input = sent.input;
  return read_subject(asked, needs);
}

std::string fact(const action::Subject& subject, std::string_view name) {
  const cel::Value value = subject.parts.at(0).facts.at(*action::slot_of(action::Family::k8s, name));
  if (value.is(cel::Kind::absent)) return "absent";
  if (value.is(cel::Kind::unknown)) {
    return value.causes().has(cel::Cause::unparsed) ? "unparsed" : "truncated";
  }
  return value.is(cel::Kind::string) ? std::string(value.as_text()) : cel::to_json(value).value();
}

const std::string pod = "/api/v1/namespaces/prod/pods/web";

TEST(facts, of_a_request) {
  const auto subject =
      subject_of({"PATCH",
                  pod + "?dryRun=All&fieldManager=kubectl",
                  {{"Content-Type", "application/merge-patch+json"}, {"Impersonate-User", "bob"}},
                  R"({"metadata":{"labels":{"a":"b"}}})"});
  EXPECT_TRUE(subject->understood) << subject->why_not;
  EXPECT_EQ(fact(*subject, "k8s.verb"), "patch");
  EXPECT_EQ(fact(*subject, "k8s.resource"), "pods");
  EXPECT_EQ(fact(*subject, "k8s.namespace"), "prod");
  EXPECT_EQ(fact(*subject, "k8s.name"), "web");
  EXPECT_EQ(fact(*subject, "k8s.api_group"), "");
  EXPECT_EQ(fact(*subject, "k8s.api_version"), "v1");
  EXPECT_EQ(fact(*subject, "k8s.dry_run"), "true");
  EXPECT_EQ(fact(*subject, "k8s.field_manager"), "kubectl");
  EXPECT_EQ(fact(*subject, "k8s.impersonate_user"), "bob");
  EXPECT_EQ(fact(*subject, "k8s.object"), R"({"metadata":{"labels":{"a":"b"}}})");
  EXPECT_EQ(fact(*subject, "http.method"), "patch");
  EXPECT_EQ(fact(*subject, "k8s.non_resource_path"), "");
  const auto other = subject_of({"GET", "/healthz?verbose"});
  EXPECT_EQ(fact(*other, "k8s.verb"), "get");
  EXPECT_EQ(fact(*other, "k8s.resource"), "");
  EXPECT_EQ(fact(*other, "k8s.non_resource_path"), "/healthz");
  EXPECT_EQ(fact(*other, "k8s.object"), "{}");
  EXPECT_TRUE(other->reads_only);
  EXPECT_EQ(other->summary, "get /healthz");
}

TEST(facts, of_what_is_not_understood_are_unknown) {
  for (const std::string_view path :
       {"/api/v1/namespaces/prod/pods/web%2Fexec", "/api/v1/watch", "/api/v1/pods?a;b", "/api/v1/pods?x=%zz",
        "/api/v1/namespaces/prod/pods/web;a", "/api/v1/namespaces/prod/pods/web/exec?tty=true&tty=false"}) {
    const auto subject = subject_of({"GET", std::string(path)});
    EXPECT_FALSE(subject->understood) << path;
    EXPECT_FALSE(subject->reads_only) << path;
    for (const action::Fact& each : action::schema(action::Family::k8s)) {
      if (!each.name.starts_with("k8s.") || each.name == "k8s.object") continue;
      if (each.name.starts_with("k8s.impersonate")) continue;
      EXPECT_EQ(fact(*subject, each.name), "unparsed") << path << " " << each.name;
    }
  }
}

TEST(facts, maps_that_no_rule_reads_are_not_made) {
  const auto needs_for = [](std::string_view fact) {
    return needs_of([&](std::uint32_t slot) { return slot == *action::slot_of(action::Family::k8s, fact); });
  };
  const Sent sent{"GET", pod + "?fieldManager=me&a=b", {{"X-A", "1"}, {"Cookie", "c=d"}}, {}};
  const auto none = subject_of(sent, needs_for("k8s.verb"));
  const std::string_view maps[] = {"http.query", "http.headers", "http.cookies", "k8s.params",
                                   "k8s.param_values"};
  for (const std::string_view map : maps) {
    EXPECT_EQ(fact(*none, map), "unparsed") << map;
    EXPECT_EQ(fact(*subject_of(sent, needs_for(map)), map), fact(*subject_of(sent), map)) << map;
    EXPECT_NE(fact(*subject_of(sent), map), "unparsed") << map;
  }
  EXPECT_TRUE(none->understood);
  EXPECT_EQ(fact(*none, "k8s.field_manager"), "me");
}

// It may be here for another reason: the credential signs it, or a person is to see it.
TEST(facts, an_object_that_no_rule_reads_is_unknown_and_not_empty) {
  const Sent sent{"PUT", pod, {}, R"({"spec":{}})"};
  const http::Request request = request_of(sent);
  const http::Target target = http::read_target(sent.path).value();
  http::Asked asked{request, target, "https", "k8s.example.com", http::Body{*sent.body, true}};
  const auto subject = read_subject(asked, needs_of([](std::uint32_t) { return false; }));
  EXPECT_EQ(fact(*subject, "k8s.object"), "unparsed");
  EXPECT_TRUE(subject->understood);
}

// kubectl's typed commands send it: a rule on the path judges them all the same.
TEST(facts, an_object_in_protobuf_is_unknown_and_the_request_is_understood) {
  const std::string bytes("k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x07\x0a\x05\x0a\x03web", 24);
  const http::Needs needs = needs_of([](std::uint32_t slot) {
    return slot == *action::slot_of(action::Family::k8s, "k8s.object") ||
           slot == *action::slot_of(action::Family::k8s, "action.destructive");
  });
  const auto subject = subject_of({"POST", "/api/v1/namespaces/prod/pods",
                                   {{"Content-Type", "application/vnd.kubernetes.protobuf"}}, bytes}, needs);
  EXPECT_TRUE(subject->understood) << subject->why_not;
  EXPECT_EQ(fact(*subject, "k8s.object"), "unparsed");
  EXPECT_EQ(fact(*subject, "k8s.resource"), "pods");
  EXPECT_EQ(fact(*subject, "k8s.name"), "") << "as the server has it when it asks who may do this";
  EXPECT_EQ(subject->summary, "create pods/web in prod");
  EXPECT_EQ(subject->unread, "an object in protobuf: v1 Pod");
  EXPECT_NE(subject->unread_hint, "");
  const auto other = subject_of({"POST", "/api/v1/namespaces/prod/pods",
                                 {{"Content-Type", "application/vnd.kubernetes.protobuf"}}, "{}"}, needs);
  EXPECT_FALSE(other->understood);
}

TEST(facts, of_an_exec_are_never_a_read) {
  const std::string exec =
      pod + "/exec?command=sh&command=-c&command=id%3B+ls&container=app&stdin=true&stdout=1";
  for (const std::string_view method : {"GET", "POST", "HEAD"}) {
    const auto subject = subject_of({std::string(method), exec + "&watch=true&dryRun=All"});
    EXPECT_EQ(fact(*subject, "k8s.verb"), "create") << method;
    EXPECT_EQ(fact(*subject, "k8s.resource"), "pods/exec");
    EXPECT_EQ(fact(*subject, "k8s.exec.command"), R"(["sh","-c","id; ls"])");
    EXPECT_EQ(fact(*subject, "k8s.exec.stdin"), "unparsed");
    EXPECT_EQ(fact(*subject, "k8s.dry_run"), "false");
    EXPECT_FALSE(subject->reads_only);
  }
  const auto taken = subject_of({"GET", exec, {}, {}, "websocket", http::Body{"yes", true}});
  EXPECT_EQ(fact(*taken, "k8s.exec.stdin"), "yes");
  const auto cut = subject_of({"GET", exec, {}, {}, "websocket", http::Body{"yes", false}});
  EXPECT_EQ(fact(*cut, "k8s.exec.stdin"), "truncated");
}

TEST(facts, another_method_beside_the_first_leaves_no_verb) {
  for (const std::string_view header : {"X-HTTP-Method-Override", "x_http_method", "X-Method-Override"}) {
    const auto subject = subject_of({"GET", pod, {{std::string(header), "DELETE"}}});
    EXPECT_EQ(fact(*subject, "k8s.verb"), "unparsed") << header;
    EXPECT_FALSE(subject->reads_only) << header;
  }
  EXPECT_EQ(fact(*subject_of({"GET", pod + "?_method=DELETE"}), "k8s.verb"), "unparsed");
}

TEST(facts, of_a_deletion_come_with_its_body) {
  const auto needs = needs_of([](std::uint32_t) { return false; });
  const auto dry = [&](std::string query, std::string body, std::string type = "application/json") {
    const auto subject =
        subject_of({"DELETE", pod + query, {{"Content-Type", type}}, std::move(body)}, needs);
    return fact(*subject, "k8s.dry_run");
  };
  EXPECT_EQ(dry("", R"({"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]})"), "true");
  EXPECT_EQ(dry("?dryRun=All", R"({"propagationPolicy":"Background"})"), "false");
  EXPECT_EQ(dry("?dryRun=All", ""), "true");
  EXPECT_EQ(dry("?dryRun=All", "{"), "unparsed");
  EXPECT_EQ(dry("", "dryRun: [All]\n", "application/yaml"), "true");
  EXPECT_EQ(dry("", R"({"dryRun":["All"]})", "text/plain"), "unparsed");
  const auto cut = subject_of({"DELETE", pod, {}, "{", {}, {}, false}, needs);
  EXPECT_EQ(fact(*cut, "k8s.dry_run"), "unparsed");
}

TEST(facts, say_which_bodies_are_taken_in) {
  const auto wants = [](std::string method, std::string path, bool reads_object,
                        std::string type = "application/json") {
    const auto slot = *action::slot_of(action::Family::k8s, "k8s.object");
    const auto needs = needs_of([&](std::uint32_t asked) { return reads_object && asked == slot; });
    const Sent sent{std::move(method), std::move(path), {{"Content-Type", std::move(type)}}, "x"};
    return wants_body(request_of(sent), http::read_target(sent.path).value(), needs);
  };
  EXPECT_FALSE(wants("PUT", pod, false));
  EXPECT_TRUE(wants("PUT", pod, true));
  EXPECT_TRUE(wants("DELETE", pod, false));
  EXPECT_FALSE(wants("POST", pod + "/proxy/upload", true)) << "what a proxy passes on is no object";
  EXPECT_TRUE(wants("POST", pod + "/proxy/form", false, "application/x-www-form-urlencoded"));
  const auto destructive = *action::slot_of(action::Family::k8s, "action.destructive");
  EXPECT_FALSE(needs_of([&](std::uint32_t asked) { return asked == destructive; }).body);
}

TEST(facts, of_a_proxy_are_what_it_passes_on) {
  const auto subject =
      subject_of({"POST", "/api/v1/namespaces/prod/services/db:80/proxy/admin?drop=1", {}, "{}"});
  EXPECT_EQ(fact(*subject, "k8s.resource"), "services/proxy");
  EXPECT_EQ(fact(*subject, "k8s.proxy_path"), "/admin?drop=1");
  EXPECT_EQ(fact(*subject, "k8s.verb"), "create");
  EXPECT_FALSE(subject_of({"GET", pod + "/proxy/metrics"})->reads_only);
  EXPECT_EQ(fact(*subject_of({"DELETE", "/api/v1/proxy/nodes/n1/pods"}), "action.destructive"), "true");
}

TEST(upgrades, are_only_into_pods_and_watches) {
  const auto may = [](std::string method, std::string path, std::string protocol, std::string offers = "") {
    Sent sent{std::move(method), std::move(path), {}, {}, std::move(protocol)};
    if (!offers.empty()) sent.fields.emplace_back("Sec-WebSocket-Protocol", std::move(offers));
    const http::Request request = request_of(sent);
    const bool yes = may_upgrade(request, locate(request, http::read_target(sent.path).value()).path);
    EXPECT_EQ(subject_of(sent)->understood, yes)
        << "HTTP/2 does not ask before: what may not be is not understood";
    return yes;
  };
  for (const std::string_view way : {"exec", "attach", "portforward"}) {
    for (const std::string_view protocol : {"websocket", "SPDY/3.1", "WebSocket", "spdy/3.1"}) {
      EXPECT_TRUE(may("POST", pod + "/" + std::string(way), std::string(protocol))) << way << protocol;
      EXPECT_FALSE(
          may("GET", "/apis/kubevirt.io/v1/namespaces/n/pods/p/" + std::string(way), std::string(protocol)));
    }
    EXPECT_FALSE(may("GET", pod + "/" + std::string(way), "h2c"));
    EXPECT_FALSE(may("GET", pod + "/" + std::string(way), "SPDY/3"));
  }
  EXPECT_TRUE(may("GET", "/api/v1/pods?watch=true", "websocket"));
  EXPECT_FALSE(may("GET", "/api/v1/pods?watch=true", "SPDY/3.1"));
  for (const std::string_view path :
       {"/api/v1/pods", "/healthz", "/api/v1/namespaces/prod/pods/web/log?follow=true",
        "/api/v1/namespaces/prod/pods/web/proxy/ws", "/api/v1/nodes/n1/proxy/exec/a/b/c",
        "/api/v1/nodes/n1/exec", "/api/v1/namespaces/prod/pods/web/exec/x"}) {
    EXPECT_FALSE(may("GET", std::string(path), "websocket")) << path;
    EXPECT_FALSE(may("POST", std::string(path), "SPDY/3.1")) << path;
  }
  EXPECT_TRUE(may("GET", pod + "/exec", "websocket", "v5.channel.k8s.io"));
  EXPECT_FALSE(may("GET", pod + "/exec", "websocket",
                   "v5.channel.k8s.io, base64url.Bearer.authorization.k8s.io.dG9r"));
}

TEST(upgrades, know_what_passes_after_them) {
  const auto wanted = [](std::string path) {
    const http::Request request = request_of({"GET", path, {}, {}, "websocket"});
    return wanted_of(locate(request, http::read_target(path).value()));
  };
  const auto exec = wanted(pod + "/exec?command=sh&stdin=1&tty=true");
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->kind, StreamKind::exec);
  EXPECT_TRUE(exec->takes_stdin && exec->tty);
  EXPECT_EQ(wanted(pod + "/attach")->kind, StreamKind::attach);
  EXPECT_EQ(wanted(pod + "/portforward?ports=80,5432&ports=1")->ports,
            (std::vector<std::uint16_t>{80, 5432, 1}));
  EXPECT_TRUE(wanted(pod + "/portforward?ports=80,65536")->ports.empty());
  EXPECT_TRUE(wanted(pod + "/portforward?ports=80,-1")->ports.empty());
  EXPECT_FALSE(wanted("/api/v1/pods?watch=1"));
  EXPECT_FALSE(wanted(pod + "/exec?tty=0&tty=1"));
}

TEST(reads, are_sent_as_somebody_else) {
  http::Request request = request_of({"GET", pod});
  ASSERT_TRUE(become(request, {"viewer", {"readers", "team"}}));
  EXPECT_EQ(request.fields.find("Impersonate-User"), "viewer");
  EXPECT_EQ(request.fields.count("impersonate-group"), 2U);
  for (const std::string_view header :
       {"Impersonate-User", "impersonate-group", "Impersonate-Extra-x", "Impersonate_Uid"}) {
    http::Request own = request_of({"GET", pod, {{std::string(header), "eve"}}});
    EXPECT_FALSE(become(own, {"viewer", {}})) << header;
  }
}

}  // namespace
}  // namespace claw::kubernetes
