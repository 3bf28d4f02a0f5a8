#include "action/subject.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace claw::action {

std::optional<cel::Value> TextMap::find(const cel::Value& key) const {
  if (!key.is(cel::Kind::string)) return std::nullopt;
  const std::string_view wanted = key.as_text();
  for (std::size_t i = 0; i < size(); ++i) {
    const std::string_view name = key_at(i).as_text();
    if (any_spelling_ ? equals_ignoring_case(name, wanted) : name == wanted) return entries_[2 * i + 1];
  }
  return std::nullopt;
}

cel::Value Keeper::list(const std::vector<cel::Value>& values) {
  const std::span<cel::Value> kept = arena_.array<cel::Value>(values.size());
  std::copy(values.begin(), values.end(), kept.begin());
  return cel::Value::list(std::span<const cel::Value>(kept));
}

cel::Value Keeper::texts(std::span<const std::string> texts) {
  const std::span<cel::Value> kept = arena_.array<cel::Value>(texts.size());
  std::transform(texts.begin(), texts.end(), kept.begin(),
                 [](const std::string& each) { return cel::Value::string(each); });
  return cel::Value::list(std::span<const cel::Value>(kept));
}

cel::Value Keeper::map(const std::vector<cel::Value>& entries, bool any_spelling) {
  const std::span<cel::Value> kept = arena_.array<cel::Value>(entries.size());
  std::copy(entries.begin(), entries.end(), kept.begin());
  return cel::Value::map(*arena_.make<TextMap>(kept, any_spelling));
}

void forget_unknown(Family family, bool truncated, bool understood, std::span<cel::Value> own) {
  const std::span<const Fact> facts = schema(family);
  CLAW_CHECK(own.size() == runs(family).own);
  if (!truncated && understood) return;
  for (std::size_t slot = 0; slot < own.size(); ++slot) {
    cel::Causes causes;
    if (truncated && facts[slot].truncatable) causes = causes | cel::Cause::truncated;
    if (!understood && facts[slot].unparsable) causes = causes | cel::Cause::unparsed;
    if (!causes.empty()) own[slot] = cel::Value::unknown(causes);
  }
}

}  // namespace claw::action
