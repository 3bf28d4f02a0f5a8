#include "action/http.h"

#include <gtest/gtest.h>

#include "cel/json.h"

namespace claw::action {
namespace {

std::string fact(const Subject& subject, std::string_view name, std::size_t part = 0) {
  const cel::Value value = subject.parts.at(part).facts.at(*slot_of(subject.family, name));
  if (value.is(cel::Kind::absent)) return "absent";
  if (value.is(cel::Kind::unknown)) {
    return value.causes().has(cel::Cause::unparsed) ? "unparsed" : "truncated";
  }
  return cel::to_json(value).value();
}

HttpRequest post(std::string type, std::string body, std::string path = "/") {
  HttpRequest request;
  request.method = "POST";
  request.path = std::move(path);
  if (!type.empty()) request.headers = {{"Content-Type", {std::move(type)}}};
  request.body = std::move(body);
  return request;
}

std::string json_of(std::string type, std::string body) {
  const auto made = make_http_subject(post(std::move(type), std::move(body)));
  EXPECT_EQ(made->understood, fact(*made, "http.body_json") != "unparsed") << made->why_not;
  return fact(*made, "http.body_json");
}

TEST(http_record, keeps_the_agents_trace_where_it_is_one) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto recorded = [](std::vector<std::string> values) {
    HttpRequest request = post("", "");
    request.headers.push_back({"Traceparent", std::move(values)});
    const auto record = json::parse("{" + make_http_subject(request)->record_json + "}");
    return record ? record->text_or("traceparent", "") : "no record";
  };
  EXPECT_EQ(recorded({good}), good);
  EXPECT_EQ(recorded({good, good}), "");
  EXPECT_EQ(recorded({"01" + good.substr(2)}), "");
  EXPECT_EQ(recorded({good + "-x"}), "");
  EXPECT_EQ(recorded({good.substr(0, 54) + "G"}), "");
  EXPECT_EQ(recorded({"00-00000000000000000000000000000000-00f067aa0ba902b7-01"}), "");
  EXPECT_EQ(recorded({"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"}), "");
}

TEST(http_json, is_read_whatever_the_type_says) {
  EXPECT_EQ(json_of("application/json", R"({"n":9007199254740993})"), R"({"n":9007199254740993})");
  EXPECT_EQ(json_of("", R"([1])"), "[1]");
  EXPECT_EQ(json_of("text/plain", R"("x")"), R"("x")");
  EXPECT_EQ(json_of("application/merge-patch+json; charset=utf-8", "null"), "null");
  EXPECT_EQ(json_of("application/json", ""), "{}");
}

TEST(http_json, what_says_it_is_json_or_could_be_taken_for_it_must_parse) {
  for (const std::string_view body :
       {"{", R"({"a":1,"a":2})", "{\"a\":1,}", "hello", "[1] [2]", "\xEF\xBB\xBF{}"}) {
    EXPECT_EQ(json_of("application/json", std::string(body)), "unparsed") << body;
  }
  for (const std::string_view body :
       {"{a:1}", "\xEF\xBB\xBF{\"a\":1,}", " \n[1,]", "{}{}", R"({"a":1,"a":2})"}) {
    EXPECT_EQ(json_of("text/plain", std::string(body)), "unparsed") << body;
    EXPECT_EQ(json_of("", std::string(body)), "unparsed") << body;
  }
  EXPECT_EQ(json_of("text/plain", std::string("{\0\"\0", 4)), "unparsed") << "UTF-16 without a mark";
  EXPECT_EQ(json_of("text/plain", "\xFF\xFE{"), "unparsed");
  EXPECT_EQ(json_of("text/plain", "hello"), "{}");
  EXPECT_EQ(json_of("image/png", "\x89PNG"), "{}");
  EXPECT_EQ(json_of("application/json", std::string(5000, '[')), "unparsed");
}

TEST(http_json, a_foreign_charset_and_a_type_that_makes_no_sense_are_not_read) {
  for (const std::string_view type :
       {"application/json; charset=utf-16", "application/json; charset=shift_jis",
        "application/json, text/plain", "json"}) {
    const auto made = make_http_subject(post(std::string(type), "{}"));
    EXPECT_FALSE(made->understood) << type;
    EXPECT_EQ(fact(*made, "http.body"), "unparsed") << type;
    EXPECT_EQ(fact(*made, "http.body_json"), "unparsed") << type;
  }
  HttpRequest twice = post("text/plain", "{}");
  twice.headers.push_back({"content-type", {"application/json"}});
  const auto made = make_http_subject(twice);
  EXPECT_EQ(fact(*made, "http.content_type"), "unparsed");
  EXPECT_EQ(fact(*made, "http.method"), "unparsed") << "it may be a form with another method";
}

TEST(http_form, is_read_by_its_type_only) {
  const auto form = [](std::string type, std::string body) {
    return fact(*make_http_subject(post(std::move(type), std::move(body))), "http.form");
  };
  EXPECT_EQ(form("application/x-www-form-urlencoded", "a=1&a=2"), R"({"a":["1","2"]})");
  EXPECT_EQ(form("application/x-www-form-urlencoded", "a=%"), "unparsed");
  EXPECT_EQ(form("application/json", "{}"), "{}");
  EXPECT_EQ(form("multipart/form-data; boundary=b",
                 "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n"),
            R"({"a":["x"]})");
  EXPECT_EQ(form("multipart/form-data", "--b--"), "unparsed");
  EXPECT_EQ(form("multipart/form-data; boundary=b", "what"), "unparsed");
}

std::string graphql(const HttpRequest& request) {
  const auto made = make_http_subject(request);
  std::string shown;
  for (std::size_t i = 0; i < made->parts.size(); ++i) {
    if (i > 0) shown += " | ";
    const std::string operation = fact(*made, "http.graphql.operation", i);
    shown += operation;
    if (operation == "unparsed" || operation == "truncated" || operation == R"("")") continue;
    shown += fact(*made, "http.graphql.name", i) + fact(*made, "http.graphql.fields", i);
    if (made->parts[i].destructive) shown += "!";
    if (made->parts[i].reads_only) shown += "r";
  }
  return shown;
}

TEST(http_graphql, is_found_wherever_it_may_be) {
  const std::string mutation = R"("mutation""M"["deleteUser"]!)";
  const std::string body = R"({"query":"mutation M { x: deleteUser(id: 1) { id } }"})";
  EXPECT_EQ(graphql(post("application/json", body)), mutation);
  EXPECT_EQ(graphql(post("", body)), mutation);
  EXPECT_EQ(graphql(post("application/x-www-form-urlencoded", body)), mutation);
  EXPECT_EQ(graphql(post("application/graphql", "mutation M { deleteUser }")), mutation);
  EXPECT_EQ(graphql(post("application/x-www-form-urlencoded", "query=mutation+M{deleteUser}")), mutation);
  EXPECT_EQ(
      graphql(post("multipart/form-data; boundary=b",
                   "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + body +
                       "\r\n--b\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{}\r\n--b--\r\n")),
      mutation);
  HttpRequest get;
  get.method = "GET";
  get.query = {{"query", {"query Q { viewer }"}}};
  EXPECT_EQ(graphql(get), R"("query""Q"["viewer"]r)");
  get.query = {{"query", {"mutation{deleteUser}"}}};
  EXPECT_EQ(graphql(get), R"("mutation"""["deleteUser"]!)");
  EXPECT_EQ(graphql(post("application/json", R"({"query":"{a}","operationName":null,"variables":{}})")),
            R"("query"""["a"]r)");
}

TEST(http_graphql, a_batch_is_judged_in_parts) {
  const auto batch =
      post("application/json", R"([{"query":"{a}"},{"query":"mutation{removeAll}"}])", "/graphql");
  EXPECT_EQ(graphql(batch), R"("query"""["a"]r | "mutation"""["removeAll"]!)");
  const auto made = make_http_subject(batch);
  EXPECT_TRUE(made->destructive);
  EXPECT_FALSE(made->reads_only);
  std::string many = "[" + std::string(R"({"query":"{a}"})");
  for (int i = 0; i < 100; ++i) many += R"(,{"query":"{a}"})";
  EXPECT_EQ(graphql(post("application/json", many + "]")), "unparsed");
}

TEST(http_graphql, which_operation_runs_must_be_told) {
  const std::string two = R"({"query":"query A{a} mutation B{b}")";
  EXPECT_EQ(graphql(post("application/json", two + "}")), "unparsed");
  EXPECT_EQ(graphql(post("application/json", two + R"(,"operationName":"B"})")), R"("mutation""B"["b"])");
  EXPECT_EQ(graphql(post("application/json", two + R"(,"operationName":7})")), "unparsed");
  HttpRequest both = post("application/json", R"({"query":"{a}"})");
  both.query = {{"query", {"mutation{b}"}}};
  EXPECT_EQ(graphql(both), "unparsed");
  both.query = {{"operationName", {"B"}}};
  EXPECT_EQ(graphql(both), "unparsed");
  both.query = {{"query", {"{a}", "mutation{b}"}}};
  both.body.clear();
  EXPECT_EQ(graphql(both), "unparsed");
}

TEST(http_graphql, what_may_be_graphql_and_cannot_be_read_is_unknown) {
  EXPECT_EQ(graphql(post("application/json", R"({"query":"mutation {"})")), "unparsed");
  EXPECT_EQ(graphql(post("application/json", R"({"extensions":{"persistedQuery":{"sha256Hash":"x"}}})")),
            "unparsed");
  EXPECT_EQ(graphql(post("application/json", R"({"id":"x"})", "/api/GraphQL/")), "unparsed");
  EXPECT_EQ(graphql(post("application/json", R"([{"query":"{a}"},{"id":"x"}])")), "unparsed");
  EXPECT_EQ(graphql(post("application/json", "{", "/graphql")), "unparsed");
  EXPECT_EQ(graphql(post("text/plain", "mutation{a}", "/graphql")), "unparsed");
  EXPECT_EQ(graphql(post("application/graphql", "mutation", "/graphql")), "unparsed");
  HttpRequest cut = post("application/json", R"({"query":"{a}"})");
  cut.truncated = true;
  EXPECT_EQ(graphql(cut), "truncated");
  EXPECT_EQ(fact(*make_http_subject(cut), "action.destructive"), "truncated");
}

TEST(http_graphql, what_is_not_graphql_has_no_operation) {
  EXPECT_EQ(graphql(post("application/json", R"({"query":"select name"})")), R"("")");
  EXPECT_EQ(graphql(post("application/json", R"({"query":{"match_all":{}}})")), R"("")");
  EXPECT_EQ(graphql(post("application/json", R"([1,2])")), R"("")");
  EXPECT_EQ(graphql(post("text/plain", "hello")), R"("")");
  HttpRequest search;
  search.method = "GET";
  search.query = {{"query", {"cats"}}};
  EXPECT_EQ(graphql(search), R"("")");
  HttpRequest upload = post("image/png", "x");
  upload.truncated = true;
  EXPECT_EQ(fact(*make_http_subject(upload), "action.destructive"), "false");
}

TEST(http_subject_record, is_json_with_the_operation_in_its_summary) {
  HttpRequest request = post("application/json", R"({"query":"mutation M{deleteUser}"})", "/graphql");
  request.host = "h";
  const auto made = make_http_subject(request);
  EXPECT_EQ(made->summary, "POST h/graphql mutation M: deleteUser");
  const auto record = json::parse("{" + made->record_json + "}");
  ASSERT_TRUE(record) << made->record_json;
  EXPECT_EQ(record->text_or("path", ""), "/graphql");
  EXPECT_TRUE(record->bool_or("destructive", false));
}

TEST(websocket, a_message_is_an_action_with_the_facts_of_its_request) {
  HttpRequest request;
  request.method = "GET";
  request.host = "gateway.example.com";
  request.path = "/ws";
  std::shared_ptr<const Subject> upgrade = make_http_subject(request);
  const auto of = [&](std::string_view opcode, std::string_view payload, bool is_whole = true) {
    return make_websocket_subject(upgrade, {true, opcode, payload, is_whole});
  };
  const auto text = of("text", R"({"op":2})");
  const auto binary = of("binary", "\xff\x01");
  const auto cut = of("text", "{", false);
  const auto broken = of("text", R"({"a":1,"a":2})");
  const auto other = make_websocket_subject(upgrade, {false, "ping", "", true});
  const auto plain = of("binary", "plain");
  const auto x = of("text", "x");
  upgrade.reset();
  EXPECT_EQ(fact(*text, "http.path"), R"("/ws")");
  EXPECT_EQ(fact(*text, "ws.direction"), R"("client")");
  EXPECT_EQ(fact(*text, "ws.opcode"), R"("text")");
  EXPECT_EQ(fact(*text, "ws.json"), R"({"op":2})");
  EXPECT_EQ(fact(*text, "ws.text"), R"("{\"op\":2}")");
  EXPECT_EQ(text->summary, "text from client on GET gateway.example.com/ws");
  EXPECT_FALSE(text->reads_only);
  EXPECT_TRUE(json::parse("{" + text->record_json + "}"));
  EXPECT_NE(text->text, x->text);
  EXPECT_EQ(fact(*binary, "ws.text"), "unparsed");
  EXPECT_FALSE(binary->understood);
  EXPECT_EQ(fact(*plain, "ws.text"), R"("plain")");
  EXPECT_EQ(fact(*cut, "ws.text"), "truncated");
  EXPECT_EQ(fact(*cut, "action.truncated"), "true");
  EXPECT_EQ(fact(*broken, "ws.json"), "unparsed");
  EXPECT_EQ(fact(*broken, "action.understood"), "false");
  EXPECT_EQ(fact(*other, "ws.direction"), R"("upstream")");
  EXPECT_EQ(fact(*other, "ws.json"), "{}");
}

}  // namespace
}  // namespace claw::action
