// The facts of one execution: bound values, and how the agent stands. Views them where they are and allocates
// nothing; neither it nor what it was made from may move while its facts are in use.
#pragma once

#include <span>
#include <string>

#include "action/action.h"
#include "action/standing.h"

namespace claw::action {

class Call {
 public:
  Call(std::span<const Parameter> parameters, const Standing& standing)
      : parameters_(parameters),
        labels_(standing.labels),
        facts_{cel::Value::list(parameters_),
               cel::Value::int64(standing.actions),
               cel::Value::int64(standing.denied),
               cel::Value::int64(standing.destructive),
               cel::Value::list(labels_),
               cel::Value::string(standing.owner)} {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // The `call` run: only SQL has bound values.
  std::span<const cel::Value> facts(Family family) const {
    return std::span<const cel::Value>(facts_).subspan(family == Family::sql ? 0 : 1);
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

  class Labels final : public cel::List {
   public:
    explicit Labels(std::span<const std::string> labels) : labels_(labels) {}
    std::size_t size() const override { return labels_.size(); }
    cel::Value at(std::size_t i) const override { return cel::Value::string(labels_[i]); }

   private:
    std::span<const std::string> labels_;
  };

  Bound parameters_;
  Labels labels_;
  cel::Value facts_[6];
};

}  // namespace claw::action
