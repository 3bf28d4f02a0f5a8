// Tells people in their channels that an action waits, asks models first, and takes the answers that come in
// by callbacks. It has a thread and a loop of its own, watches the queue, and nobody waits for it: a channel
// that is down leaves the question where it was, in the dashboard and on the command line.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "approval/channel/channel.h"
#include "approval/queue.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "config/snapshot.h"
#include "vault/vault.h"

namespace claw::courier {

struct Services {  // All outlive the courier.
  const Clock& clock;
  approval::Queue& questions;
  vault::Vault& vault;
  audit::Sink& sink;
  metrics::Registry& registry;
  std::optional<channel::Settings> always = {};  // A channel beside the policy's, told of every question.
  std::string button_key = {};  // What buttons are sealed with; empty: a fresh one.
};

// Somebody's answer, verified and mapped to an account by the channel's `people`.
struct Answered {
  std::string channel;   // `slack.ops`
  std::string question;
  approval::Choice choice = approval::Choice::deny;
  std::string person;    // The account's name. Whether it exists, and may answer, is for `answer` to say.
  std::string comment;
};

// Records the answer, then gives it to the queue (Reply.groups from the account, Assurance::none). The
// error's text is shown to the person.
using Answer = std::function<Result<approval::State>(const Answered& answered)>;

// What an agent did unlike itself, for people to look at.
struct Announcement {
  std::string id;        // Of its record.
  std::string agent;
  std::string endpoint;
  std::string kind;      // `new_object`
  std::string sentence;
};

struct Callback {  // The HTTP answer to who called.
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

struct ChannelStatus {
  std::string name;      // `slack.ops`, `llm_approver.judge`
  bool failing = false;  // Since the last thing that worked.
  std::string why;       // Never a secret.
  std::int64_t since_us = 0;  // Wall time of that.
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;
  std::uint64_t waiting = 0;
};

class Office;
struct Line;
struct Plan;

class Courier {
 public:
  explicit Courier(Services services);
  ~Courier();  // Ends its thread; what is under way is given up.
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Any thread. A snapshot that was loaded: its channels and approvers take the place of those before.
  // Code::invalid when one cannot be made ready (a CA file that cannot be read); the old ones stay.
  Status use(std::shared_ptr<const config::Snapshot> snapshot);

  // Any thread; never blocks but for `answer`. `name` is a channel's bare name; `fields` as sent. 404 for
  // names that are none, 403 for what is not verified; bodies longer than callback_bytes_max 413.
  Callback receive(std::string_view name, const channel::Inbound& inbound, const Answer& answer);

  // Any thread. Tells the channels of these approvers, each once, at most announcements_max in ten minutes;
  // it is not tried again, and nobody is asked anything.
  void announce(const std::vector<std::string>& approvers, Announcement announcement);

  std::vector<ChannelStatus> status() const;  // Any thread.

 private:
  bool is_first(const std::string& once);
  Result<approval::State> outsider(const Line& line, const channel::Click& click);
  Result<approval::State> decide(const Plan& plan, const Line& line, const channel::Click& click,
                                 const std::string& account, const Answer& answer);

  const Services services_;
  std::unique_ptr<Office> office_;
  std::mutex mutex_;  // Guards what was seen once.
  std::set<std::string> onces_;
  std::deque<std::pair<std::int64_t, std::string>> onces_by_time_;
};

constexpr std::size_t announcements_max = 10;  // In ten minutes: more is a storm, and the dashboard has all.

constexpr std::size_t callback_bytes_max = 256 * 1024;  // Slack repeats the whole message in it.

}  // namespace claw::courier
