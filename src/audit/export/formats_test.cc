// What a record becomes on its way out, with texts an agent may have chosen. tests/e2e/test_exports.py has
// the real servers, and receivers that were written from the specifications alone.
#include <gtest/gtest.h>

#include "audit/export/clickhouse.h"
#include "audit/export/names.h"
#include "audit/export/otlp.h"
#include "audit/export/postgres.h"
#include "audit/export/syslog.h"
#include "base/clock.h"

namespace claw::audit {
namespace {

constexpr std::string_view id = "00112233aabbccdd";

struct Sample {
  explicit Sample(std::string_view more) {
    payload = R"({"seq":7,"time":"2027-01-15T08:00:00.000042Z","kind":"judged")" + std::string(more) + "}";
    record = parse_record(payload).value();
  }
  Exported exported() const { return {id, record, payload}; }
  std::string payload;
  Record record;
};

json::Value row_of(const Sample& sample) {
  std::string line;
  append_clickhouse_row(line, sample.exported());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  return json::parse(line.substr(0, line.size() - 1)).value();
}

std::string message_of(const Sample& sample, std::size_t most = 64 << 10) {
  std::string out;
  append_syslog(out, sample.exported(), {13, "gate way\n", most});
  const std::size_t space = out.find(' ');
  EXPECT_EQ(std::stoul(out.substr(0, space)), out.size() - space - 1);
  return out.substr(space + 1);
}

}  // namespace

TEST(clickhouse, a_row_has_every_column_and_the_record_as_it_was) {
  const Sample sample(R"(,"agent":"a\u0000\nb","verdict":"deny","rows":3)");
  const json::Value row = row_of(sample);
  EXPECT_EQ(row.text_or("journal", ""), id);
  EXPECT_EQ(row.int_or("seq", 0), 7);
  EXPECT_EQ(row.int_or("time", 0), 1'800'000'000);
  EXPECT_EQ(row.int_or("time_us", 0), 1'800'000'000'000'042);
  EXPECT_EQ(row.text_or("agent", ""), std::string("a\0\nb", 4));
  EXPECT_EQ(row.int_or("rows", 0), 3);
  EXPECT_TRUE(row.find("duration_us")->is_null());
  EXPECT_EQ(row.text_or("record", ""), sample.payload);
  for (const std::string_view name : text_columns) {
    EXPECT_NE(row.find(name), nullptr) << name;
    EXPECT_NE(clickhouse_schema().find(" " + std::string(name) + " "), std::string_view::npos) << name;
  }
}

TEST(clickhouse, what_is_of_another_type_than_its_column_is_in_the_record_alone) {
  const json::Value row = row_of(Sample(R"(,"agent":["x"],"rows":"many","detail":{"a":1})"));
  EXPECT_EQ(row.text_or("agent", "-"), "");
  EXPECT_TRUE(row.find("rows")->is_null());
}

TEST(names, only_plain_ones_reach_a_statement) {
  EXPECT_EQ(clickhouse_insert("audit.records"), "INSERT INTO `audit`.`records` FORMAT JSONEachRow");
  EXPECT_TRUE(is_table_name("clawpatrol_records"));
  for (const std::string_view bad :
       {"", ".", "a.", ".a", "a.b.c", "a b", "1a", "a;b", "a`b", "a\"b", "ä", "a-b"}) {
    EXPECT_FALSE(is_table_name(bad)) << bad;
  }
  EXPECT_FALSE(is_table_name(std::string(64, 'a')));
}

TEST(postgres, arrays_hold_whatever_a_text_is) {
  PostgresRows rows;
  const Sample first(R"(,"agent":"a\"b\\c{,}\u0000NULL","rows":-5)");
  const Sample second(R"(,"summary":"x\ny")");
  rows.add(first.exported());
  rows.add(second.exported());
  const auto& arrays = rows.parameters();
  ASSERT_EQ(arrays.size(), 4 + text_columns.size() + number_columns.size() + 1);
  EXPECT_EQ(arrays[1], R"({"7","7"})");
  EXPECT_EQ(arrays[2], R"({"2027-01-15T08:00:00.000042Z","2027-01-15T08:00:00.000042Z"})");
  EXPECT_EQ(arrays[6], "{\"a\\\"b\\\\c{,}\xEF\xBF\xBDNULL\",NULL}");
  EXPECT_EQ(arrays[10], "{NULL,\"x\ny\"}");
  EXPECT_EQ(arrays[4 + text_columns.size()], R"({"-5",NULL})");
  EXPECT_NE(arrays.back().find(R"(\\u0000)"), std::string::npos) << "in the record it is as it was";
  for (const std::string& array : arrays) EXPECT_EQ(array.find('\0'), std::string::npos);
}

TEST(postgres, the_statement_has_a_parameter_for_each_array) {
  const std::string statement = PostgresRows::insert("audit.records");
  EXPECT_TRUE(statement.starts_with(R"(INSERT INTO "audit"."records" (journal, seq, time, kind, action)"));
  EXPECT_TRUE(statement.ends_with("$24::json[]) ON CONFLICT DO NOTHING")) << statement;
  EXPECT_EQ(PostgresRows().parameters().size(), 24U);
}

TEST(otlp, a_record_is_an_event_with_its_uid) {
  OtlpRequest request(id);
  const Sample sample(R"(,"agent":"x","verdict":"deny","n":null,"f":1.5,"l":[true,{"a":-9}])");
  request.add(sample.exported(), 1'800'000'001'000'000);
  request.add(sample.exported(), 1'800'000'001'000'000);
  const json::Value whole = json::parse(request.finish()).value();
  const json::Value& scope = whole.find("resourceLogs")->array()->front().find("scopeLogs")->array()->front();
  ASSERT_EQ(scope.find("logRecords")->array()->size(), 2U);
  const json::Value& log = scope.find("logRecords")->array()->front();
  EXPECT_EQ(log.text_or("timeUnixNano", ""), "1800000000000042000");
  EXPECT_EQ(log.text_or("observedTimeUnixNano", ""), "1800000001000000000");
  EXPECT_EQ(log.int_or("severityNumber", 0), 13);
  EXPECT_EQ(log.text_or("eventName", ""), "clawpatrol.judged");
  const std::string body = json::format(*log.find("body"));
  EXPECT_NE(body.find(R"({"key":"seq","value":{"intValue":"7"}})"), std::string::npos);
  EXPECT_NE(body.find(R"({"key":"n","value":{}},{"key":"f","value":{"doubleValue":1.5}},{"key":"l","value":)"
                      R"({"arrayValue":{"values":[{"boolValue":true},{"kvlistValue":{"values":[{"key":"a",)"
                      R"("value":{"intValue":"-9"}}]}}]}}})"),
            std::string::npos) << body;
  EXPECT_NE(json::format(*log.find("attributes")).find("00112233aabbccdd-7"), std::string::npos);
}

TEST(otlp, what_a_receiver_will_never_take_is_counted) {
  EXPECT_EQ(parse_otlp_answer("").rejected, 0);
  EXPECT_EQ(parse_otlp_answer("{}").rejected, 0);
  EXPECT_EQ(parse_otlp_answer("no JSON").rejected, 0);
  const OtlpPartial some = parse_otlp_answer(
      R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too deep"}})");
  EXPECT_EQ(some.rejected, 3);
  EXPECT_EQ(some.why, "too deep");
  EXPECT_EQ(parse_otlp_answer(R"({"partialSuccess":{"rejectedLogRecords":2}})").rejected, 2);
}

TEST(syslog, a_message_is_one_line_of_ascii) {
  const std::string message = message_of(Sample(R"(,"agent":"a\"]\\\n\u0000b","verdict":"deny","s":"é😀")"));
  EXPECT_TRUE(message.starts_with("<108>1 2027-01-15T08:00:00.000042Z gateway clawpatrol - judged "
                                  "[clawpatrol@32473 journal=\"00112233aabbccdd\" seq=\"7\" "))
      << message;
  EXPECT_NE(message.find(R"(agent="a\"\]\\\\x0a\\x00b")"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with(R"("s":"\u00e9\ud83d\ude00"})")) << message;
  for (const char c : message) EXPECT_TRUE(c >= ' ' && c < 0x7F);
}

TEST(syslog, a_record_too_long_for_the_receiver_comes_shortened) {
  const Sample sample(R"(,"agent":"triage","summary":")" + std::string(20'000, 's') + R"(")");
  const std::string message = message_of(sample, 8 << 10);
  EXPECT_LT(message.size(), 8U << 10);
  const json::Value record = json::parse(message.substr(message.find("] {") + 2)).value();
  EXPECT_EQ(record.int_or("record_bytes", 0), static_cast<std::int64_t>(sample.payload.size()));
  EXPECT_EQ(record.text_or("agent", ""), "triage");
  EXPECT_EQ(record.int_or("seq", 0), 7);
}

TEST(syslog, shortened_records_fit_whatever_they_hold) {
  std::string members;
  for (const std::string_view name : text_columns) {
    members += ",\"" + std::string(name) + "\":\"";
    for (int i = 0; i < 3000; ++i) members += "\\u0001]é";
    members += '"';
  }
  EXPECT_LE(message_of(Sample(members), 8 << 10).size(), 8U << 10);
}

TEST(syslog, facilities_by_name) {
  EXPECT_EQ(syslog_facility("audit"), 13);
  EXPECT_EQ(syslog_facility("local7"), 23);
  EXPECT_EQ(syslog_facility("nonsense"), std::nullopt);
}

}  // namespace claw::audit
