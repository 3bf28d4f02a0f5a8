// A request for every arm of kubernetes-guarded, and for the ways round it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "action/k8s/k8s.h"
#include "action/sql.h"
#include "base/text.h"
#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

const Snapshot& guarded() {
  static const LoadResult loaded = load_text(
      "a.hcl",
      "schema_version = 2\nendpoint \"kubernetes\" \"prod\" {\n  server = \"k8s.example\"\n"
      "  listen = \"127.0.0.1:0\"\n  use = [\"kubernetes-guarded\"]\n}\n"
      "credential \"mtls_credential\" \"c\" { endpoint = kubernetes.prod }\n"
      "profile \"default\" { credentials = [mtls_credential.c] }\n");
  EXPECT_EQ(loaded.report(), "");
  return *loaded.snapshot;
}

std::string judged(action::K8sCall call) {
  const Endpoint& endpoint = guarded().endpoints.front();
  action::Action action;
  action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "test"});
  action.subject = action::make_k8s_subject(std::move(call));
  cel::Arena arena;
  const policy::Decision decision = endpoint.ruleset->judge(action, arena);
  const std::string_view rule = decision.rule_name;
  EXPECT_TRUE(rule.starts_with("kubernetes-guarded/")) << rule;
  return fmt::format("{} {}", policy::name_of(decision.outcome),
                     rule.substr(std::min(rule.find('/'), rule.size() - 1) + 1));
}

struct Case {
  std::string_view verdict;  // `deny no-secrets`: and by which rule of the pack.
  // `VERB RESOURCE[.GROUP] [NAMESPACE]/[NAME]`, or `VERB /path`.
  std::string_view line;
  std::string_view object = {};
  std::string_view param = {};  // `name=value`
};

// Groups are written behind a colon: `deployments:apps`.
action::K8sCall call_of(const Case& one) {
  action::K8sCall call;
  const std::vector<std::string_view> words = split(one.line, ' ');
  call.verb = words[0];
  if (words[1].starts_with('/')) {
    call.non_resource_path = words[1];
  } else {
    const std::size_t colon = std::min(words[1].find(':'), words[1].size());
    call.resource = words[1].substr(0, colon);
    call.api_group = words[1].substr(std::min(colon + 1, words[1].size()));
    call.api_version = "v1";
  }
  if (words.size() > 2) {
    const std::size_t slash = words[2].find('/');
    call.space = words[2].substr(0, slash);
    call.name = words[2].substr(slash + 1);
  }
  if (!one.object.empty()) call.object = json::parse(one.object).value();
  if (!one.param.empty()) {
    const std::size_t equals = one.param.find('=');
    call.params.emplace_back(one.param.substr(0, equals), one.param.substr(equals + 1));
  }
  return call;
}

void play(std::span<const Case> cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(judged(call_of(one)), one.verdict) << one.line << " " << one.object << one.param;
  }
}

