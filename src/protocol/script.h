// A machine's test as a conversation that everyone can read: `>>` is what the machine is told, `<<` what
// it says. play() holds the conversation and returns how it went, in the same words, for a test to
// compare with the script. It checks on the way what must hold in every conversation. The words for a
// protocol's own messages come from its Speaker.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/machine.h"

namespace claw::protocol {

class Speaker {
 public:
  virtual ~Speaker() = default;
  virtual std::string encode(Side from, std::string_view line) = 0;  // `Query "select 1"` to bytes.
  // Takes the whole messages off the front of what was sent to `to`, a line for each.
  virtual std::vector<std::string> decode(Side to, std::string& bytes) = 0;
};

struct Play {
  std::function<std::unique_ptr<Machine>()> make_machine;
  std::function<std::unique_ptr<Speaker>()> make_speaker;
  std::size_t slice = 0;             // Bytes told at a time; 0: each line whole.
  std::size_t cut_after = SIZE_MAX;  // Bytes told in all before both peers are gone.
  std::size_t fail_at = SIZE_MAX;    // Which answer (to Connect, Lease, Decide …) comes as a failure instead.
};

struct Outcome {
  std::string conversation;        // As it went, without comments.
  std::size_t bytes_told = 0;
  std::size_t answers_told = 0;
  std::vector<std::string> wrong;  // Broken promises: bytes without a verdict, bytes consumed twice …
};

// Lines: `>> started`, `>> client MESSAGE`, `>> upstream MESSAGE`, `>> closed client`, `>> connected`,
// `>> tls client`, `>> leased user=U database=D password=P`, `>> allowed 1`, `>> allowed 1 rows=100`,
// `>> denied 1 RULE "reason"`,
// `>> waiting 1 "notice"`, `>> key HEX` or `>> key`, `>> timeout 1`; each but `started` and `closed` may end
// in `error "why"`. What follows in `<<` lines is sorted: to the upstream, to the client, the rest.
Outcome play(std::string_view script, const Play& how);

std::string without_comments(std::string_view script);

}  // namespace claw::protocol
