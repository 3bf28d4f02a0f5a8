#include "protocol/script.h"

#include <gtest/gtest.h>

namespace claw::protocol {
namespace {

class Lines final : public Speaker {
 public:
  std::string encode(Side, std::string_view line) override { return std::string(line); }
  std::vector<std::string> decode(Side, std::string& bytes) override {
    if (bytes.empty()) return {};
    return {std::exchange(bytes, {})};
  }
};

// Does to every byte it is told what a machine must not do.
class Rogue final : public Machine {
 public:
  explicit Rogue(std::string_view misdeed) : misdeed_(misdeed) {}

  void on(const Event& event, Commands& out) override {
    if (!std::holds_alternative<Received>(event)) return;
    out.consume(Side::client, misdeed_ == "greedy" ? 100 : 1);
    if (misdeed_ == "unjudged") out.send(Side::upstream, "x", 7);
    if (misdeed_ == "unasked record") out.ask(Record{7, Ending::ok, 0, {}});
    if (misdeed_ == "restless") out.ask(Close{"x"}), out.send(Side::client, "x");
  }
  bool wants(Side) const override { return true; }
  std::string_view state() const override { return ""; }

 private:
  std::string_view misdeed_;
};

TEST(play, notices_every_broken_promise) {
  for (const std::string_view misdeed : {"greedy", "unjudged", "unasked record", "restless", ""}) {
    const Play how{[&] { return std::make_unique<Rogue>(misdeed); },
                   [] { return std::make_unique<Lines>(); }};
    EXPECT_EQ(play(">> client a\n", how).wrong.size(), misdeed.empty() ? 0U : 1U) << misdeed;
  }
}

TEST(script, drops_comments_and_empty_lines) {
  EXPECT_EQ(without_comments("# why\n\n>> started\n<< connect\n"), ">> started\n<< connect\n");
}

}  // namespace
}  // namespace claw::protocol
