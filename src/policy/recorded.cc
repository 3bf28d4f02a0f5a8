#include "policy/recorded.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/schema.h"
#include "base/text.h"

namespace claw::policy {

namespace {

using action::Family;

std::string text_of(const json::Value& members, std::string_view name) { return members.text_or(name, ""); }

std::optional<Family> family_of(const json::Value& members) {
  const std::string name = text_of(members, "family");
  for (const Family family : {Family::sql, Family::http, Family::k8s}) {
    if (name == action::name_of(family)) return family;
  }
  return std::nullopt;
}

// Values that are kept hidden or cut are objects, and no rule can be asked about them.
bool has_parameters(const json::Value& members) {
  const json::Value* list = members.find("parameters");
  if (list == nullptr || list->array() == nullptr) return true;
  return std::ranges::all_of(*list->array(), [](const json::Value& each) {
    return each.string() != nullptr || each.is_null();
  });
}

void append_sql(json::Writer& out, const json::Value& members) {
  out.key("sql");
  out.begin_object();
  out.member("statement", text_of(members, "text"));
  for (const std::string_view name : {"database", "user", "role"}) {
    out.member_unless_empty(name, text_of(members, name));
  }
  if (const json::Value* path = members.find("search_path")) {
    out.key("search_path");
    out.raw(json::format(*path));
  }
  const json::Value* parameters = members.find("parameters");
  if (parameters != nullptr && has_parameters(members)) {
    out.key("parameters");
    out.raw(json::format(*parameters));
  }
  if (const json::Value* rows = members.find("rows_counted")) {
    out.key("rows_counted");
    out.raw(json::format(*rows));
  }
  out.end_object();
}

// `a=1&a=2` as `{"a":["1","2"]}`, escapes left as they are where they are none.
void append_query(json::Writer& out, std::string_view query) {
  std::vector<std::pair<std::string, std::vector<std::string>>> found;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string name(pair.substr(0, equals));
    const std::string value(equals < pair.size() ? pair.substr(equals + 1) : "");
    const auto known = std::ranges::find(found, name, [](const auto& each) { return each.first; });
    if (known != found.end()) known->second.push_back(value);
    else found.push_back({name, {value}});
  }
  if (found.empty()) return;
  out.key("query");
  out.begin_object();
  for (const auto& [name, values] : found) out.member(name, values);
  out.end_object();
}

void append_http(json::Writer& out, const json::Value& members) {
  const std::string target = text_of(members, "path");
  const std::size_t mark = std::min(target.find('?'), target.size());
  out.key("http");
  out.begin_object();
  out.member("method", text_of(members, "method"));
  out.member("path", target.substr(0, mark));
  append_query(out, mark < target.size() ? std::string_view(target).substr(mark + 1) : "");
  out.end_object();
}

void append_k8s(json::Writer& out, const json::Value& members) {
  out.key("k8s");
  out.begin_object();
  out.member("verb", text_of(members, "verb"));
  for (const std::string_view name : {"resource", "namespace", "name", "api_group"}) {
    out.member_unless_empty(name, text_of(members, name));
  }
  if (text_of(members, "resource").empty()) out.member("non_resource_path", text_of(members, "path"));
  out.member_unless_empty("impersonate_user", text_of(members, "impersonates"));
  if (members.bool_or("dry_run", false)) out.member("dry_run", true);
  out.end_object();
}

// Facts that the record has whole, by family; of SQL it has all.
constexpr std::string_view http_kept[] = {"http.method", "http.host", "http.path", "http.query",
                                          "http.scheme"};
constexpr std::string_view k8s_kept[] = {"k8s.verb",      "k8s.resource",  "k8s.namespace",
                                         "k8s.name",      "k8s.api_group", "k8s.non_resource_path",
                                         "k8s.impersonate_user", "k8s.dry_run", "http.method", "http.host",
                                         "http.path"};

bool is_kept(Family family, std::string_view fact) {
  if (family == Family::sql) return true;
  if (!fact.starts_with("http.") && !fact.starts_with("k8s.") && !fact.starts_with("ws.") &&
      !fact.starts_with("session.") && !fact.starts_with("action.")) {
    return true;
  }
  if (fact.starts_with("session.")) return false;  // What an agent did before is not in its action's record.
  if (family == Family::http) return std::ranges::find(http_kept, fact) != std::end(http_kept);
  return std::ranges::find(k8s_kept, fact) != std::end(k8s_kept);
}

// Drafts.

std::string literal(std::string_view text) { return json::format(json::Value(std::string(text))); }

std::string condition_of(Family family, const json::Value& members) {
  const auto equal = [](std::string_view fact, const std::string& value) {
    return fmt::format("{} == {}", fact, literal(value));
  };
  std::vector<std::string> terms;
  switch (family) {
    case Family::sql: {
      terms.push_back(equal("sql.verb", text_of(members, "verb")));
      if (const json::Value* tables = members.find("tables");
          tables != nullptr && tables->array() != nullptr) {
        terms.push_back(fmt::format("sql.tables.all(t, t in {})", json::format(*tables)));
      }
      break;
    }
    case Family::http: {
      terms.push_back(equal("http.method", lower(text_of(members, "method"))));
      const std::string target = text_of(members, "path");
      terms.push_back(equal("http.path", target.substr(0, target.find('?'))));
      break;
    }
    case Family::k8s:
      terms.push_back(equal("k8s.verb", text_of(members, "verb")));
      terms.push_back(equal("k8s.resource", text_of(members, "resource")));
      terms.push_back(equal("k8s.namespace", text_of(members, "namespace")));
      break;
    case Family::ssh:
    case Family::tool: break;
  }
  return join(terms, " && ");
}

std::string name_of_draft(const json::Value& members, std::string_view verdict) {
  std::string name = fmt::format("{}-{}", verdict, text_of(members, "verb").empty()
                                                       ? lower(text_of(members, "method"))
                                                       : text_of(members, "verb"));
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!plain) c = '-';
  }
  return name;
}

