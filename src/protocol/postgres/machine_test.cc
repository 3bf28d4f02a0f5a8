#include "protocol/postgres/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/speaker.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Outcome;
using protocol::Play;
using protocol::Side;

std::unique_ptr<protocol::Machine> make_machine() {
  auto options = std::make_shared<Options>();
  options->endpoint = "postgres.test";
  options->sslmode = SslMode::disable;
  return std::make_unique<Machine>(options, action::Principal{"bot", "ops", "192.0.2.1:5"}, "session", "OURKEY88");
}

Play plainly(std::size_t slice = 0, std::size_t cut_after = SIZE_MAX) {
  return {make_machine, [] { return std::make_unique<Speaker>(); }, slice, cut_after};
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class Scripts : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& entry : std::filesystem::directory_iterator("testdata")) {
      if (entry.path().extension() == ".script") scripts[entry.path().stem()] = text_of(entry.path());
    }
    ASSERT_FALSE(scripts.empty());
  }
  std::map<std::string, std::string> scripts;
};

TEST_F(Scripts, go_as_written) {
  for (const auto& [name, script] : scripts) {
    const Outcome outcome = protocol::play(script, plainly());
    EXPECT_EQ(outcome.conversation, protocol::without_comments(script)) << name;
    EXPECT_EQ(outcome.wrong, std::vector<std::string>()) << name;
  }
}

TEST_F(Scripts, go_the_same_in_slices) {
  for (const auto& [name, script] : scripts) {
    for (const std::size_t slice : {1, 2, 3, 7}) {
      const Outcome outcome = protocol::play(script, plainly(slice));
      EXPECT_EQ(outcome.conversation, protocol::without_comments(script)) << name << " by " << slice;
    }
  }
}

TEST_F(Scripts, may_end_at_every_byte) {
  for (const auto& [name, script] : scripts) {
    const std::size_t all = protocol::play(script, plainly()).bytes_told;
    for (std::size_t cut = 0; cut <= all; ++cut) {
      EXPECT_EQ(protocol::play(script, plainly(1, cut)).wrong, std::vector<std::string>()) << name << " at " << cut;
    }
  }
}

TEST(machine, sends_strangers_away_before_it_asks_for_anything) {
  const std::string strangers[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("\x4a\x00\x00\x00\x0a", 5),
      std::string("\x00\x00\x00\x00\x00\x00\x00\x00", 8), std::string("\x00\x00\x00\x08\x00\x02\x00\x00", 8),
      "*1\r\n$4\r\nPING\r\n"};
  for (const std::string& bytes : strangers) {
    const auto machine = make_machine();
    Commands out;
    machine->on(protocol::Received{Side::client, bytes}, out);
    EXPECT_EQ(machine->state(), "ended") << quoted(bytes);
    for (const auto& command : out.list()) {
      EXPECT_FALSE(std::holds_alternative<protocol::Lease>(command) || std::holds_alternative<protocol::Connect>(command));
    }
  }
}

TEST(machine, refuses_bytes_that_follow_an_ssl_request) {
  const auto machine = make_machine();
  Commands out;
  machine->on(protocol::Received{Side::client, encode_ssl_request() + encode_startup({{"user", "mallory"}})}, out);
  EXPECT_EQ(machine->state(), "ended");
}

// A session that has just begun, idle.
std::unique_ptr<protocol::Machine> make_idle() {
  auto machine = make_machine();
  Commands out;
  const std::string startup = encode_startup({{"user", "ann"}});
  machine->on(protocol::Received{Side::client, startup}, out);
  machine->on(protocol::Leased{{}, std::make_shared<action::Login>()}, out);
  machine->on(protocol::Connected{}, out);
  const std::string greeting = encode_challenge(Challenge::Kind::ok) + encode_status(Transaction::idle);
  machine->on(protocol::Received{Side::upstream, greeting}, out);
  EXPECT_EQ(machine->state(), "idle");
  return machine;
}

TEST(machine, refuses_every_type_without_a_row) {
  for (int byte = 0; byte < 256; ++byte) {
    const char type = static_cast<char>(byte);
    for (const Side side : {Side::client, Side::upstream}) {
      if (row_of(side, type)) continue;
      const auto machine = make_idle();
      Commands out;
      machine->on(protocol::Received{side, std::string(1, type) + std::string("\0\0\0\x04", 4)}, out);
      EXPECT_EQ(machine->state(), "ended") << byte;
    }
  }
}

TEST(machine, has_a_row_in_its_readme_for_every_message) {
  std::map<std::string, std::string> documented;
  for (const std::string_view line : split(text_of("README.md"), '\n')) {
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

TEST(machine, ends_on_a_long_frame_of_a_small_message_and_skips_a_long_statement) {
  const auto machine = make_idle();
  Commands out;
  std::string header("Q\x7f\xff\xff\xff", 5);
  machine->on(protocol::Received{Side::client, header}, out);
  EXPECT_EQ(machine->state(), "ended");

  const auto other = make_idle();
  out.clear();
  std::string frame = encode(Front::query, std::string(text_frame_bytes_max + 1, 'x'));
  other->on(protocol::Received{Side::client, frame}, out);
  EXPECT_EQ(out.consumed(Side::client), frame.size());
  EXPECT_EQ(other->state(), "idle");
}

}  // namespace
}  // namespace claw::postgres
