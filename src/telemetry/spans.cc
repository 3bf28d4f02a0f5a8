#include "telemetry/spans.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "telemetry/conventions.h"

namespace claw::telemetry {

namespace {

constexpr std::size_t trace_bytes = 16;
constexpr std::size_t span_bytes = 8;

// The same for the same action, whoever asks.
std::string derived(std::string_view what, std::string_view action, std::size_t bytes) {
  const crypto::Digest digest = crypto::sha256(fmt::format("clawpatrol {} {}", what, action));
  return to_hex(crypto::view(digest).substr(0, bytes));
}

std::int64_t time_or(const json::Value& members, std::string_view name, std::int64_t otherwise) {
  const auto time = parse_time(members.text_or(name, ""));
  return time ? *time : otherwise;
}

Span child_of(const Span& parent, std::string_view what, std::string_view action) {
  Span child;
  child.trace = parent.trace;
  child.id = derived(what, action, span_bytes);
  child.parent = parent.id;
  child.name = what;
  return child;
}

Span root_of(const audit::Record& judged, const std::string& action) {
  const json::Value& members = judged.members;
  Span span;
  const std::string theirs = members.text_or("traceparent", "");  // Checked when it was recorded.
  const std::string call = members.text_or("call", "");           // That this is a part of.
  if (!call.empty()) {
    span.trace = derived("trace", call, trace_bytes);
    span.parent = derived("execute", call, span_bytes);
  } else if (theirs.size() > 52) {
    span.trace = theirs.substr(3, 32);
    span.parent = theirs.substr(36, 16);
  } else {
    span.trace = derived("trace", action, trace_bytes);
  }
  span.id = derived("action", action, span_bytes);
  span.name = "execute_tool " + tool_name(members);
  span.kind = SpanKind::server;
  span.start_us = time_or(members, "asked", judged.time_us);
  span.end_us = judged.time_us;
  span.attributes = action_attributes(judged);
  return span;
}

void refuse(Span& span, const json::Value& members) {
  const std::string rule = members.text_or("rule", "");
  span.status = SpanStatus::error;
  span.why = rule.empty() ? "denied" : "denied by rule " + rule;
  span.attributes.emplace_back("error.type", "denied");
}

}  // namespace

void Spans::use(Places places, std::uint32_t sample_percent) {
  places_ = std::move(places);
  sample_percent_ = sample_percent;
}

// By the trace's last bytes, so that all parts of one trace are sent or none.
bool Spans::is_sampled(std::string_view trace) const {
  const auto digest = crypto::sha256(trace);
  const auto number = static_cast<std::uint32_t>(static_cast<std::uint8_t>(digest[0])) << 8 |
                      static_cast<std::uint8_t>(digest[1]);
  return number % 100 < sample_percent_;
}

std::vector<Span> Spans::begun(const audit::Record& judged) const {
  const std::string action = judged.members.text_or("action", "");
  std::vector<Span> spans{root_of(judged, action)};
  const std::int64_t asked_us = time_or(judged.members, "asked", 0);
  if (asked_us != 0) {
    Span wait = child_of(spans.front(), "wait", action);
    wait.start_us = asked_us;
    wait.end_us = time_or(judged.members, "decided", judged.time_us);
    const std::string approver = judged.members.text_or("approver", "");
    if (!approver.empty()) wait.attributes.emplace_back("clawpatrol.approver", approver);
    spans.push_back(std::move(wait));
  }
  return spans;
}

Attributes Spans::execution(const json::Value& judged) const {
  const auto place = places_.find(judged.text_or("endpoint", ""));
  return execution_attributes(judged, place == places_.end() ? Place() : place->second);
}

void Spans::take(const audit::Record& record, std::vector<Span>& out) {
  const std::string action = record.members.text_or("action", "");
  if (record.kind == "judged") {
    std::vector<Span> spans = begun(record);
    if (record.members.text_or("verdict", "") != "allow") {
      refuse(spans.front(), record.members);
      std::ranges::move(spans, std::back_inserter(out));
      return;
    }
    if (running_.size() >= running_max) {
      ++missed_;
      return;
    }
    Span execute = child_of(spans.front(), "execute", action);
    execute.kind = SpanKind::client;
    execute.start_us = record.time_us;
    execute.name = execution_name(record.members);
    execute.attributes = execution(record.members);
    spans.push_back(std::move(execute));
    running_.insert_or_assign(action, Running{record.time_us, std::move(spans)});
    return;
  }
  if (record.kind != "ended") return;
  const auto found = running_.extract(action);
  if (found.empty()) return;
  std::vector<Span>& spans = found.mapped().spans;
  Span& execute = spans.back();
  execute.end_us = std::max(execute.start_us, record.time_us);
  spans.front().end_us = execute.end_us;
  const bool is_well = end_attributes(record.members, execute);
  spans.front().status = execute.status;
  spans.front().why = execute.why;
  if (is_well && !is_sampled(execute.trace)) return;
  const std::int64_t connect_us = record.members.int_or("connect_us", -1);
  if (connect_us >= 0) {
    Span connect = child_of(execute, "connect", action);
    connect.start_us = execute.start_us;
    connect.end_us = std::min(execute.end_us, execute.start_us + connect_us);
    spans.push_back(std::move(connect));
  }
  std::ranges::move(spans, std::back_inserter(out));
}

}  // namespace claw::telemetry
