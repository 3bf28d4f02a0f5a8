// Records as the detector wants to see them. An action's end names only the action: who did what is
// remembered until then.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "anomaly/kinds.h"
#include "audit/reader.h"

namespace claw::anomaly {

// Of a `judged` record; nothing for others, and for what the gateway itself looks up as a preview. `agent` is
// as recorded: whoever counts agents without a name apart puts their account there.
std::optional<Seen> seen_in(const audit::Record& record);

class Endings {
 public:
  // After seen_in() of the same record.
  void begin(const audit::Record& record, const Seen& seen);
  std::optional<Moved> moved_in(const audit::Record& record);  // Of an `ended` record that tells its rows.

 private:
  struct Begun {
    std::string agent, session, endpoint;
  };
  std::unordered_map<std::string, Begun> begun_;  // By action.
};

constexpr std::size_t begun_max =
    20'000;  // Actions under way; when there are more, those are not counted by their rows.

}  // namespace claw::anomaly
