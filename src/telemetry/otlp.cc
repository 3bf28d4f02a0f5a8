#include "telemetry/otlp.h"

#include <charconv>

namespace claw::telemetry {

namespace {

constexpr int cumulative = 2;  // AGGREGATION_TEMPORALITY_CUMULATIVE.

void text_member(json::Writer& out, std::string_view name, std::int64_t value) {
  out.member(name, std::to_string(value));
}

void nanoseconds(json::Writer& out, std::string_view name, std::int64_t us) {
  out.member(name, std::to_string(us) + "000");
}

void attribute(json::Writer& out, const Attribute& attribute) {
  out.begin_object();
  out.member("key", attribute.first);
  out.key("value");
  out.begin_object();
  if (const auto* text = std::get_if<std::string>(&attribute.second)) out.member("stringValue", *text);
  else if (const auto* flag = std::get_if<bool>(&attribute.second)) out.member("boolValue", *flag);
  else text_member(out, "intValue", std::get<std::int64_t>(attribute.second));
  out.end_object();
  out.end_object();
}

void attributes(json::Writer& out, const Attributes& list) {
  out.key("attributes");
  out.begin_array();
  for (const Attribute& each : list) attribute(out, each);
  out.end_array();
}

// {"resourceX":[{"resource":{…},"scopeX":[{"scope":{…},"X":[ … ]}]}]}
template <class Fill>
std::string envelope(const Attributes& resource, std::string_view of_resource, std::string_view of_scope,
                     std::string_view list, Fill fill) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key(of_resource), out.begin_array(), out.begin_object();
  out.key("resource"), out.begin_object();
  attributes(out, resource);
  out.end_object();
  out.key(of_scope), out.begin_array(), out.begin_object();
  out.key("scope"), out.begin_object();
  out.member("name", "clawpatrol");
  out.member("version", CLAW_VERSION);
  out.end_object();
  out.key(list), out.begin_array();
  fill(out);
  out.end_array();
  out.end_object(), out.end_array();
  out.end_object(), out.end_array();
  out.end_object();
  return text;
}

void span(json::Writer& out, const Span& span) {
  out.begin_object();
  out.member("traceId", span.trace);
  out.member("spanId", span.id);
  out.member_unless_empty("parentSpanId", span.parent);
  out.member("name", span.name);
  out.member("kind", static_cast<int>(span.kind));
  nanoseconds(out, "startTimeUnixNano", span.start_us);
  nanoseconds(out, "endTimeUnixNano", std::max(span.start_us, span.end_us));
  attributes(out, span.attributes);
  out.key("status"), out.begin_object();
  if (span.status != SpanStatus::unset) out.member("code", static_cast<int>(span.status));
  out.member_unless_empty("message", span.why);
  out.end_object();
  out.end_object();
}

void labels(json::Writer& out, const metrics::Labels& labels) {
  Attributes list;
  for (const auto& [name, value] : labels) list.emplace_back(name, value);
  attributes(out, list);
}

std::string_view unit_of(std::string_view name) {
  if (name.ends_with("_seconds")) return "s";
  return name.ends_with("_bytes") ? "By" : "1";
}

struct Times {
  std::int64_t start_us;
  std::int64_t now_us;
};

void numbers(json::Writer& out, const metrics::Family& family, const Times& times) {
  const bool is_sum = family.type == metrics::Family::Type::counter;
  out.key(is_sum ? "sum" : "gauge"), out.begin_object();
  if (is_sum) {
    out.member("aggregationTemporality", cumulative);
    out.member("isMonotonic", true);
  }
  out.key("dataPoints"), out.begin_array();
  for (const metrics::Family::Point& point : family.points) {
    out.begin_object();
    labels(out, point.labels);
    if (is_sum) nanoseconds(out, "startTimeUnixNano", times.start_us);
    nanoseconds(out, "timeUnixNano", times.now_us);
    out.key("asDouble"), out.real(point.value);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void histogram(json::Writer& out, const metrics::Family& family, const Times& times) {
  out.key("histogram"), out.begin_object();
  out.member("aggregationTemporality", cumulative);
  out.key("dataPoints"), out.begin_array();
  for (const metrics::Family::Point& point : family.points) {
    out.begin_object();
    labels(out, point.labels);
    nanoseconds(out, "startTimeUnixNano", times.start_us);
    nanoseconds(out, "timeUnixNano", times.now_us);
    text_member(out, "count", static_cast<std::int64_t>(point.count));
    out.key("sum"), out.real(point.value);
    out.key("bucketCounts"), out.begin_array();
    for (const std::uint64_t count : point.counts) out.string(std::to_string(count));
    out.end_array();
    out.key("explicitBounds"), out.begin_array();
    for (const double bound : point.bounds) out.real(bound);
    out.end_array();
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace

std::string traces_json(const Attributes& resource, std::span<const Span> spans) {
  return envelope(resource, "resourceSpans", "scopeSpans", "spans", [&](json::Writer& out) {
    for (const Span& each : spans) span(out, each);
  });
}

std::string metrics_json(const Attributes& resource, const std::vector<metrics::Family>& families,
                         std::int64_t start_us, std::int64_t now_us) {
  const Times times{start_us, now_us};
  return envelope(resource, "resourceMetrics", "scopeMetrics", "metrics", [&](json::Writer& out) {
    for (const metrics::Family& family : families) {
      if (family.points.empty()) continue;
      out.begin_object();
      out.member("name", family.name);
      out.member_unless_empty("description", family.help);
      out.member("unit", unit_of(family.name));
      if (family.type == metrics::Family::Type::histogram) histogram(out, family, times);
      else numbers(out, family, times);
      out.end_object();
    }
  });
}

std::int64_t rejected_in(std::string_view answer) {
  const auto document = json::parse(answer);
  const json::Value* partial = document ? document->find("partialSuccess") : nullptr;
  if (partial == nullptr) return 0;
  for (const std::string_view name : {"rejectedSpans", "rejectedDataPoints"}) {
    const std::string text = partial->text_or(name, "");
    std::int64_t count = partial->int_or(name, 0);
    if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), count);
    if (count > 0) return count;
  }
  return 0;
}

}  // namespace claw::telemetry
