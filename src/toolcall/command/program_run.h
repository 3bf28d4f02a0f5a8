// A program that runs for a call: in a sandbox, with what it was given, its output told as it comes, and its
// connections handed to the gateway, which serves them as the calling agent's. What it prints and how it
// ended is the call's result; it is judged by nobody here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "toolcall/network/network.h"
#include "toolcall/tool.h"

namespace claw::toolcall {

struct Job : Outfit {
  std::string input;  // Where the program takes any.
};

std::unique_ptr<Run> run_program(Seat seat, Job job);

// One that does not begin; what was asked for cannot be run at all.
std::unique_ptr<Run> refuse_run(Seat seat, std::string why);

// The result as JSON; `output` may be cut within a character.
std::string program_result(const sandbox::Ended& ended, std::string_view output, std::string_view errors);

}  // namespace claw::toolcall
