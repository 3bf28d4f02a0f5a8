// The maps of an HTTP request, for http.cc: each name once, with every value that was sent under it, so that
// a second header or field of that name cannot hide from a rule.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "action/body/form.h"
#include "cel/arena.h"
#include "cel/value.h"

namespace claw::action {

cel::Value map_of_fields(std::span<const Named> fields, cel::Arena& arena);   // Names compared exactly.
cel::Value map_of_headers(std::span<const Named> headers,
                          cel::Arena& arena);  // `X-Api-Key`, found in any spelling.
cel::Value map_of_cookies(std::span<const Named> headers, cel::Arena& arena);

// `X-HTTP-Method-Override` and its kin, also written with underscores, which gateways turn into dashes.
bool is_override_header(std::string_view name);

// The only header of that name; with `count`, how many there are.
std::optional<std::string_view> find_header(std::span<const Named> headers, std::string_view name,
                                            std::size_t* count = nullptr);

}  // namespace claw::action
