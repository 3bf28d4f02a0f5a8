#include "toolcall/upstream/program_wire.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::size_t unwritten_bytes_max =
    16 * 1024 * 1024;  // A program that does not read what it is asked.
constexpr std::size_t complaint_bytes_max = 2048;              // Kept, to be told with its end.
// A connection on which nothing was asked is closed after half a minute: fewer than a gateway has stand open.
constexpr std::size_t connections_per_minute = 500;
constexpr std::int64_t minute_us = 60'000'000;

Error too_long() { return {Code::limit, "it said a line that is too long", {}}; }

}  // namespace

Result<std::unique_ptr<Wire>> ProgramWire::start(io::Loop& loop, ProgramTerms terms) {
  std::unique_ptr<ProgramWire> wire(new ProgramWire(loop, std::move(terms)));
  ProgramWire* const self = wire.get();
  sandbox::Ears ears;
  ears.output = [self](sandbox::Output which, std::string_view bytes) { self->output(which, bytes); };
  ears.connected = [self](const io::Address& to, io::Fd socket) { self->lead(to, std::move(socket)); };
  ears.asked = [self](std::string_view question) { return self->terms_.outfit.network.answer(question); };
  ears.ended = [self](const sandbox::Ended& ended) {
    std::string why = fmt::format("its program ended: {}, {}", name_of(ended.why), ended.code);
    if (!ended.detail.empty()) why += ", " + ended.detail;
    if (!self->complaint_.empty()) why += ": " + printable(trim(self->complaint_), 300);
    self->fail(Error{Code::unavailable, why, {}});
  };
  CLAW_TRY(wire->child_, sandbox::Child::start(loop, self->terms_.outfit.program, std::move(ears)));
  return std::unique_ptr<Wire>(std::move(wire));
}

ProgramWire::~ProgramWire() { *alive_ = false; }

void ProgramWire::open(Ear& ear) { ear_ = &ear; }

void ProgramWire::send(Outgoing message) {
  if (is_over_) return;
  if (child_->unwritten() + message.text.size() > unwritten_bytes_max) {
    return loop_.post([this, alive = alive_] {
      if (*alive) fail(Error{Code::limit, "its program does not read what it is asked", {}});
    });
  }
  message.text += '\n';
  child_->write(message.text);
}

void ProgramWire::output(sandbox::Output which, std::string_view bytes) {
  if (is_over_) return;
  if (which == sandbox::Output::error) return complain(bytes);
  unread_.append(bytes);
  if (unread_.size() > terms_.message_bytes_max + bytes.size()) child_->want_output(false);
  if (std::exchange(is_taking_, true)) return;
  // Later: what is heard may end this, which a child that is telling something may not see.
  loop_.post([this, alive = alive_] {
    if (*alive) take_lines();
  });
}

// One that leads nowhere is closed, as it would be if nobody listened.
void ProgramWire::lead(const io::Address& to, io::Fd socket) {
  const auto goal = terms_.outfit.network.goal_of(to);
  if (!goal || !terms_.give || is_over_) return;
  const std::int64_t now_us = loop_.clock().monotonic_us();
  if (now_us - minute_us_ > minute_us) {
    minute_us_ = now_us;
    connections_ = 0;
  }
  if (++connections_ > connections_per_minute) {
    if (connections_ == connections_per_minute + 1) {
      log::warning("an mcp server makes too many connections", {{"endpoint", terms_.endpoint}});
    }
    return;
  }
  if (const claw::Status given = terms_.give(*goal, std::move(socket)); !given) {
    log::warning("an mcp server's connection was not served",
                 {{"endpoint", terms_.endpoint}, {"why", given.error().text()}});
  }
}

void ProgramWire::take_lines() {
  is_taking_ = false;
  const std::shared_ptr<bool> alive = alive_;
  std::string taken = std::exchange(unread_, {});
  std::size_t begin = 0;
  for (std::size_t end = taken.find('\n', std::exchange(seen_, 0)); end != std::string::npos;
       end = taken.find('\n', begin)) {
    const std::string_view line = trim(std::string_view(taken).substr(begin, end - begin));
    begin = end + 1;
    if (line.size() > terms_.message_bytes_max) return fail(too_long());
    if (!line.empty() && ear_ != nullptr) ear_->heard(line);
    if (!*alive || is_over_) return;
  }
  unread_ = taken.substr(begin) + unread_;
  if (unread_.size() > terms_.message_bytes_max) {
    return fail(too_long());
  }
  seen_ = unread_.size();
  child_->want_output(true);
}

void ProgramWire::complain(std::string_view bytes) {
  complaint_.append(bytes);
  if (complaint_.size() > complaint_bytes_max) {
    complaint_.erase(0, complaint_.size() - complaint_bytes_max);
  }
}

void ProgramWire::fail(const Error& why) {
  if (std::exchange(is_over_, true)) return;
  child_->kill();
  if (ear_ != nullptr) ear_->lost(why);
}

}  // namespace claw::toolcall::upstream
