#include "trial/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "policy/recorded.h"

namespace claw::trial {

namespace {

using action::Family;

// What a rule is for; the rest of a kind is listed in its condition.
using Key = std::tuple<std::string, Advice, std::string, bool, std::string, std::string, std::string>;

Key key_of(const Named& named) {
  const Kind& kind = named.kind;
  // Paths outside Kubernetes' API are one rule for each verb, as those of other APIs are.
  const bool is_resource = kind.family == Family::k8s && !kind.place.starts_with('/');
  return {kind.endpoint, named.advice, named.why, kind.destroys, is_resource ? kind.place : kind.verb,
          kind.space, kind.group};
}

std::string list_of(const std::set<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ", ";
    list += policy::literal(text);
  }
  return list + "]";
}

std::string one_of(std::string_view fact, const std::set<std::string>& values) {
  if (values.size() == 1) return fmt::format("{} == {}", fact, policy::literal(*values.begin()));
  return fmt::format("{} in {}", fact, list_of(values));
}

// RE2's own meaning taken from every letter that has one.
std::string pattern_of(std::string_view place) {
  std::string pattern = "^";
  for (const char c : place) {
    if (c == '*') {
      pattern += "[^/]+";
      continue;
    }
    if (std::string_view("\\.+?()|[]{}^$").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "$";
}

std::string sql_condition(const std::vector<const Named*>& all) {
  std::set<std::string> tables;
  std::set<std::string> functions;
  for (const Named* each : all) {
    tables.insert(each->tables.begin(), each->tables.end());
    functions.insert(each->functions.begin(), each->functions.end());
  }
  const Kind& kind = all.front()->kind;
  std::string text = fmt::format("sql.verb == {}", policy::literal(kind.verb));
  text += tables.empty() ? " && size(sql.tables) == 0"
                         : fmt::format(" && sql.tables.all(t, t in {})", list_of(tables));
  text += functions.empty() ? " && size(sql.functions) == 0"
                            : fmt::format(" && sql.functions.all(f, f in {})", list_of(functions));
  return text;
}

std::string http_condition(const std::vector<const Named*>& all) {
  std::set<std::string> paths;
  std::vector<std::string> terms;
  for (const Named* each : all) {
    const std::string& place = each->kind.place;
    if (place.find('*') == std::string::npos) paths.insert(place);
    else terms.push_back(fmt::format("http.path.matches({})", policy::literal(pattern_of(place))));
  }
  if (!paths.empty()) terms.insert(terms.begin(), one_of("http.path", paths));
  const std::string places = join(terms, " || ");
  return fmt::format("http.method == {} && {}", policy::literal(all.front()->kind.verb),
                     terms.size() == 1 ? places : "(" + places + ")");
}

std::string k8s_condition(const std::vector<const Named*>& all) {
  const Kind& kind = all.front()->kind;
  std::set<std::string> verbs;
  std::set<std::string> places;
  for (const Named* each : all) {
    verbs.insert(each->kind.verb);
    places.insert(each->kind.place);
  }
  if (kind.place.starts_with('/')) {
    return one_of("k8s.verb", verbs) + " && " + one_of("k8s.non_resource_path", places);
  }
  return fmt::format("{} && {} && k8s.api_group == {} && k8s.namespace == {}", one_of("k8s.verb", verbs),
                     one_of("k8s.resource", places), policy::literal(kind.group),
                     policy::literal(kind.space));
}

std::string mcp_condition(const std::vector<const Named*>& all) {
  const std::string& method = all.front()->kind.verb;
  const std::string_view fact = method == "tools/call"    ? "mcp.tool"
                                : method == "prompts/get" ? "mcp.prompt"
                                                          : "mcp.resource";
  std::set<std::string> places;
  std::vector<std::string> terms;
  for (const Named* each : all) {
    const std::string& place = each->kind.place;
    if (fact != "mcp.resource" || place.find('*') == std::string::npos) places.insert(place);
    else terms.push_back(fmt::format("{}.matches({})", fact, policy::literal(pattern_of(place))));
  }
  if (!places.empty()) terms.insert(terms.begin(), one_of(fact, places));
  const std::string of_places = join(terms, " || ");
  return fmt::format("mcp.method == {} && {}", policy::literal(method),
                     terms.size() == 1 ? of_places : "(" + of_places + ")");
}

std::string name_of(const Named& named) {
  const Kind& kind = named.kind;
  std::string name = kind.endpoint + "-";
  if (named.advice == Advice::ask) name += "ask-";
  if (kind.family == Family::k8s) {
    name += kind.place.starts_with('/') ? kind.verb + "-paths" : kind.place + "-" + kind.space;
  } else {
    name += kind.verb;
  }
  for (char& c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!is_plain) c = '-';
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::string condition_of(const std::vector<const Named*>& all) {
  const Kind& kind = all.front()->kind;
  // The same verb may destroy or not: a DELETE with a WHERE, and one without.
  const std::string first = kind.destroys ? "action.destructive && " : "";
  switch (kind.family) {
    case Family::sql: return first + sql_condition(all);
    case Family::http: return first + http_condition(all);
    case Family::k8s: return first + k8s_condition(all);
    case Family::mcp: return first + mcp_condition(all);
    case Family::tool:
    case Family::ssh: break;
  }
  return "false";
}

}  // namespace

std::vector<Group> groups_of(const std::vector<Named>& all) {
  std::map<Key, std::vector<const Named*>> by_key;
  for (const Named& each : all) by_key[key_of(each)].push_back(&each);
  std::vector<Group> groups;
  std::map<std::string, int> names;
  for (const auto& [key, of_key] : by_key) {
    Group& group = groups.emplace_back();
    group.name = name_of(*of_key.front());
    if (const int number = ++names[group.name]; number > 1) group.name += fmt::format("-{}", number);
    group.condition = condition_of(of_key);
    group.advice = of_key.front()->advice;
    group.why = of_key.front()->why;
    for (const Named* each : of_key) group.kinds.push_back(each->kind);
  }
  return groups;
}

}  // namespace claw::trial
