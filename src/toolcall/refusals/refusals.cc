#include "toolcall/refusals/refusals.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/body/shown.h"
#include "action/sql.h"
#include "action/tool/tool.h"
#include "audit/record.h"
#include "base/crypto.h"
#include "base/text.h"

namespace claw::toolcall {
namespace {

constexpr std::uint32_t tick_ms = 1000;
constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t members_max = 64;
constexpr std::size_t levels_max = 6;
// What allowed calls have hidden or told by its digest, under the names that our own tools have for it.
constexpr std::string_view contents[] = {"body", "parameters", "stdin"};

json::Value size_of(std::string_view text) {
  return json::Object{{"bytes", static_cast<std::int64_t>(text.size())},
                      {"sha256", to_hex(crypto::view(crypto::sha256(text)))}};
}

std::string text_of(const json::Value& value) {
  return value.string() != nullptr ? *value.string() : json::format(value);
}

json::Value cut(const json::Value& value, std::size_t levels);

json::Value cut_member(std::string_view name, const json::Value& value, std::size_t levels) {
  const bool is_hidden = std::ranges::find(contents, name) != std::end(contents);
  if (is_hidden || action::is_secret_name(name)) return size_of(text_of(value));
  if (name == "url" && value.string() != nullptr) return cut(action::shown_target(*value.string()), levels);
  if (name != "headers" || value.object() == nullptr) return cut(value, levels);
  json::Object fields;  // Which there were: values of any of them may be a secret.
  for (const auto& [field, text] : *value.object()) {
    if (fields.size() == members_max) break;
    fields.emplace_back(printable(field, name_bytes_max), size_of(text_of(text)));
  }
  return fields;
}

json::Value cut(const json::Value& value, std::size_t levels) {
  if (const std::string* text = value.string()) {
    if (text->size() <= audit::parameter_bytes_max) return value;
    json::Value told = size_of(*text);
    told.object()->emplace_back("start", printable(*text, audit::parameter_bytes_max / 4));
    return told;
  }
  if (value.array() == nullptr && value.object() == nullptr) return value;
  if (levels == 0) return size_of(json::format(value));
  if (const json::Array* array = value.array()) {
    json::Array out;
    for (const json::Value& each : *array) out.push_back(cut(each, levels - 1));
    return out;
  }
  json::Object out;
  for (const auto& [name, member] : *value.object()) {
    if (out.size() == members_max) break;
    const std::string shown = printable(name, name_bytes_max);
    const bool is_there = std::ranges::find(out, shown, &json::Member::first) != out.end();
    if (!is_there) out.emplace_back(shown, cut_member(name, member, levels - 1));
  }
  return out;
}

action::Action action_of(const Attempt& attempt) {
  action::ToolCall call;
  call.name = attempt.tool.empty() ? "?" : printable(attempt.tool, name_bytes_max);
  call.arguments = recordable(attempt.arguments);
  call.not_understood = attempt.reason;
  action::Action action;
  action.subject = action::make_tool_subject(std::move(call));
  action::Place place{attempt.principal, attempt.gate->endpoint().name, {},
                      printable(attempt.session, name_bytes_max * 2)};
  action.context = action::make_context(action.subject->family, std::move(place));
  action.reasoning = printable(attempt.reasoning, audit::parameter_bytes_max);
  return action;
}

}  // namespace

json::Value recordable(const json::Value& arguments) {
  if (arguments.object() == nullptr) return json::Object{};
  json::Value out = cut(arguments, levels_max);
  const std::string text = json::format(out);
  return text.size() <= refused_arguments_bytes_max ? out : size_of(json::format(arguments));
}

Refusals::~Refusals() {
  loop_.cancel(timer_);
  for (auto& [name, agent] : agents_) write(agent);
}

bool Refusals::take_room(Agent& agent) const {
  const std::int64_t now_us = loop_.clock().monotonic_us();
  const double more = static_cast<double>(now_us - agent.at_us) * 1e-6 * refusals_per_second;
  agent.room = std::min(refusals_burst, agent.room + more);
  agent.at_us = now_us;
  if (agent.room < 1) return false;
  agent.room -= 1;
  return true;
}

void Refusals::add(const Attempt& attempt) {
  const auto [found, is_new] = agents_.try_emplace(attempt.principal.agent);
  Agent& agent = found->second;
  if (is_new) agent.at_us = loop_.clock().monotonic_us();
  if (timer_ == 0) timer_ = loop_.after_ms(tick_ms, [this] { tick(); });
  if (agent.waiting) {
    ++agent.waiting->others;
    return;
  }
  agent.waiting = Waiting{attempt.gate, action_of(attempt), attempt.reason};
  if (take_room(agent)) write(agent);
}

void Refusals::write(Agent& agent) {
  if (!agent.waiting) return;
  Waiting& waiting = *agent.waiting;
  guard_.refuse(*waiting.gate, std::move(waiting.action), waiting.reason, waiting.others);
  agent.waiting.reset();
}

void Refusals::tick() {
  timer_ = 0;
  for (auto& [name, agent] : agents_) {
    if (agent.waiting && take_room(agent)) write(agent);
  }
  // Who has been quiet long enough to have all of it again is as good as new.
  const std::int64_t now_us = loop_.clock().monotonic_us();
  std::erase_if(agents_, [now_us](const auto& each) {
    const double missing = refusals_burst - each.second.room;
    return static_cast<double>(now_us - each.second.at_us) * 1e-6 * refusals_per_second >= missing;
  });
  if (!agents_.empty()) timer_ = loop_.after_ms(tick_ms, [this] { tick(); });
}

}  // namespace claw::toolcall
