#include "protocol/mcp/message.h"

#include <gtest/gtest.h>

#include "protocol/mcp/events.h"
#include "protocol/mcp/versions.h"

namespace claw::mcp {
namespace {

template <class T>
T parsed(std::string_view text) {
  auto message = parse(text);
  const Wrong* wrong = std::get_if<Wrong>(&message);
  if (wrong != nullptr) ADD_FAILURE() << text << ": " << wrong->what;
  return wrong == nullptr ? std::get<T>(std::get<Message>(message)) : T{};
}

Wrong refused(std::string_view text, const Limits& limits = {}) {
  auto message = parse(text, limits);
  if (std::holds_alternative<Message>(message)) ADD_FAILURE() << "taken: " << text;
  return std::holds_alternative<Wrong>(message) ? std::get<Wrong>(message) : Wrong{};
}

}  // namespace

TEST(message, each_kind_is_read_and_written_as_it_was) {
  for (const std::string_view text : {
           R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":1.50}}})",
           R"({"jsonrpc":"2.0","id":"a-1","method":"ping"})",
           R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
           R"({"jsonrpc":"2.0","id":-7,"result":{"tools":[]}})",
           R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{"a":[1]}}})",
           R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what"}})",
       }) {
    const auto message = parse(text);
    ASSERT_TRUE(std::holds_alternative<Message>(message)) << text;
    EXPECT_EQ(format(std::get<Message>(message)), text);
  }
}

TEST(message, an_id_is_a_string_or_an_integer_and_they_differ) {
  EXPECT_NE(parsed<Request>(R"({"jsonrpc":"2.0","id":1,"method":"ping"})").id,
            parsed<Request>(R"({"jsonrpc":"2.0","id":"1","method":"ping"})").id);
  for (const std::string_view id : {"null", "1.5", "1e3", "true", "{}", "[1]", "99999999999999999999"}) {
    const Wrong wrong = refused(R"({"jsonrpc":"2.0","method":"ping","id":)" + std::string(id) + "}");
    EXPECT_EQ(wrong.code, code::invalid_request) << id;
    EXPECT_FALSE(wrong.id) << id;
  }
  EXPECT_FALSE(refused(R"({"jsonrpc":"2.0","id":")" + std::string(300, 'a') + R"(","method":"ping"})").id);
}

TEST(message, what_makes_no_sense_is_refused_with_its_code) {
  EXPECT_EQ(refused("{").code, code::parse);
  EXPECT_EQ(refused("").code, code::parse);
  EXPECT_EQ(refused("[1").code, code::parse);
  EXPECT_EQ(refused("\"\xff\"").code, code::parse);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})").code, code::parse);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"method":"ping"} {})").code, code::parse);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})").code, code::invalid_params);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})").code, code::invalid_params);
  for (const std::string_view text : {
           R"([])", R"("ping")", R"({})", R"({"id":1,"method":"ping"})",
           R"({"jsonrpc":"1.0","id":1,"method":"ping"})", R"({"jsonrpc":2.0,"id":1,"method":"ping"})",
           R"({"jsonrpc":"2.0","id":1,"method":7})", R"({"jsonrpc":"2.0","id":1,"method":""})",
           R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})",
           R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
           R"({"jsonrpc":"2.0","id":1,"result":[]})", R"({"jsonrpc":"2.0","id":null,"result":{}})",
           R"({"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}})",
           R"({"jsonrpc":"2.0","id":1,"error":[]})", R"({"jsonrpc":"2.0","id":1,"result":{},"params":{}})",
           R"({"jsonrpc":"2.0","id":1,"method":"ping","agent":"other"})",
       }) {
    EXPECT_EQ(refused(text).code, code::invalid_request) << text;
  }
}

TEST(message, a_refusal_says_which_request_it_is_about) {
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":"x","method":7})").id, Id{std::string("x")});
  EXPECT_EQ(refused(R"({"jsonrpc":"3.0","id":9,"method":"ping"})").id, Id{std::int64_t{9}});
}

