#include "action/k8s/k8s.h"

#include <gtest/gtest.h>

#include "cel/json.h"

namespace claw::action {
namespace {

std::string fact(const Subject& subject, std::string_view name) {
  const cel::Value value = subject.parts.at(0).facts.at(*slot_of(Family::k8s, name));
  if (value.is(cel::Kind::absent)) return "absent";
  if (value.is(cel::Kind::unknown)) {
    return value.causes().has(cel::Cause::unparsed) ? "unparsed" : "truncated";
  }
  return value.is(cel::Kind::string) ? std::string(value.as_text()) : cel::to_json(value).value();
}

K8sCall call(std::string verb, std::string resource, std::string name = "web-1") {
  K8sCall made{};
  made.verb = std::move(verb);
  made.resource = std::move(resource);
  made.space = "prod";
  made.name = std::move(name);
  return made;
}

TEST(k8s_subject, outside_the_api_its_facts_are_absent) {
  const auto inside = make_k8s_subject({"DELETE", "pods", "prod", "web-1", {{"force", "true"}}, {}});
  EXPECT_EQ(fact(*inside, "k8s.verb"), "delete");
  EXPECT_EQ(fact(*inside, "k8s.namespace"), "prod");
  EXPECT_EQ(fact(*inside, "k8s.params"), R"({"force":"true"})");
  EXPECT_EQ(fact(*inside, "action.destructive"), "true");
  EXPECT_EQ(inside->summary, "delete pods/web-1 in prod");
  const auto outside = make_k8s_subject(K8sCall{});
  for (const Fact& each : schema(Family::k8s)) {
    if (each.name.starts_with("k8s.")) EXPECT_EQ(fact(*outside, each.name), "absent") << each.name;
  }
  EXPECT_EQ(outside->parts[0].facts.size(), runs(Family::k8s).own);
  EXPECT_FALSE(outside->reads_only);
}

TEST(k8s_subject, what_a_call_says_is_read_as_from_a_request) {
  K8sCall made = call("patch", "deployments");
  made.api_group = "apps";
  made.api_version = "v1";
  made.impersonate_user = "bob";
  made.impersonate_groups = {"dev", "ops"};
  made.dry_run = true;
  made.field_manager = "kubectl";
  made.object = json::parse(R"({"spec":{"replicas":3}})").value();
  const auto subject = make_k8s_subject(std::move(made));
  EXPECT_EQ(fact(*subject, "k8s.api_group"), "apps");
  EXPECT_EQ(fact(*subject, "k8s.api_version"), "v1");
  EXPECT_EQ(fact(*subject, "k8s.impersonate_user"), "bob");
  EXPECT_EQ(fact(*subject, "k8s.impersonate_groups"), R"(["dev","ops"])");
  EXPECT_EQ(fact(*subject, "k8s.dry_run"), "true");
  EXPECT_EQ(fact(*subject, "k8s.field_manager"), "kubectl");
  EXPECT_EQ(fact(*subject, "k8s.object"), R"({"spec":{"replicas":3}})");
  EXPECT_EQ(fact(*subject, "http.body_json"), R"({"spec":{"replicas":3}})");
  EXPECT_EQ(fact(*subject, "k8s.param_values"), R"({"dryRun":["All"],"fieldManager":["kubectl"]})");
  EXPECT_EQ(subject->summary, "patch deployments/web-1 in prod (dry run) as bob");
  const auto record = json::parse("{" + subject->record_json + "}");
  ASSERT_TRUE(record) << subject->record_json;
  EXPECT_EQ(record->text_or("resource", ""), "deployments");
  EXPECT_EQ(record->text_or("impersonates", ""), "bob");
  EXPECT_TRUE(record->bool_or("dry_run", false));
}

// A person and the record are told what is created; rules have the name in the object, as the server has.
TEST(k8s_subject, of_what_is_created_shows_the_name_that_the_object_gives_itself) {
  HttpRequest http;
  http.method = "POST";
  http.path = "/api/v1/namespaces/prod/pods";
  Gathered gathered = gather(std::move(http));
  K8sParts parts;
  parts.verb = "create";
  parts.resource = "pods";
  parts.space = "prod";
  parts.object_name = "web-1";
  parts.object_unread = "an object in protobuf: v1 Pod";
  gathered.parts.body = "k8s";
  const auto subject = make_k8s_subject(parts, gathered.parts, gathered.storage, {});
  EXPECT_EQ(subject->summary, "create pods/web-1 in prod");
  EXPECT_NE(subject->record_json.find(R"("name":"web-1")"), std::string::npos) << subject->record_json;
  EXPECT_EQ(fact(*subject, "k8s.name"), "");
  EXPECT_EQ(fact(*subject, "k8s.object"), "unparsed");
  EXPECT_TRUE(subject->understood);
}

TEST(k8s_subject, has_the_facts_of_its_request) {
  K8sCall made{};
  made.verb = "CREATE";
  made.resource = "pods";
  made.http.method = "POST";
  made.http.path = "/api/v1/namespaces/x/pods";
  made.http.headers = {{"Content-Type", {"application/json"}}};
  made.http.body = R"({"kind":"Pod"})";
  const auto subject = make_k8s_subject(std::move(made));
  EXPECT_EQ(fact(*subject, "k8s.verb"), "create");
  EXPECT_EQ(fact(*subject, "http.body_json"), R"({"kind":"Pod"})");
  EXPECT_EQ(fact(*subject, "http.path_segments"), R"(["api","v1","namespaces","x","pods"])");
  EXPECT_EQ(fact(*subject, "ws.text"), "absent");
  EXPECT_TRUE(subject->text.starts_with("create pods\nPOST ")) << subject->text;
}

TEST(k8s_exec, carries_its_command_and_what_is_piped_in) {
  K8sCall made = call("create", "pods/exec");
  made.command = {"sh", "-c", "rm -rf /"};
  made.container = "app";
  made.input = "yes\n";
  const auto subject = make_k8s_subject(made);
  EXPECT_EQ(fact(*subject, "k8s.exec.command"), R"(["sh","-c","rm -rf /"])");
  EXPECT_EQ(fact(*subject, "k8s.exec.container"), "app");
  EXPECT_EQ(fact(*subject, "k8s.exec.tty"), "false");
  EXPECT_EQ(fact(*subject, "k8s.exec.takes_stdin"), "true");
  EXPECT_EQ(fact(*subject, "k8s.exec.stdin"), "yes\n");
  EXPECT_EQ(fact(*subject, "action.destructive"), "unparsed") << "what a command does is not known";
  EXPECT_EQ(subject->summary, "create pods/exec/web-1 in prod: sh -c rm -rf /");
  EXPECT_NE(subject->text.find("stdin sha256 "), std::string::npos) << "a person allows this input";
  made.input.reset();
  EXPECT_EQ(fact(*make_k8s_subject(made), "k8s.exec.stdin"), "") << "it reads nothing";
  made.takes_stdin = true;
  EXPECT_EQ(fact(*make_k8s_subject(made), "k8s.exec.stdin"), "unparsed") << "it was not taken in";
  made.input = "\xFF";
  EXPECT_EQ(fact(*make_k8s_subject(made), "k8s.exec.stdin"), "unparsed");
  EXPECT_EQ(fact(*make_k8s_subject(call("get", "pods")), "k8s.exec.command"), "[]");
}

TEST(k8s_exec, what_the_query_says_twice_is_not_understood) {
  for (const std::string_view name : {"tty", "stdin", "container"}) {
    K8sCall made = call("create", "pods/exec");
    made.param_values = {{"command", {"id"}}, {std::string(name), {"false", "true"}}};
    const auto subject = make_k8s_subject(std::move(made));
    EXPECT_FALSE(subject->understood) << name;
    for (const std::string_view lost : {"k8s.verb", "k8s.resource", "k8s.exec.tty", "k8s.params"}) {
      EXPECT_EQ(fact(*subject, lost), "unparsed") << lost;
    }
  }
  K8sCall same = call("create", "pods/exec");
  same.param_values = {{"tty", {"1", ""}}};
  EXPECT_EQ(fact(*make_k8s_subject(std::move(same)), "k8s.exec.tty"), "true") << "said twice, and the same";
}

TEST(k8s_reads, only_what_cannot_be_more_than_a_look) {
  const auto reads = [](std::string verb, std::string resource, std::string method = "") {
    K8sCall made = call(std::move(verb), std::move(resource));
    made.http.method = std::move(method);
    return make_k8s_subject(std::move(made))->reads_only;
  };
  for (const std::string_view verb : {"get", "list", "watch", "GET"}) {
    EXPECT_TRUE(reads(std::string(verb), "pods", "GET")) << verb;
    EXPECT_FALSE(reads(std::string(verb), "pods", "POST")) << verb;
    EXPECT_FALSE(reads(std::string(verb), "pods", "get")) << verb;
    for (const std::string_view way : {"exec", "attach", "portforward", "proxy"}) {
      EXPECT_FALSE(reads(std::string(verb), "pods/" + std::string(way), "GET")) << way;
    }
  }
  EXPECT_TRUE(reads("get", "pods/log", "HEAD"));
  for (const std::string_view verb :
       {"proxy", "create", "update", "patch", "delete", "deletecollection", ""}) {
    EXPECT_FALSE(reads(std::string(verb), "pods")) << verb;
  }
  for (const std::string_view review :
       {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "tokenreviews"}) {
    EXPECT_FALSE(reads("create", std::string(review), "POST"))
        << "as somebody else the answer would be another";
  }
}

TEST(k8s_destroys, what_is_gone_afterwards) {
  const auto destructive = [](std::string verb, std::string resource) {
    return fact(*make_k8s_subject(call(std::move(verb), std::move(resource))), "action.destructive");
  };
  EXPECT_EQ(destructive("delete", "pods"), "true");
  EXPECT_EQ(destructive("deletecollection", "pods"), "true");
  EXPECT_EQ(destructive("create", "pods/eviction"), "true");
  EXPECT_EQ(destructive("update", "namespaces/finalize"), "true");
  EXPECT_EQ(destructive("create", "pods/attach"), "unparsed");
  EXPECT_EQ(destructive("create", "pods/portforward"), "false");
  EXPECT_EQ(destructive("patch", "deployments"), "false");
}

TEST(k8s_dry_run, only_where_every_part_says_all_and_the_server_heeds_it) {
  const auto dry = [](std::string verb, std::string resource, std::vector<std::string> said,
                      std::string_view object = "") {
    K8sCall made = call(std::move(verb), std::move(resource));
    if (!said.empty()) made.param_values = {{"dryRun", std::move(said)}};
    if (!object.empty()) made.object = json::parse(object).value();
    return fact(*make_k8s_subject(std::move(made)), "k8s.dry_run");
  };
  EXPECT_EQ(dry("create", "pods", {"All"}), "true");
  EXPECT_EQ(dry("create", "pods", {"All", "All"}), "true");
  for (const std::string_view odd : {"all", "ALL", "", "true", "None", "All,All", " All"}) {
    EXPECT_EQ(dry("create", "pods", {std::string(odd)}), "false") << odd;
    EXPECT_EQ(dry("create", "pods", {"All", std::string(odd)}), "false") << odd;
  }
  EXPECT_EQ(dry("create", "pods", {}), "false");
  for (const std::string_view way : {"exec", "attach", "portforward", "proxy", "token"}) {
    EXPECT_EQ(dry("create", "pods/" + std::string(way), {"All"}), "false") << way;
  }
  EXPECT_EQ(dry("get", "pods", {"All"}), "false");
  EXPECT_EQ(dry("delete", "pods", {"All"}), "true");
  EXPECT_EQ(dry("delete", "pods", {"All"}, "{}"), "false")
      << "with a body the server leaves the query unread";
  EXPECT_EQ(dry("delete", "pods", {}, R"({"dryRun":["All"]})"), "true") << "as kubectl sends it";
  EXPECT_EQ(dry("delete", "pods", {"All"}, R"({"dryRun":["All"]})"), "true");
  EXPECT_EQ(dry("delete", "pods", {"None"}, R"({"dryRun":["All"]})"), "false");
  for (const std::string_view odd : {R"({"dryRun":[]})", R"({"dryRun":"All"})", R"({"dryrun":["All"]})",
                                     R"({"dryRun":["All","x"]})", R"({"dryRun":[null]})", "[]"}) {
    EXPECT_EQ(dry("deletecollection", "pods", {}, odd), "false") << odd;
  }
}

TEST(k8s_dry_run, of_a_deletion_whose_body_was_not_read_is_unknown) {
  Gathered gathered = gather({});
  gathered.parts.method = "DELETE";
  gathered.parts.has_body = true;
  gathered.parts.is_gathered = false;
  K8sParts parts;
  parts.verb = "delete";
  parts.resource = "pods";
  const auto subject = make_k8s_subject(parts, gathered.parts, gathered.storage, {});
  EXPECT_EQ(fact(*subject, "k8s.dry_run"), "unparsed");
  EXPECT_EQ(fact(*subject, "k8s.object"), "unparsed");
}

TEST(k8s_impersonation, is_one_user_or_not_understood) {
  const auto user = [](Multimap headers) {
    K8sCall made = call("get", "pods");
    made.http.headers = std::move(headers);
    const auto subject = make_k8s_subject(std::move(made));
    EXPECT_EQ(subject->understood, fact(*subject, "k8s.impersonate_user") != "unparsed");
    return fact(*subject, "k8s.impersonate_user");
  };
  EXPECT_EQ(user({}), "");
  EXPECT_EQ(user({{"impersonate-USER", {"bob"}}}), "bob");
  EXPECT_EQ(user({{"Impersonate-User", {"bob"}}, {"Impersonate-Extra-Scopes", {"a", "b"}}}), "bob");
  EXPECT_EQ(user({{"Impersonate-User", {"bob", "eve"}}}), "unparsed");
  EXPECT_EQ(user({{"Impersonate-User", {"bob", "bob"}}}), "unparsed");
  EXPECT_EQ(user({{"Impersonate-User", {"bob"}}, {"impersonate-user", {"eve"}}}), "unparsed");
  EXPECT_EQ(user({{"Impersonate_User", {"eve"}}}), "unparsed");
  for (const std::string_view alone : {"Group", "Uid", "Extra-Scopes"}) {
    EXPECT_EQ(user({{"Impersonate-" + std::string(alone), {"system:masters"}}}), "unparsed") << alone;
  }
  EXPECT_EQ(user({{"Impersonate-User", {""}}}), "unparsed");
}

TEST(k8s_verb, is_unknown_where_another_method_is_asked_for) {
  K8sCall made = call("get", "pods");
  made.http.method = "GET";
  made.http.headers = {{"X-HTTP-Method-Override", {"DELETE"}}};
  const auto subject = make_k8s_subject(std::move(made));
  EXPECT_EQ(fact(*subject, "k8s.verb"), "unparsed");
  EXPECT_FALSE(subject->understood);
  EXPECT_FALSE(subject->reads_only);
}

}  // namespace
}  // namespace claw::action
