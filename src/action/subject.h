// What the builders of subjects share: where facts are kept, and which of them are unknown when an action
// was cut or not understood. Only the builders of this folder use it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "cel/arena.h"
#include "cel/value.h"

namespace claw::action {

// A map from text whose entries live elsewhere: a span of key, value, key, value. With `any_spelling` keys
// are found whatever their case.
class TextMap final : public cel::Map {
 public:
  TextMap(std::span<const cel::Value> entries, bool any_spelling)
      : entries_(entries), any_spelling_(any_spelling) {}
  std::size_t size() const override { return entries_.size() / 2; }
  cel::Value key_at(std::size_t i) const override { return entries_[2 * i]; }
  std::optional<cel::Value> find(const cel::Value& key) const override;

 private:
  std::span<const cel::Value> entries_;
  bool any_spelling_;
};

// Makes lists and maps in an arena. Text is viewed where it is and must outlive them.
class Keeper {
 public:
  explicit Keeper(cel::Arena& arena) : arena_(arena) {}

  cel::Value list(const std::vector<cel::Value>& values);
  cel::Value texts(std::span<const std::string> texts);
  cel::Value map(const std::vector<cel::Value>& entries, bool any_spelling = false);
  cel::Arena& arena() { return arena_; }

 private:
  cel::Arena& arena_;
};

// Replaces the facts this action cannot honestly have; `own` is complete and in slot order.
void forget_unknown(Family family, bool truncated, bool understood, std::span<cel::Value> own);

}  // namespace claw::action
