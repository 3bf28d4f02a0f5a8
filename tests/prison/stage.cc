// The stage by itself, for tests: the gateway has it in its own program.
#include <span>

#include "sandbox/stage.h"

int main(int count, char** arguments) {
  const std::span<char* const> all(arguments, static_cast<std::size_t>(count));
  return claw::sandbox::is_stage(all) ? claw::sandbox::run_stage(all.subspan(2)) : 1;
}
