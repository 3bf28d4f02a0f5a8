#include "audit/export/syslog.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"

namespace claw::audit {

namespace {

constexpr int severity_warning = 4;
constexpr int severity_info = 6;
constexpr std::size_t parameter_bytes_max_syslog = 200;  // Of one value of the structured data.
// Of one column, where the record itself is too long; less, where that is too long still. What is left with
// nothing fits into every limit the configuration takes.
constexpr std::size_t column_bytes[] = {500, 100, 0};
constexpr std::size_t host_bytes_max = 255;              // RFC 5424 §6

constexpr std::pair<std::string_view, int> facilities[] = {
    {"user", 1},    {"daemon", 3},  {"auth", 4},    {"authpriv", 10}, {"audit", 13},  {"local0", 16},
    {"local1", 17}, {"local2", 18}, {"local3", 19}, {"local4", 20},   {"local5", 21}, {"local6", 22},
    {"local7", 23}};

// JSON in UTF-8 to JSON in ASCII: what is not ASCII stands inside strings only, where it can be escaped.
void append_ascii(std::string& out, std::string_view json_text) {
  for (std::size_t at = 0; at < json_text.size();) {
    const auto byte = static_cast<unsigned char>(json_text[at]);
    if (byte < 0x80) {
      out.push_back(json_text[at++]);
      continue;
    }
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    std::uint32_t point = byte & (0xFFU >> (length + 1));
    for (const char c : json_text.substr(at + 1, length - 1)) {
      point = (point << 6) | (static_cast<unsigned char>(c) & 0x3FU);
    }
    at += length;
    if (point < 0x10000) {
      out += fmt::format("\\u{:04x}", point);
    } else {
      const std::uint32_t above = point - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF));
    }
  }
}

// §6.3.3: three characters are escaped; control characters are shown, for who reads the file as lines.
void append_parameter(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(" ").append(name).append("=\"");
  for (const char c : printable(value, parameter_bytes_max_syslog)) {
    if (c == '"' || c == '\\' || c == ']') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

std::string shortened(const Exported& exported, std::size_t bytes_max) {
  const json::Value& members = exported.record.members;
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("seq", static_cast<std::int64_t>(exported.record.seq));
  w.member("time", format_time(exported.record.time_us));
  w.member("kind", exported.record.kind);
  for (const std::string_view name : text_columns) {
    if (bytes_max > 0) w.member_unless_empty(name, printable(members.text_or(name, ""), bytes_max));
  }
  w.member("record_bytes", static_cast<std::int64_t>(exported.payload.size()));
  w.end_object();
  return text;
}

// §6.2.4: visible ASCII.
std::string host_name(std::string_view host) {
  std::string name;
  for (const char c : host.substr(0, host_bytes_max)) {
    if (c > ' ' && c < 0x7F) name.push_back(c);
  }
  return name.empty() ? "-" : name;
}

std::string message_of(const Exported& exported, const SyslogSettings& settings, std::string_view json_text) {
  const Record& record = exported.record;
  const json::Value& members = record.members;
  const bool is_warning = record.kind == "incident" || members.text_or("verdict", "") == "deny";
  std::string out = fmt::format("<{}>1 {} {} clawpatrol - {} [clawpatrol@32473 journal=\"{}\" seq=\"{}\"",
                                settings.facility * 8 + (is_warning ? severity_warning : severity_info),
                                format_time(record.time_us), host_name(settings.host), record.kind,
                                exported.journal, record.seq);
  for (const std::string_view name : {"action", "agent", "endpoint", "verdict", "rule"}) {
    append_parameter(out, name, members.text_or(name, ""));
  }
  out += "] ";
  append_ascii(out, json_text);
  return out;
}

}  // namespace

std::optional<int> syslog_facility(std::string_view name) {
  for (const auto& [known, number] : facilities) {
    if (known == name) return number;
  }
  return std::nullopt;
}

void append_syslog(std::string& out, const Exported& exported, const SyslogSettings& settings) {
  std::string message = message_of(exported, settings, exported.payload);
  for (const std::size_t bytes_max : column_bytes) {
    if (message.size() <= settings.message_bytes_max) break;
    message = message_of(exported, settings, shortened(exported, bytes_max));
  }
  out += fmt::format("{} {}", message.size(), message);
}

}  // namespace claw::audit