constexpr Case looking[] = {
    {"allow reads", "get pods shop/web-1"},
    {"allow reads", "list pods shop/"},
    {"allow reads", "list pods /"},
    {"allow reads", "watch deployments:apps shop/"},
    {"allow reads", "get pods/log shop/web-1"},
    {"allow reads", "get deployments/scale:apps shop/web"},
    {"allow reads", "get configmaps shop/settings"},
    {"allow reads", "list nodes /"},
    {"allow reads", "get namespaces shop/shop"},
    {"allow reads", "list clusterroles:rbac.authorization.k8s.io /"},
    {"allow reads", "list customresourcedefinitions:apiextensions.k8s.io /"},
    {"allow reads", "list widgets:example.com shop/"},
    {"allow reads", "list pods:metrics.k8s.io shop/"},
    {"deny no-secrets", "get secrets shop/db"},
    {"deny no-secrets", "list secrets /"},
    {"deny no-secrets", "watch secrets shop/"},
    {"deny no-secrets", "list secrets:other.example.com shop/"},
    {"deny no-secrets", "get secrets/status shop/db"},
    {"deny no-secrets", "create serviceaccounts/token shop/default", "{}"},
    {"deny no-proxies", "get nodes/proxy /node-1"},
    {"deny no-proxies", "create services/proxy shop/web"},
    {"deny no-proxies", "proxy services shop/web"},
    {"deny no-proxies", "proxy nodes /node-1"},
    {"approve writes-ask", "get pods/proxy shop/web-1"},
    {"approve writes-ask", "get virtualmachineinstances/console:subresources.kubevirt.io shop/vm"},
    {"allow discovery", "get /api"},
    {"allow discovery", "get /api/v1"},
    {"allow discovery", "get /apis"},
    {"allow discovery", "get /apis/"},
    {"allow discovery", "get /apis/apps/v1"},
    {"allow discovery", "get /openapi/v2"},
    {"allow discovery", "get /openapi/v3/apis/apps/v1"},
    {"allow discovery", "get /version"},
    {"allow discovery", "head /version/"},
    {"allow discovery", "get /readyz/etcd"},
    {"allow discovery", "get /healthz"},
    {"deny other-paths", "get /"},
    {"deny other-paths", "get /metrics"},
    {"deny other-paths", "get /logs/kube-apiserver.log"},
    {"deny other-paths", "get /debug/pprof/profile"},
    {"deny other-paths", "get /versions"},
    {"deny other-paths", "get /healthz-of/another"},
    {"deny other-paths", "post /version"},
    {"deny other-paths", "delete /apis/apps/v1"},
    {"allow access-reviews", "create selfsubjectaccessreviews:authorization.k8s.io /", "{}"},
    {"allow access-reviews", "create selfsubjectrulesreviews:authorization.k8s.io /", "{}"},
    {"allow access-reviews", "create localsubjectaccessreviews:authorization.k8s.io shop/", "{}"},
    {"allow access-reviews", "create selfsubjectreviews:authentication.k8s.io /", "{}"},
    {"approve writes-ask", "create tokenreviews:authentication.k8s.io /", "{}"},
    {"approve writes-ask", "create subjectaccessreviews:example.com /", "{}"},
};

TEST(packs_kubernetes, what_only_looks_passes_but_not_secrets_or_ways_round) { play(looking); }

constexpr std::string_view restarted =
    R"({"spec":{)"
    R"("template":{"metadata":{)"
    R"("annotations":{"kubectl.kubernetes.io/restartedAt":"2027-01-15T08:00:00Z"}}}}})";

