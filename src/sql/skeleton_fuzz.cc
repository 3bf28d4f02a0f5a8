// A text and the same with other numbers: what the cache answers for the second, having read the first, is
// what reading it says.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "sql/cache.h"
#include "sql/postgres.h"
#include "sql/skeleton.h"

namespace {

using namespace claw::sql;

constexpr std::size_t fuzzed_bytes_max = 4096;  // As postgres_fuzz.cc.

// Every `0` that the skeleton has put in the place of a number becomes this one; the digits it kept stay,
// they do not stand alone.
std::string with_number(std::string_view skeleton, std::string_view number) {
  constexpr std::string_view edges = " \t\r\n(),;=";
  const auto is_edge = [&](std::size_t at) {
    return at >= skeleton.size() || edges.find(skeleton[at]) != edges.npos;
  };
  std::string out;
  for (std::size_t i = 0; i < skeleton.size(); ++i) {
    const bool free = skeleton[i] == '0' && i > 0 && is_edge(i - 1) && is_edge(i + 1);
    out += free ? number : skeleton.substr(i, 1);
  }
  return out;
}

void check_same(const Statement& a, const Statement& b) {
  CLAW_CHECK(a.verb == b.verb && a.effects == b.effects);
  CLAW_CHECK(a.tables == b.tables && a.reads == b.reads && a.writes == b.writes);
  CLAW_CHECK(a.functions == b.functions && a.columns == b.columns && a.objects == b.objects);
  CLAW_CHECK(a.has_where == b.has_where && a.inner == b.inner && a.destructive == b.destructive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string text(bytes, bytes + std::min(size, fuzzed_bytes_max));
  const auto skeleton = skeleton_of(text);
  if (!skeleton) return 0;
  Cache cache(read_postgres);
  cache.read(text);
  for (const std::string_view number : {"0", "1", "999999999"}) {
    const std::string other = with_number(*skeleton, number);
    CLAW_CHECK(skeleton_of(other) == skeleton);
    const Cache::Found found = cache.read(other);
    const auto& cached = found.facts;
    const Facts fresh = read_postgres(other);
    if (!fresh.syntax_error.empty()) continue;  // `float(99)`: the server says so too.
    CLAW_CHECK(cached->understood == fresh.understood);
    CLAW_CHECK(cached->statements.size() == fresh.statements.size());
    for (std::size_t i = 0; i < fresh.statements.size(); ++i) {
      check_same(cached->statements.at(i), fresh.statements.at(i));
      CLAW_CHECK(found.own.value_or(cached->statements.at(i).text) == fresh.statements.at(i).text);
    }
  }
  return 0;
}
