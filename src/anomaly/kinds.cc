#include "anomaly/kinds.h"

#include "base/check.h"

namespace claw::anomaly {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::new_endpoint: return "new_endpoint";
    case Kind::new_verb: return "new_verb";
    case Kind::new_object: return "new_object";
    case Kind::new_host: return "new_host";
    case Kind::rate: return "rate";
    case Kind::denials: return "denials";
    case Kind::destructive: return "destructive";
  }
  check_failed("every kind has a name", __FILE__, __LINE__);
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const Kind kind : kinds) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace claw::anomaly
