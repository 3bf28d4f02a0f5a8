#include "action/state.h"

#include "base/json.h"

namespace claw::action {
namespace {

// Who acts and where is shown beside the state, from the context's own members.
bool is_state(const Fact& fact) {
  return fact.run == Run::context && !fact.name.starts_with("agent.") && !fact.name.starts_with("action.");
}

bool is_plain(std::string_view value) {
  constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !value.empty() && value.find_first_not_of(word) == std::string_view::npos;
}

}  // namespace

std::vector<Stated> state_of(Family family, const Context& context) {
  std::vector<Stated> state;
  const std::span<const Fact> facts = schema(family);
  const std::size_t first = runs(family).own;
  for (std::size_t i = 0; i < context.facts.size() && first + i < facts.size(); ++i) {
    const Fact& fact = facts[first + i];
    if (!is_state(fact)) continue;
    const cel::Value& value = context.facts[i];
    Stated stated{std::string(fact.name.substr(fact.name.find('.') + 1)), false, false, {}};
    if (value.is(cel::Kind::string)) {
      stated.is_known = true;
      stated.values.emplace_back(value.as_text());
    } else if (value.is(cel::Kind::list)) {
      stated.is_known = stated.is_list = true;
      for (std::size_t at = 0; at < value.size(); ++at) stated.values.emplace_back(value.at(at).as_text());
    }
    state.push_back(std::move(stated));
  }
  return state;
}

std::string shown(const Stated& stated) {
  if (!stated.is_known) return "not known";
  std::string line;
  for (const std::string& value : stated.values) {
    if (!line.empty()) line += ", ";
    line += is_plain(value) ? value : json::format(json::Value(value));
  }
  return line;
}

}  // namespace claw::action
