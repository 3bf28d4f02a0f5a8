// simulate: which verdicts on record another policy would change.
#include <fmt/format.h>

#include "base/text.h"
#include "main/replay/look_back.h"
#include "main/speak.h"
#include "main/table.h"
#include "main/verbs.h"
#include "trial/simulation.h"

namespace claw::verbs {

namespace {

constexpr std::size_t summary_bytes_max = 80;

std::string rule_text(const std::string& rule) { return rule.empty() ? "(no rule)" : printable(rule, 60); }

void append_change(json::Writer& out, const trial::Change& change) {
  out.begin_object();
  out.member("endpoint", change.endpoint);
  out.member("was", policy::name_of(change.was));
  out.member("would", policy::name_of(change.would));
  out.member("rule_was", change.rule_was);
  out.member("rule_would", change.rule_would);
  out.member("count", change.count);
  out.key("example");
  out.begin_object();
  out.member("action", change.first.action);
  out.member("time", change.first.time);
  out.member("agent", change.first.agent);
  out.member("summary", change.first.summary);
  out.end_object();
  out.end_object();
}

void print_json(const trial::Outcome& outcome) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("actions", outcome.records);
  out.member("judged", outcome.judged);
  out.member("changed", outcome.changed);
  out.key("changes");
  out.begin_array();
  for (const trial::Change& change : outcome.changes) append_change(out, change);
  out.end_array();
  out.key("not_judged");
  out.begin_object();
  for (const auto& [why, count] : outcome.not_judged) out.member(why, count);
  out.end_object();
  out.end_object();
  print("{}\n", text);
}

void print_text(const trial::Outcome& outcome) {
  if (!outcome.changes.empty()) {
    Table table({"COUNT", "WAS", "WOULD", "ENDPOINT", "RULE", "RULE THEN", "FOR EXAMPLE"});
    for (const trial::Change& change : outcome.changes) {
      table.add(
          {std::to_string(change.count), std::string(policy::name_of(change.was)),
           std::string(policy::name_of(change.would)), printable(change.endpoint, 60),
           rule_text(change.rule_would), rule_text(change.rule_was),
           printable(change.first.action, 60) + " " + printable(change.first.summary, summary_bytes_max)});
    }
    table.print();
    print("\n");
  }
  std::int64_t not_judged = 0;
  for (const auto& [why, count] : outcome.not_judged) not_judged += count;
  print("{} of {} judged again would change; {} cannot be judged again{}\n", outcome.changed, outcome.judged,
        not_judged, not_judged == 0 ? "" : ":");
  for (const auto& [why, count] : outcome.not_judged) print("{:>8}  {}\n", count, printable(why, 200));
}

}  // namespace

int simulate(const Simulate& options) {
  const Opened candidate = open_policy(options.config);
  if (candidate.policy == nullptr) return wrong_usage;
  Result<Back> back = back_of(options.state_dir, options.since, options.until);
  if (!back) return misuse(back.error().text(), "--state-dir names the gateway's state folder");
  back->endpoint = options.endpoint;
  back->agent = options.agent;
  std::vector<std::unique_ptr<trial::Simulation>> simulations;
  for (std::size_t i = 0; i < takers(); ++i) {
    simulations.push_back(std::make_unique<trial::Simulation>(candidate.policy));
  }
  const Status looked =
      look_back(*back, simulations.size(), [&](std::size_t taker, const audit::Record& record) {
        simulations[taker]->take(record.seq, record.members);
      });
  if (!looked) return misuse(looked.error().text(), "`clawpatrol audit verify` tells what is wrong with it");
  for (std::size_t i = 1; i < simulations.size(); ++i) simulations.front()->merge(std::move(*simulations[i]));
  const trial::Outcome outcome = simulations.front()->finish();
  if (options.json) print_json(outcome);
  else print_text(outcome);
  if (close_output(ok) != ok) return wrong_usage;
  return outcome.changed == 0 ? ok : failed;
}

}  // namespace claw::verbs
