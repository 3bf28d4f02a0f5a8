// Where the watch is in the journal, and what it does with each record: a step at a time, on one thread, with
// no loop of its own. Only watch/ sees it.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "anomaly/detector.h"
#include "anomaly/reading.h"
#include "store/journal_tail.h"
#include "watch/watch.h"

namespace claw::watch {

constexpr std::size_t batch_records = 500;  // Then the end of the process has a turn.
constexpr std::uint64_t reread_segments_max = 16;  // 256 MiB, where nothing was saved: some seconds' reading.

class Follower {
 public:
  explicit Follower(Services services);

  bool step();       // Reads on. True: there is more to read at once.
  void stop();       // Any thread: a step that runs ends soon, and no other reads.
  void save();
  void use(const config::AnomalySettings& settings);  // Any thread.

 private:
  using Findings = std::vector<anomaly::Finding>;

  bool look();
  Status begin();         // At the journal's end, with everything before it known.
  Status catch_up(std::uint64_t through, std::uint64_t until);
  bool visit(const audit::Record& record);
  Findings found_in(const audit::Record& record);
  void report(const anomaly::Finding& finding);
  bool adopt();  // False: nobody wants it.

  const Services services_;
  metrics::Gauge agents_;
  metrics::Gauge lag_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  // Guards wanted_.
  std::optional<config::AnomalySettings> wanted_;  // Nothing: nobody has said yet.
  config::AnomalySettings settings_;  // The thread's, as all below.
  anomaly::Detector detector_;
  anomaly::Endings endings_;
  std::optional<store::JournalTail> start_;  // What is behind it comes from this process.
  std::optional<store::JournalTail> tail_;
  std::size_t batch_ = 0;
  std::uint64_t seen_ = 0;       // The last record that the detector has.
  std::int64_t seen_us_ = 0;     // Its wall time.
  std::int64_t saved_us_ = 0;    // Monotonic.
  std::uint64_t saved_ = 0;
  bool was_off_ = false;         // What the journal has since is not learned from.
  bool failing_ = false;
};

}  // namespace claw::watch
