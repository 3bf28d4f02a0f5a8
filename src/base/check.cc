#include "base/check.h"

#include <cstdio>
#include <cstdlib>

#include "base/result.h"

namespace claw {

void check_failed(std::string_view condition, std::string_view file, int line) {
  std::fprintf(stderr, "%.*s:%d: broken invariant: %.*s\n", static_cast<int>(file.size()), file.data(), line,
               static_cast<int>(condition.size()), condition.data());
  std::abort();
}

std::string_view name_of(Code code) {
  switch (code) {
    case Code::invalid: return "invalid";
    case Code::limit: return "limit";
    case Code::unsupported: return "unsupported";
    case Code::not_found: return "not_found";
    case Code::denied: return "denied";
    case Code::unavailable: return "unavailable";
    case Code::timeout: return "timeout";
  }
  return "invalid";
}

}  // namespace claw
