// How one kind of channel says a question to people and understands their answers: pure, one file per kind.
// courier/ sends what compose() made and gives back what came of it; the operators' API hands in callbacks.
// Texts of agents go out as literal text, cut, and marked as theirs; no channel's markup survives in them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "approval/channel/settings.h"
#include "approval/queue.h"
#include "base/result.h"
#include "base/secret.h"

namespace claw::channel {

using Secrets = std::map<std::string, Secret, std::less<>>;  // By slot; what the vault has not is not there.

enum class Event : std::uint8_t {
  asked,      // A question is new.
  grown,      // Others like it came, or one of them went: the same message says so.
  reminded,
  escalated,  // Nobody answered in time: now others are asked.
  ended,
  found,      // No question: what an agent did is unlike it. The entry says which agent, and what in words.
};
std::string_view name_of(Event event);

struct Notice {
  Event event = Event::asked;
  const approval::Entry& entry;
  std::size_t count = 1;           // Open questions that this message stands for.
  bool has_buttons = true;
  std::string_view approver = {};  // On whose behalf people are told.
  std::string_view link = {};      // To the question in the dashboard; empty: there is none to give.
  std::string_view text = {};      // The operator's own words, already filled in; may be empty.
  std::string_view button_key = {};  // What buttons are sealed with.
  std::uint64_t number = 0;        // Of this question's notices, the same when one is tried again.
  std::int64_t left_us = 0;        // Until the question expires.
  std::int64_t wall_us = 0;
};

struct Message {  // One HTTPS request.
  std::string method = "POST";
  Secret url;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, Secret>> secret_fields;
  Secret body;
};

struct Letter {  // One e-mail; the addresses are the settings'.
  std::string text;
};

using Outgoing = std::variant<Message, Letter>;

// What a channel remembers of a message it sent, so that it can be changed: JSON of its own. Empty: nothing.
using Receipt = std::string;

struct Inbound {  // A request that somebody sent to /api/v1/callbacks/NAME.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string_view body;

  std::optional<std::string_view> field(std::string_view name) const;  // Nothing too where it stands twice.
};

struct Click {
  std::string question;
  std::string seal;         // Of a button, see brief.h;
  std::string fingerprint;  // or the beginning of it, where a machine says what it answers.
  approval::Choice choice = approval::Choice::deny;
  std::string person;       // As the channel knows them.
  std::string comment;
};

struct Received {  // Verified: it came from the channel's own server, just now.
  std::optional<Click> click;  // Nothing: it only wants to be answered, with `body`.
  std::string body;
  std::string once;            // What makes it this one: a second with the same is a replay.
  std::string token;           // The channel's own, for answer().
};

struct Traits {
  bool edits = false;    // A message that was sent can be changed later.
  bool groups = true;    // Repeats are one message; false: a machine wants each.
  bool answers = false;  // People can answer there.
};

class Channel {
 public:
  explicit Channel(Settings settings) : settings_(std::move(settings)) {}
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  const Settings& settings() const { return settings_; }
  virtual Traits traits() const = 0;

  // Nothing: this channel says nothing of that event. Code::not_found: a secret is missing.
  virtual Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt& receipt,
                                                  const Secrets& secrets) const = 0;

  // What the channel's server answered. Code::unavailable: try again later; others: it will not work.
  virtual Result<Receipt> sent(int status, std::string_view body) const;

  // Code::denied: not from that server, or too late; nothing of it was believed.
  virtual Result<Received> receive(const Inbound& inbound, const Secrets& secrets,
                                   std::int64_t wall_us) const;

  // The body of a 200 that tells who clicked what became of it; JSON, or empty.
  virtual std::string answer(const Received& received, std::string_view text) const;

  // A message that says so instead, only to that person, where an HTTP answer is not shown to anybody.
  virtual std::optional<Outgoing> whisper(const Received& received, std::string_view text,
                                          const Secrets& secrets) const;

 protected:
  Result<std::string_view> secret(const Secrets& secrets, std::string_view slot) const;

 private:
  Settings settings_;
};

std::unique_ptr<Channel> make(Settings settings);

constexpr std::int64_t callback_age_us_max = 5LL * 60 * 1'000'000;  // As Slack and Standard Webhooks say.

}  // namespace claw::channel
