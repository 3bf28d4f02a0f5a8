#include "sandbox/census.h"

#include <algorithm>
#include <string>

namespace claw::sandbox {

Census::Census(metrics::Registry& registry)
    : registry_(registry),
      running_(registry.gauge("claw_sandboxes_running", "Programs in a sandbox now.")),
      start_seconds_(registry.histogram("claw_sandbox_start_seconds", "How long a sandbox took to stand.",
                                        {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10})) {}

void Census::gone(std::string_view why) {
  std::string label(why.empty() ? "killed" : why);
  std::ranges::replace(label, ' ', '_');
  running_.add(-1);
  registry_.counter("claw_sandbox_endings_total", "How programs in a sandbox ended.", {{"why", label}}).add();
}

}  // namespace claw::sandbox
