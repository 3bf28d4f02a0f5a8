#include "protocol/postgres/session.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/speaker.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Side;

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(session, refuses_every_type_without_a_row) {
  for (int byte = 0; byte < 256; ++byte) {
    const char type = static_cast<char>(byte);
    for (const Side side : {Side::client, Side::upstream}) {
      if (row_of(side, type)) continue;
      const auto machine = make_idle_machine();
      Commands out;
      machine->on(protocol::Received{side, std::string(1, type) + std::string("\0\0\0\x04", 4)}, out);
      EXPECT_EQ(machine->state(), "ended") << byte;
    }
  }
}

TEST(session, has_a_row_in_its_readme_for_every_message) {
  std::map<std::string, std::string> documented;
  const std::string readme = text_of("README.md");
  for (const std::string_view line : split(readme, '\n')) {
    const auto cells = split(line, '|');
    if (cells.size() == 6 && trim(cells[1]).starts_with('`')) {
      documented[std::string(trim(cells[1]))] += std::string(trim(cells[2]));
    }
  }
  for (int byte = 0; byte < 256; ++byte) {
    for (const Side side : {Side::client, Side::upstream}) {
      const auto row = row_of(side, static_cast<char>(byte));
      if (!row) continue;
      const std::string key = "`" + std::string(side == Side::client ? "F" : "B") + " " + row->type + "`";
      EXPECT_EQ(documented[key], row->name) << key;
      documented.erase(key);
    }
  }
  EXPECT_TRUE(documented.empty()) << documented.begin()->first << " is documented and unknown";
}

TEST(session, ends_on_a_long_frame_of_a_small_message_and_skips_a_long_statement) {
  const auto machine = make_idle_machine();
  Commands out;
  std::string header("Q\x7f\xff\xff\xff", 5);
  machine->on(protocol::Received{Side::client, header}, out);
  EXPECT_EQ(machine->state(), "ended");

  const auto other = make_idle_machine();
  out.clear();
  std::string frame = encode(Front::query, std::string(text_frame_bytes_max + 1, 'x'));
  other->on(protocol::Received{Side::client, frame}, out);
  EXPECT_EQ(out.consumed(Side::client), frame.size());
  EXPECT_EQ(other->state(), "idle");
}

}  // namespace
}  // namespace claw::postgres
