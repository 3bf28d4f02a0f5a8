// The telemetry's thread: what is sent where, in which order, and again after what. Only telemetry/ sees it.
#pragma once

#include <deque>
#include <mutex>

#include "io/loop.h"
#include "io/thread.h"
#include "outbound/client.h"
#include "store/journal_tail.h"
#include "telemetry/settings.h"
#include "telemetry/spans.h"
#include "telemetry/telemetry.h"
#include "vault/credential.h"

namespace claw::telemetry {

struct Plan {  // Made of a snapshot and the environment; immutable.
  Target target;
  Places places;
  vault::Credential credential;  // No name: there is none.
  std::shared_ptr<io::TlsContext> trust;
  std::shared_ptr<store::JournalTail> tail;  // At the journal's end when this was made; null: no traces.
  std::int64_t metrics_every_us = 0;
  std::uint32_t sample_percent = 100;
};

class Office {
 public:
  explicit Office(Services services);
  ~Office();

  void use(std::shared_ptr<const Plan> plan);  // Any thread.
  void stop();
  const std::string& instance() const { return services_.instance; }
  const std::string& journal_folder() const { return services_.journal_folder; }

 private:
  void tick();
  void adopt();
  void read();
  void send_spans();
  void sent_spans(const Result<outbound::Answer>& answer);
  void send_metrics();
  Result<outbound::Request> request_for(std::string_view path, std::string body);
  void count(const char* signal, bool is_taken);
  void drop(const char* signal, std::uint64_t count);
  void note(const std::string& why);  // Empty: it works.

  const Services services_;
  const std::int64_t start_us_;
  std::mutex mutex_;  // Guards wanted_.
  std::shared_ptr<const Plan> wanted_;
  io::Loop loop_;
  outbound::Client client_;
  std::shared_ptr<const Plan> plan_;  // The loop's, as all below.
  std::shared_ptr<store::JournalTail> tail_;
  Spans spans_;
  std::deque<Span> queue_;
  std::size_t in_flight_ = 0;  // At the queue's front: under way to the receiver.
  bool sending_ = false;
  bool sending_metrics_ = false;
  bool stopping_ = false;
  std::int64_t not_before_us_ = 0;  // Monotonic: a receiver that failed is left alone until then.
  std::uint32_t failures_ = 0;
  std::int64_t metrics_us_ = 0;     // When metrics were sent last.
  bool failing_ = false;
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::telemetry
