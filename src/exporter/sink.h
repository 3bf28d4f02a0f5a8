// One place the record goes: what a batch is, what a sink says of it. A sink sends and reports; when to send,
// how often to try again and what is done are line.h's. Everything is for the exporter's loop alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/export/columns.h"
#include "base/clock.h"
#include "config/observe.h"
#include "io/loop.h"
#include "io/tls.h"
#include "store/export/cursor.h"
#include "vault/credential.h"
#include "vault/vault.h"

namespace claw::exporter {

struct Kept {
  audit::Record record;
  std::string payload;  // Without its padding.
};

// Records in a row, and how far in the journal that is: kinds that are not wanted are not among them.
struct Batch {
  std::vector<Kept> records;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::int64_t last_time_us = 0;
  std::size_t bytes = 0;
};

struct Taken {
  std::uint64_t refused = 0;  // Of its records, that the sink says it will never take.
  std::string why = {};
};

class Sink {
 public:
  using Done = std::function<void(Result<Taken>)>;
  virtual ~Sink() = default;

  // Once, before anything is sent; again after an error.
  virtual Status open(const store::Cursor&) { return claw::Done{}; }
  // A record of before the cursor that open() needs to know.
  virtual void recall(const Kept&) {}
  // `done` comes once, now or later, unless the sink is gone first. A batch that failed comes again, the
  // same. Code::denied: asking again will not help until somebody changes something. Code::limit: it is too
  // much at once.
  virtual void send(const Batch& batch, Done done) = 0;
  // The batch is done with: what a cursor needs to say.
  virtual void note(store::Cursor&) {}
  // A repeat has to have the same bounds, also after a restart.
  virtual bool is_named_by_range() const { return false; }
  virtual std::int64_t retry_after_s() const { return -1; }  // As the server asked with its last answer.

};

struct Parts {  // What sinks are made of; all but the settings outlive them.
  io::Loop& loop;
  const Clock& clock;
  vault::Vault& vault;
  std::string journal;  // Its id.
  config::Exporter settings;
  vault::Credential credential;            // No name: none.
  vault::Credential certificate;           // Shown to a server that asks; no name: none.
  std::shared_ptr<io::TlsContext> trust;   // Null: the system's roots.
};

std::unique_ptr<Sink> make_sink(Parts parts);
std::unique_ptr<Sink> make_clickhouse(Parts parts);
std::unique_ptr<Sink> make_otlp(Parts parts);
std::unique_ptr<Sink> make_s3(Parts parts);
std::unique_ptr<Sink> make_postgres(Parts parts);
std::unique_ptr<Sink> make_syslog(Parts parts);
std::unique_ptr<Sink> make_file(Parts parts);

inline audit::Exported exported(const Parts& parts, const Kept& kept) {
  return {parts.journal, kept.record, kept.payload};
}

}  // namespace claw::exporter
