#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "cel/program.h"
#include "policy/rule.h"
#include "policy/ruleset.h"

namespace claw::policy {
namespace {

bool has_upper(std::string_view text) { return lower(text) != text; }

// Compiles the rules one by one and collects what is wrong with them.
class Compiler {
 public:
  explicit Compiler(action::Family family) : family_(family) {}

  void add(RuleSource source) {
    check_approvers(source);
    Rule rule{std::move(source), std::nullopt};
    if (!trim(rule.source.condition).empty()) rule.program = compile(rule.source);
    if (rule.program) warn_of_program(rule);
    rules_.push_back(std::move(rule));
  }

  Compiled finish(Settings settings) {
    if (rules_.size() > rules_max) {
      report(rules_[rules_max].source, true, fmt::format("more than {} rules on one endpoint", rules_max));
    }
    warn_of_unreachable();
    const auto is_error = [](const Issue& issue) { return issue.error; };
    if (std::any_of(issues_.begin(), issues_.end(), is_error)) return {nullptr, std::move(issues_)};
    return {std::make_shared<const Ruleset>(family_, std::move(rules_), settings), std::move(issues_)};
  }

 private:
  Issue& report(const RuleSource& source, bool error, std::string text) {
    return issues_.emplace_back(
        Issue{error, source.where, source.name, Issue::Part::rule, 0, 0, std::move(text), {}});
  }

  void report_condition(const RuleSource& source, bool error, const cel::Issue& issue) {
    Issue& made = report(source, error, issue.text);
    made.part = Issue::Part::condition;
    made.offset = issue.offset;
    made.length = issue.length;
    made.suggestion = issue.suggestion;
  }

  void check_approvers(const RuleSource& source) {
    const bool asks = source.verdict == Outcome::approve && !source.marks;
    if (asks && source.approvers.empty()) report(source, true, "a rule that asks needs an approver");
    if (!asks && !source.approvers.empty()) {
      report(source, true,
             fmt::format("a rule with verdict `{}` asks nobody: drop the verdict or the approvers",
                         name_of(source.verdict)));
    }
    if (!asks && (source.needs_passkey || source.llm_may_allow || source.preview)) {
      report(source, true, "`assurance`, `llm_may_allow` and `preview` are for rules that ask");
    }
    if (!source.marks && source.verdict == Outcome::deny && !source.labels.empty()) {
      report(source, true, "a rule that denies sets no label: what did not run marks nobody");
    }
  }

  std::optional<cel::Program> compile(const RuleSource& source) {
    cel::Issues found;
    auto ast = cel::parse(source.condition, &found);
    if (!ast) return report_all(source, found, ast.error());
    auto checked = cel::check(std::move(ast).value(), action::environment(family_), &found);
    if (!checked) return report_all(source, found, checked.error());
    const auto length = static_cast<std::uint32_t>(source.condition.size());
    if (checked->type() != cel::Type::boolean() && !checked->type().is_dyn()) {
      report_condition(source, true,
                       {0, length, fmt::format("a condition is true or false; this is of type {}",
                                               checked->type().name()), {}});
      return std::nullopt;
    }
    warn_of_patterns(source, checked->ast());
    return cel::compile(std::move(checked).value());
  }

  std::optional<cel::Program> report_all(const RuleSource& source, const cel::Issues& found,
                                         const Error& error) {
    for (const cel::Issue& issue : found) report_condition(source, true, issue);
    if (found.empty()) report_condition(source, true, {0, 0, error.what, {}});
    return std::nullopt;
  }

  // matches() is exact where == is not: a pattern with a capital finds nothing in a fact that is always
  // lower case.
  void warn_of_patterns(const RuleSource& source, const cel::Ast& ast) {
    for (const cel::Node& node : ast.nodes) {
      if (node.kind != cel::NodeKind::call || node.name != "matches" || node.children.size() != 2) continue;
      const cel::Node& target = ast.at(node.children[0]);
      const auto* pattern = std::get_if<std::string>(&ast.at(node.children[1]).literal);
      if (!target.folded || pattern == nullptr || !has_upper(*pattern)) continue;
      if (pattern->find("(?i") != std::string::npos || pattern->find('\\') != std::string::npos) continue;
      report_condition(source, false,
                       {node.offset,
                        node.length,
                        "this fact is always lower case, and a pattern is compared as it is written",
                        {}});
    }
  }

  void warn_of_program(const Rule& rule) {
    const auto length = static_cast<std::uint32_t>(rule.source.condition.size());
    if (rule.program->constant() == false) {
      report_condition(rule.source, false,
                       {0, length, "this is never true, so the rule can never match", {}});
    }
    for (const cel::Requirement& requirement : rule.program->requirements()) {
      const std::string_view fact = action::schema(family_)[requirement.slot].name;
      if (fact != "sql.tables" && fact != "sql.reads" && fact != "sql.writes") continue;
      for (const std::string& literal : requirement.any_of) {
        if (!has_upper(literal)) continue;
        report_condition(rule.source, false,
                         {0, length,
                          fmt::format("{} holds names as the server folds them: {} is only ever found "
                                      "where it was written in double quotes",
                                      fact, quoted(literal)),
                          lower(literal)});
      }
    }
  }

  // A rule after one that always decides, for at least the same pins, is dead text.
  void warn_of_unreachable() {
    std::vector<const RuleSource*> always;
    for (const Rule& rule : rules_) {
      const RuleSource& source = rule.source;
      if (source.disabled || source.marks) continue;  // Marks are asked whatever else decides.
      const auto covers = [&source](const RuleSource* earlier) {
        return wider(earlier->credentials, source.credentials) && wider(earlier->profiles, source.profiles);
      };
      const auto before = std::find_if(always.begin(), always.end(), covers);
      if (before != always.end()) {
        report(source, false,
               fmt::format("never reached: rule {} before it always decides", quoted((*before)->name)));
      }
      const bool decides = rule.program ? rule.program->constant() == true : trim(source.condition).empty();
      if (decides && !source.shadow && !source.break_glass) always.push_back(&source);
    }
  }

  static bool wider(const std::vector<std::string>& pins, const std::vector<std::string>& others) {
    if (pins.empty()) return true;
    const auto known = [&pins](const std::string& pin) {
      return std::find(pins.begin(), pins.end(), pin) != pins.end();
    };
    return !others.empty() && std::all_of(others.begin(), others.end(), known);
  }

  action::Family family_;
  std::vector<Rule> rules_;
  std::vector<Issue> issues_;
};

}  // namespace

Compiled compile_rules(action::Family family, std::vector<RuleSource> sources, Settings settings) {
  std::vector<std::size_t> order(sources.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&sources](std::size_t a, std::size_t b) {
    const std::int64_t first = sources[a].priority;
    const std::int64_t second = sources[b].priority;
    return first != second ? first > second : a < b;
  });
  Compiler compiler(family);
  for (const std::size_t each : order) compiler.add(std::move(sources[each]));
  return compiler.finish(settings);
}

}  // namespace claw::policy
