#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "action/sql.h"
#include "base/text.h"
#include "policy/fixture.h"

namespace claw::policy {
namespace {

constexpr std::string_view session = "fixture";

bool has_host(const Target& target, std::string_view host) {
  return std::any_of(target.hosts.begin(), target.hosts.end(), [host](const std::string& each) {
    return equals_ignoring_case(host_of(each), host);
  });
}

Result<const Target*> target_of(const Fixture& fixture, std::span<const Target> targets) {
  const Target* found = nullptr;
  for (const Target& target : targets) {
    const bool is_it = fixture.endpoint.empty() ? has_host(target, host_of(fixture.host))
                                                : target.endpoint == fixture.endpoint;
    if (!is_it) continue;
    if (found != nullptr) {
      return invalid(fmt::format("host {} belongs to several endpoints ({}, {}): say which in match.endpoint",
                                 quoted(fixture.host), found->endpoint, target.endpoint));
    }
    found = &target;
  }
  if (found != nullptr) return found;
  if (!fixture.endpoint.empty()) return invalid("no endpoint " + quoted(fixture.endpoint));
  return invalid("no endpoint has the host " + quoted(fixture.host));
}

std::set<std::string> written_names(const sql::Statement& statement) {
  std::set<std::string> names;
  for (const sql::Name& name : statement.tables) names.insert(name.text());
  return names;
}

// Every form a rule could use: `audit.log` is also `log`.
std::set<std::string> all_names(const sql::Statement& statement) {
  std::set<std::string> names = written_names(statement);
  for (const sql::Name& name : statement.tables) names.insert(name.name);
  return names;
}

std::set<std::string> as_set(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

// The first statement with what is inside it: that is what a fixture speaks of.
sql::Statement first_of(const sql::Facts& facts) {
  sql::Statement first = facts.statements.front();
  for (std::size_t i = 1; i < facts.statements.size() && facts.statements[i].inner; ++i) {
    const sql::Statement& inner = facts.statements[i];
    first.tables.insert(first.tables.end(), inner.tables.begin(), inner.tables.end());
    first.functions.insert(first.functions.end(), inner.functions.begin(), inner.functions.end());
  }
  return first;
}

Status check_claims(const sql::Statement& claimed, const sql::Facts& facts) {
  const sql::Statement first = first_of(facts);
  if (!claimed.verb.empty() && claimed.verb != first.verb) {
    return invalid(fmt::format("sql.verb is {}, not {}", quoted(first.verb), quoted(claimed.verb)));
  }
  const std::set<std::string> names = written_names(claimed);
  if (!names.empty() && names != written_names(first) && all_names(claimed) != all_names(first)) {
    return invalid("sql.tables are not those of the statement: " +
                   join(std::vector(names.begin(), names.end()), ", "));
  }
  if (!claimed.functions.empty() && as_set(claimed.functions) != as_set(first.functions)) {
    return invalid("sql.functions are not those of the statement: " + join(first.functions, ", "));
  }
  return Done{};
}

Result<std::shared_ptr<const action::Subject>> sql_subject(const Fixture& fixture, const Target& target) {
  sql::Facts facts = target.read(fixture.statement);
  if (fixture.claims && facts.understood && !facts.statements.empty()) {
    CLAW_TRY_DONE(check_claims(fixture.claimed, facts));
  } else if (fixture.claims) {
    facts = {};
    facts.understood = true;
    facts.statements = {fixture.claimed};
    facts.statements[0].text = fixture.statement;
    facts.top_level = 1;
  }
  return action::make_sql_subject(fixture.statement, std::make_shared<const sql::Facts>(std::move(facts)),
                                  fixture.truncated);
}

std::string line_of(std::string_view verdict, std::string_view rule, std::string_view endpoint) {
  std::string line = fmt::format("{} rule={}", verdict, rule.empty() ? "(none)" : printable(rule, 80));
  if (!endpoint.empty()) line += fmt::format(" endpoint={}", printable(endpoint, 80));
  return line;
}

}  // namespace

Result<Staged> stage(const Fixture& fixture, std::span<const Target> targets) {
  if (fixture.verdict == "passthrough") return invalid("passthrough cannot be replayed: no rule is asked");
  Staged staged;
  CLAW_TRY(staged.target, target_of(fixture, targets));
  staged.standing = fixture.standing;
  if (staged.target->family != fixture.family) {
    return invalid(fmt::format("{} is an endpoint of family {}, and the action is {}",
                               staged.target->endpoint, action::name_of(staged.target->family),
                               action::name_of(fixture.family)));
  }
  action::Place place{fixture.principal, staged.target->endpoint, fixture.credential, std::string(session)};
  if (fixture.family == action::Family::sql) {
    CLAW_TRY(staged.action.subject, sql_subject(fixture, *staged.target));
    staged.action.context = action::make_sql_context(std::move(place), fixture.sql);
    staged.action.parameters = fixture.parameters;
    staged.action.rows_counted = fixture.rows_counted;
  } else {
    staged.action.subject = fixture.subject;
    staged.action.context = action::make_context(fixture.family, std::move(place));
  }
  return staged;
}

Played play(std::string name, std::string_view json, std::span<const Target> targets) {
  Played played{std::move(name), false, {}, {}, {}};
  const auto fixture = parse_fixture(json);
  if (!fixture) return played.error = fixture.error().text(), played;
  const auto staged = stage(*fixture, targets);
  if (!staged) return played.error = staged.error().text(), played;
  cel::Arena arena;
  const Decision decision = staged->target->rules->judge(staged->action, arena, staged->standing);
  const std::string_view verdict = name_of(decision.outcome);
  played.passed = verdict == fixture->verdict && decision.rule_name == fixture->rule;
  played.want = line_of(fixture->verdict, fixture->rule, fixture->endpoint);
  played.got = line_of(verdict, decision.rule_name, staged->target->endpoint);
  if (!decision.detail.empty()) played.got += fmt::format(" ({})", decision.detail);
  return played;
}

Report play_all(std::span<const FixtureFile> files, std::span<const Target> targets) {
  if (files.empty()) return {"no fixtures\n", 2};
  Report report;
  std::size_t passed = 0;
  for (const FixtureFile& file : files) {
    const Played played = play(file.name, file.text, targets);
    passed += played.passed ? 1 : 0;
    report.text += fmt::format("{} {}\n", played.passed ? "ok  " : "FAIL", played.name);
    if (!played.error.empty()) report.text += fmt::format("     {}\n", played.error);
    if (played.error.empty() && !played.passed) {
      report.text += fmt::format("     want {}\n     got  {}\n", played.want, played.got);
    }
  }
  report.text += fmt::format("{} of {} as wanted\n", passed, files.size());
  report.exit_code = passed == files.size() ? 0 : 1;
  return report;
}

}  // namespace claw::policy
