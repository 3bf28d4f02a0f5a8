// Numbers of HCL expressions as plain decimal text (`-12.5`, never an exponent), so that no literal loses a
// digit before someone decides it fits. Arithmetic is done in 512-bit binary floating point, as HCL does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/tree.h"

namespace claw::config {

constexpr std::size_t number_digits_max = 1000;  // A longer number is no setting but an attack on memory.

Result<std::string> parse_decimal(std::string_view literal);  // `1e3` becomes `1000`, `5.0` becomes `5`.
Result<std::string> calculate(std::string_view symbol, const std::string& left, const std::string& right);
int compare_decimals(const std::string& left, const std::string& right);  // Like strcmp.
std::string negate_decimal(const std::string& number);

// The number of the tree; `written` is what the person wrote, or the same as `decimal`.
Number to_number(const std::string& decimal, std::string_view written);

}  // namespace claw::config
