// Any text as a command line: what is understood reads back as the same words from its own spelling.
#include <string>

#include "base/check.h"
#include "shell/command_line.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto words = claw::shell::read_command_line(text);
  if (!words) return 0;
  CLAW_CHECK(!words->empty() && !words->front().empty());
  const auto again = claw::shell::read_command_line(claw::shell::command_line(*words));
  CLAW_CHECK(again && *again == *words);
  return 0;
}