// A string of HCL: `${` would begin a template.
std::string hcl_text(std::string_view text) {
  std::string out;
  for (const char c : literal(text)) {
    if (c == '{' && !out.empty() && (out.back() == '$' || out.back() == '%')) out += out.back();
    out += c;
  }
  return out;
}

}  // namespace

Result<std::string> fixture_of(const json::Value& members) {
  const std::optional<Family> family = family_of(members);
  if (!family) {
    return Error{Code::unsupported, "actions of this kind cannot be told again from the record", {}};
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("action");
  out.begin_object();
  out.member_unless_empty("host", text_of(members, "host"));
  out.member_unless_empty("credential", text_of(members, "credential"));
  out.member_unless_empty("agent", text_of(members, "agent"));
  out.member_unless_empty("profile", text_of(members, "profile"));
  out.member_unless_empty("peer_ip", text_of(members, "address"));
  if (members.bool_or("truncated", false)) out.member("truncated", true);
  if (*family == Family::sql) append_sql(out, members);
  else if (*family == Family::http) append_http(out, members);
  else append_k8s(out, members);
  out.end_object();
  out.key("match");
  out.begin_object();
  const bool asked = members.find("asked") != nullptr || text_of(members, "kind") == "held";
  out.member("verdict", asked ? "approve" : text_of(members, "verdict"));
  out.member_unless_empty("rule", text_of(members, "rule"));
  out.member_unless_empty("endpoint", text_of(members, "endpoint"));
  out.end_object();
  out.end_object();
  return text;
}

bool is_whole(const json::Value& members, const Ruleset& rules) {
  const std::optional<Family> family = family_of(members);
  if (!family || *family != rules.family()) return false;
  if (members.find("not_understood") != nullptr || members.bool_or("truncated", false)) return false;
  const std::span<const action::Fact> facts = action::schema(*family);
  for (std::uint32_t slot = 0; slot < facts.size(); ++slot) {
    if (!rules.reads(slot)) continue;
    if (!is_kept(*family, facts[slot].name)) return false;
    if (facts[slot].name == "sql.parameters" && !has_parameters(members)) return false;
  }
  return true;
}

Result<Draft> draft_rule(const json::Value& members, std::string_view verdict) {
  const std::optional<Family> family = family_of(members);
  if (!family) return Error{Code::unsupported, "no rule can be drafted from this kind of action", {}};
  const std::string condition = condition_of(*family, members);
  const std::string name = name_of_draft(members, verdict);
  const std::string endpoint = text_of(members, "endpoint");
  const bool asks = verdict == "approve";
  Draft draft;
  draft.hcl = fmt::format("rule {} {{\n  endpoint  = {}\n  condition = {}\n", hcl_text(name), endpoint,
                          hcl_text(condition));
  draft.hcl += asks ? "  approve   = [builtin.dashboard]\n" : fmt::format("  verdict   = \"{}\"\n", verdict);
  draft.hcl += "}\n";
  draft.yaml = fmt::format("rule:\n  {}:\n    endpoint: {}\n    condition: {}\n", literal(name), endpoint,
                           literal(condition));
  draft.yaml += asks ? "    approve: [builtin.dashboard]\n" : fmt::format("    verdict: {}\n", verdict);
  return draft;
}

}  // namespace claw::policy
