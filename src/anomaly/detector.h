// Compares what each agent does with what it did before, by plain statistics, and says in words what is
// unlike it. It is shown every action in the order of the journal, keeps a bounded history of each agent, and
// decides nothing: what follows from a finding is for rules and people. Pure; times are the records'.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "anomaly/kinds.h"
#include "base/result.h"

namespace claw::anomaly {

constexpr std::size_t agents_max =
    500;  // With a history; who was silent longest makes room, and learns anew.

class Detector {
 public:
  explicit Detector(Settings settings);
  ~Detector();
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  void use(Settings settings);
  std::vector<Finding> judged(const Seen& seen);
  std::vector<Finding> moved(const Moved& moved);

  std::size_t agents() const { return agents_.size(); }
  bool is_learning(const std::string& agent, std::int64_t time_us) const;  // Also of one nobody knows.

  // What is kept over a restart; `through` is the last record that is in it.
  std::string save(std::uint64_t through) const;
  Result<std::uint64_t> restore(std::string_view saved);  // `through`, or why it is no such text.

 private:
  struct Agent;
  Agent& agent(const std::string& name, std::int64_t time_us);
  bool is_known(const Agent& agent, std::int64_t time_us) const;
  void names(Agent& agent, const Seen& seen, std::vector<Finding>& found) const;
  void rates(Agent& agent, const Seen& seen, std::vector<Finding>& found) const;
  void denials(Agent& agent, const Seen& seen, std::vector<Finding>& found) const;

  Settings settings_;
  std::unordered_map<std::string, std::unique_ptr<Agent>> agents_;
};

}  // namespace claw::anomaly
