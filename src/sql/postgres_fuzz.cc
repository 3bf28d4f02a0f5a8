// Reads any bytes as SQL. Whatever they are: no crash, no sanitizer report, and facts that hold together.
#include <string_view>

#include "base/check.h"
#include "sql/big_stack.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  claw::sql::on_big_stack([&] {
    const claw::sql::Facts facts = claw::sql::read_postgres(text);
    CLAW_CHECK(facts.understood == facts.why.empty());
    std::size_t top_level = 0;
    for (const claw::sql::Statement& statement : facts.statements) {
      if (!statement.inner) ++top_level;
      CLAW_CHECK(!statement.verb.empty());
      CLAW_CHECK(statement.tables.size() >= statement.reads.size());
    }
    if (facts.understood) CLAW_CHECK(top_level == facts.top_level);
  });
  return 0;
}
