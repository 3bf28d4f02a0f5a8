#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/check.h"
#include "config/decode/decode.h"
#include "config/decode/packs.h"
#include "config/hcl.h"

namespace claw::config {

namespace {

policy::Outcome outcome_of(const Rule& rule) {
  if (rule.verdict == "approve") return policy::Outcome::approve;
  return rule.verdict == "allow" ? policy::Outcome::allow : policy::Outcome::deny;
}

}  // namespace

void Assembly::rule(const Block& block) {
  const Fields fields(block);
  Rule rule;
  rule.name = block.labels.back().text;
  rule.endpoints = rule_endpoints(fields);
  const bool decides = outcome(fields, rule);
  pins(fields, rule);
  if (!decides || rule.endpoints.empty()) return;
  const Endpoint* first = snapshot_->endpoint(rule.endpoints.front());
  if (!first) return;
  for (const std::string& typed : rule.endpoints) {
    const Endpoint* other = snapshot_->endpoint(typed);
    if (!other || other->family == first->family) continue;
    return diagnostics_.error(
        fields.range("endpoints"),
        fmt::format("`{}` speaks of {}, `{}` of {}: a rule is for one family", first->typed,
                    action::name_of(first->family), other->typed, action::name_of(other->family)));
  }
  drafts_.push_back(draft(block, std::move(rule), first->family));
}

std::vector<std::string> Assembly::rule_endpoints(const Fields& fields) {
  const bool one = fields.has("endpoint");
  if (one && fields.has("endpoints")) {
    diagnostics_.error(fields.range("endpoints"), "both `endpoint` and `endpoints`", "keep one of them");
  }
  std::vector<std::string> typed;
  for (const Symbol* symbol : symbols_.resolve_all(fields.list(one ? "endpoint" : "endpoints"), "endpoint")) {
    typed.push_back(symbol->typed);
  }
  if (!one && fields.list("endpoints").empty()) {
    diagnostics_.error(head_of(fields.block()), "this rule applies nowhere", "write `endpoint = KIND.NAME`");
  }
  return typed;
}

void Assembly::pins(const Fields& fields, Rule& rule) {
  if (const Node* node = fields.find("credential")) {
    const Symbol* symbol = symbols_.resolve(*node, "credential");
    rule.credential = symbol ? symbol->name : "";
    const Credential* credential = snapshot_->credential(rule.credential);
    for (const std::string& endpoint : rule.endpoints) {
      if (!credential || std::count(credential->endpoints.begin(), credential->endpoints.end(), endpoint) > 0)
        continue;
      diagnostics_.warning(node->range, fmt::format("`{}` is not used on `{}`: there the rule never applies",
                                                    symbol->typed, endpoint));
    }
  }
  if (fields.has("profile") && fields.has("profiles")) {
    diagnostics_.error(fields.range("profiles"), "both `profile` and `profiles`", "keep one of them");
  }
  const std::string_view name = fields.has("profile") ? "profile" : "profiles";
  rule.profiles = names_of(symbols_.resolve_all(fields.list(name), "profile"));
  if (fields.has(name) && fields.list(name).empty())
    diagnostics_.error(fields.range(name), "no profile is named");
}

bool Assembly::outcome(const Fields& fields, Rule& rule) {
  const Node* approve = fields.find("approve");
  if (approve && fields.has("verdict")) {
    diagnostics_.error(fields.range("approve"), "both `verdict` and `approve`", "keep one of them");
  } else if (!approve && !fields.has("verdict")) {
    rule.marks = fields.has("label");
    if (!rule.marks) {
      diagnostics_.error(
          head_of(fields.block()), "this rule decides nothing",
          "write `verdict = \"allow\"`, `verdict = \"deny\"` or `approve = [builtin.dashboard]`");
      return false;
    }
  } else if (approve && fields.list("approve").empty()) {
    diagnostics_.error(approve->range, "nobody is asked", "write `approve = [builtin.dashboard]`");
  }
  rule.verdict = approve ? "approve" : fields.text("verdict");
  rule.approvers = names_of(symbols_.resolve_all(fields.list("approve"), "approver"));
  rule.reason = fields.text("reason");
  rule.hint = fields.text("hint");
  rule.priority = fields.integer("priority", 0);
  rule.disabled = fields.boolean("disabled", false);
  rule.shadow = fields.boolean("shadow", false);
  labels(fields, rule);
  asking(fields, rule);
  rule.writes = fields.boolean("writes", false);
  if (rule.writes && rule.verdict != "allow" && rule.verdict != "approve") {
    diagnostics_.error(fields.range("writes"), "`writes` is for a rule that lets something pass");
  }
  return true;
}

Assembly::Draft Assembly::draft(const Block& block, Rule rule, action::Family family) {
  Condition condition = condition_of(block, family, diagnostics_);
  if (rule.preview && (family == action::Family::tool || family == action::Family::mcp)) {
    const bool is_tool = family == action::Family::tool;
    diagnostics_.error(
        Fields(block).range("preview"),
        is_tool ? "a tool call is looked into by what it does underneath"
                : "what an MCP server would do cannot be tried",
        is_tool ? "write `preview` on the rules of the endpoints that the tool speaks to" : "leave it out");
  }
  rule.condition = condition.text;
  rule.where = sources_.where(head_of(block));
  Draft draft;
  draft.index = snapshot_->rules.size();
  draft.block = &block;
  draft.segments = std::move(condition.segments);
  std::vector<std::string> credentials;
  if (!rule.credential.empty()) credentials.push_back(rule.credential);
  draft.source = {rule.name,      rule.priority, rule.disabled,    rule.shadow, std::move(condition.text),
                  credentials,    rule.profiles, outcome_of(rule), rule.reason, rule.hint,
                  rule.approvers, drafts_.size(), rule.labels,      rule.marks, rule.break_glass,
                  rule.needs_passkey, rule.llm_may_allow, rule.preview, rule.rows_max};
  draft.source.writes = rule.writes;
  snapshot_->rules.push_back(std::move(rule));
  return draft;
}

void Assembly::packs() {
  for (Endpoint& endpoint : snapshot_->endpoints) {
    for (const Node* name : Fields(*blocks_.at(endpoint.typed)).list("use")) {
      if (name->kind == Kind::string) pack(endpoint, *name);
    }
  }
}

void Assembly::pack(Endpoint& endpoint, const Node& name) {
  const Pack* found = find_pack(name.text);
  if (!found) {
    std::vector<std::string> names;
    for (const Pack& pack : config::packs()) names.emplace_back(pack.name);
    return diagnostics_.error(name.range, fmt::format("there is no pack {}", quoted(name.text)),
                              did_you_mean(name.text, names));
  }
  if (found->family != endpoint.family) {
    return diagnostics_.error(name.range,
                              fmt::format("`{}` is for {}, not {}", name.text, action::name_of(found->family),
                                          action::name_of(endpoint.family)));
  }
  const std::vector<std::string> repositories = Fields(*blocks_.at(endpoint.typed)).texts("repositories");
  const FileId file = sources_.add(fmt::format("pack:{}", found->name), text_of(*found, repositories));
  pack_files_.push_back(std::make_unique<const Block>(read_hcl(sources_, file, diagnostics_)));
  Checker checker(diagnostics_, schema_version_max);
  checker.check(*pack_files_.back());
  const Fields endpoint_fields(*blocks_.at(endpoint.typed));
  const std::vector<const Symbol*> asked =
      symbols_.resolve_all(endpoint_fields.list("pack_approve"), "approver");
  for (const Block& block : pack_files_.back()->blocks) {
    Rule rule;
    rule.pack = found->name;
    rule.name = fmt::format("{}/{}", found->name, block.labels.back().text);
    rule.endpoints = {endpoint.typed};
    outcome(Fields(block), rule);
    rule.priority += pack_priority;
    if (!rule.approvers.empty() && !asked.empty()) rule.approvers = names_of(asked);
    drafts_.push_back(draft(block, std::move(rule), endpoint.family));
  }
}

void Assembly::compile() {
  for (Endpoint& endpoint : snapshot_->endpoints) compile(endpoint);
}

void Assembly::compile(Endpoint& endpoint) {
  std::vector<policy::RuleSource> sources;
  for (const Draft& draft : drafts_) {
    const std::vector<std::string>& endpoints = snapshot_->rules[draft.index].endpoints;
    if (std::count(endpoints.begin(), endpoints.end(), endpoint.typed) > 0) sources.push_back(draft.source);
  }
  const bool allows = snapshot_->schema_version < 2;
  if (sources.empty() && endpoint.unserved.empty()) {
    diagnostics_.warning(head_of(*blocks_.at(endpoint.typed)),
                         allows ? "no rule is for this endpoint: everything is allowed"
                                : "no rule is for this endpoint: everything is denied");
  }
  const policy::Settings settings{allows ? policy::Outcome::allow : policy::Outcome::deny, endpoint.mode};
  policy::Compiled compiled = policy::compile_rules(endpoint.family, std::move(sources), settings);
  for (const policy::Issue& issue : compiled.issues) report(issue);
  endpoint.ruleset = std::move(compiled.rules);
}

void Assembly::report(const policy::Issue& issue) {
  const Draft& draft = drafts_.at(issue.where);
  // Nothing a person wrote: some rules of a pack are only true where an endpoint says more.
  if (!issue.error && !snapshot_->rules[draft.index].pack.empty()) return;
  const Range head = head_of(*draft.block);
  const bool inside = issue.part == policy::Issue::Part::condition;
  const Range range = inside ? range_of(draft.segments, issue.offset, issue.length, head) : head;
  const std::string hint =
      issue.suggestion.empty() ? "" : fmt::format("did you mean `{}`?", issue.suggestion);
  issue.error ? diagnostics_.error(range, issue.text, hint) : diagnostics_.warning(range, issue.text, hint);
}

}  // namespace claw::config
