// Follows the journal and looks in it for what is unlike each agent. What it finds is recorded, counted,
// noted for rules, and told to whoever is to know. It has a thread of its own with a low priority, reads
// what is written already, and nobody waits for it: under load findings come later, and actions do not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "anomaly/kinds.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "config/observe.h"
#include "guard/guard.h"

namespace claw::watch {

struct Services {  // All outlive it.
  const Clock& clock;
  guard::Guard& guard;
  audit::Sink& sink;
  metrics::Registry& registry;
  std::string journal_folder;
  std::string file;  // Where histories are kept over a restart.
  // Somebody is to be told; the names of approvers. Called on its thread.
  std::function<void(const std::vector<std::string>&, const anomaly::Finding&)> tell;
};

class Watch {
 public:
  explicit Watch(Services services);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void use(const config::AnomalySettings& settings);  // Any thread; after each load.

  void stop();  // Ends its thread and saves histories; before the journal is closed.

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

constexpr std::int64_t saved_every_us = 60LL * 1'000'000;  // And so how much is read again after a crash.

}  // namespace claw::watch
