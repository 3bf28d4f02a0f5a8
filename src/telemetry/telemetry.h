// Metrics and traces for an OpenTelemetry receiver, when one is configured. A thread with a loop of its own
// follows the journal for traces and reads the registry for metrics; nobody waits for it, what it holds is
// bounded, and what a receiver does not take in time is dropped and counted.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "config/snapshot.h"
#include "vault/vault.h"

namespace claw::telemetry {

struct Services {  // All outlive it.
  const Clock& clock;
  metrics::Registry& registry;
  vault::Vault& vault;
  std::string journal_folder;
  std::string instance;  // Tells this process from others.
};

constexpr std::size_t queue_max = 10'000;         // Spans that wait for the receiver: some 10 MB.
constexpr std::size_t batch_max = 500;            // Of one request: half a megabyte.
constexpr std::uint32_t request_ms_max = 10'000;  // OTEL_EXPORTER_OTLP_TIMEOUT's default.

class Office;

class Telemetry {
 public:
  explicit Telemetry(Services services);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // Any thread. Code::invalid where the receiver cannot be sent to at all; then nothing is.
  Status use(std::shared_ptr<const config::Snapshot> snapshot);
  void stop();  // What is queued has a second to go out.

 private:
  std::unique_ptr<Office> office_;
};

}  // namespace claw::telemetry
