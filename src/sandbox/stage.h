// What stands inside the sandbox before the program does: this same binary. It makes every address there its
// own, opens the sockets that answer at them, and puts off the privileges this takes. Then it hands the
// sockets to the gateway, waits to be told to go on, takes away what the program may not have, and becomes
// it. It is given no secret.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/fd.h"

namespace claw::sandbox {

constexpr std::string_view stage_verb = "sandbox-stage";
constexpr int stage_hand = 3;    // The number of its end of the socket.
constexpr std::string_view ready_word = "ready";
constexpr std::string_view go_word = "go";

struct StageOrder {
  std::vector<std::uint16_t> ports;
  bool takes_questions = false;    // Of names, at the port for them.
  std::uint64_t memory_bytes = 0;  // Of one process: its private memory.
  std::uint64_t processes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t file_bytes = 0;
};
std::string format_order(const StageOrder& order);
Result<StageOrder> parse_order(std::string_view text);

// `arguments` are the order and the program's own. Comes back only when there is no program: the exit code.
int run_stage(std::span<char* const> arguments);

// For main(): whether this process was started to be one.
bool is_stage(std::span<char* const> arguments);

}  // namespace claw::sandbox
