// Reads any bytes as SQL. Whatever they are: no crash, no sanitizer report, and facts that hold together.
#include <string_view>

#include "base/check.h"
#include "sql/postgres.h"

namespace {

// So short a text nests too little to need the big stack, and a thread for each would be most of the time.
constexpr std::size_t fuzzed_bytes_max = 4096;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size > fuzzed_bytes_max) return 0;
  const std::string text(bytes, bytes + size);
  const claw::sql::Facts facts = claw::sql::read_postgres(text);
  CLAW_CHECK(facts.understood == facts.why.empty());
  std::size_t top_level = 0;
  for (const claw::sql::Statement& statement : facts.statements) {
    if (!statement.inner) ++top_level;
    CLAW_CHECK(!statement.verb.empty());
    CLAW_CHECK(statement.tables.size() >= statement.reads.size());
    CLAW_CHECK(statement.tables.size() >= statement.writes.size());
  }
  if (facts.understood) CLAW_CHECK(top_level == facts.top_level);
  return 0;
}
