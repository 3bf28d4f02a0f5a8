// Sends the record to where the configuration says, besides the journal: a thread and a loop of its own,
// which follow the journal's files. Nothing of the gateway waits for it: a sink that is down is caught up
// with later, from the journal.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/snapshot.h"
#include "exporter/line.h"
#include "io/thread.h"

namespace claw::exporter {

struct Services {  // All outlive the exporter.
  const Clock& clock;
  vault::Vault& vault;
  metrics::Registry& registry;
  std::string journal_key;  // The public one: whose records these are.
  Places places;
};

class Exporter {
 public:
  explicit Exporter(Services services);
  ~Exporter();  // Ends its thread; what is under way is given up, and sent again by the next.
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  // Any thread. The exporters of a snapshot take the place of those before; one that is the same goes on.
  // Code::invalid when one cannot be made ready (a CA file that cannot be read); the old ones stay.
  Status use(const config::Snapshot& snapshot);
  std::vector<Standing> standing() const;  // Any thread, in the configuration's order.

 private:
  struct Wanted {
    config::Exporter settings;
    vault::Credential credential;
    vault::Credential certificate;
    std::shared_ptr<io::TlsContext> trust;
  };
  void take(const std::vector<Wanted>& wanted);
  void tick();
  void look();
  void publish();

  const Services services_;
  const std::string journal_;
  io::Loop loop_;
  std::vector<std::unique_ptr<Line>> lines_;  // The loop's.
  mutable std::mutex mutex_;                  // Guards what is published.
  std::vector<Standing> published_;
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::exporter
