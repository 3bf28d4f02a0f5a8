// Puts calls of tools that others have labelled before the pack `mcp-guarded`: what they refuse must never
// pass unasked, and what they let pass must not be refused. Twice: as a server's tools come, and with those
// named `reads_only` that read by their names, as an operator would. What servers say is looked at for signs.
// `-v` lists every case that is not as labelled.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "action/mcp/mcp.h"
#include "action/sql.h"
#include "base/corpora/corpora_for_test.h"
#include "config/load.h"
#include "pins/definition.h"
#include "policy/ruleset.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::string_view reading[] = {"read", "get",      "list",     "search", "find",
                                        "view", "cat",      "open",     "fetch",  "http_get",
                                        "grep", "retrieve", "navigate", "lookup"};

bool reads_by_name(std::string_view tool) {
  return std::ranges::any_of(reading, [&](std::string_view each) { return tool.starts_with(each); });
}

policy::Decision judge(const config::Endpoint& endpoint, const json::Value& row, bool believes_names) {
  action::McpCall call;
  call.server = endpoint.name;
  call.method = "tools/call";
  call.tool = row.text_or("tool", "");
  if (const json::Value* arguments = row.find("arguments");
      arguments != nullptr && arguments->object() != nullptr) {
    call.arguments = *arguments;
  }
  if (believes_names && reads_by_name(call.tool)) {
    call.reads_only = true;
    call.destructive = false;
  }
  action::Action action;
  action.context = action::make_context(endpoint.family, {{}, endpoint.typed, {}, "case"});
  action.subject = action::make_mcp_subject(std::move(call));
  cel::Arena arena;
  return endpoint.ruleset->judge(action, arena);
}

struct Counts {
  std::size_t calls = 0, denied = 0, asked = 0;             // By label: all, `deny`, `ask`.
  std::size_t let_through = 0, refused = 0,
              false_alarms = 0;  // `deny` allowed; `ask` denied; of `deny`, asked about.
  std::size_t passed = 0;                                   // `ask` allowed.
};

void count(const config::Endpoint& endpoint, const json::Value& row, bool believes_names, bool verbose,
           Counts& counts) {
  const policy::Decision decision = judge(endpoint, row, believes_names);
  const bool is_denied = row.text_or("label", "") == "deny";
  const bool is_allowed = decision.outcome == policy::Outcome::allow;
  const bool is_refused = decision.outcome == policy::Outcome::deny;
  ++counts.calls;
  ++(is_denied ? counts.denied : counts.asked);
  counts.let_through += is_denied && is_allowed ? 1 : 0;
  counts.false_alarms += is_denied && !is_allowed && !is_refused ? 1 : 0;
  counts.refused += !is_denied && is_refused ? 1 : 0;
  counts.passed += !is_denied && is_allowed ? 1 : 0;
  if (!verbose || !((is_denied && is_allowed) || (!is_denied && is_refused))) return;
  const json::Value* arguments = row.find("arguments");
  fmt::print("{} {}: {} by {}, labelled {}\n", row.text_or("tool", ""),
             arguments != nullptr ? json::format(*arguments) : "", policy::name_of(decision.outcome),
             decision.rule_name, row.text_or("label", ""));
}

void print(std::string_view how, const Counts& counts) {
  fmt::print(
      "  {}: let through {} of {} to be refused, asked about {} of them; of {} others refused {}, let pass "
      "{}\n",
      how, counts.let_through, counts.denied, counts.false_alarms, counts.asked, counts.refused,
      counts.passed);
}

// What servers say: descriptions wait for a person whatever they are; texts reach agents with their signs
// noted.
struct Said {
  std::size_t bad = 0, marked = 0, good = 0, marked_wrongly = 0;
};
void look(const json::Value& row, Said& said) {
  const json::Value* fields = row.find("fields");
  if (fields == nullptr) return;
  const bool is_marked = !pins::signs_in(*fields).empty();
  const bool is_bad = row.text_or("label", "") == "deny";
  ++(is_bad ? said.bad : said.good);
  said.marked += is_bad && is_marked ? 1 : 0;
  said.marked_wrongly += row.text_or("label", "") == "allow" && is_marked ? 1 : 0;
}

int run(bool verbose) {
  std::ifstream file(corpora_folder() + "/mcp_redteam.jsonl");
  if (!file) return fmt::print("mcp_redteam: skipped, the collection is not there\n"), 0;
  const config::LoadResult loaded = config::load_text(
      "a.hcl", "schema_version = 2\nendpoint \"mcp\" \"any\" {\n  url = \"https://mcp.example/mcp\"\n"
               "  use = [\"mcp-guarded\"]\n}\n");
  if (loaded.snapshot == nullptr) return fmt::print("{}", loaded.report()), 1;
  const config::Endpoint& endpoint = loaded.snapshot->endpoints.front();
  Counts as_it_comes;
  Counts by_name;
  Said said;
  for (std::string line; std::getline(file, line);) {
    const Result<json::Value> row = json::parse(line);
    CLAW_CHECK(row.ok());
    if (row->text_or("kind", "") != "tools/call") {
      look(*row, said);
      continue;
    }
    count(endpoint, *row, false, verbose, as_it_comes);
    count(endpoint, *row, true, verbose, by_name);
  }
  const std::size_t wrong = as_it_comes.let_through + as_it_comes.refused;
  fmt::print("mcp_redteam: passed {} of {}\n", as_it_comes.calls - wrong, as_it_comes.calls);
  print("as tools come", as_it_comes);
  print("readers named", by_name);
  fmt::print("  what servers say: marked {} of {} that are attacks, and {} that are none of {} others\n",
             said.marked, said.bad, said.marked_wrongly, said.good);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace claw::toolcall::upstream

int main(int count, char** arguments) {
  return claw::toolcall::upstream::run(count > 1 && std::string_view(arguments[1]) == "-v");
}
