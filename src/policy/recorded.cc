#include "policy/recorded.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/body/escape.h"
#include "action/k8s/k8s.h"
#include "action/mcp/mcp.h"
#include "action/requests.h"
#include "action/schema.h"
#include "base/text.h"
#include "policy/fixture.h"

namespace claw::policy {

namespace {

using action::Family;

std::string text_of(const json::Value& members, std::string_view name) { return members.text_or(name, ""); }

std::optional<Family> family_of(const json::Value& members) {
  const std::string name = text_of(members, "family");
  for (const Family family : {Family::sql, Family::http, Family::k8s, Family::mcp}) {
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

// The record has targets as they went upstream, and rules see them decoded. Empty where it has an escape that
// is none; fixtures are decoded, too.
std::string decoded(std::string_view text, action::Plus plus) {
  cel::Arena arena;
  return std::string(action::unescape(text, plus, arena).value_or(""));
}

bool is_decodable(std::string_view target) {
  if (target.find('%') == std::string_view::npos) return true;
  // An escaped slash divides nothing; a path that is told decoded could not say so.
  if (lower(target.substr(0, target.find('?'))).find("%2f") != std::string::npos) return false;
  cel::Arena arena;
  return action::unescape(target, action::Plus::plus, arena).has_value();
}

// The query's names and values in their order.
action::Multimap query_of(std::string_view query) {
  action::Multimap found;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view rest = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    std::string name = decoded(pair.substr(0, equals), action::Plus::space);
    std::string value = decoded(rest, action::Plus::space);
    const auto known = std::ranges::find(found, name, [](const auto& each) { return each.first; });
    if (known != found.end()) known->second.push_back(std::move(value));
    else found.push_back({std::move(name), {std::move(value)}});
  }
  return found;
}

action::HttpRequest http_request_of(const json::Value& members) {
  const std::string target = text_of(members, "path");
  const std::size_t mark = std::min(target.find('?'), target.size());
  action::HttpRequest request;
  request.method = text_of(members, "method");
  request.host = std::string(host_of(text_of(members, "host")));
  request.path = decoded(std::string_view(target).substr(0, mark), action::Plus::plus);
  if (mark < target.size()) request.query = query_of(std::string_view(target).substr(mark + 1));
  return request;
}

// `v1` of `/api/v1/pods` and `/apis/apps/v1/deployments`.
std::string api_version_of(std::string_view path) {
  const std::vector<std::string_view> pieces = split(path, '/');
  if (pieces.size() > 2 && pieces[1] == "api") return std::string(pieces[2]);
  return pieces.size() > 3 && pieces[1] == "apis" ? std::string(pieces[3]) : std::string();
}

action::K8sCall k8s_call_of(const json::Value& members) {
  action::K8sCall call;
  call.http = http_request_of(members);
  call.verb = text_of(members, "verb");
  call.resource = text_of(members, "resource");
  call.space = text_of(members, "namespace");
  call.name = text_of(members, "name");
  call.api_group = text_of(members, "api_group");
  if (call.resource.empty()) call.non_resource_path = call.http.path;
  else call.api_version = api_version_of(call.http.path);
  call.impersonate_user = text_of(members, "impersonates");
  call.dry_run = members.bool_or("dry_run", false);
  return call;
}

void append_values(json::Writer& out, std::string_view key, const action::Multimap& map) {
  out.key(key);
  out.begin_object();
  for (const auto& [name, values] : map) out.member(name, values);
  out.end_object();
}

void append_http(json::Writer& out, const json::Value& members) {
  const action::HttpRequest request = http_request_of(members);
  out.key("http");
  out.begin_object();
  out.member("method", request.method);
  out.member("path", request.path);
  if (!request.query.empty()) append_values(out, "query", request.query);
  out.end_object();
}

void append_k8s(json::Writer& out, const json::Value& members) {
  const action::K8sCall call = k8s_call_of(members);
  out.key("k8s");
  out.begin_object();
  out.member("verb", call.verb);
  out.member_unless_empty("resource", call.resource);
  out.member_unless_empty("namespace", call.space);
  out.member_unless_empty("name", call.name);
  out.member_unless_empty("api_group", call.api_group);
  out.member_unless_empty("api_version", call.api_version);
  out.member_unless_empty("non_resource_path", call.non_resource_path);
  out.member_unless_empty("impersonate_user", call.impersonate_user);
  if (call.dry_run) out.member("dry_run", true);
  if (!call.http.query.empty()) append_values(out, "param_values", call.http.query);
  out.end_object();
}

void append_mcp(json::Writer& out, const json::Value& members) {
  out.key("mcp");
  out.begin_object();
  for (const std::string_view name : {"server", "method", "tool", "resource", "prompt"}) {
    out.member_unless_empty(name, text_of(members, fmt::format("mcp_{}", name)));
  }
  std::size_t before = text_of(members, "mcp_method").size() + 2;  // Of the text: `METHOD OBJECT {…}`.
  for (const std::string_view name : {"mcp_tool", "mcp_resource", "mcp_prompt"}) {
    before += text_of(members, name).size();
  }
  out.key("args");
  out.raw(text_of(members, "text").substr(before));
  if (const json::Value* claims = members.find("mcp_claims")) {
    out.key("claims");
    out.raw(json::format(*claims));
  }
  out.member_unless_empty("reasoning", text_of(members, "reasoning"));
  const bool reads = members.bool_or("reads_only", false);
  if (members.bool_or("destructive", false)) out.member("destructive", true);
  else if (reads) out.member("destructive", false);
  if (reads) out.member("reads_only", true);
  out.end_object();
}

// What a fact needs of the record to be told again.
enum class Need : std::uint8_t { nothing, query, body, input, proxy, groups, headers, past };

struct Kin {
  std::string_view beginning;  // Of facts.
  Need need;
};
// The first that fits counts; of SQL the record has all, and values are looked at one by one.
constexpr Kin kin[] = {
    {"session.", Need::past},          {"ws.", Need::headers},
    {"http.method", Need::nothing},    {"http.host", Need::nothing},
    {"http.path", Need::nothing},      {"http.scheme", Need::nothing},
    {"http.query", Need::query},       {"http.body", Need::body},
    {"http.form", Need::body},         {"http.graphql.", Need::body},
    {"http.", Need::headers},          {"k8s.params", Need::query},
    {"k8s.param_values", Need::query}, {"k8s.object", Need::body},
    {"k8s.exec.stdin", Need::input},   {"k8s.exec.", Need::query},
    {"k8s.field_manager", Need::query}, {"k8s.proxy_path", Need::proxy},
    {"k8s.impersonate_groups", Need::groups},
    {"agent.owner", Need::past}};

Need need_of(std::string_view fact) {
  const auto found =
      std::ranges::find_if(kin, [&](const Kin& each) { return fact.starts_with(each.beginning); });
  return found == std::end(kin) ? Need::nothing : found->need;
}

// A request that reads has none, unless its text says that there is something more.
bool may_have_body(const json::Value& members) {
  const std::string method = lower(text_of(members, "method"));
  if (method != "get" && method != "head" && method != "options") return true;
  return text_of(members, "text").find("\nsha256 ") != std::string::npos;
}

// Values of parameters that may be secrets are not on record.
bool hides_query(const json::Value& members) {
  return text_of(members, "path").find("=***") != std::string::npos;
}

bool has(Need need, const json::Value& members) {
  switch (need) {
    case Need::nothing: return true;
    case Need::query: return !hides_query(members);
    case Need::body: return !may_have_body(members);
    case Need::input: return !text_of(members, "resource").ends_with("/exec");
    case Need::proxy: return !text_of(members, "resource").ends_with("/proxy");
    case Need::groups: return members.find("impersonates") == nullptr;
    case Need::headers:
    case Need::past: return false;
  }
  return false;
}

// Drafts.

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
    case Family::mcp:
      terms.push_back(equal("mcp.method", text_of(members, "mcp_method")));
      for (const std::string_view name : {"tool", "resource", "prompt"}) {
        const std::string object = text_of(members, fmt::format("mcp_{}", name));
        if (!object.empty()) terms.push_back(equal(fmt::format("mcp.{}", name), object));
      }
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

}  // namespace

std::string literal(std::string_view text) { return json::format(json::Value(std::string(text))); }

std::string hcl_text(std::string_view text) {
  std::string out;
  for (const char c : literal(text)) {
    if (c == '{' && !out.empty() && (out.back() == '$' || out.back() == '%')) out += out.back();
    out += c;
  }
  return out;
}

Result<std::string> fixture_of(const json::Value& members) {
  const std::optional<Family> family = family_of(members);
  const bool is_gone = family == Family::mcp && action::mcp_subject_of(members) == nullptr;
  if (!family || is_gone) {
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
  else if (*family == Family::mcp) append_mcp(out, members);
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
  return Kept(rules).why_not(members).empty();
}

Kept::Kept(const Ruleset& rules) : family_(rules.family()) {
  const std::span<const action::Fact> facts = action::schema(family_);
  for (std::uint32_t slot = 0; slot < facts.size(); ++slot) {
    if (!rules.reads(slot)) continue;
    const std::string_view name = facts[slot].name;
    if (need_of(name) != Need::nothing) wanted_.emplace_back(name);
    if (name == "sql.parameters") reads_parameters_ = true;
  }
}

std::string Kept::why_not(const json::Value& members) const {
  const std::optional<Family> family = family_of(members);
  if (!family) return "actions of this kind cannot be told again from the record";
  if (*family != family_) return "the endpoint is of another family now";
  if (members.find("not_understood") != nullptr) return "it was not understood";
  if (members.bool_or("truncated", false)) return "it was cut";
  if (family_ == Family::mcp && action::mcp_subject_of(members) == nullptr) {
    return "its arguments are not on record";
  }
  if (family_ == Family::http && members.find("method") == nullptr) return "it was a message of a WebSocket";
  const bool has_path = family_ == Family::http || family_ == Family::k8s;
  if (has_path && !is_decodable(text_of(members, "path"))) return "its path is not decodable";
  for (const std::string& fact : wanted_) {
    if (!has(need_of(fact), members)) return fmt::format("a rule reads `{}`, which is not on record", fact);
  }
  if (reads_parameters_ && !has_parameters(members)) return "its values are hidden or cut";
  return {};
}

std::shared_ptr<const action::Subject> subject_of(const json::Value& members) {
  const std::optional<Family> family = family_of(members);
  if (family == Family::http) return action::make_http_subject(http_request_of(members));
  if (family == Family::k8s) return action::make_k8s_subject(k8s_call_of(members));
  if (family == Family::mcp) return action::mcp_subject_of(members);
  return nullptr;
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
