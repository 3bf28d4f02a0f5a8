// Messages to people: composed, carried, and what came of them.
#include <fmt/format.h>

#include "base/log.h"
#include "courier/office.h"

namespace claw::courier {

namespace {

constexpr std::uint32_t notice_ms_max = 15'000;  // A chat server that is slower is down; it is tried again.

Result<outbound::Request> request_of(const Line& line, channel::Message& message) {
  outbound::Request request;
  CLAW_TRY_DONE(outbound::aim(request, message.url.reveal()));
  request.method = message.method;
  request.fields = std::move(message.fields);
  request.secret_fields = std::move(message.secret_fields);
  request.body = std::move(message.body);
  request.trust = line.trust;
  request.timeout_ms = notice_ms_max;
  return request;
}

outbound::MailServer server_of(const channel::Settings& settings) {
  using To = outbound::MailServer::Security;
  outbound::MailServer server;
  server.host = settings.host;
  server.port = settings.port;
  switch (settings.security) {
    case channel::Security::starttls: server.security = To::starttls; break;
    case channel::Security::tls: server.security = To::tls; break;
    case channel::Security::none: server.security = To::none; break;
  }
  server.user = settings.user;
  server.ca_file = settings.ca_file;
  server.timeout_ms = notice_ms_max;
  return server;
}

bool can_be_answered(const Line& line, const channel::Secrets& secrets) {
  const channel::Needs& needs = channel::needs_of(line.channel->settings().kind);
  if (!line.channel->traits().answers) return false;
  if (needs.has_public_key) return !line.channel->settings().public_key.empty();
  return secrets.contains(needs.callback_slot);
}

}  // namespace

void Office::send(const Job& job) {
  const std::int64_t began_us = services_.clock.monotonic_us();
  const approval::Entry* about = entry(job.question);
  const auto line = in_use_->lines.find(job.channel);
  if (about == nullptr || line == in_use_->lines.end()) return desk_.sent(job, {}, now_us());
  auto secrets = secrets_of(line->second, services_.vault);
  if (!secrets) return sent(job, std::move(secrets).error(), -1, began_us);
  const auto approver = in_use_->approvers.find(job.approver);
  const bool is_known = approver != in_use_->approvers.end();
  const std::string text =
      is_known ? fill_in(approver->second.message, about->question, job.approver) : "";
  const std::string link = in_use_->link(job.question);
  const channel::Notice notice{
      .event = job.event,
      .entry = *about,
      .count = job.count,
      .has_buttons = (!is_known || approver->second.interactive) && can_be_answered(line->second, *secrets),
      .approver = job.approver,
      .link = link,
      .text = text,
      .button_key = services_.button_key,
      .number = job.number,
      .left_us = about->question.deadline_us - services_.clock.monotonic_us(),
      .wall_us = services_.clock.wall_us(),
  };
  auto outgoing = line->second.channel->compose(notice, job.receipt, *secrets);
  if (!outgoing) return sent(job, std::move(outgoing).error(), -1, began_us);
  if (!*outgoing) return desk_.sent(job, {}, now_us());
  carry(line->second, std::move(**outgoing),
        [this, job, channel = line->second.channel, began_us](const Result<outbound::Answer>& answer) {
          if (!answer) return sent(job, answer.error(), -1, began_us);
          sent(job, channel->sent(answer->status, answer->body), answer->retry_after_s, began_us);
        });
}

// Mail has no answer of HTTP's: what was taken is a 202 without a body.
void Office::carry(const Line& line, channel::Outgoing outgoing, outbound::Client::Done done) {
  if (auto* message = std::get_if<channel::Message>(&outgoing)) {
    auto request = request_of(line, *message);
    if (!request) return loop_.post([done, error = request.error()] { done(error); });
    return client_.send(*request, std::move(done));
  }
  const channel::Settings& settings = line.channel->settings();
  auto secrets = secrets_of(line, services_.vault);
  Secret password;
  if (secrets && secrets->contains("password")) password = std::move(secrets->at("password"));
  client_.deliver({settings.from, settings.recipients, std::get<channel::Letter>(outgoing).text},
                  server_of(settings), std::move(password), [done = std::move(done)](Status status) {
                    if (status) done(outbound::Answer{202, "", -1});
                    else done(std::move(status).error());
                  });
}

void Office::sent(const Job& job, const Result<channel::Receipt>& receipt, std::int64_t retry_after_s,
                  std::int64_t began_us) {
  const auto line = in_use_->lines.find(job.channel);
  const std::string name =
      line == in_use_->lines.end() ? job.channel : line->second.channel->settings().typed();
  if (receipt) {
    desk_.sent(job, *receipt, now_us());
    report_.sent(name, static_cast<double>(services_.clock.monotonic_us() - began_us) * 1e-6);
    if (job.event != channel::Event::grown) record(job, "notice_sent", {});
    return;
  }
  constexpr std::int64_t second_us = 1'000'000;
  constexpr std::int64_t retry_after_s_max = 3600;
  const std::int64_t after_us = std::clamp<std::int64_t>(retry_after_s, 0, retry_after_s_max) * second_us;
  report_.failed(name, receipt.error().what, services_.clock.wall_us());
  if (desk_.failed(job, after_us, now_us())) record(job, "notice_failed", receipt.error().what);
}

void Office::record(const Job& job, std::string_view event, std::string_view why) {
  const std::string detail = fmt::format("{} in channel {}{}{}", channel::name_of(job.event), job.channel,
                                         why.empty() ? "" : ": ", why);
  const auto written = services_.sink.append(audit::Admin{"", event, job.question, detail});
  if (!written) log::warning("a notice is not on record", {{"question", job.question}});
}

// A finding takes the form of a question that nobody has to answer.
void Office::announce_in(const Line& line, const Announcement& announcement) {
  const std::string name = line.channel->settings().typed();
  const std::int64_t began_us = services_.clock.monotonic_us();
  approval::Entry entry;
  entry.question.id = announcement.id;
  entry.question.agent = announcement.agent;
  entry.question.endpoint = announcement.endpoint;
  entry.question.reason = announcement.kind;
  entry.question.summary = announcement.sentence;
  const auto came = [this, name, began_us](const Status& done) {
    if (done) report_.sent(name, static_cast<double>(services_.clock.monotonic_us() - began_us) * 1e-6);
    else report_.failed(name, done.error().what, services_.clock.wall_us());
  };
  const auto secrets = secrets_of(line, services_.vault);
  if (!secrets) return came(secrets.error());
  const channel::Notice notice{.event = channel::Event::found, .entry = entry, .has_buttons = false,
                               .wall_us = services_.clock.wall_us()};
  auto outgoing = line.channel->compose(notice, {}, *secrets);
  if (!outgoing) return came(std::move(outgoing).error());
  if (!*outgoing) return;
  carry(line, std::move(**outgoing),
        [came, sender = line.channel](const Result<outbound::Answer>& answer) {
          if (!answer) return came(answer.error());
          const auto receipt = sender->sent(answer->status, answer->body);
          came(receipt ? Status(Done{}) : Status(receipt.error()));
        });
}

void Office::announce(std::vector<std::string> approvers, Announcement announcement) {
  loop_.post([this, approvers = std::move(approvers), announcement = std::move(announcement)] {
    constexpr std::int64_t ten_minutes_us = 600LL * 1'000'000;
    while (!announced_us_.empty() && now_us() - announced_us_.front() > ten_minutes_us) {
      announced_us_.pop_front();
    }
    if (announced_us_.size() >= announcements_max) return;
    announced_us_.push_back(now_us());
    const std::shared_ptr<const Plan> latest = plan();
    std::set<std::string> channels;
    for (const std::string& approver : approvers) {
      const auto found = latest->approvers.find(approver);
      if (found == latest->approvers.end()) continue;
      channels.insert(found->second.channels.begin(), found->second.channels.end());
    }
    for (const std::string& channel : channels) {
      const auto line = latest->lines.find(channel);
      if (line != latest->lines.end()) announce_in(line->second, announcement);
    }
  });
}

void Office::whisper(const Line& line, channel::Outgoing outgoing) {
  auto shared = std::make_shared<channel::Outgoing>(std::move(outgoing));
  loop_.post(
      [this, line, shared] { carry(line, std::move(*shared), [](const Result<outbound::Answer>&) {}); });
}

}  // namespace claw::courier
