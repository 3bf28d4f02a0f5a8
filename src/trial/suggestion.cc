#include "trial/suggestion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/load.h"
#include "protocol/postgres/facts.h"
#include "trial/conditions.h"

namespace claw::trial {

namespace {

constexpr std::size_t example_bytes_max = 120;
constexpr std::size_t agents_shown = 4;
constexpr std::int64_t asking_priority = 100;  // Before what is allowed.

std::string times(std::int64_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

// An endpoint that stands for the recorded one: rules need only its name and family. `number` tells its host
// from the others'.
std::string endpoint_of(const std::string& typed, std::size_t number) {
  const std::size_t dot = typed.find('.');
  const std::string kind = typed.substr(0, dot);
  const std::string name = dot == std::string::npos ? "" : typed.substr(dot + 1);
  const std::string host = fmt::format("e{}.suggested.test", number);
  const std::string where = kind == "postgres"     ? fmt::format("host = \"{}:5432\"", host)
                            : kind == "mcp"        ? fmt::format("url = \"https://{}/mcp\"", host)
                            : kind == "kubernetes" ? fmt::format("server = \"https://{}\"", host)
                                                   : fmt::format("hosts = [\"{}\"]", host);
  return fmt::format("endpoint \"{}\" {} {{\n  {}\n}}\n", kind, policy::hcl_text(name), where);
}

}  // namespace

void Suggestion::collect(const json::Value& record) {
  if (const std::string why = not_by_rules(record); !why.empty()) {
    ++left_out_[why];
    return;
  }
  const std::shared_ptr<const action::Subject> subject = subject_of(record);
  if (subject == nullptr) {
    ++left_out_["it was not understood, or not all of it is on record"];
    return;
  }
  endpoints_.insert(record.text_or("endpoint", ""));
  for (const Seen& seen : seen_in(record, *subject)) {
    const auto found = evidence_.find(seen.kind);
    if (found == evidence_.end() && evidence_.size() >= kinds_max) {
      is_cut_ = true;
      continue;
    }
    Evidence& evidence = evidence_[seen.kind];
    if (seen.advice > evidence.advice) {
      evidence.advice = seen.advice;
      evidence.why = seen.why;
    }
    note(evidence, record);
    evidence.tables.insert(seen.tables.begin(), seen.tables.end());
    evidence.functions.insert(seen.functions.begin(), seen.functions.end());
  }
}

std::shared_ptr<const action::Subject> Suggestion::subject_of(const json::Value& record) const {
  if (record.find("not_understood") != nullptr || record.bool_or("truncated", false)) return nullptr;
  const std::string endpoint = record.text_or("endpoint", "");
  const bool is_sql = record.text_or("family", "") == "sql";
  if (is_sql && !endpoint.starts_with("postgres.")) return nullptr;
  const bool is_mcp = record.text_or("family", "") == "mcp";
  if (!is_sql && !is_mcp && record.find("method") == nullptr) return nullptr;
  auto subject = is_sql ? postgres::read(record.text_or("text", ""))->subject : policy::subject_of(record);
  return subject != nullptr && subject->understood ? subject : nullptr;
}

void Suggestion::note(Evidence& evidence, const json::Value& record) const {
  const std::string time = record.text_or("time", "").substr(0, 10);
  ++evidence.count;
  evidence.agents.insert(record.text_or("agent", ""));
  if (evidence.first.empty() || time < evidence.first) {
    evidence.first = time;
    evidence.example = record.text_or("summary", "");
    evidence.record = record;
  }
  evidence.last = std::max(evidence.last, time);
}

std::vector<Suggestion::Rule> Suggestion::rules() const {
  std::vector<Named> named;
  for (const auto& [kind, evidence] : evidence_) {
    if (evidence.advice == Advice::leave) continue;
    named.push_back({kind, evidence.advice, evidence.why, evidence.tables, evidence.functions});
  }
  std::vector<Rule> made;
  for (Group& group : groups_of(named)) {
    Rule& rule = made.emplace_back();
    rule.name = std::move(group.name);
    rule.endpoint = group.kinds.front().endpoint;
    rule.condition = std::move(group.condition);
    rule.asks = group.advice == Advice::ask;
    rule.why = group.why;
    for (const Kind& kind : group.kinds) {
      const Evidence& each = evidence_.at(kind);
      if (rule.evidence.count == 0 || each.first < rule.evidence.first) {
        rule.evidence.first = each.first;
        rule.evidence.example = each.example;
        rule.evidence.record = each.record;
      }
      rule.evidence.count += each.count;
      rule.evidence.last = std::max(rule.evidence.last, each.last);
      rule.evidence.agents.insert(each.agents.begin(), each.agents.end());
    }
  }
  std::ranges::sort(made, [](const Rule& a, const Rule& b) {
    return std::tie(a.endpoint, b.asks, b.evidence.count, a.name) <
           std::tie(b.endpoint, a.asks, a.evidence.count, b.name);
  });
  return made;
}

std::string Suggestion::comment_of(const Rule& rule) {
  const Evidence& seen = rule.evidence;
  std::vector<std::string> agents;
  for (const std::string& agent : seen.agents) agents.push_back(printable(agent, 60));
  const std::size_t more = agents.size() - std::min(agents.size(), agents_shown);
  agents.resize(agents.size() - more);
  const std::string by = join(agents, ", ") + (more == 0 ? "" : fmt::format(" and {} more", more));
  return fmt::format("# {} by {}, {} to {}; first: {}{}", times(seen.count), by, seen.first, seen.last,
                     printable(seen.example, example_bytes_max),
                     rule.asks ? "\n# Asked about, because " + rule.why : "");
}

std::string Suggestion::hcl_of(const Rule& rule) {
  std::string text = comment_of(rule) + "\n";
  text += fmt::format("rule {} {{\n  endpoint  = {}\n", policy::hcl_text(rule.name), rule.endpoint);
  if (rule.asks) text += fmt::format("  priority  = {}\n", asking_priority);
  text += fmt::format("  condition = {}\n", policy::hcl_text(rule.condition));
  return text + (rule.asks ? "  approve   = [builtin.dashboard]\n}\n" : "  verdict   = \"allow\"\n}\n");
}

std::string Suggestion::yaml_of(const Rule& rule) {
  std::string text;
  const std::string comment = comment_of(rule);
  for (const std::string_view line : split(comment, '\n')) text += fmt::format("  {}\n", line);
  text += fmt::format("  {}:\n    endpoint: {}\n", policy::literal(rule.name), rule.endpoint);
  if (rule.asks) text += fmt::format("    priority: {}\n", asking_priority);
  text += fmt::format("    condition: {}\n", policy::literal(rule.condition));
  return text + (rule.asks ? "    approve: [builtin.dashboard]\n" : "    verdict: allow\n");
}

std::string Suggestion::written(const std::vector<Rule>& rules, Language language) const {
  std::string text =
      "# Proposed from what was seen. Read it before you use it: what an agent did need not be what "
      "it should do.\n";
  if (is_cut_) {
    text += fmt::format("# Only the first {} kinds of actions: narrow it with --endpoint.\n", kinds_max);
  }
  if (language == Language::yaml && !rules.empty()) text += "rule:\n";
  for (const Rule& rule : rules) text += "\n" + (language == Language::hcl ? hcl_of(rule) : yaml_of(rule));
  std::map<std::string, std::int64_t> left_out = left_out_;
  for (const auto& [kind, evidence] : evidence_) {
    if (evidence.advice != Advice::leave) continue;
    left_out[fmt::format("{} {} {}: {}", kind.endpoint, kind.verb, printable(kind.place, 100),
                         evidence.why)] += evidence.count;
  }
  if (!left_out.empty()) text += "\n# No rule, so refused:\n";
  for (const auto& [why, count] : left_out) {
    text += fmt::format("#   {}: {}\n", times(count), printable(why, 200));
  }
  return text;
}

Result<std::shared_ptr<const config::Snapshot>> Suggestion::loaded(const std::string& text,
                                                                   Language language) const {
  std::string frame = "schema_version = 2\n";
  std::size_t number = 0;
  for (const std::string& endpoint : endpoints_) frame += endpoint_of(endpoint, ++number);
  config::LoadResult result = config::load_texts(
      {{"frame.hcl", frame}, {language == Language::hcl ? "rules.hcl" : "rules.yaml", text}}, {});
  if (result.snapshot == nullptr) return invalid("the proposal does not load: " + result.report());
  return result.snapshot;
}

Result<std::string> Suggestion::write(Language language) {
  std::string text = written(rules(), language);
  CLAW_TRY(auto policy, loaded(text, language));
  judge_ = std::make_unique<Judge>(std::move(policy));
  return text;
}

// Its strictest part's.
Advice Suggestion::claimed(const json::Value& record) const {
  const auto subject = subject_of(record);
  Advice advice = Advice::allow;
  for (const Seen& seen : seen_in(record, *subject)) {
    const auto found = evidence_.find(seen.kind);
    advice = std::max(advice, found == evidence_.end() ? Advice::leave : found->second.advice);
  }
  return advice;
}

Status Suggestion::check(const json::Value& record) {
  if (!not_by_rules(record).empty() || subject_of(record) == nullptr) return Done{};
  const Said said = judge_->judge(record);
  if (!said.not_judged.empty()) return Done{};
  const Advice advice = claimed(record);
  const policy::Outcome wanted = advice == Advice::allow  ? policy::Outcome::allow
                                 : advice == Advice::ask ? policy::Outcome::approve
                                                         : policy::Outcome::deny;
  if (said.outcome == wanted) return Done{};
  return invalid(fmt::format("the proposal would {} and not {} the action {}, {}",
                             policy::name_of(said.outcome), policy::name_of(wanted),
                             record.text_or("action", ""), quoted(record.text_or("summary", ""))));
}

std::vector<std::pair<std::string, std::string>> Suggestion::fixtures() const {
  std::vector<std::pair<std::string, std::string>> files;
  for (const Rule& rule : rules()) {
    json::Value record = rule.evidence.record;
    if (record.object() == nullptr) continue;
    const Said said = judge_->judge(record);
    // A batch is decided by one of several.
    if (!said.not_judged.empty() || said.rule != rule.name) continue;
    std::erase_if(*record.object(), [](const json::Member& member) {
      return member.first == "verdict" || member.first == "rule" || member.first == "asked";
    });
    record.object()->emplace_back("verdict", json::Value(policy::name_of(said.outcome)));
    record.object()->emplace_back("rule", json::Value(said.rule));
    if (auto fixture = policy::fixture_of(record)) files.emplace_back(rule.name + ".json", *fixture + "\n");
  }
  return files;
}

}  // namespace claw::trial
