// Holds the Postgres reader against statements and labels that nobody here wrote. Prints one line for each
// file and the recall and precision of tables and functions; `-v` lists what failed. A statement that the
// grammar of PostgreSQL 15 refuses is not understood, and that is a pass: the labels are from version 18.
#include <fmt/format.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "sql/big_stack.h"

namespace {

using namespace claw;
using namespace claw::sql;
using Names = std::set<std::string>;

// Labels that we do not follow: file, statement begins or contains, why.
struct Skip {
  std::string_view file;
  std::string_view contains;
  std::string_view why;
};
constexpr Skip skips[] = {
    {"ref_sql", "COLLATE default", "the real grammar refuses it"},
    {"pg_injection", "system_user", "a keyword from version 16 on, a column for this grammar"},
    {"pg_agentsh", "DROP SERVER", "forgetting a server reaches no host"},
    {"pg_agentsh", "my_volatile", "only the catalogue of a server knows what a user's function does"},
    {"sql_readonly", "EXPLAIN ANALYZE\n    SELECT", "it runs a SELECT, which only reads"},
};

struct Counts {
  std::size_t found = 0;
  std::size_t missing = 0;
  std::size_t extra = 0;
};

struct Tally {
  std::size_t cases = 0;
  std::size_t passed = 0;
  std::size_t refused = 0;
  std::size_t skipped = 0;
};

Counts tables_counts;
Counts functions_counts;
bool verbose = false;

Names names_of(const json::Value* list) {
  Names names;
  if (list == nullptr || list->array() == nullptr) return names;
  for (const json::Value& item : *list->array())
    if (item.string() != nullptr) names.insert(*item.string());
  return names;
}

Names names_of(const json::Value& row, std::string_view key) { return names_of(row.find(key)); }

void add(Names& names, const Names& more) { names.insert(more.begin(), more.end()); }

Names tables_of(const Facts& facts) {
  Names names;
  for (const Statement& statement : facts.statements)
    for (const Name& name : statement.tables) names.insert(name.text());
  return names;
}

Names functions_of(const Facts& facts) {
  Names names;
  for (const Statement& statement : facts.statements)
    add(names, {statement.functions.begin(), statement.functions.end()});
  return names;
}

Effects effects_of(const Facts& facts) {
  Effects effects;
  for (const Statement& statement : facts.statements) effects.add(statement.effects);
  return effects;
}

std::string listed(const Names& names) {
  return join(std::vector<std::string>(names.begin(), names.end()), ",");
}

// What must be there, and what may be besides.
struct Expected {
  Names wanted;
  Names also;        // May be there.
  Names elsewhere;   // Wanted, but not among these facts.
  bool any = false;  // The label does not look where we do: into code and SQL in strings.
};

bool has(const Names& names, const std::string& name) {
  constexpr std::string_view built_in = "pg_catalog.";  // Where the grammar of 18 has syntax, 15 has a call.
  return names.contains(name) || (name.starts_with(built_in) && names.contains(name.substr(built_in.size())));
}

std::string compare(std::string_view what, const Names& ours, const Expected& expected, Counts& counts) {
  Names missing;
  Names extra;
  for (const std::string& name : expected.wanted)
    if (!has(ours, name) && !expected.elsewhere.contains(name)) missing.insert(name);
  for (const std::string& name : ours)
    if (!expected.any && !expected.wanted.contains(name) && !expected.also.contains(name)) extra.insert(name);
  counts.found += expected.wanted.size() - missing.size();
  counts.missing += missing.size();
  counts.extra += extra.size();
  std::string problem;
  if (!missing.empty()) problem += fmt::format(" {} missing: {};", what, listed(missing));
  if (!extra.empty()) problem += fmt::format(" {} extra: {};", what, listed(extra));
  return problem;
}

// The bare name of every qualified one: the reader gives both.
Names bare(const Names& names) {
  Names out;
  for (const std::string& name : names)
    if (const auto dot = name.rfind('.'); dot != std::string::npos) out.insert(name.substr(dot + 1));
  return out;
}

std::string first_word(std::string_view text) { return std::string(text.substr(0, text.find(' '))); }

// Attributes of a row look like calls, and may be: `(r).f` is both `r.f` and `f(r)`.
Names columns_of(const Facts& facts) {
  Names names;
  for (const Statement& statement : facts.statements)
    add(names, {statement.columns.begin(), statement.columns.end()});
  return names;
}

Names objects_of(const Facts& facts, std::string_view verb = {}) {
  Names names;
  for (const Statement& statement : facts.statements) {
    if (!verb.empty() && statement.verb != verb) continue;
    for (const Name& name : statement.objects) names.insert(name.text());
  }
  return names;
}

bool has_code(const json::Value& row, const Facts& facts) {
  if (row.find("inner") != nullptr) return false;
  if (row.find("do_body") != nullptr || row.find("fn_body") != nullptr) return true;
  for (const char* runs : {"ts_stat", "ts_rewrite", "table_to_xml", "table_to_xml_and_xmlschema", "currtid2"})
    if (functions_of(facts).contains(runs)) return true;
  return row.text_or("statement", "").find("FUNCTION") != std::string::npos && row.find("src") != nullptr;
}

// pg_regress, pg_evasions, pg_injection: labels made with the grammar of version 18.
std::string judge_labelled(const json::Value& row, const Facts& facts) {
  std::string problem;
  const std::string verb = row.text_or("verb", "");
  if (!facts.statements.empty() && !facts.statements.front().verb.starts_with(first_word(verb)))
    problem += fmt::format(" verb {} instead of {};", facts.statements.front().verb, verb);
  const auto count = static_cast<std::size_t>(row.int_or("n", 1));
  if (facts.top_level != count)
    problem += fmt::format(" {} statements instead of {};", facts.top_level, count);

  Expected tables = {names_of(row, "tables"), {}, {}, has_code(row, facts)};
  Expected functions = {names_of(row, "functions"), columns_of(facts), {}, has_code(row, facts)};
  if (const json::Value* inner = row.find("inner")) {
    add(tables.wanted, names_of(*inner, "tables"));
    add(functions.wanted, names_of(*inner, "functions"));
  }
  if (const json::Value* kinds = row.find("other"); kinds != nullptr && kinds->object() != nullptr)
    for (const json::Member& member : *kinds->object()) add(tables.also, names_of(&member.second));
  tables.elsewhere =
      objects_of(facts, "set constraints");  // The grammar's relations, but they are constraints.
  add(functions.also, bare(functions.wanted));
  add(functions.also, {"json_array", "json_object"});  // Syntax from version 16 on.
  problem += compare("tables", tables_of(facts), tables, tables_counts);
  problem += compare("functions", functions_of(facts), functions, functions_counts);
  return problem;
}

// pg_tables: labels that people wrote. Views that are dropped are not among theirs, but functions that are.
std::string judge_tables(const json::Value& row, const Facts& facts) {
  std::string problem;
  if (row.find("error") != nullptr) return facts.understood ? "understood" : "";
  if (row.find("tables") != nullptr) {
    const bool views = row.text_or("statement", "").starts_with("DROP VIEW");
    const Expected tables = {names_of(row, "tables"), {}, {}, views || has_code(row, facts)};
    problem += compare("tables", tables_of(facts), tables, tables_counts);
  }
  if (row.find("functions") != nullptr) {
    Expected functions = {names_of(row, "functions"), columns_of(facts), objects_of(facts),
                          has_code(row, facts)};
    add(functions.also, bare(functions.wanted));
    problem += compare("functions", functions_of(facts), functions, functions_counts);
  }
  return problem;
}

std::string judge_reject(const json::Value&, const Facts& facts) {
  return facts.understood ? "understood" : "";
}

std::string judge_reference(const json::Value& row, const Facts& facts) {
  if (row.bool_or("unparseable", false)) return facts.understood ? "understood" : "";
  if (!facts.understood) return facts.why;
  std::string problem;
  const Statement& first = facts.statements.front();
  if (row.find("verb") != nullptr && first.verb != row.text_or("verb", ""))
    problem += " verb " + first.verb + ";";
  for (const std::string& name : names_of(row, "tables")) {
    const bool is_cte =
        row.text_or("statement", "").starts_with("WITH " + name + " ");  // Theirs lists these.
    const Names ours = tables_of(facts);
    if (!ours.contains(name) && !is_cte && !bare(ours).contains(name))
      problem += " table " + name + " missing;";
  }
  for (const std::string& name : names_of(row, "functions"))
    if (!functions_of(facts).contains(name)) problem += " function " + name + " missing;";
  for (const std::string& verb : names_of(row, "verbs_all")) {
    const auto has = [&](const Statement& statement) { return statement.verb == verb; };
    if (std::none_of(facts.statements.begin(), facts.statements.end(), has))
      problem += " verb " + verb + " missing;";
  }
  if (row.find("statement_fact") != nullptr && first.text != row.text_or("statement_fact", ""))
    problem += " text;";
  return problem;
}

std::string judge_read_only(const json::Value& row, const Facts& facts) {
  // What a policy for read-only access would allow by these facts alone.
  const bool allowed = facts.understood && effects_of(facts).only({Effect::read});
  const bool deny = row.text_or("read_only_policy", "") == "deny";
  if (deny && allowed) return "only reads";
  if (!deny && !allowed) return "not only reads: " + join(effects_of(facts).names(), ",") + " " + facts.why;
  return "";
}

std::string judge_effects(const json::Value& row, const Facts& facts) {
  static const std::map<std::string, Effects, std::less<>> groups = {
      {"read", {Effect::read}},
      {"bulk_export", {Effect::read}},
      {"write", {Effect::write}},
      {"bulk_load", {Effect::write}},
      {"modify", {Effect::modify}},
      {"delete", {Effect::remove}},
      {"schema_create", {Effect::create}},
      {"schema_alter", {Effect::alter}},
      {"schema_destroy", {Effect::destroy, Effect::remove}},  // TRUNCATE is one of theirs.
      {"privilege", {Effect::privilege}},
      {"transaction", {Effect::transaction}},
      {"session", {Effect::session}},
      {"maintenance", {Effect::maintenance}},
      {"lock", {Effect::lock}},
      {"notify", {Effect::notify}},
      {"procedural", {Effect::procedural}},
      {"unsafe_io", {Effect::file, Effect::program, Effect::network}},
      {"unknown", {Effect::unknown}},
  };
  if (!facts.understood) return "";
  std::string problem;
  const json::Value* expected = row.find("expected");
  if (expected == nullptr || expected->array() == nullptr) return problem;
  for (const json::Value& statement : *expected->array()) {
    const json::Value* effects = statement.find("effects");
    if (effects == nullptr || effects->array() == nullptr) continue;
    for (const json::Value& effect : *effects->array()) {
      const auto group = groups.find(effect.text_or("group", ""));
      if (group != groups.end() && !effects_of(facts).has_any(group->second))
        problem += " no " + group->first + ";";
    }
  }
  return problem;
}

using Judge = std::string (*)(const json::Value& row, const Facts& facts);

struct File {
  std::string_view name;
  Judge judge;
  bool may_refuse;  // A refusal is a pass, and counted.
};
constexpr File files[] = {
    {"pg_tables", judge_tables, true},        {"pg_agentsh", judge_effects, true},
    {"pg_regress", judge_labelled, true},     {"pg_evasions", judge_labelled, true},
    {"pg_injection", judge_labelled, true},   {"pg_injection_rejects", judge_reject, false},
    {"pg_rejects", judge_reject, false},      {"ref_sql", judge_reference, false},
    {"sql_readonly", judge_read_only, false},
};

bool is_skipped(const File& file, const std::string& statement) {
  for (const Skip& skip : skips)
    if (skip.file == file.name && statement.find(skip.contains) != std::string::npos) return true;
  return false;
}

void run_case(const File& file, const json::Value& row, Tally& tally) {
  const std::string statement = row.text_or("statement", "");
  if (row.text_or("dialect", "postgres") != "postgres") return;
  if (is_skipped(file, statement)) {
    ++tally.skipped;
    return;
  }
  ++tally.cases;
  const Facts facts = read_postgres(statement);
  std::string problem;
  if (file.may_refuse && !facts.understood) {
    ++tally.refused;
    if (verbose) fmt::print("refused {}: {}: {}\n", file.name, facts.why, claw::quoted(statement));
  } else {
    problem = file.judge(row, facts);
  }
  if (problem.empty())
    ++tally.passed;
  else if (verbose)
    fmt::print("FAILED {}:{} {}\n", file.name, problem, claw::quoted(statement));
}

bool run_file(const std::filesystem::path& folder, const File& file) {
  std::ifstream in(folder / fmt::format("{}.jsonl", file.name));
  if (!in) return true;
  Tally tally;
  for (std::string line; std::getline(in, line);) {
    const auto row = json::parse(line);
    if (row) run_case(file, *row, tally);
  }
  fmt::print("{}: passed {} of {} (not understood {}, skipped {})\n", file.name, tally.passed, tally.cases,
             tally.refused, tally.skipped);
  return tally.passed == tally.cases;
}

void print_rates(std::string_view what, const Counts& counts) {
  const auto percent = [](std::size_t part, std::size_t rest) {
    return part + rest == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(part + rest);
  };
  fmt::print("{}: recall {:.2f} % ({} missing), precision {:.2f} % ({} extra)\n", what,
             percent(counts.found, counts.missing), counts.missing, percent(counts.found, counts.extra),
             counts.extra);
}

std::filesystem::path corpora() {
  if (const char* given = std::getenv("CLAWPATROL_CORPORA")) return given;
  for (std::filesystem::path at = std::filesystem::current_path();; at = at.parent_path()) {
    if (std::filesystem::exists(at / "../shared/corpora")) return at / "../shared/corpora";
    if (at == at.parent_path()) return {};
  }
}

}  // namespace

int main(int argc, char** argv) {
  verbose = argc > 1 && std::string_view(argv[1]) == "-v";
  const std::filesystem::path folder = corpora();
  if (folder.empty() || !std::filesystem::exists(folder)) {
    fmt::print("skipped: no corpora here\n");
    return 0;
  }
  bool ok = true;
  on_big_stack([&] {
    for (const File& file : files) ok = run_file(folder, file) && ok;
  });
  print_rates("tables", tables_counts);
  print_rates("functions", functions_counts);
  return ok ? 0 : 1;
}
