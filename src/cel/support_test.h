// What the tests of this folder share: a few variables, their values, and one line to evaluate with.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cel/functions.h"
#include "cel/program.h"

namespace claw::cel {

class Facts final : public Activation {
 public:
  explicit Facts(const Environment& environment) : environment_(environment) {}
  Facts& set(std::string_view name, Value value) {
    values_[environment_.find(name).value()] = value;
    return *this;
  }
  Value fact(std::uint32_t slot) const override {
    const auto found = values_.find(slot);
    return found == values_.end() ? Value::absent() : found->second;
  }

 private:
  const Environment& environment_;
  std::map<std::uint32_t, Value> values_;
};

inline const Environment& actions() {
  static const Environment environment({
      {"sql.verb", Type::string(), true},
      {"sql.tables", Type::list(Type::string()), false},
      {"sql.functions", Type::list(Type::string()), true},
      {"sql.statement", Type::string(), false},
      {"http.headers", Type::map(Type::string(), Type::string()), false},
      {"http.body_json", Type::dyn(), false},
      {"http.status", Type::int64(), false},
      {"flag", Type::boolean(), false},
  });
  return environment;
}

inline Program must_build(std::string_view source) {
  Result<Program> program = build(source, actions());
  EXPECT_TRUE(program.ok()) << source << ": " << (program.ok() ? "" : program.error().text());
  if (!program.ok()) return *build("false", actions());
  return *std::move(program);
}

// The value as a word: `true`, `unknown`, `error: …`, or its text.
inline std::string evaluated(std::string_view source, const Facts& facts) {
  Arena arena;
  const Program program = must_build(source);  // Its constants may be the answer.
  const Value value = program.evaluate(facts, arena);
  return value.is(Kind::error) ? "error: " + format_value(value) : format_value(value);
}
inline std::string evaluated(std::string_view source) { return evaluated(source, Facts(actions())); }

inline std::string complaint(std::string_view source) {
  const Result<Program> program = build(source, actions());
  return program.ok() ? "" : program.error().text();
}

}  // namespace claw::cel
