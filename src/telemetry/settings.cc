#include "telemetry/settings.h"

#include <algorithm>

#include "base/text.h"

namespace claw::telemetry {

namespace {

constexpr std::size_t pairs_max = 64;  // Of a list in the environment.

std::string value_of(const Environment& environment, const char* name) {
  const char* found = environment(name);
  return found == nullptr ? "" : std::string(trim(found));
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 &&
                           digit(text[at + 2]) >= 0;
    if (is_escape) {
      out.push_back(static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2])));
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

// `key=value,key=value`, values percent-encoded, as the specification has it (W3C Baggage).
std::vector<std::pair<std::string, std::string>> pairs_in(std::string_view list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view each : split(list, ',')) {
    const std::size_t equals = each.find('=');
    if (equals == std::string_view::npos || pairs.size() >= pairs_max) continue;
    const std::string name(trim(each.substr(0, equals)));
    if (!name.empty()) pairs.emplace_back(name, unescaped(trim(each.substr(equals + 1))));
  }
  return pairs;
}

void set(Attributes& attributes, const std::string& name, const std::string& value) {
  const auto same = [&](const Attribute& each) { return each.first == name; };
  const auto found = std::ranges::find_if(attributes, same);
  if (found == attributes.end()) attributes.emplace_back(name, value);
  else found->second = value;
}

bool is_field(const std::pair<std::string, std::string>& pair) {
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  const auto is_text = [](char c) { return c >= ' ' && c < 0x7F; };
  return std::ranges::all_of(pair.first, is_name) && std::ranges::all_of(pair.second, is_text);
}

}  // namespace

Target target_of(const config::TelemetrySettings& settings, const Environment& environment,
                 const std::string& instance) {
  Target target;
  target.metrics = settings.metrics;
  target.traces = settings.traces;
  target.resource = {{"service.name", "clawpatrol"},
                     {"service.version", CLAW_VERSION},
                     {"service.instance.id", instance},
                     {"telemetry.sdk.language", "cpp"},
                     {"telemetry.sdk.name", "clawpatrol"},
                     {"telemetry.sdk.version", CLAW_VERSION}};
  for (const auto& [name, value] : pairs_in(value_of(environment, "OTEL_RESOURCE_ATTRIBUTES"))) {
    set(target.resource, name, value);
  }
  const std::string service = value_of(environment, "OTEL_SERVICE_NAME");
  if (!service.empty()) set(target.resource, "service.name", service);
  if (!settings.service_name.empty()) set(target.resource, "service.name", settings.service_name);
  if (lower(value_of(environment, "OTEL_SDK_DISABLED")) == "true") return target;
  target.url = settings.url;
  if (!target.url.empty()) return target;
  // What the environment says of a receiver goes together: its headers are for nobody else's.
  target.url = value_of(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
  while (target.url.ends_with('/')) target.url.pop_back();
  for (auto& pair : pairs_in(value_of(environment, "OTEL_EXPORTER_OTLP_HEADERS"))) {
    if (is_field(pair)) target.fields.emplace_back(pair.first, Secret(std::move(pair.second)));
  }
  const std::string protocol = value_of(environment, "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (!target.url.empty() && protocol == "grpc") {
    target.why_not = "OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`: only http/json is spoken";
    target.url.clear();
  }
  return target;
}

}  // namespace claw::telemetry
