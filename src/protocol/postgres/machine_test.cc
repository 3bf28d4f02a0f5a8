#include "protocol/postgres/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "protocol/postgres/speaker.h"

namespace claw::postgres {
namespace {

using protocol::Outcome;
using protocol::Play;

Play plainly(std::size_t slice = 0, std::size_t cut_after = SIZE_MAX) {
  return {[] { return make_test_machine(); }, [] { return std::make_unique<Speaker>(); }, slice, cut_after};
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

TEST_F(Scripts, survive_each_failure) {
  for (const auto& [name, script] : scripts) {
    const std::size_t all = protocol::play(script, plainly()).answers_told;
    for (std::size_t i = 0; i < all; ++i) {
      Play failing = plainly();
      failing.fail_at = i;
      EXPECT_EQ(protocol::play(script, failing).wrong, std::vector<std::string>()) << name << " at " << i;
    }
  }
}

TEST_F(Scripts, may_end_at_every_byte) {
  for (const auto& [name, script] : scripts) {
    const std::size_t all = protocol::play(script, plainly()).bytes_told;
    for (std::size_t cut = 0; cut <= all; ++cut) {
      EXPECT_EQ(protocol::play(script, plainly(0, cut)).wrong, std::vector<std::string>())
          << name << " at " << cut;
    }
  }
}

}  // namespace
}  // namespace claw::postgres
