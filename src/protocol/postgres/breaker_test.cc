// Limits of writes under a cap; their conversations are testdata/rows_*.script.
#include "protocol/postgres/breaker.h"

#include <gtest/gtest.h>

#include "base/writer.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"
#include "protocol/postgres/speaker.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Side;

std::string count_row(std::string_view number, std::string_view locked = "0 ") {
  std::string body;
  Writer writer(body);
  writer.u16(2);
  for (const std::string_view column : {number, locked}) {
    writer.u32(static_cast<std::uint32_t>(column.size()));
    writer.bytes(column);
  }
  return encode(Back::data_row, body);
}

std::string tag(std::string_view text) {
  std::string body;
  Writer(body).text(text);
  return encode(Back::command_complete, body);
}

std::string ours(std::string_view text, const std::string& row = {}) {
  const std::string closed = encode(Back::close_complete);
  return encode(Back::parse_complete) + encode(Back::bind_complete) + row + tag(text) + closed + closed;
}

// A machine with an allowed, capped write under way; what it says is gathered.
class Capped : public testing::Test {
 protected:
  void hear(Side side, const std::string& bytes) {
    std::string& left = side == Side::client ? from_client_ : from_upstream_;
    left += bytes;
    const std::string copy = left;
    tell(protocol::Received{side, copy});
    for (int i = 0; i < 4 && !from_client_.empty(); ++i) {
      const std::string rest = from_client_;
      tell(protocol::Received{Side::client, rest});
    }
  }

  void tell(const protocol::Event& event) {
    Commands out;
    machine_->on(event, out);
    for (const protocol::Command& command : out.list()) {
      if (const auto* send = std::get_if<protocol::Send>(&command)) {
        (send->to == Side::client ? to_client_ : to_upstream_) += send->bytes();
      } else if (const auto* record = std::get_if<protocol::Record>(&command)) {
        records_.push_back(*record);
      } else if (std::get_if<protocol::Decide>(&command) != nullptr) {
        ++asked_;
      }
    }
    from_client_.erase(0, out.consumed(Side::client));
    from_upstream_.erase(0, out.consumed(Side::upstream));
  }

  void allow(std::uint64_t rows_max) {
    action::Verdict verdict;
    verdict.outcome = action::Outcome::allow;
    verdict.rows_max = rows_max;
    tell(protocol::Decided{asked_, std::move(verdict)});
    const std::string rest = from_client_;
    if (!rest.empty()) tell(protocol::Received{Side::client, rest});
  }

  std::unique_ptr<protocol::Machine> machine_ = make_idle_machine();
  std::string from_client_, from_upstream_, to_client_, to_upstream_;
  std::vector<protocol::Record> records_;
  protocol::Ticket asked_ = 0;
};

TEST_F(Capped, an_answer_that_is_too_long_to_hold_back_is_rolled_back) {
  std::string query;
  Writer(query).text("delete from t returning *");
  hear(Side::client, encode(Front::query, query));
  allow(1000);
  hear(Side::upstream, ours("BEGIN") + ours("SAVEPOINT") + ours("SELECT 1", count_row("0")));
  const std::string row = encode(Back::data_row, std::string(512 * 1024, 'x'));
  for (std::size_t sent = 0; sent <= held_answer_bytes_max; sent += row.size()) hear(Side::upstream, row);
  EXPECT_EQ(to_client_.find('x'), std::string::npos) << "nothing is told of what may not last";
  hear(Side::upstream, tag("DELETE 9") + encode_status(Transaction::open));
  hear(Side::upstream, ours("SELECT 1", count_row("9")) + encode_status(Transaction::open));
  EXPECT_NE(to_upstream_.find("ROLLBACK"), std::string::npos);
  EXPECT_EQ(to_upstream_.find("COMMIT"), std::string::npos);
  hear(Side::upstream, ours("ROLLBACK") + encode_status(Transaction::idle));
  hear(Side::upstream, encode_problem(Back::error_response, {"ERROR", "42601", "syntax", {}}) +
                           encode_status(Transaction::idle));
  EXPECT_NE(to_client_.find("longer than the gateway holds back"), std::string::npos);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].ending, protocol::Ending::cancelled);
  EXPECT_EQ(asked_, 1U) << "nobody is asked about it";
}

TEST_F(Capped, values_that_are_too_long_to_keep_are_not_asked_about) {
  std::string parse;
  Writer parsing(parse);
  parsing.text(""), parsing.text("delete from t where k = $1"), parsing.u16(0);
  std::string bind;
  Writer binding(bind);
  binding.text(""), binding.text(""), binding.u16(0), binding.u16(1);
  binding.u32(static_cast<std::uint32_t>(kept_binds_bytes_max)),
      binding.bytes(std::string(kept_binds_bytes_max, 'v'));
  binding.u16(0);
  std::string execute;
  Writer executing(execute);
  executing.text(""), executing.u32(0);
  hear(Side::client,
       encode(Front::parse, parse) + encode(Front::bind, bind) + encode(Front::execute, execute));
  allow(1);
  hear(Side::upstream, encode(Back::parse_complete) + encode(Back::bind_complete) + ours("BEGIN") +
                           ours("SAVEPOINT") + ours("SELECT 1", count_row("0")) + tag("DELETE 7") +
                           ours("SELECT 1", count_row("7")));
  hear(Side::upstream, ours("ROLLBACK"));
  EXPECT_EQ(asked_, 1U);
  hear(Side::upstream, encode_problem(Back::error_response, {"ERROR", "42601", "syntax", {}}));
  EXPECT_NE(to_client_.find("rolled back: 7 rows, more than 1"), std::string::npos) << to_client_;
}

TEST_F(Capped, what_was_truncated_on_the_way_is_in_no_count) {
  std::string query;
  Writer(query).text("insert into t values (f())");
  hear(Side::client, encode(Front::query, query));
  allow(5);
  hear(Side::upstream, ours("BEGIN") + ours("SAVEPOINT") + ours("SELECT 1", count_row("0")) +
                           tag("INSERT 0 1") + encode_status(Transaction::open) +
                           ours("SELECT 1", count_row("1", "1 16402")) + encode_status(Transaction::open));
  EXPECT_NE(to_upstream_.find("ROLLBACK"), std::string::npos);
}

// A server that counts in words, or not at all, is not believed.
TEST_F(Capped, a_count_that_is_no_number_is_none) {
  for (const char* count : {"", "-1", "1e9", "7 ", "99999999999999999999"}) {
    machine_ = make_idle_machine();
    from_client_ = from_upstream_ = to_client_ = to_upstream_ = "";
    asked_ = 0;
    std::string query;
    Writer(query).text("delete from t");
    hear(Side::client, encode(Front::query, query));
    allow(5);
    hear(Side::upstream, ours("BEGIN") + ours("SAVEPOINT") + ours("SELECT 1", count_row("0")) +
                             tag("DELETE 1") + encode_status(Transaction::open) +
                             ours("SELECT 1", count_row(count)) + encode_status(Transaction::open));
    EXPECT_NE(to_upstream_.find("ROLLBACK"), std::string::npos) << count;
  }
}

}  // namespace
}  // namespace claw::postgres
