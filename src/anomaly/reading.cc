#include "anomaly/reading.h"

#include <algorithm>

namespace claw::anomaly {

namespace {

constexpr std::size_t names_shown_max = 64;  // Of one action: a statement that names more is one of a kind.

void add(std::vector<std::string>& names, std::string name) {
  if (name.empty() || names.size() >= names_shown_max) return;
  if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

void add_texts(std::vector<std::string>& names, const json::Value& part, std::string_view member) {
  const json::Value* list = part.find(member);
  if (list == nullptr || list->array() == nullptr) return;
  for (const json::Value& each : *list->array()) {
    if (each.string() != nullptr) add(names, *each.string());
  }
}

}  // namespace

std::optional<Seen> seen_in(const audit::Record& record) {
  if (record.kind != "judged" || record.members.find("preview_of") != nullptr) return std::nullopt;
  const json::Value& members = record.members;
  Seen seen;
  seen.seq = record.seq;
  seen.time_us = record.time_us;
  seen.agent = members.text_or("agent", "");
  seen.session = members.text_or("session", "");
  seen.endpoint = members.text_or("endpoint", "");
  seen.rule = members.text_or("rule", "");
  seen.host = members.text_or("host", "");
  seen.text = members.text_or("text", "");
  seen.allowed = members.text_or("verdict", "") == "allow";
  seen.destructive = members.bool_or("destructive", false);
  add(seen.verbs, members.text_or("verb", ""));
  std::string resource = members.text_or("resource", "");
  const std::string group = members.text_or("api_group", "");
  if (!resource.empty() && !group.empty()) resource += "." + group;
  add(seen.objects, std::move(resource));
  const json::Value* parts = members.find("parts");
  if (parts == nullptr || parts->array() == nullptr) return seen;
  for (const json::Value& part : *parts->array()) {
    add(seen.verbs, part.text_or("verb", ""));
    add_texts(seen.objects, part, "tables");
    add_texts(seen.objects, part, "objects");
  }
  return seen;
}

void Endings::begin(const audit::Record& record, const Seen& seen) {
  if (!seen.allowed) return;
  if (begun_.size() >= begun_max) begun_.clear();  // Most of them never said that they ended.
  begun_.insert_or_assign(record.members.text_or("action", ""),
                          Begun{seen.agent, seen.session, seen.endpoint});
}

std::optional<Moved> Endings::moved_in(const audit::Record& record) {
  if (record.kind != "ended") return std::nullopt;
  const auto found = begun_.extract(record.members.text_or("action", ""));
  const std::int64_t rows = record.members.int_or("rows", -1);
  if (found.empty() || rows <= 0) return std::nullopt;
  return Moved{record.seq, record.time_us, found.mapped().agent, found.mapped().session,
               found.mapped().endpoint, rows};
}

}  // namespace claw::anomaly
