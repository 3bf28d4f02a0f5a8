// What belongs to one execution of an action: its bound values, and how the agent stands, which is what it
// did before and on whose behalf. guard/ fills the standing in from its ledger where a rule asks for it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "action/action.h"

namespace claw::action {

struct Standing {
  std::int64_t actions = 0;      // Judged before this one, whatever became of them.
  std::int64_t denied = 0;
  std::int64_t destructive = 0;  // That were allowed.
  std::vector<std::string> labels = {};  // Set by rules, sorted.
  std::string owner = {};        // The person the agent acts for; empty: nobody is named.
  std::vector<std::string> anomalies = {};  // Kinds of what was unlike it of late, sorted.
  bool break_glass = false;      // Somebody broke the glass for the agent's profile.
};

// The facts of both. Views them where they are and allocates nothing; neither it nor what it was made from
// may move while its facts are in use.
class Call {
 public:
  Call(const Action& action, const Standing& standing)
      : parameters_(action.parameters),
        labels_(standing.labels),
        anomalies_(standing.anomalies),
        facts_{cel::Value::list(parameters_),
               cel::Value::int64(std::max<std::int64_t>(action.rows_counted, 0)),
               cel::Value::int64(standing.actions),
               cel::Value::int64(standing.denied),
               cel::Value::int64(standing.destructive),
               cel::Value::list(labels_),
               cel::Value::string(standing.owner),
               cel::Value::list(anomalies_)} {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // The `call` run: only SQL has bound values and counted rows.
  std::span<const cel::Value> facts(Family family) const {
    return std::span<const cel::Value>(facts_).subspan(family == Family::sql ? 0 : 2);
  }

 private:
  class Bound final : public cel::List {
   public:
    explicit Bound(std::span<const Parameter> parameters) : parameters_(parameters) {}
    std::size_t size() const override { return parameters_.size(); }
    cel::Value at(std::size_t i) const override {
      const Parameter& value = parameters_[i];
      return value ? cel::Value::string(*value) : cel::Value::null();
    }

   private:
    std::span<const Parameter> parameters_;
  };

  class Texts final : public cel::List {
   public:
    explicit Texts(std::span<const std::string> texts) : texts_(texts) {}
    std::size_t size() const override { return texts_.size(); }
    cel::Value at(std::size_t i) const override { return cel::Value::string(texts_[i]); }

   private:
    std::span<const std::string> texts_;
  };

  Bound parameters_;
  Texts labels_;
  Texts anomalies_;
  cel::Value facts_[8];
};

}  // namespace claw::action
