#include "audit/query.h"

#include <algorithm>

#include "base/text.h"

namespace claw::audit {

namespace {

// Actions allowed and never ended are those of connections that died with their gateway: few. The bound
// only keeps a crafted journal from filling the reader's memory.
constexpr std::size_t awaited_max = 1 << 20;

bool same_ignoring_case(char a, char b) {
  const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return fold(a) == fold(b);
}

bool contains(std::string_view text, std::string_view wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same_ignoring_case) !=
         text.end();
}

bool any_text_contains(const json::Value& value, std::string_view wanted) {
  if (const std::string* text = value.string()) return contains(*text, wanted);
  if (const json::Array* array = value.array()) {
    return std::ranges::any_of(*array,
                               [&](const json::Value& item) { return any_text_contains(item, wanted); });
  }
  if (const json::Object* object = value.object()) {
    return std::ranges::any_of(*object,
                               [&](const json::Member& m) { return any_text_contains(m.second, wanted); });
  }
  return false;
}

bool in_time(const Filter& filter, const Record& record) {
  return (!filter.since_us || record.time_us >= *filter.since_us) &&
         (!filter.until_us || record.time_us < *filter.until_us);
}

}  // namespace

bool matches(const Filter& filter, const Record& record) {
  if (!in_time(filter, record)) return false;
  if (!filter.kind.empty() && record.kind != filter.kind) return false;
  const std::pair<std::string_view, const std::string&> members[] = {
      {"action", filter.action},   {"agent", filter.agent},     {"endpoint", filter.endpoint},
      {"session", filter.session}, {"verdict", filter.verdict}, {"rule", filter.rule}};
  for (const auto& [name, wanted] : members) {
    if (!wanted.empty() && record.members.text_or(name, "") != wanted) return false;
  }
  return filter.text.empty() || any_text_contains(record.members, filter.text);
}

bool Search::matches(const Record& record) {
  if (record.kind == "ended" && (filter_.kind.empty() || filter_.kind == "ended")) {
    if (awaited_.erase(record.members.text_or("action", "")) > 0) return in_time(filter_, record);
  }
  Filter whatever_kind = filter_;
  const bool wants_endings = filter_.kind == "ended";
  if (wants_endings) whatever_kind.kind.clear();
  const bool found = audit::matches(whatever_kind, record);
  if (found && record.kind == "judged" && awaited_.size() < awaited_max) {
    awaited_.insert(record.members.text_or("action", ""));
  }
  return found && (!wants_endings || record.kind == "ended");
}

}  // namespace claw::audit
