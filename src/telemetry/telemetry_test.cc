#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "telemetry/otlp.h"
#include "telemetry/settings.h"
#include "telemetry/spans.h"

namespace claw::telemetry {
namespace {

constexpr std::int64_t noon_us = 1'800'000'000'000'000;

audit::Record record(const std::string& members) {
  const auto read = audit::parse_record(
      fmt::format(R"({{"seq":7,"time":"2027-01-15T08:00:00.000000Z",{}}})", members));
  EXPECT_TRUE(read.ok()) << members;
  return *read;
}

audit::Record judged(const std::string& more, const std::string& verdict = "allow") {
  return record(fmt::format(
      R"("kind":"judged","action":"a1","agent":"triage","endpoint":"postgres.db","session":"s1",)"
      R"("family":"sql",)"
      R"("summary":"select orders","text":"select secret_text","database":"shop",)"
      R"("parts":[{{"verb":"select","tables":["orders"]}}],{}"verdict":"{}")",
      more, verdict));
}

audit::Record ended(const std::string& more = R"("ending":"ok","rows":3)") {
  const auto read = audit::parse_record(fmt::format(
      R"({{"seq":8,"time":"2027-01-15T08:00:02.500000Z","kind":"ended","action":"a1",{}}})", more));
  return *read;
}

Spans spans(std::uint32_t percent = 100) {
  Spans made;
  made.use({{"postgres.db", {"postgres", "db.internal", 5432}}}, percent);
  return made;
}

std::string of(const Span& span, std::string_view name) {
  for (const auto& [key, value] : span.attributes) {
    if (key != name) continue;
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return std::get<bool>(value) ? "true" : "false";
  }
  return "";
}

Environment environment(std::map<std::string, std::string> values) {
  return [values](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

}  // namespace

TEST(spans, an_action_is_a_span_with_its_execution_inside) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(judged(""), out);
  EXPECT_TRUE(out.empty());
  made.take(ended(R"("ending":"ok","rows":3,"connect_us":1500)"), out);
  ASSERT_EQ(out.size(), 3u);
  const Span& action = out[0];
  const Span& execute = out[1];
  const Span& connect = out[2];
  EXPECT_EQ(action.kind, SpanKind::server);
  EXPECT_EQ(action.name, "execute_tool postgres.db");
  EXPECT_EQ(of(action, "gen_ai.agent.name"), "triage");
  EXPECT_EQ(of(action, "gen_ai.tool.call.id"), "a1");
  EXPECT_EQ(of(action, "clawpatrol.record"), "7");
  EXPECT_EQ(action.end_us - action.start_us, 2'500'000);
  EXPECT_EQ(execute.parent, action.id);
  EXPECT_EQ(execute.name, "SELECT orders");
  EXPECT_EQ(of(execute, "db.system.name"), "postgresql");
  EXPECT_EQ(of(execute, "db.operation.name"), "SELECT");
  EXPECT_EQ(of(execute, "db.collection.name"), "orders");
  EXPECT_EQ(of(execute, "db.namespace"), "shop");
  EXPECT_EQ(of(execute, "server.address"), "db.internal");
  EXPECT_EQ(of(execute, "server.port"), "5432");
  EXPECT_EQ(of(execute, "db.response.returned_rows"), "3");
  EXPECT_EQ(connect.parent, execute.id);
  EXPECT_EQ(connect.end_us - connect.start_us, 1500);
  std::set<std::string> ids;
  for (const Span& each : out) {
    EXPECT_EQ(each.trace, action.trace);
    EXPECT_EQ(each.trace.size(), 32u);
    EXPECT_EQ(each.id.size(), 16u);
    ids.insert(each.id);
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST(spans, a_grpc_call_is_named_by_its_method_and_fails_by_its_status) {
  const auto call = [](const std::string& end) {
    Spans made = spans();
    std::vector<Span> out;
    made.take(
        record(R"("kind":"judged","action":"a1","agent":"triage","endpoint":"https.api","family":"http",)"
               R"("summary":"POST api","method":"POST","host":"api.test","path":"/shop.v1.Orders/Get",)"
               R"("grpc_service":"shop.v1.Orders","grpc_method":"Get","verdict":"allow")"),
        out);
    made.take(ended(end), out);
    return out.at(1);
  };
  const Span well =
      call(R"("ending":"ok","detail":"200 content-type=application/grpc; grpc-status 0; 5 bytes sent")");
  EXPECT_EQ(well.name, "shop.v1.Orders/Get");
  EXPECT_EQ(of(well, "rpc.system.name"), "grpc");
  EXPECT_EQ(of(well, "rpc.method"), "shop.v1.Orders/Get");
  EXPECT_EQ(of(well, "rpc.response.status_code"), "OK");
  EXPECT_EQ(of(well, "http.request.method"), "");
  EXPECT_EQ(of(well, "server.address"), "api.test");
  EXPECT_NE(well.status, SpanStatus::error);
  const Span lost = call(R"("ending":"failed","detail":"200; grpc-status 5; 5 bytes sent, 0 received")");
  EXPECT_EQ(lost.status, SpanStatus::error);
  EXPECT_EQ(of(lost, "rpc.response.status_code"), "NOT_FOUND");
  EXPECT_EQ(of(lost, "error.type"), "NOT_FOUND");
  EXPECT_EQ(of(call(R"("ending":"failed","detail":"no answer")"), "error.type"), "failed");
  EXPECT_EQ(of(call(R"("ending":"failed","detail":"200; grpc-status 99; x")"), "rpc.response.status_code"),
            "99");
}

TEST(spans, a_call_of_another_mcp_server_follows_the_conventions_of_mcp) {
  const auto call = [](const std::string& what, const std::string& end) {
    Spans made = spans();
    std::vector<Span> out;
    made.take(
        record(R"("kind":"judged","action":"a1","agent":"triage","endpoint":"mcp.files","family":"mcp",)"
               R"("summary":"x","mcp_server":"files",)" +
               what + R"(,"verdict":"allow")"),
        out);
    made.take(ended(end), out);
    return out.at(1);
  };
  const Span tool =
      call(R"("mcp_method":"tools/call","mcp_tool":"read_file")", R"("ending":"ok","detail":"ok")");
  EXPECT_EQ(tool.name, "tools/call read_file");
  EXPECT_EQ(of(tool, "mcp.method.name"), "tools/call");
  EXPECT_EQ(of(tool, "gen_ai.tool.name"), "read_file");
  EXPECT_EQ(of(tool, "gen_ai.operation.name"), "execute_tool");
  const Span failed = call(R"("mcp_method":"tools/call","mcp_tool":"read_file")",
                           R"("ending":"failed","detail":"the tool failed")");
  EXPECT_EQ(of(failed, "error.type"), "tool_error");
  const Span prompt = call(R"("mcp_method":"prompts/get","mcp_prompt":"review")", R"("ending":"ok")");
  EXPECT_EQ(prompt.name, "prompts/get review");
  EXPECT_EQ(of(prompt, "gen_ai.prompt.name"), "review");
  const Span page = call(R"("mcp_method":"resources/read","mcp_resource":"file:///a")", R"("ending":"ok")");
  EXPECT_EQ(page.name, "resources/read");
  EXPECT_EQ(of(page, "mcp.resource.uri"), "file:///a");
}

TEST(spans, texts_of_statements_are_in_none) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(judged(R"("parameters":["hidden"],)"), out);
  made.take(ended(), out);
  const std::string text = traces_json({}, out);
  EXPECT_EQ(text.find("secret_text"), std::string::npos);
  EXPECT_EQ(text.find("hidden"), std::string::npos);
}

TEST(spans, ids_are_the_same_for_the_same_action) {
  std::vector<Span> first, second;
  Spans one = spans(), other = spans();
  for (auto* each : {&one, &other}) {
    each->take(judged(""), each == &one ? first : second);
    each->take(ended(), each == &one ? first : second);
  }
  EXPECT_EQ(first[0].trace, second[0].trace);
  EXPECT_EQ(first[1].id, second[1].id);
}

TEST(spans, an_agents_own_trace_is_continued) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(judged(R"("traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",)", "deny"),
            out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(out[0].parent, "00f067aa0ba902b7");
}

TEST(spans, what_a_call_of_a_tool_does_is_inside_its_execution) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(record(R"("kind":"judged","action":"c1","agent":"t","endpoint":"tools.local","family":"tool",)"
                   R"("tool":"postgres.query","verdict":"allow")"), out);
  made.take(judged(R"("call":"c1",)"), out);
  made.take(ended(R"("ending":"ok")"), out);
  made.take(record(R"("kind":"ended","action":"c1","ending":"ok")"), out);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[2].name, "execute_tool postgres.query");
  EXPECT_EQ(of(out[2], "gen_ai.tool.name"), "postgres.query");
  EXPECT_EQ(of(out[2], "clawpatrol.endpoint"), "tools.local");
  EXPECT_EQ(out[0].trace, out[2].trace);
  EXPECT_EQ(out[0].parent, out[3].id);
}

TEST(spans, a_refusal_is_an_error_and_a_wait_is_a_child) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(judged(R"("rule":"no-ddl","approver":"ann","asked":"2027-01-15T07:59:00.000000Z",)"
                   R"("decided":"2027-01-15T07:59:30.000000Z",)", "deny"), out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].status, SpanStatus::error);
  EXPECT_EQ(out[0].why, "denied by rule no-ddl");
  EXPECT_EQ(out[0].end_us - out[0].start_us, 60'000'000);
  EXPECT_EQ(out[1].name, "wait");
  EXPECT_EQ(out[1].parent, out[0].id);
  EXPECT_EQ(out[1].end_us - out[1].start_us, 30'000'000);
}

