// What another policy would have said of recorded actions: which verdicts change, how often, by which rules.
// Takes records one by one, on as many threads as there are Simulations, which are put together at the end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "trial/judge.h"

namespace claw::trial {

// A recorded action that stands for many.
struct Example {
  std::uint64_t seq = 0;
  std::string action;
  std::string time;
  std::string agent;
  std::string summary;
};

// All that changed alike.
struct Change {
  std::string endpoint;
  policy::Outcome was = policy::Outcome::allow;
  std::string rule_was;    // As recorded; empty: no rule.
  policy::Outcome would = policy::Outcome::allow;
  std::string rule_would;
  std::int64_t count = 0;
  Example first;           // The earliest of them.
};

struct Outcome {
  std::int64_t records = 0;   // Of actions that were looked at.
  std::int64_t judged = 0;
  std::int64_t changed = 0;
  std::map<std::string, std::int64_t> not_judged;  // How many, by why.
  std::vector<Change> changes;                     // The most frequent first.
};

class Simulation {
 public:
  explicit Simulation(std::shared_ptr<const config::Snapshot> candidate) : judge_(std::move(candidate)) {}

  // `record`: of kind `judged`.
  void take(std::uint64_t seq, const json::Value& record);
  void merge(Simulation&& other);
  Outcome finish();

 private:
  using Key = std::tuple<std::string, policy::Outcome, std::string, policy::Outcome, std::string>;
  struct Found {
    std::int64_t count = 0;
    Example first;
  };
  void change(std::uint64_t seq, const json::Value& record, policy::Outcome was, const Said& said);

  Judge judge_;
  std::int64_t records_ = 0;
  std::int64_t judged_ = 0;
  std::map<std::string, std::int64_t> not_judged_;
  std::map<Key, Found> changes_;
};

}  // namespace claw::trial