TEST(message, size_and_depth_have_limits) {
  std::string deep = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":)";
  deep += std::string(62, '[') + std::string(62, ']');
  EXPECT_TRUE(std::holds_alternative<Message>(parse(deep + "}}")));
  deep.insert(deep.find("[["), "[");
  EXPECT_EQ(refused(deep + "]}}").code, code::invalid_request);
  EXPECT_EQ(refused(std::string(1'000'000, '[')).code, code::parse);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", {.bytes_max = 30}).code,
            code::invalid_request);
}

TEST(message, a_batch_is_taken_whole_or_not_at_all) {
  const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  const auto body = [](const std::string& text, bool batches = true) {
    return parse_body(text, batches);
  };
  EXPECT_EQ(std::get<Packet>(body("[" + ping + "," + ping + "]")).messages.size(), 2U);
  EXPECT_TRUE(std::get<Packet>(body("[" + ping + "]")).is_batch);
  EXPECT_FALSE(std::get<Packet>(body(ping)).is_batch);
  EXPECT_TRUE(std::holds_alternative<Wrong>(body("[" + ping + "]", false)));
  EXPECT_TRUE(std::holds_alternative<Wrong>(body("[]")));
  EXPECT_TRUE(std::holds_alternative<Wrong>(body("[" + ping + ",1]")));
  EXPECT_TRUE(std::holds_alternative<Wrong>(body("[[" + ping + "]]")));
  std::string many = "[" + ping;
  for (int i = 0; i < 32; ++i) many += "," + ping;
  EXPECT_TRUE(std::holds_alternative<Wrong>(body(many + "]")));
}

TEST(versions, only_the_oldest_has_batches_and_only_the_newest_no_sessions) {
  EXPECT_EQ(versions().front().name, "2026-07-28");
  EXPECT_EQ(newest_with_sessions().name, "2025-11-25");
  for (const Version& each : versions()) {
    EXPECT_EQ(version_named(each.name), &each);
    EXPECT_EQ(each.batches, each.name == "2025-03-26");
    EXPECT_EQ(each.sessions, each.name != "2026-07-28");
  }
  EXPECT_EQ(version_named("2024-11-05"), nullptr);
}

namespace {

std::vector<std::string> events_of(std::string_view stream, std::size_t slice) {
  EventReader reader(1000);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < stream.size(); at += slice) {
    reader.feed(stream.substr(at, slice));
    for (auto next = reader.next(); next.ok() && next->has_value(); next = reader.next()) {
      out.push_back(**next);
    }
  }
  return out;
}

}  // namespace

TEST(events, are_read_the_same_in_any_slices) {
  const std::string stream = format_event(R"({"a":1})") +
                             ": a comment\n\nid: 7\nretry: 100\ndata:\n\n"
                             "event: other\ndata: no\n\n"
                             "data: two\r\ndata: lines\r\n\r\n"
                             "data:close\rdata: it\r\r"
                             "event: message\nid\ndata: last\n\n: more\n";
  const std::vector<std::string> wanted = {R"({"a":1})", "two\nlines", "close\nit", "last"};
  for (const std::size_t slice : {1U, 2U, 3U, 7U, 1000U}) {
    EXPECT_EQ(events_of(stream, slice), wanted) << slice;
  }
}

TEST(events, have_a_limit_and_stay_broken) {
  EventReader reader(100);
  reader.feed("data: " + std::string(200, 'x'));
  EXPECT_FALSE(reader.next().ok());
  reader.feed("\n\ndata: a\n\n");
  EXPECT_FALSE(reader.next().ok());
  EventReader many(100);
  for (int i = 0; i < 20; ++i) many.feed("data: 0123456789\n");
  EXPECT_FALSE(many.next().ok());
}

}  // namespace claw::mcp
