// The string functions of the core language.
#include <array>

#include "base/text.h"
#include "cel/functions.h"
#include "cel/library/characters.h"

namespace claw::cel {
namespace {

Value text_size(const Call& call) {
  return call.budget.spend_bytes(call.text(0).size())
             ? Value::int64(static_cast<std::int64_t>(characters(call.text(0))))
             : too_costly();
}
Value bytes_size(const Call& call) { return Value::int64(static_cast<std::int64_t>(call.text(0).size())); }
Value collection_size(const Call& call) { return Value::int64(static_cast<std::int64_t>(call[0].size())); }

Value starts_with(const Call& call) { return Value::boolean(call.text(0).starts_with(call.text(1))); }
Value ends_with(const Call& call) { return Value::boolean(call.text(0).ends_with(call.text(1))); }
Value contains(const Call& call) {
  if (!call.budget.spend_bytes(call.text(0).size())) return too_costly();
  return Value::boolean(call.text(0).find(call.text(1)) != std::string_view::npos);
}

constexpr std::array declarations = {
    Declaration{"size", "(string) int; string.() int", text_size},
    Declaration{"size", "(bytes) int; bytes.() int", bytes_size},
    Declaration{"size", "(list(A)) int; list(A).() int; (map(A, B)) int; map(A, B).() int", collection_size},
    Declaration{"startsWith", "string.(string) bool", starts_with},
    Declaration{"endsWith", "string.(string) bool", ends_with},
    Declaration{"contains", "string.(string) bool", contains},
};

}  // namespace

std::span<const Declaration> text_declarations() { return declarations; }

}  // namespace claw::cel
