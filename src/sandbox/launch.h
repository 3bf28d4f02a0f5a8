// A sandbox as bubblewrap is told to build it: everything that is not named here is not in it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/fd.h"
#include "io/process/process.h"
#include "sandbox/sandbox.h"

namespace claw::sandbox {

// Of the gateway's side, what the program is given.
struct Ends {
  io::Fd input, output, errors;  // Its own ends.
  io::Fd hand;
  int facts = -1;                // Where bubblewrap says who the first process is.
};
Result<io::Process> start_bubblewrap(const Program& program, const Ends& ends);

// `{"child-pid": 123}`
Result<int> first_process_of(std::string_view facts);

}  // namespace claw::sandbox
