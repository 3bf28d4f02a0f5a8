// The detector's histories over a restart, as text.
#include <algorithm>

#include "anomaly/agent.h"
#include "base/json.h"

namespace claw::anomaly {

namespace {

constexpr std::int64_t format = 1;

constexpr std::string_view sorts[] = {"endpoints", "verbs", "objects", "hosts"};  // As the first kinds.

json::Value member(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  return found == nullptr ? json::Value() : *found;
}

}  // namespace

std::string Detector::save(std::uint64_t through) const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format);
  out.member("through", static_cast<std::int64_t>(through));
  out.key("agents");
  out.begin_array();
  for (const auto& [name, agent] : agents_) {
    out.begin_object();
    out.member("agent", name);
    out.member("since_us", agent->since_us);
    out.member("last_us", agent->last_us);
    out.member("actions", agent->actions);
    for (std::size_t sort = 0; sort < agent->names.size(); ++sort) {
      out.key(sorts[sort]);
      agent->names[sort].save(out);
    }
    out.key("short"), agent->short_actions.save(out);
    out.key("long"), agent->long_actions.save(out);
    out.key("rows"), agent->rows.save(out);
    out.key("destructive"), agent->destructive.save(out);
    out.key("denials"), agent->denials.save(out);
    out.key("told"), out.begin_object();
    for (const Kind kind : kinds) out.member(name_of(kind), agent->told_us[static_cast<std::size_t>(kind)]);
    out.end_object();
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return text;
}

Result<std::uint64_t> Detector::restore(std::string_view saved) {
  CLAW_TRY(const json::Value document, json::parse(saved));
  if (document.int_or("format", 0) != format) return invalid("no histories of agents, or of another version");
  const std::int64_t through = document.int_or("through", -1);
  const json::Value* list = document.find("agents");
  if (through < 0 || list == nullptr || list->array() == nullptr) return invalid("it is not whole");
  agents_.clear();
  for (const json::Value& each : *list->array()) {
    if (agents_.size() >= agents_max) break;
    auto agent = std::make_unique<Agent>();
    agent->since_us = each.int_or("since_us", 0);
    agent->last_us = each.int_or("last_us", 0);
    agent->actions = std::max<std::int64_t>(0, each.int_or("actions", 0));
    for (std::size_t sort = 0; sort < agent->names.size(); ++sort) {
      agent->names[sort] = Names::restore(member(each, sorts[sort]));
    }
    agent->short_actions = Rate::restore(member(each, "short"));
    agent->long_actions = Rate::restore(member(each, "long"));
    agent->rows = Rate::restore(member(each, "rows"));
    agent->destructive = Rate::restore(member(each, "destructive"));
    agent->denials = Bursts::restore(member(each, "denials"));
    const json::Value told = member(each, "told");
    for (const Kind kind : kinds) {
      agent->told_us[static_cast<std::size_t>(kind)] = told.int_or(name_of(kind), 0);
    }
    agents_.insert_or_assign(each.text_or("agent", ""), std::move(agent));
  }
  return static_cast<std::uint64_t>(through);
}

}  // namespace claw::anomaly
