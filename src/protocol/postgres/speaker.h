// The words of a Postgres conversation in a test script: `Query "select 1"`, `ReadyForQuery I`. Used by
// the tests and fuzz targets only, as is the rest of this file. Its table of messages is the one the README's
// table is compared with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/postgres/message.h"
#include "protocol/postgres/options.h"
#include "protocol/script.h"

namespace claw::postgres {

struct MessageRow {
  protocol::Side from;
  char type;
  std::string_view name;
  std::string_view layout;  // t: text, k: one character, x: the rest as it is, p: problem, b: bind, d: row.
  std::string_view tail;    // What follows when we write it; not shown when we read it.
};
std::optional<MessageRow> row_named(protocol::Side from, std::string_view name);
std::optional<MessageRow> row_of(protocol::Side from, char type);

class Speaker final : public protocol::Speaker {
 public:
  std::string encode(protocol::Side from, std::string_view line) override;
  std::vector<std::string> decode(protocol::Side to, std::string& bytes) override;

 private:
  bool upstream_started_ = false;  // The startup packet has gone: messages have types from here on.
};

// A machine of agent `bot`, without TLS unless `options` says so; and one whose session has just begun.
std::unique_ptr<protocol::Machine> make_test_machine();
std::unique_ptr<protocol::Machine> make_test_machine(const Options& options);
std::unique_ptr<protocol::Machine> make_idle_machine();

std::vector<std::string> words_of_line(std::string_view line);  // Quotes taken off, `\n` and `\0` resolved.

}  // namespace claw::postgres
