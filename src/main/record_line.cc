#include "main/record_line.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"

namespace claw::verbs {

namespace {

// TIME AGENT ENDPOINT VERDICT RULE; the last column has the rest of the line.
constexpr std::string_view columns_format = "{:<20}  {:<10.10}  {:<14.14}  {:<8.8}  {:<14.14}  {}";
constexpr std::size_t columns_width = 76;
constexpr std::size_t summary_width_min = 24;  // Narrower terminals wrap.
constexpr std::size_t text_bytes_max = 20'000;

// Where a record's second words are, by its kind: what stands under VERDICT, and what under SUMMARY.
struct Row {
  std::string_view kind;
  std::string_view agent;
  std::string_view verdict;
  std::string_view summary[3];
};
constexpr Row rows[] = {
    {"judged", "agent", "verdict", {"summary"}},
    {"held", "agent", "", {"summary"}},
    {"ended", "agent", "ending", {"detail"}},
    {"session", "agent", "event", {"credential", "detail", "address"}},
    {"incident", "agent", "", {"what"}},
    {"policy", "", "event", {"policy", "detail"}},
    {"admin", "person", "event", {"subject", "detail"}},
    {"gateway", "", "event", {"version", "detail"}},
    {"anomaly", "agent", "what", {"detail"}},
};

const Row& row_of(std::string_view kind) {
  static constexpr Row unknown{"", "agent", "event", {"detail"}};
  for (const Row& row : rows) {
    if (row.kind == kind) return row;
  }
  return unknown;
}

std::string summary_of(const Row& row, const json::Value& members) {
  std::string words;
  for (const std::string_view name : row.summary) {
    const std::string word = members.text_or(name, "");
    if (!words.empty() && !word.empty()) words += ' ';
    words += word;
  }
  return words;
}

std::string seconds_of(std::int64_t time_us) { return format_time(time_us).substr(0, 19) + "Z"; }

}  // namespace

bool is_worth_a_line(const audit::Record& record) {
  return record.kind != "checkpoint" &&
         (record.kind != "ended" || record.members.text_or("ending", "") != "ok");
}

std::string record_titles() {
  return fmt::format(columns_format, "TIME", "AGENT", "ENDPOINT", "VERDICT", "RULE", "SUMMARY");
}

std::string record_line(const audit::Record& record, std::size_t columns) {
  const Row& row = row_of(record.kind);
  const json::Value& members = record.members;
  const auto cell = [&](std::string_view name) { return printable(members.text_or(name, ""), 60); };
  const std::string verdict = row.verdict.empty() ? record.kind : cell(row.verdict);
  std::string summary = printable(summary_of(row, members), 300);
  if (columns > 0) {
    summary = fmt::format("{:.{}}", summary, std::max(columns - columns_width, summary_width_min));
  }
  return fmt::format(columns_format, seconds_of(record.time_us), cell(row.agent), cell("endpoint"), verdict,
                     cell("rule"), summary);
}

std::string record_text(const audit::Record& record) {
  std::string text = fmt::format("{} record {}, {}\n", format_time(record.time_us), record.seq, record.kind);
  for (const auto& [name, value] : *record.members.object()) {
    if (name == "seq" || name == "time" || name == "kind") continue;
    const std::string shown = value.string() != nullptr ? *value.string() : json::format(value);
    text += fmt::format("  {:<12}  {}\n", name, printable(shown, text_bytes_max));
  }
  return text;
}

}  // namespace claw::verbs
