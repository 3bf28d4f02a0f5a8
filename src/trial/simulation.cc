#include "trial/simulation.h"

#include <algorithm>

namespace claw::trial {

void Simulation::take(std::uint64_t seq, const json::Value& record) {
  ++records_;
  const Said said = judge_.judge(record);
  if (!said.not_judged.empty()) {
    ++not_judged_[said.not_judged];
    return;
  }
  ++judged_;
  const policy::Outcome was = decided_then(record);
  if (was != said.outcome) change(seq, record, was, said);
}

void Simulation::change(std::uint64_t seq, const json::Value& record, policy::Outcome was, const Said& said) {
  Found& found = changes_[Key(record.text_or("endpoint", ""), was, record.text_or("rule", ""), said.outcome,
                              std::string(said.rule))];
  ++found.count;
  if (found.first.seq != 0 && found.first.seq <= seq) return;
  found.first = {seq, record.text_or("action", ""), record.text_or("time", ""), record.text_or("agent", ""),
                 record.text_or("summary", "")};
}

void Simulation::merge(Simulation&& other) {
  records_ += other.records_;
  judged_ += other.judged_;
  for (const auto& [why, count] : other.not_judged_) not_judged_[why] += count;
  for (auto& [key, theirs] : other.changes_) {
    Found& ours = changes_[key];
    ours.count += theirs.count;
    if (ours.first.seq == 0 || theirs.first.seq < ours.first.seq) ours.first = std::move(theirs.first);
  }
}

Outcome Simulation::finish() {
  Outcome outcome{records_, judged_, 0, std::move(not_judged_), {}};
  for (auto& [key, found] : changes_) {
    const auto& [endpoint, was, rule_was, would, rule_would] = key;
    outcome.changed += found.count;
    outcome.changes.push_back(
        {endpoint, was, rule_was, would, rule_would, found.count, std::move(found.first)});
  }
  std::ranges::sort(outcome.changes, [](const Change& a, const Change& b) {
    return std::tie(b.count, a.first.seq) < std::tie(a.count, b.first.seq);
  });
  return outcome;
}

}  // namespace claw::trial
