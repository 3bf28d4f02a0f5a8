// Evaluates an HCL expression. A configuration is read with an empty Scope: it has neither variables nor
// functions, so only constants succeed; the conformance program and the tests bring both. What is wrong is
// reported with its place and becomes unknown, which spreads silently.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "base/result.h"
#include "config/hcl/expression.h"
#include "config/hcl/value.h"

namespace claw::config {

using Function = std::function<Result<Value>(std::span<const Value>)>;

struct Scope {
  std::map<std::string, Value, std::less<>> variables;
  std::map<std::string, Function, std::less<>> functions;
};

Value evaluate(const Expression& expression, const Scope& scope, Diagnostics& diagnostics);

// Values made and bytes copied by one expression: nested loops over constants double at every level.
constexpr std::size_t evaluation_cost_max = 64 * 1024 * 1024;

}  // namespace claw::config
