#include "toolcall/mcp/turn.h"

#include <fmt/format.h>

#include "toolcall/mcp/words.h"

namespace claw::toolcall::mcp {
namespace {

constexpr std::uint32_t tick_ms = 10'000;  // Clients and proxies give up after 30 or 60 s of silence.
constexpr std::string_view shown_prefix = "approval-";

std::string member_of(std::string_view json, std::string_view name) {
  const auto parsed = json::parse(json);
  return parsed.ok() ? parsed->text_or(name, "") : std::string();
}

}  // namespace

Turn::Turn(io::Loop& loop, Desk& desk, Order order) : loop_(loop), desk_(desk), order_(std::move(order)) {}

Turn::~Turn() { loop_.cancel(timer_); }

void Turn::joined(std::string_view id, std::string_view key) {
  call_ = id;
  key_ = key;
}

void Turn::begun() {
  if (over_) return;
  if (order_.decline) return order_.decline(call_);
  timer_ = loop_.after_ms(tick_ms, [this] { tick(); });
}

void Turn::tick() {
  timer_ = loop_.after_ms(tick_ms, [this] { tick(); });
  if (order_.progress_token.empty()) return order_.exchange->keep_alive();
  progress(waiting_for_.empty() ? "running" : waiting_for_);
}

void Turn::progress(std::string_view message) {
  if (order_.progress_token.empty()) return;
  std::string text;
  json::append_string(text, message);
  order_.exchange->note(claw::mcp::format_notification(
      "notifications/progress", fmt::format(R"({{"progressToken":{},"progress":{},"message":{}}})",
                                            order_.progress_token, ++progress_, text)));
}

void Turn::tell(std::string_view event, std::string_view json) {
  if (over_) return;
  if (event == "running") {
    if (std::exchange(waiting_for_, {}).empty()) return;
    return progress("allowed, and running");
  }
  // How far another server says it is; other pieces of output come with the end.
  if (event == "output" && json.starts_with(R"({"progress":)")) return pass_on(json);
  if (event != "held") return;
  const std::string question = member_of(json, "action");
  const bool is_known = !waiting_for_.empty() && waiting_for_.ends_with(question);
  if (show(question) || is_known) return;
  waiting_for_ = order_.public_url.empty()
                     ? "a person is being asked to allow this: " + question
                     : fmt::format("a person is being asked to allow this: {}/#/approvals/{}",
                                   order_.public_url, question);
  progress(waiting_for_);
}

void Turn::pass_on(std::string_view json) {
  if (order_.progress_token.empty()) return;
  const auto parsed = json::parse(json);
  const json::Value* theirs = parsed.ok() ? parsed->find("progress") : nullptr;
  const std::string message = theirs != nullptr ? theirs->text_or("message", "") : std::string();
  progress(message.empty() ? "running" : message);
}

bool Turn::show(std::string_view question) {
  if (!order_.shows_pages || key_.empty() || order_.public_url.empty()) return false;
  const std::string name = std::string(shown_prefix) + std::string(question);
  if (order_.shown.contains(name)) return false;
  const std::string url = fmt::format("{}/#/approvals/{}", order_.public_url, question);
  const std::string result = input_required(
      {name, "A person has to allow this call before it runs. Its page says what it would do.", url}, key_);
  const auto alive = shared_from_this();
  end();
  desk_.step_out(call_, this);
  order_.exchange->answer(claw::mcp::format_reply(order_.id, result));
  return true;
}

void Turn::end() {
  over_ = true;
  loop_.cancel(std::exchange(timer_, 0));
  if (order_.session != nullptr) order_.session->flying.erase(order_.id);
}

void Turn::over(const Said& said) {
  if (over_) return;
  const auto alive = shared_from_this();
  end();
  if (order_.over) order_.over(said);
  const std::string result = order_.result(said);
  namespace code = claw::mcp::code;
  order_.exchange->answer(result.empty()
                              ? claw::mcp::format_failure(
                                    order_.id, said.status == 404 ? code::invalid_params : code::refused,
                                    line_of(said), said.body)
                              : claw::mcp::format_reply(order_.id, result));
}

void Turn::leave() {
  if (over_) return;
  const auto alive = shared_from_this();
  end();
  desk_.leave(call_, this);
}

void Turn::cancel() {
  if (over_) return;
  const auto alive = shared_from_this();
  leave();
  order_.exchange->drop();
}

}  // namespace claw::toolcall::mcp
