#include "toolcall/mcp/exchange.h"

#include "protocol/mcp/events.h"

namespace claw::toolcall::mcp {
namespace {

constexpr std::size_t unread_bytes_max = 512 * 1024;  // Of notifications; the answer itself is always kept.

}  // namespace

Exchange::Exchange(Options options, serve::Reply reply, std::function<void()> left)
    : options_(std::move(options)), reply_(std::move(reply)), left_(std::move(left)),
      open_(options_.requests) {}

void Exchange::watch(const std::shared_ptr<serve::Waiting>& waiting) {
  if (waiting != nullptr && !ended_ && !teller_) waiting->on_left(left_);
}

serve::Answer Exchange::head(int status) const {
  serve::Answer answer;
  answer.status = status;
  answer.fields.add("Cache-Control", "no-store");
  if (!options_.session.empty()) answer.fields.add("Mcp-Session-Id", options_.session);
  return answer;
}

void Exchange::open() {
  Stream stream = make_stream(left_, unread_bytes_max);
  teller_ = stream.teller;
  if (!options_.session.empty()) stream.answer.fields.add("Mcp-Session-Id", options_.session);
  reply_(std::move(stream.answer));
}

void Exchange::note(std::string_view message) {
  if (ended_ || !options_.takes_events || options_.is_batch) return;
  if (!teller_) open();
  teller_->tell(claw::mcp::format_event(message));
}

void Exchange::keep_alive() {
  if (ended_ || !options_.takes_events || options_.is_batch) return;
  if (!teller_) open();
  teller_->tell(": waiting\n\n");
}

void Exchange::answer(std::string message, int status) {
  if (ended_ || open_ == 0) return;
  answers_.push_back(std::move(message));
  status_ = status;
  drop();
}

void Exchange::drop() {
  if (ended_ || open_ == 0 || --open_ > 0) return;
  settle();
}

void Exchange::settle() {
  ended_ = true;
  std::string body;
  for (const std::string& each : answers_) body.append(body.empty() ? "" : ",").append(each);
  if (options_.is_batch && !body.empty()) body = "[" + body + "]";
  if (teller_) return teller_->end(body.empty() ? std::string() : claw::mcp::format_event(body));
  serve::Answer made = head(body.empty() ? 202 : options_.is_batch ? 200 : status_);
  if (!body.empty()) made.fields.add("Content-Type", "application/json");
  made.body = std::move(body);
  reply_(std::move(made));
}

}  // namespace claw::toolcall::mcp
