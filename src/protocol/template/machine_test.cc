#include "protocol/template/machine.h"

#include <gtest/gtest.h>

#include "protocol/script.h"

namespace claw::protocol_template {
namespace {

class Speaker final : public protocol::Speaker {
 public:
  std::string encode(protocol::Side, std::string_view line) override { return std::string(line) + "\n"; }
  std::vector<std::string> decode(protocol::Side, std::string& bytes) override {
    std::vector<std::string> lines;
    for (std::size_t at; (at = bytes.find('\n')) != std::string::npos; bytes.erase(0, at + 1)) {
      lines.push_back(bytes.substr(0, at));
    }
    return lines;
  }
};

constexpr std::string_view script = R"(
# An allowed line goes through, a denied one is answered here.
>> started
<< connect
>> connected
>> client hello
<< decide 1 "exec hello"
>> allowed 1
<< upstream hello
<< record 1 ok rows=-1 "sent"
>> upstream welcome
<< client welcome
>> client drop everything
<< decide 2 "exec drop everything"
>> denied 2 no-drop "not here"
<< client refused: not here
>> client late
<< decide 3 "exec late"
>> closed client
<< withdraw 3
<< close "agent left"
)";

TEST(template_machine, goes_as_written_in_slices_and_when_cut) {
  protocol::Play how{[] { return std::make_unique<Machine>(std::make_shared<action::Context>()); },
                     [] { return std::make_unique<Speaker>(); }};
  const std::size_t all = protocol::play(script, how).bytes_told;
  for (how.slice = 0; how.slice < 4; ++how.slice) {
    const auto outcome = protocol::play(script, how);
    EXPECT_EQ(outcome.conversation, protocol::without_comments(script));
    EXPECT_TRUE(outcome.wrong.empty());
  }
  for (how.cut_after = 0; how.cut_after <= all; ++how.cut_after) {
    EXPECT_TRUE(protocol::play(script, how).wrong.empty()) << how.cut_after;
  }
}

}  // namespace
}  // namespace claw::protocol_template