constexpr Case writing[] = {
    {"approve writes-ask", "create deployments:apps shop/", R"({"kind":"Deployment"})"},
    {"approve writes-ask", "update deployments:apps shop/web", "{}"},
    {"approve writes-ask", "patch deployments/scale:apps shop/web", R"({"spec":{"replicas":0}})"},
    {"approve writes-ask", "delete deployments:apps shop/web"},
    {"approve writes-ask", "create pods/eviction shop/web-1", "{}"},
    {"approve writes-ask", "create pods/binding shop/web-1", "{}"},
    {"approve writes-ask", "patch pods/ephemeralcontainers shop/web-1", "{}"},
    {"approve writes-ask", "create configmaps shop/", "{}"},
    {"approve writes-ask", "create serviceaccounts shop/", "{}"},
    {"approve writes-ask", "create secrets shop/", "{}"},
    {"deny no-secrets", "update secrets shop/db", "{}"},
    {"deny no-secrets", "patch secrets shop/db", "{}"},
    {"deny no-secrets", "patch secrets shop/db", "{}", "dryRun=All"},
    {"deny no-secrets", "delete secrets shop/db"},
    {"deny no-secrets", "deletecollection secrets shop/"},
    {"deny no-sweeps", "deletecollection pods shop/"},
    {"deny no-sweeps", "deletecollection pods shop/", {}, "dryRun=All"},
    {"deny no-foundations", "create namespaces /", "{}"},
    {"deny no-foundations", "delete namespaces shop/shop"},
    {"deny no-foundations", "update namespaces/finalize shop/shop", "{}"},
    {"deny no-foundations", "patch nodes /node-1", "{}"},
    {"deny no-foundations", "patch nodes/status /node-1", "{}"},
    {"deny no-foundations", "create rolebindings:rbac.authorization.k8s.io shop/", "{}"},
    {"deny no-foundations", "update clusterroles:rbac.authorization.k8s.io /admin", "{}"},
    {"deny no-foundations", "delete customresourcedefinitions:apiextensions.k8s.io /widgets.example.com"},
    {"deny no-foundations", "create validatingwebhookconfigurations:admissionregistration.k8s.io /", "{}"},
    {"deny no-foundations", "update certificatesigningrequests/approval:certificates.k8s.io /csr-1", "{}"},
    {"deny no-foundations", "create apiservices:apiregistration.k8s.io /", "{}"},
    {"approve writes-ask", "delete namespaces:example.com shop/shop"},
    {"allow one-pod", "delete pods shop/web-1"},
    {"allow one-pod", "delete pods shop/web-1", R"({"propagationPolicy":"Background"})"},
    {"allow one-pod", "delete pods shop/web-1", R"({"gracePeriodSeconds":5})"},
    {"approve writes-ask", "delete pods shop/web-1", R"({"gracePeriodSeconds":0})"},
    {"approve writes-ask", "delete pods shop/web-1", {}, "gracePeriodSeconds=0"},
    {"approve writes-ask", "delete pods kube-system/coredns-1"},
    {"approve writes-ask", "delete pods:example.com shop/web-1"},
    {"allow rollout-restart", "patch deployments:apps shop/web", restarted},
    {"allow rollout-restart", "patch statefulsets:apps shop/db", restarted},
    {"allow rollout-restart", "patch daemonsets:apps shop/agent", restarted},
    {"approve writes-ask", "patch daemonsets:apps kube-system/kube-proxy", restarted},
    {"approve writes-ask", "patch deployments:example.com shop/web", restarted},
    {"approve writes-ask", "update deployments:apps shop/web", restarted},
    {"approve writes-ask", "patch deployments:apps shop/web", R"([{"op":"remove","path":"/spec"}])"},
    {"approve writes-ask", "patch deployments:apps shop/web", R"({"spec":null})"},
    {"approve writes-ask", "patch deployments:apps shop/web", R"({"spec":{"template":null}})"},
    {"approve writes-ask", "patch deployments:apps shop/web", R"({"spec":{"template":{"metadata":{}}}})"},
    {"approve writes-ask", "patch deployments:apps shop/web",
     R"({"spec":{)"
     R"("template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"t","a":"b"}}}}})"},
    {"approve writes-ask", "patch deployments:apps shop/web",
     R"({"spec":{)"
     R"("replicas":0,"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"t"}}}}})"},
    {"approve writes-ask", "patch deployments:apps shop/web",
     R"({"metadata":{"labels":{"a":"b"}},"spec":{)"
     R"("template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"t"}}}}})"},
    {"approve writes-ask", "patch deployments:apps shop/web",
     R"({"spec":{)"
     R"("template":{"metadata":{)"
     R"("annotations":{"kubectl.kubernetes.io/restartedAt":"t"},"$patch":"replace"}}}})"},
    {"allow dry-runs", "patch deployments:apps shop/web", "{}", "dryRun=All"},
    {"allow dry-runs", "create configmaps shop/", "{}", "dryRun=All"},
    {"allow dry-runs", "patch deployments/scale:apps shop/web", "{}", "dryRun=All"},
    {"allow dry-runs", "delete services shop/web", {}, "dryRun=All"},
    {"approve writes-ask", "create pods/eviction shop/web-1", "{}", "dryRun=All"},
    {"approve writes-ask", "create pods/exec shop/web-1", {}, "dryRun=All"},
    {"approve writes-ask", "create widgets:example.com shop/", "{}", "dryRun=All"},
    {"approve writes-ask", "patch deployments:apps shop/web", "{}", "dryRun=None"},
    {"deny no-foundations", "create namespaces /", "{}", "dryRun=All"},
};

TEST(packs_kubernetes, what_changes_asks_and_what_the_cluster_stands_on_is_refused) { play(writing); }

// A pod of `debug-1` with `spec` and `metadata` beside what every such pod has.
std::string pod(std::string_view container = "", std::string_view spec = "", std::string_view metadata = "") {
  return fmt::format(
      R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"debug-1","creationTimestamp":null{}}},)"
      R"("spec":{{"containers":[{{"name":"debug-1","image":"busybox","resources":{{}}{}}}],)"
      R"("restartPolicy":"Never","dnsPolicy":"ClusterFirst",)"
      R"("automountServiceAccountToken":false{}}},"status":{{}}}})",
      metadata, container, spec);
}

std::string judged_pod(const std::string& object) {
  return judged(call_of({"", "create pods shop/", object}));
}

