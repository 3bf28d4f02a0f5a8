// What a condition is evaluated against: the three runs of a family's facts, seen as one. It owns
// nothing; the subject, the context and the call it was made from must outlive it.
#pragma once

#include <span>

#include "cel/program.h"

namespace claw::action {

class Facts final : public cel::Activation {
 public:
  Facts(std::span<const cel::Value> own, std::span<const cel::Value> context,
        std::span<const cel::Value> call)
      : own_(own), context_(context), call_(call) {}

  cel::Value fact(std::uint32_t slot) const override {
    if (slot < own_.size()) return own_[slot];
    slot -= static_cast<std::uint32_t>(own_.size());
    if (slot < context_.size()) return context_[slot];
    slot -= static_cast<std::uint32_t>(context_.size());
    return slot < call_.size() ? call_[slot] : cel::Value::absent();
  }

 private:
  std::span<const cel::Value> own_;
  std::span<const cel::Value> context_;
  std::span<const cel::Value> call_;
};

}  // namespace claw::action
