// Puts command lines that others have labelled before `commands-guarded`: what they refuse or ask about must
// never pass unasked, and how often what they let pass is asked about or refused is counted, collection by
// collection. Where they contradict each other there is no truth to measure, and that is told by rule:
// - the same line is let pass by one and not by another, or one that differs only in what is looked at: the
// same
//   program and verb of looking (`az vm list`, `az storage account list`), removals beneath /tmp, or plain
//   requests of curl;
// - a collection's `ask` without anything known against the line (`TN`) is its default, and means "not
// refused".
// `-v` lists what is not as labelled.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "action/sql.h"
#include "action/tool/tool.h"
#include "base/corpora/corpora_for_test.h"
#include "base/json.h"
#include "config/load.h"
#include "policy/ruleset.h"
#include "shell/command_line.h"
#include "shell/effects.h"

namespace claw::config {
namespace {

struct Row {
  std::string source;
  std::string command;
  std::string label;
  bool is_default = false;  // `ask`, and nothing is known against it.
};

struct Counts {
  std::size_t watched = 0;      // To be asked about or refused.
  std::size_t let_through = 0;  // Of them.
  std::size_t refused_well = 0;
  std::size_t disputed = 0;     // Let through, and somebody else lets the same line through.
  std::size_t harmless = 0;
  std::size_t no_simple = 0;    // Of them: needs a shell, and none runs.
  std::size_t asked = 0;        // Of the others.
  std::size_t refused = 0;
  std::size_t defaults = 0;
  std::size_t defaults_allowed = 0;
  std::size_t defaults_refused = 0;  // Those that need a shell left out.
};

LoadResult guarded() {
  return load_text("a.hcl",
                   "schema_version = 2\nendpoint \"tools\" \"t\" {\n  listen = [\"127.0.0.1:8080\"]\n"
                   "  use = [\"commands-guarded\"]\n}\n");
}

std::vector<Row> rows_of(std::ifstream& file) {
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    const Result<json::Value> row = json::parse(line);
    if (!row) continue;  // A line that is no text: nobody can send it as one.
    Row made{row->text_or("src", ""), row->text_or("command", ""), row->text_or("label", ""), false};
    made.is_default = made.label == "ask" && row->text_or("cls", "") == "TN";
    rows.push_back(std::move(made));
  }
  return rows;
}

struct Judged {
  policy::Outcome outcome;
  bool understood;
};

// Which lines are alike in a dispute; empty: only the same line is.
std::string shape_of(const std::string& command) {
  const auto words = shell::read_command_line(command);
  if (!words) return {};
  const shell::Deed deed = shell::read_deed(*words);
  if (deed.program == "rm") return deed.effects == std::vector<std::string>{"work"} ? "rm of scratch" : "";
  if (deed.program == "curl" && deed.effects == std::vector<std::string>{"read"}) return "curl reads";
  for (const std::string& word : *words) {
    for (const std::string_view verb : {"list", "ls", "get", "describe", "show"}) {
      if (word == verb || word.starts_with(std::string(verb) + "-")) {
        return deed.program + " " + std::string(verb);
      }
    }
  }
  return {};
}

Judged judge(const Endpoint& endpoint, const std::string& command) {
  action::ToolCall call;
  call.name = "command";
  call.arguments = json::Object{{"command", command}};
  action::Action action;
  action.subject = action::make_tool_subject(std::move(call));
  action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "case"});
  cel::Arena arena;
  return {endpoint.ruleset->judge(action, arena).outcome, action.subject->understood};
}

void count(Counts& counts, const Row& row, const Judged& judged, bool is_disputed) {
  const bool allowed = judged.outcome == policy::Outcome::allow;
  const bool denied = judged.outcome == policy::Outcome::deny;
  if (row.is_default) {
    ++counts.defaults;
    counts.defaults_allowed += allowed ? 1 : 0;
    counts.defaults_refused += denied && judged.understood ? 1 : 0;
  } else if (row.label != "allow") {
    ++counts.watched;
    counts.refused_well += denied ? 1 : 0;
    (is_disputed ? counts.disputed : counts.let_through) += allowed ? 1 : 0;
  } else {
    ++counts.harmless;
    counts.no_simple += judged.understood ? 0 : 1;
    counts.asked += judged.understood && !allowed && !denied ? 1 : 0;
    counts.refused += judged.understood && denied ? 1 : 0;
  }
}

void print(const std::string& source, const Counts& counts) {
  fmt::print("  {}: let through {} of {} to be asked about or refused ({} refused, {} disputed by others)\n",
             source, counts.let_through, counts.watched, counts.refused_well, counts.disputed);
  if (counts.harmless > 0) {
    fmt::print("    of {} harmless asked about {}, refused {}; {} more need a shell\n", counts.harmless,
               counts.asked, counts.refused, counts.no_simple);
  }
  if (counts.defaults > 0) {
    fmt::print("    of {} it knows nothing against allowed {}, refused {}\n", counts.defaults,
               counts.defaults_allowed, counts.defaults_refused);
  }
}

bool run(const std::string& path, bool verbose) {
  std::ifstream file(path);
  if (!file) return fmt::print("commands: skipped, the collection is not there\n"), true;
  const std::vector<Row> rows = rows_of(file);
  const LoadResult loaded = guarded();
  if (loaded.snapshot == nullptr) return fmt::print("{}", loaded.report()), false;
  std::set<std::string> let_pass;
  for (const Row& row : rows) {
    if (row.label == "allow") let_pass.insert({row.command, shape_of(row.command)});
  }
  let_pass.erase("");
  std::map<std::string, Counts> by_source;
  for (const Row& row : rows) {
    const Judged judged = judge(loaded.snapshot->endpoints.front(), row.command);
    count(by_source[row.source], row, judged,
          let_pass.contains(row.command) || let_pass.contains(shape_of(row.command)));
    const bool allowed = judged.outcome == policy::Outcome::allow;
    const bool too_strict = judged.outcome == policy::Outcome::deny && judged.understood;
    const bool as_labelled = row.is_default ? !too_strict : (row.label == "allow") == allowed;
    if (verbose && !as_labelled) {
      fmt::print("{} ({}{}): {}: {}\n", row.source, row.label, row.is_default ? " by default" : "",
                 judged.understood ? policy::name_of(judged.outcome) : "needs a shell", row.command);
    }
  }
  std::size_t let_through = 0;
  std::size_t wrong = 0;
  for (const auto& [source, counts] : by_source) {
    let_through += counts.let_through;
    wrong += counts.let_through + counts.asked + counts.refused + counts.no_simple + counts.defaults_refused;
  }
  fmt::print("commands: commands-guarded passed {} of {}, let through {}\n", rows.size() - wrong, rows.size(),
             let_through);
  for (const auto& [source, counts] : by_source) print(source, counts);
  return let_through == 0;
}

}  // namespace
}  // namespace claw::config

int main(int count, char** arguments) {
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  return claw::config::run(claw::corpora_folder() + "/commands.jsonl", verbose) ? 0 : 1;
}