TEST(packs_kubernetes, debug_pods_are_free_as_long_as_nothing_comes_with_them) {
  for (const std::string& free : {
           pod(), pod(R"(,"args":["sleep","60"],"env":[{"name":"A","value":"b"}])"),
           pod("", "", R"(,"labels":{"run":"debug-1"})"), pod("", R"(,"activeDeadlineSeconds":600)")}) {
    EXPECT_EQ(judged_pod(free), "allow debug-pod") << free;
  }
  for (const std::string& asked : {
           pod(R"(,"tty":true)"), pod(R"(,"securityContext":{"privileged":true})"),
           pod(R"(,"env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}])"),
           pod(R"(,"envFrom":[{"secretRef":{"name":"db"}}])"), pod(R"(,"ports":[{"hostPort":22}])"),
           pod(R"(,"volumeMounts":[{"name":"v","mountPath":"/v"}])"),
           pod("", R"(,"volumes":[{"name":"v","secret":{"secretName":"db"}}])"),
           pod("", R"(,"hostPID":true)"), pod("", R"(,"hostNetwork":true)"), pod("", R"(,"nodeName":"n")"),
           pod("", R"(,"serviceAccountName":"admin")"), pod("", R"(,"serviceAccount":"admin")"),
           pod("", R"(,"initContainers":[{"name":"i","image":"x"}])"),
           pod("", R"(,"priorityClassName":"high")"), pod("", R"(,"tolerations":[])"),
           pod("", "", R"(,"labels":{"app":"web"})"), pod("", "", R"(,"annotations":{"a":"b"})"),
           pod("", "", R"(,"ownerReferences":[])"), pod("", "", R"(,"generateName":"web-")"),
           std::string(R"({"kind":"Pod"})"), std::string(R"({"kind":"List","items":[]})"), std::string("[]"),
           std::string(R"({"metadata":{"name":"debug-1"},"spec":{"containers":[]}})")}) {
    EXPECT_EQ(judged_pod(asked), "approve writes-ask") << asked;
  }
  std::string other = pod();
  other.replace(other.find("debug-1"), 7, "web-deb");
  EXPECT_EQ(judged_pod(other), "approve writes-ask");
  std::string token = pod();
  const std::string_view off = "\"automountServiceAccountToken\":false";
  token.replace(token.find(off), off.size(), "\"automountServiceAccountToken\":true");
  EXPECT_EQ(judged_pod(token), "approve writes-ask");
}

constexpr Case ways_in[] = {
    {"approve writes-ask", "create pods/exec shop/web-1", {}, "command=ls"},
    {"approve writes-ask", "create pods/attach shop/web-1"},
    {"approve writes-ask", "create pods/portforward shop/web-1"},
    {"deny no-terminals", "create pods/exec shop/web-1", {}, "tty=true"},
    {"deny no-terminals", "create pods/attach shop/web-1", {}, "tty=1"},
    {"deny no-terminals", "create pods/exec shop/debug-1", {}, "tty=true"},
    {"allow into-debug-pods", "create pods/exec shop/debug-1", {}, "command=ls"},
    {"allow into-debug-pods", "create pods/attach shop/debug-1"},
    {"allow into-debug-pods", "create pods/portforward shop/debug-1"},
    {"approve writes-ask", "create pods/portforward shop/web-debug-1"},
    {"approve writes-ask", "create pods/exec:example.com shop/debug-1", {}, "command=ls"},
    {"approve writes-ask", "patch pods/ephemeralcontainers shop/debug-1", "{}"},
    {"approve writes-ask", "patch pods shop/debug-1", R"({"metadata":{"labels":{"app":"web"}}})"},
    {"allow one-pod", "delete pods shop/debug-1"},
};

TEST(packs_kubernetes, into_a_pod_asks_and_a_terminal_is_refused) { play(ways_in); }

TEST(packs_kubernetes, nobody_acts_as_somebody_else) {
  Case one{"", "get pods shop/web-1"};
  action::K8sCall user = call_of(one);
  user.impersonate_user = "admin";
  EXPECT_EQ(judged(std::move(user)), "deny no-impersonation");
  action::K8sCall group = call_of(one);
  group.impersonate_user = "me";
  group.impersonate_groups = {"system:masters"};
  EXPECT_EQ(judged(std::move(group)), "deny no-impersonation");
  action::K8sCall extra = call_of(one);
  extra.http.headers.push_back({"impersonate-Extra-scopes", {"all"}});
  EXPECT_TRUE(judged(std::move(extra)).starts_with("deny "));
}

TEST(packs_kubernetes, what_is_not_read_whole_is_refused) {
  action::K8sCall command = call_of({"", "create pods/exec shop/web-1"});
  command.http.headers.push_back({"x-http-method-override", {"DELETE"}});
  EXPECT_EQ(judged(std::move(command)), "deny unreadable");
}

}  // namespace
}  // namespace claw::config
