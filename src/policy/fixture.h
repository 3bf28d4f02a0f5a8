// Tests of a policy, in the original's format: an action as JSON and the verdict it must get. Used by
// `clawpatrol test` and by the corpora; a downloaded action of the record is one too. It judges what the
// gateway would judge, the whole batch; it reads no file and knows no configuration beyond its targets.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/sql.h"
#include "base/json.h"
#include "base/result.h"
#include "policy/ruleset.h"
#include "sql/facts.h"
#include "sql/postgres.h"

namespace claw::policy {

constexpr std::size_t fixture_bytes_max = 4 * 1024 * 1024;  // The largest body that is inspected, and some.

struct Fixture {
  std::string host;
  std::string endpoint;    // From `match`: the typed name, or empty.
  std::string verdict;     // `allow`, `deny`, `approve`; `passthrough` cannot be replayed.
  std::string rule;        // Empty: none.
  action::Family family = action::Family::sql;
  action::Principal principal;
  std::string credential;
  std::shared_ptr<const action::Subject> subject;  // Null for SQL until the endpoint says which dialect.
  std::string statement;
  sql::Statement
      claimed;  // What the fixture says of the statement; checked, or used where it was not understood.
  bool claims = false;
  bool truncated = false;
  action::SqlSession sql;
  action::Standing standing;
  std::vector<action::Parameter> parameters;
  std::int64_t rows_counted = -1;  // As action::Action has it.
};

// Strict: unknown keys anywhere are an error.
Result<Fixture> parse_fixture(std::string_view json);

// How an agent stands: `{"labels": ["untrusted-input"], "actions": 3}`. `where` is what errors call it.
Result<action::Standing> parse_session(const json::Value& value, std::string_view where);

std::string_view host_of(std::string_view host);  // Without its port.

// One endpoint of the policy under test.
struct Target {
  std::string endpoint;  // `https.github`
  action::Family family = action::Family::http;
  std::vector<std::string> hosts;  // As configured; ports do not matter here, wildcards match nothing.
  std::shared_ptr<const Ruleset> rules;
  sql::Facts (*read)(std::string_view) = sql::read_postgres;  // On a thread with sql::stack_bytes_min.
};

// The action a fixture describes, at the endpoint it is for. Errors: no such endpoint, several, the wrong
// family, or facts of a statement that are not so.
struct Staged {
  const Target* target = nullptr;
  action::Action action;
  action::Standing standing;
};
Result<Staged> stage(const Fixture& fixture, std::span<const Target> targets);

struct Played {
  std::string name;
  bool passed = false;
  std::string want;
  std::string got;
  std::string error;  // Why it could not be played at all; then want and got are empty.
};
Played play(std::string name, std::string_view json, std::span<const Target> targets);

struct FixtureFile {
  std::string name;
  std::string text;
};

struct Report {
  std::string text;   // `ok   FILE`, `FAIL FILE` with want and got, and a line of counts.
  int exit_code = 0;  // 0 all as wanted, 1 something was not, 2 nothing to play.
};
Report play_all(std::span<const FixtureFile> files, std::span<const Target> targets);

}  // namespace claw::policy
