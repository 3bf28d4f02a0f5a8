#include <cstddef>
#include <cstdint>

#include "cel/program.h"

// Whatever the text: no crash, and what checks also compiles. Nothing is evaluated here.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace claw::cel;
  static const Environment environment({{"sql.verb", Type::string(), true},
                                        {"sql.tables", Type::list(Type::string())},
                                        {"http.headers", Type::map(Type::string(), Type::string())},
                                        {"body", Type::dyn()}});
  const std::string source(bytes, bytes + size);
  Issues issues;
  const auto program = build(source, environment, &issues);
  CLAW_CHECK(program.ok() || !issues.empty());
  for (const Issue& issue : issues) CLAW_CHECK(issue.offset + issue.length <= source.size() + 1);
  return 0;
}
