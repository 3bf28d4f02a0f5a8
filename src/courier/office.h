// The courier's thread: it looks at the queue a few times a second, has the desk say what is to be done, and
// does it. Everything but what is said to be for any thread happens on its loop.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "courier/courier.h"
#include "courier/desk.h"
#include "courier/plan.h"
#include "io/loop.h"
#include "io/thread.h"
#include "outbound/client.h"
#include "outbound/fetcher.h"

namespace claw::courier {

constexpr std::uint32_t look_ms = 200;  // People see a question within two seconds, with a slow server.
constexpr std::size_t models_at_once_max = 8;   // More wait: a model's server has limits of its own.
constexpr std::size_t opinions_max = 1000;
constexpr std::int64_t opinion_us_max = 10LL * 60 * 1'000'000;

// What went well and what did not, per channel and model. Any thread.
class Report {
 public:
  explicit Report(metrics::Registry& registry) : registry_(registry) {}
  void sent(const std::string& name, double seconds);
  void failed(const std::string& name, const std::string& why, std::int64_t wall_us);
  void waiting(const std::string& name, std::size_t count);
  std::vector<ChannelStatus> all() const;

 private:
  mutable std::mutex mutex_;
  metrics::Registry& registry_;
  std::map<std::string, ChannelStatus, std::less<>> lines_;
};

class Office {
 public:
  explicit Office(Services services);
  ~Office();

  void use(std::shared_ptr<const Plan> plan);  // Any thread.
  std::shared_ptr<const Plan> plan() const;    // Any thread.
  Report& report() { return report_; }
  // Any thread: to one person, once, and whether it arrives is not asked.
  void whisper(const Line& line, channel::Outgoing outgoing);
  void announce(std::vector<std::string> approvers, Announcement announcement);  // Any thread.

 private:
  struct Opinion {
    model::Opinion opinion;
    std::int64_t at_us = 0;
  };
  struct Case {  // A question before a model.
    Asking asking;
    Judge judge;
    approval::Question question;
    std::string cache_key;
    std::int64_t began_us = 0;
    int exchanges = 0;
  };
  using SharedCase = std::shared_ptr<Case>;

  void tick();
  void look();
  const approval::Entry* entry(std::string_view question) const;
  std::int64_t now_us() const { return services_.clock.monotonic_us(); }

  // notices.cc
  void send(const Job& job);
  void carry(const Line& line, channel::Outgoing outgoing, outbound::Client::Done done);
  void sent(const Job& job, const Result<channel::Receipt>& receipt, std::int64_t retry_after_s,
            std::int64_t began_us);
  void record(const Job& job, std::string_view event, std::string_view why);
  void announce_in(const Line& line, const Announcement& announcement);

  // judges.cc
  void start_cases();
  void open(const Asking& asking);
  void ask(const SharedCase& one);
  void ask(const SharedCase& one, outbound::Request request, model::Prompt prompt);
  void fail(const SharedCase& one, const std::string& why);
  void close(const SharedCase& one, const model::Opinion& opinion);
  void give(const SharedCase& one, const model::Opinion& opinion);

  Services services_;
  mutable std::mutex mutex_;  // Guards plan_.
  std::shared_ptr<const Plan> plan_;
  Report report_;
  io::Loop loop_;
  outbound::Client client_;
  outbound::Fetcher fetcher_;
  Desk desk_;
  std::shared_ptr<const Plan> in_use_;     // The desk's.
  std::vector<approval::Entry> entries_;   // As the queue had them last; of ended ones those still shown.
  std::uint64_t seen_changes_ = 0;
  std::int64_t looked_us_ = 0;
  std::deque<std::int64_t> announced_us_;  // When there was an announcement.
  std::deque<Asking> waiting_cases_;
  std::size_t open_cases_ = 0;
  std::map<std::string, Opinion> opinions_;  // By what they are good for.
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::courier
