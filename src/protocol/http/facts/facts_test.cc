#include "protocol/http/facts/facts.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "cel/json.h"

namespace claw::http {
namespace {

using action::Family;
using action::Subject;

constexpr Needs all{true, true, true, true};

struct Sent {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::optional<std::string> body = std::nullopt;
  bool is_whole = true;
  bool allow_override = false;
};

std::shared_ptr<const Subject> subject_of(const Sent& sent, const Needs& needs = all) {
  Request request;
  request.method = sent.method;
  request.path = sent.target;
  request.authority = "Api.example.com:443";
  request.has_body = sent.body.has_value();
  if (sent.body) request.length = sent.body->size();
  for (const auto& [name, value] : sent.fields) request.fields.add(name, value);
  const Target target = read_target(sent.target).value();
  Asked asked{request, target, "https", "api.example.com", std::nullopt, 1 << 20, sent.allow_override};
  if (sent.body && wants_body(request, needs, sent.allow_override)) {
    asked.body = Body{*sent.body, sent.is_whole};
  }
  return read_request(asked, needs);  // Everything it was made from is gone: the sanitizer watches.
}

std::string fact(const Subject& subject, std::string_view name, std::size_t part = 0) {
  const cel::Value value = subject.parts.at(part).facts.at(*action::slot_of(subject.family, name));
  if (value.is(cel::Kind::absent)) return "absent";
  if (value.is(cel::Kind::unknown)) {
    return value.causes().has(cel::Cause::unparsed) ? "unparsed" : "truncated";
  }
  return cel::to_json(value).value();
}

Sent post(std::string type, std::string body, std::string target = "/") {
  return {"POST", std::move(target), {{"Content-Type", std::move(type)}}, std::move(body)};
}

TEST(request, every_fact_of_a_plain_request) {
  const auto made = subject_of({"GET", "/a%2Fb/c?x=1&y=a+b&x=%32", {{"x-API-key", "k"}, {"X-Api-Key", "l"},
                                {"Cookie", "a=1; b=2"}, {"cookie", "a=3"}}});
  EXPECT_TRUE(made->understood) << made->why_not;
  EXPECT_EQ(fact(*made, "http.method"), R"("get")");
  EXPECT_EQ(fact(*made, "http.scheme"), R"("https")");
  EXPECT_EQ(fact(*made, "http.host"), R"("api.example.com")");
  EXPECT_EQ(fact(*made, "http.path"), R"("/a/b/c")");
  EXPECT_EQ(fact(*made, "http.path_segments"), R"(["a/b","c"])");
  EXPECT_EQ(fact(*made, "http.query"), R"({"x":["1","2"],"y":["a b"]})");
  EXPECT_EQ(fact(*made, "http.headers"),
            R"({"Cookie":["a=1; b=2","a=3"],"Host":["Api.example.com:443"],"X-Api-Key":["k","l"]})");
  EXPECT_EQ(fact(*made, "http.cookies"), R"({"a":["1","3"],"b":["2"]})");
  EXPECT_EQ(fact(*made, "http.body"), R"("")");
  EXPECT_EQ(fact(*made, "http.body_json"), "{}");
  EXPECT_EQ(fact(*made, "http.form"), "{}");
  EXPECT_EQ(fact(*made, "http.content_type"), R"("")");
  EXPECT_EQ(fact(*made, "http.override"), R"("")");
  EXPECT_EQ(fact(*made, "http.grpc_service"), R"("")");
  EXPECT_EQ(fact(*made, "http.graphql.operation"), R"("")");
  EXPECT_EQ(fact(*made, "ws.text"), "absent");
  EXPECT_TRUE(made->reads_only);
  EXPECT_FALSE(made->destructive);
  EXPECT_EQ(made->summary, "GET api.example.com/a%2Fb/c");
}

TEST(request, segments_of_every_kind_of_path) {
  EXPECT_EQ(fact(*subject_of({"GET", "/"}), "http.path_segments"), R"([""])");
  EXPECT_EQ(fact(*subject_of({"GET", "/a/"}), "http.path_segments"), R"(["a",""])");
  EXPECT_EQ(fact(*subject_of({"GET", "/a//b/../c%20d"}), "http.path_segments"), R"(["a","c d"])");
  EXPECT_EQ(fact(*subject_of({"OPTIONS", "*"}), "http.path_segments"), "[]");
}

TEST(request, a_path_that_is_not_understood_is_unknown_and_nothing_else_is) {
  const auto made = subject_of({"GET", "/x/..;/admin?a=1"});
  EXPECT_FALSE(made->understood);
  EXPECT_FALSE(made->reads_only);
  EXPECT_EQ(fact(*made, "http.path"), "unparsed");
  EXPECT_EQ(fact(*made, "http.path_segments"), "unparsed");
  EXPECT_EQ(fact(*made, "http.query"), R"({"a":["1"]})");
  EXPECT_EQ(fact(*made, "http.method"), R"("get")");
  EXPECT_EQ(fact(*made, "action.understood"), "false");
}

TEST(request, a_query_is_divided_by_ampersands_only) {
  EXPECT_EQ(fact(*subject_of({"GET", "/?a;b=1&&=x&c"}), "http.query"), R"({"":["x"],"a;b":["1"],"c":[""]})");
  for (const std::string_view target : {"/?a=%", "/?a=%zz", "/?%f=1", "/?a=%ff", "/?a=%c0%ae"}) {
    const auto made = subject_of({"GET", std::string(target)});
    EXPECT_FALSE(made->understood) << target;
    EXPECT_EQ(fact(*made, "http.query"), "unparsed") << target;
    EXPECT_EQ(fact(*made, "http.path"), R"("/")") << target;
  }
  std::string many = "/?a";
  for (int i = 0; i < 1000; ++i) many += "&a";
  EXPECT_FALSE(subject_of({"GET", many})->understood);
}

TEST(request, another_method_beside_the_first_is_not_understood) {
  const Sent overrides[] = {
      {"POST", "/", {{"X-HTTP-Method-Override", "DELETE"}}}, {"POST", "/", {{"x-http-method", " Delete "}}},
      {"GET", "/", {{"X_Method_Override", "delete"}}},       {"POST", "/?_method=delete", {}},
      {"POST", "/?%5fmethod=DELETE", {}},                    {"POST", "/?_METHOD=delete", {}},
      post("application/x-www-form-urlencoded", "a=1&_method=DELETE"),
      post("multipart/form-data; boundary=b",
           "--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\ndelete\r\n--b--\r\n"),
  };
  for (Sent sent : overrides) {
    const auto made = subject_of(sent);
    EXPECT_FALSE(made->understood);
    EXPECT_EQ(fact(*made, "http.method"), "unparsed") << sent.target;
    EXPECT_EQ(fact(*made, "http.override"), R"("delete")");
    EXPECT_TRUE(made->destructive);
    EXPECT_FALSE(made->reads_only);
    sent.allow_override = true;
    const auto allowed = subject_of(sent);
    EXPECT_TRUE(allowed->understood) << allowed->why_not;
    EXPECT_EQ(fact(*allowed, "http.override"), R"("delete")");
    EXPECT_NE(fact(*allowed, "http.method"), "unparsed");
    EXPECT_TRUE(allowed->destructive);
    EXPECT_FALSE(allowed->reads_only);
  }
}

TEST(request, a_method_said_twice_is_still_that_method) {
  const auto same = subject_of({"POST", "/", {{"X-HTTP-Method-Override", "post"}}});
  EXPECT_TRUE(same->understood);
  EXPECT_EQ(fact(*same, "http.method"), R"("post")");
  const auto two = subject_of({"POST", "/?_method=post", {{"X-HTTP-Method-Override", "PATCH"}}});
  EXPECT_EQ(fact(*two, "http.override"), "unparsed");
  EXPECT_EQ(fact(*two, "http.method"), "unparsed");
}

TEST(request, a_form_is_read_for_its_override_even_if_no_rule_reads_it) {
  const Sent sent = post("application/x-www-form-urlencoded", "_method=delete");
  EXPECT_EQ(fact(*subject_of(sent, {}), "http.method"), "unparsed");
  Sent cut = sent;
  cut.is_whole = false;
  EXPECT_EQ(fact(*subject_of(cut, {}), "http.method"), "truncated");
  const Sent broken = post("application/x-www-form-urlencoded", "_method%=delete");
  EXPECT_EQ(fact(*subject_of(broken, {}), "http.method"), "unparsed");
  const auto upload = subject_of(post("application/octet-stream", "_method=delete"), {});
  EXPECT_EQ(fact(*upload, "http.method"), R"("post")");
  EXPECT_TRUE(upload->understood);
}

TEST(request, a_body_that_no_rule_reads_is_not_looked_at) {
  const auto made = subject_of(post("application/json", "{not json"), {});
  EXPECT_TRUE(made->understood);
  EXPECT_FALSE(made->truncated);
  EXPECT_EQ(fact(*made, "http.body"), "unparsed");
  EXPECT_EQ(fact(*made, "http.body_json"), "unparsed");
  EXPECT_EQ(fact(*made, "action.destructive"), "false");
}

TEST(request, what_rules_need_follows_from_what_they_read) {
  const auto reading = [](std::string_view fact) {
    return needs_of(Family::http,
                    [fact](std::uint32_t slot) { return slot == *action::slot_of(Family::http, fact); });
  };
  EXPECT_FALSE(reading("http.path").body);
  EXPECT_TRUE(reading("http.body").body);
  EXPECT_FALSE(reading("http.body").json);
  EXPECT_TRUE(reading("http.body_json").json && reading("http.body_json").body);
  EXPECT_TRUE(reading("http.form").form && reading("http.form").body);
  EXPECT_TRUE(reading("http.graphql.fields").graphql && reading("http.graphql.fields").body);
  EXPECT_TRUE(reading("action.destructive").graphql);
}

TEST(request, its_record_hides_secrets) {
  const auto made = subject_of({"GET", "/x?page=2&api_key=s3cr3t&X-Amz-Signature=abc&%74oken=t&code=9#",
                                {{"Authorization", "Bearer s3cr3t"}, {"Cookie", "sid=s3cr3t"}}});
  const auto record = json::parse("{" + made->record_json + "}");
  ASSERT_TRUE(record) << made->record_json;
  EXPECT_EQ(record->text_or("path", ""), "/x?page=2&api_key=***&X-Amz-Signature=***&%74oken=***&code=***");
  EXPECT_EQ(record->text_or("method", ""), "GET");
  EXPECT_EQ(record->text_or("host", ""), "api.example.com");
  EXPECT_EQ(made->record_json.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(made->text.find("s3cr3t"), std::string::npos);
}

TEST(request, what_a_person_allows_is_bound_to_what_the_text_hides) {
  EXPECT_NE(subject_of({"GET", "/?key=a"})->text, subject_of({"GET", "/?key=b"})->text);
  EXPECT_NE(subject_of(post("text/plain", "a"))->text, subject_of(post("text/plain", "b"))->text);
}

TEST(request, the_length_and_what_it_upgrades_to_are_headers) {
  Request request;
  request.method = "GET";
  request.protocol = "websocket";
  request.length = 12;
  const Target target = read_target("/").value();
  const auto made = read_request({request, target, "https", "h", std::nullopt}, all);
  EXPECT_EQ(fact(*made, "http.headers"), R"({"Content-Length":["12"],"Upgrade":["websocket"]})");
}

TEST(request, grpc_calls_have_a_service_and_a_method) {
  const auto made = subject_of(post("application/grpc+proto", "", "/pkg.Users/Delete"), {});
  EXPECT_EQ(fact(*made, "http.grpc_service"), R"("pkg.Users")");
  EXPECT_EQ(fact(*made, "http.grpc_method"), R"("Delete")");
  EXPECT_EQ(fact(*made, "http.content_type"), R"("application/grpc+proto")");
  const auto broken = subject_of(post("application/grpc", "", "/x"), {});
  EXPECT_EQ(fact(*broken, "http.grpc_service"), "unparsed");
  EXPECT_FALSE(broken->understood);
}

}  // namespace
}  // namespace claw::http