TEST(spans, http_says_method_path_and_status) {
  Spans made = spans();
  std::vector<Span> out;
  made.take(record(R"("kind":"judged","action":"a1","agent":"t","endpoint":"https.api","family":"http",)"
                   R"("method":"BREW","host":"api.example","path":"/pots?token=1","verdict":"allow")"), out);
  made.take(ended(R"("ending":"ok","detail":"418 text/plain")"), out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(of(out[1], "http.request.method"), "_OTHER");
  EXPECT_EQ(of(out[1], "http.request.method_original"), "BREW");
  EXPECT_EQ(of(out[1], "url.path"), "/pots");
  EXPECT_EQ(of(out[1], "server.address"), "api.example");
  EXPECT_EQ(of(out[1], "http.response.status_code"), "418");
  EXPECT_EQ(of(out[1], "error.type"), "418");
  EXPECT_EQ(out[1].status, SpanStatus::error);
}

TEST(spans, of_what_went_well_only_a_sample_is_sent) {
  Spans made = spans(0);
  std::vector<Span> out;
  made.take(judged(""), out);
  made.take(ended(), out);
  EXPECT_TRUE(out.empty());
  made.take(judged(""), out);
  made.take(ended(R"("ending":"failed","detail":"42P01")"), out);
  EXPECT_EQ(out.size(), 2u);
  made.take(judged("", "deny"), out);
  EXPECT_EQ(out.size(), 3u);
}

TEST(spans, what_never_ends_is_bounded_and_counted) {
  Spans made = spans();
  std::vector<Span> out;
  for (std::size_t i = 0; i < running_max + 5; ++i) {
    made.take(record(fmt::format(R"("kind":"judged","action":"a{}","verdict":"allow")", i)), out);
  }
  EXPECT_EQ(made.take_missed(), 5u);
  EXPECT_EQ(made.take_missed(), 0u);
}

TEST(otlp, metrics_are_cumulative_and_integers_are_strings) {
  metrics::Registry registry;
  registry.counter("claw_x_total", "x", {{"a", "b"}}).add(3);
  registry.gauge("claw_y_bytes", "y").set(1.5);
  registry.histogram("claw_z_seconds", "z", {0.1, 1}).observe(0.5);
  const auto document =
      json::parse(metrics_json({{"service.name", "t"}}, registry.collect(), noon_us, noon_us + 1));
  ASSERT_TRUE(document);
  const json::Value& list = *document->find("resourceMetrics")->array()->front().find("scopeMetrics")
                                 ->array()->front().find("metrics");
  std::map<std::string, json::Value> by_name;
  for (const json::Value& each : *list.array()) by_name.emplace(each.text_or("name", ""), each);
  const json::Value& sum = *by_name.at("claw_x_total").find("sum");
  EXPECT_EQ(sum.int_or("aggregationTemporality", 0), 2);
  EXPECT_TRUE(sum.bool_or("isMonotonic", false));
  const json::Value& point = sum.find("dataPoints")->array()->front();
  EXPECT_EQ(point.text_or("startTimeUnixNano", ""), "1800000000000000000");
  EXPECT_EQ(by_name.at("claw_y_bytes").text_or("unit", ""), "By");
  const json::Value& buckets =
      by_name.at("claw_z_seconds").find("histogram")->find("dataPoints")->array()->front();
  EXPECT_EQ(buckets.text_or("count", ""), "1");
  ASSERT_EQ(buckets.find("bucketCounts")->array()->size(), 3u);
  EXPECT_EQ(*buckets.find("bucketCounts")->array()->at(1).string(), "1");
  EXPECT_EQ(buckets.find("explicitBounds")->array()->size(), 2u);
}

TEST(otlp, what_a_receiver_did_not_take_is_read_as_number_or_text) {
  EXPECT_EQ(rejected_in(R"({"partialSuccess":{"rejectedSpans":"12","errorMessage":"x"}})"), 12);
  EXPECT_EQ(rejected_in(R"({"partialSuccess":{"rejectedDataPoints":3}})"), 3);
  EXPECT_EQ(rejected_in("{}"), 0);
  EXPECT_EQ(rejected_in("oops"), 0);
}

TEST(settings, the_configuration_comes_before_the_environment) {
  const auto values =
      environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/"},
                   {"OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b,bad name=c"},
                   {"OTEL_SERVICE_NAME", "gate"},
                   {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,team=a%2Cb"}});
  const Target target = target_of({}, values, "i1");
  EXPECT_EQ(target.url, "http://127.0.0.1:4318");
  ASSERT_EQ(target.fields.size(), 1u);
  EXPECT_EQ(target.fields[0].second.reveal(), "a b");
  const std::string resource = traces_json(target.resource, {});
  EXPECT_NE(resource.find(R"({"key":"service.name","value":{"stringValue":"gate"}})"), std::string::npos);
  EXPECT_NE(resource.find(R"({"key":"team","value":{"stringValue":"a,b"}})"), std::string::npos);

  config::TelemetrySettings settings;
  settings.url = "https://otel.example";
  settings.service_name = "patrol";
  const Target other = target_of(settings, values, "i1");
  EXPECT_EQ(other.url, "https://otel.example");
  EXPECT_TRUE(other.fields.empty());  // Those are another receiver's.
  EXPECT_NE(traces_json(other.resource, {}).find(R"("stringValue":"patrol")"), std::string::npos);
}

TEST(settings, who_disables_it_or_wants_grpc_gets_nothing) {
  config::TelemetrySettings settings;
  settings.url = "https://otel.example";
  EXPECT_EQ(target_of(settings, environment({{"OTEL_SDK_DISABLED", "True"}}), "i").url, "");
  const Target grpc = target_of({}, environment({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"},
                                                 {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}}), "i");
  EXPECT_EQ(grpc.url, "");
  EXPECT_FALSE(grpc.why_not.empty());
}

}  // namespace claw::telemetry
