// A step of a replay as people read it: what was done, why, how it was judged, how it ended. What agents
// wrote is spelled out, never obeyed by the terminal it is shown on.
#pragma once

#include <cstdint>
#include <string>

#include "audit/replay/timeline.h"

namespace claw::verbs {

// Who and where, above the first step of a session; a line.
std::string session_text(const audit::Scene& scene);

// Several lines. `start_us` is when the replay begins, for the time on its left; streams are not among it.
std::string scene_text(const audit::Scene& scene, std::int64_t start_us);

// What was said on its connection, as lines of plain text, at most so many; nothing where nothing was.
std::string said_text(const audit::Scene& scene, std::size_t lines_max);

// `12:04`, `1:02:03`: since the start, for people.
std::string span_text(std::int64_t us);

}  // namespace claw::verbs
