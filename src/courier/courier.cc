#include "courier/courier.h"

#include <algorithm>
#include <mutex>

#include "approval/channel/brief.h"
#include "approval/channel/text.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "courier/office.h"

namespace claw::courier {

namespace {

// A callback is fresh for five minutes either way; after that its time refuses it.
constexpr std::int64_t once_us = 11LL * 60 * 1'000'000;
constexpr std::size_t onces_max = 20'000;  // Only those with a good signature are kept.

Callback refused(int status, std::string_view code, std::string_view what) {
  Callback callback;
  callback.status = status;
  json::Writer out(callback.body);
  out.begin_object();
  out.member("error", what);
  out.member("code", code);
  out.end_object();
  return callback;
}

Callback refused(const Error& why) {
  switch (why.code) {
    case Code::denied: return refused(403, "denied", "not verified");
    case Code::unavailable: return refused(503, "unavailable", "the channel's secrets cannot be read now");
    case Code::not_found: return refused(403, "denied", "this channel takes no answers");
    case Code::invalid:
    case Code::limit:
    case Code::unsupported:
    case Code::timeout: break;
  }
  return refused(400, "invalid", "not understood");
}

// Whether this question is told by that channel's app at all: another's people have no say in it there.
bool is_told(const Plan& plan, const Line& line, const approval::Question& question) {
  const channel::Settings& here = line.channel->settings();
  const auto tells = [&](std::string_view approver) {
    const auto found = plan.approvers.find(approver);
    if (found == plan.approvers.end()) return false;
    return std::ranges::any_of(found->second.channels, [&](const std::string& name) {
      const auto other = plan.lines.find(name);
      if (other == plan.lines.end()) return false;
      const channel::Settings& there = other->second.channel->settings();
      return there.kind == here.kind && there.credential == here.credential;
    });
  };
  return std::ranges::any_of(question.approvers, [&](const approval::Approver& each) {
    return tells(each.name) || tells(each.escalation.to);
  });
}

std::string_view said(approval::State state) {
  switch (state) {
    case approval::State::open: return "Recorded. Others have to allow it too.";
    case approval::State::allowed: return "Recorded: it is allowed.";
    case approval::State::denied: return "Recorded: it is denied.";
    case approval::State::expired:
    case approval::State::withdrawn:
    case approval::State::shutdown: break;
  }
  return "This question has ended already.";
}

bool is_about(const channel::Click& click, const approval::Question& question, std::string_view key) {
  if (!click.seal.empty()) return crypto::equal(click.seal, channel::seal_of(click.choice, question, key));
  return !click.fingerprint.empty() && question.fingerprint.starts_with(click.fingerprint);
}

// Buttons of before a restart are no good: what is still open is told anew.
Services keyed(Services services) {
  constexpr std::size_t key_bytes = 32;
  if (services.button_key.empty()) services.button_key = random_hex(key_bytes);
  return services;
}

}  // namespace

Courier::Courier(Services services)
    : services_(keyed(std::move(services))), office_(std::make_unique<Office>(services_)) {}

Courier::~Courier() = default;

Status Courier::use(std::shared_ptr<const config::Snapshot> snapshot) {
  CLAW_TRY(std::shared_ptr<const Plan> plan, make_plan(*snapshot, services_.always));
  office_->use(std::move(plan));
  return Done{};
}

void Courier::announce(const std::vector<std::string>& approvers, Announcement announcement) {
  office_->announce(approvers, std::move(announcement));
}

std::vector<ChannelStatus> Courier::status() const { return office_->report().all(); }

// False: it was seen before, or nothing more can be remembered.
bool Courier::is_first(const std::string& once) {
  const std::int64_t now_us = services_.clock.monotonic_us();
  const std::lock_guard lock(mutex_);
  while (!onces_by_time_.empty() && now_us - onces_by_time_.front().first > once_us) {
    onces_.erase(onces_by_time_.front().second);
    onces_by_time_.pop_front();
  }
  if (onces_.size() >= onces_max || !onces_.insert(once).second) return false;
  onces_by_time_.emplace_back(now_us, once);
  return true;
}

Callback Courier::receive(std::string_view name, const channel::Inbound& inbound, const Answer& answer) {
  if (inbound.body.size() > callback_bytes_max) return refused(413, "limit", "too long");
  const std::shared_ptr<const Plan> plan = office_->plan();
  const auto found = plan->lines.find(name);
  if (found == plan->lines.end()) return refused(404, "not_found", "no such channel");
  const Line& line = found->second;
  auto secrets = secrets_of(line, services_.vault);
  if (!secrets) return refused(secrets.error());
  const auto received = line.channel->receive(inbound, *secrets, services_.clock.wall_us());
  if (!received) {
    log::warning("callback refused", {{"channel", name}, {"why", received.error().what}});
    return refused(received.error());
  }
  if (!received->once.empty() && !is_first(std::string(name) + " " + received->once)) {
    return refused(409, "denied", "seen before");
  }
  if (!received->click) return {200, "application/json", received->body};
  const std::string account = plan->account(line, received->click->person);
  const Result<approval::State> state = account.empty()
                                            ? outsider(line, *received->click)
                                            : decide(*plan, line, *received->click, account, answer);
  const std::string text = state ? std::string(said(*state)) : "Not counted: " + state.error().what + ".";
  if (!state) {
    if (auto whisper = line.channel->whisper(*received, text, *secrets)) {
      office_->whisper(line, std::move(*whisper));
    }
  }
  return {200, "application/json", line.channel->answer(*received, text)};
}

Result<approval::State> Courier::outsider(const Line& line, const channel::Click& click) {
  const std::string who = line.channel->settings().typed() + " " + channel::shown_line(click.person, 100);
  const std::string subject = channel::shown_line(click.question, 100);
  const auto written = services_.sink.append(
      audit::Admin{who, "answer_refused", subject, "nobody's account: `people` does not name them"});
  if (!written) log::warning("a refused answer is not on record", {{"question", subject}});
  return Error{Code::denied, "you are not among the people who may answer here", {}};
}

Result<approval::State> Courier::decide(const Plan& plan, const Line& line, const channel::Click& click,
                                        const std::string& account, const Answer& answer) {
  const std::optional<approval::Entry> entry = services_.questions.show(click.question);
  if (!entry || !is_told(plan, line, entry->question)) {
    return Error{Code::not_found, "there is no such question any more", {}};
  }
  if (entry->state != approval::State::open) {
    return Error{Code::invalid, "this question has ended already", {}};
  }
  if (!is_about(click, entry->question, services_.button_key)) {
    return Error{Code::denied, "this was about another action", {}};
  }
  const bool needs_more = entry->question.assurance != approval::Assurance::none;
  if (click.choice == approval::Choice::allow && needs_more) {
    return Error{Code::denied, "allowing this needs a passkey, in the dashboard", {}};
  }
  return answer({line.channel->settings().typed(), click.question, click.choice, account, click.comment});
}

}  // namespace claw::courier
