// One exporter at work: reads on in the journal, makes batches, has its sink send them, remembers how far it
// came, and tries again with growing pauses. A batch that failed is sent again as it was; the cursor moves
// only when the sink has it. Runs on the exporter's loop; nothing waits for it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "exporter/follower.h"
#include "exporter/sink.h"

namespace claw::exporter {

struct Standing {
  std::string name;          // `clickhouse.lake`
  std::string target;
  std::string state;         // `current`, `behind`, `failing`
  std::string why;           // Never a secret.
  std::int64_t since_us = 0; // Wall time of the first of these failures.
  std::uint64_t seq = 0;     // Of the last record that arrived.
  std::int64_t time_us = 0;  // And when it was written; 0: none yet.
  std::uint64_t behind = 0;  // Records of the journal after it,
  std::int64_t behind_us = 0;  // and for how long the first of them has waited.
  std::uint64_t sent = 0;    // Since this gateway was started.
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;  // Gone before they could be exported.
  std::uint64_t refused = 0; // That the sink will never take.
};

struct Places {
  std::string journal;  // The journal's folder,
  std::string cursors;  // the cursors',
  std::function<std::uint64_t()> last_seq;  // and the last record of the journal. Any thread.
};

class Line {
 public:
  Line(Parts parts, const Places& places, metrics::Registry& registry);
  ~Line();

  const config::Exporter& settings() const { return parts_.settings; }
  bool is_same(const config::Exporter& settings, const vault::Credential& credential,
               const vault::Credential& certificate) const;
  void tick();  // A few times a second.
  const Standing& standing() const { return standing_; }

 private:
  Status start();
  Status collect();
  bool keep(const audit::Record& record, std::string_view payload);
  void miss(std::uint64_t records);  // They are gone, and were never sent.
  bool is_full() const;
  bool is_due() const;
  void send();
  void sent(Result<Taken> taken);
  Status advance();
  void begin_batch();
  void shrink(const Error& why);  // It was too much for the sink.
  void add(Kept kept);
  void fail(const Error& why);
  void recover();
  void report();
  bool is_wanted(const audit::Record& record) const;
  std::int64_t now_us() const { return parts_.clock.monotonic_us(); }

  Parts parts_;
  const Places& places_;
  std::string cursor_file_;
  std::unique_ptr<Sink> sink_;
  std::optional<Follower> follower_;  // None: not started, or to be started anew.
  store::Cursor cursor_;
  Batch batch_;
  Batch rest_;                        // What a batch that was too much had more, if anything; comes next.
  std::size_t bytes_max_ = 0;         // Of a batch, after one was too much; 0: as configured.
  std::uint32_t fits_ = 0;            // Batches that the sink has taken since.
  std::size_t passed_ = 0;            // Records of this batch that are not wanted.
  std::int64_t batch_since_us_ = 0;   // Monotonic.
  bool has_read_ = false;             // What the cursor and the sink need from before.
  bool is_sending_ = false;
  bool is_failed_ = false;            // The batch has been tried, and comes again as it is.
  std::int64_t retry_us_ = 0;         // Monotonic.
  std::int64_t pause_us_ = 0;
  std::shared_ptr<bool> alive_;
  Standing standing_;

  metrics::Counter sent_total_;
  metrics::Counter failures_total_;
  metrics::Counter missed_total_;
  metrics::Counter refused_total_;
  metrics::Gauge behind_records_;
  metrics::Gauge behind_seconds_;
};

}  // namespace claw::exporter
