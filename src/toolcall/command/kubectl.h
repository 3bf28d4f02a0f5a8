// What a call of kubectl may say. Where it goes, as whom, and what stands between is the gateway's: flags
// that would change it are refused with a reason, as are verbs that need a terminal, a port or files of the
// agent. What it then asks of the cluster is judged where it arrives. Words only; nothing runs here.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace claw::toolcall {

struct KubectlReading {
  std::string verb;          // `get`; empty: none, which prints help.
  std::string wrong;         // Not empty: why it is refused,
  std::size_t at = 0;        // and at which word.
  bool reads_only = false;   // Known to read,
  bool destroys = false;     // or to destroy; of others the wire tells.
};

KubectlReading read_kubectl(const std::vector<std::string>& words);

}  // namespace claw::toolcall
