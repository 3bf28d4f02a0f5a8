// The pieces of a request that kinds look at, and secrets put together. Used by every kind that speaks to a
// token endpoint or signs, with the web's encodings of base/web.h. Knows no kind itself.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/web/encoding.h"
#include "vault/request.h"

namespace claw::vault {

Secret joined(std::initializer_list<std::string_view> parts);  // In one buffer: no half-made copies remain.

std::string_view path_of(std::string_view target);   // Without the query.
std::string_view query_of(std::string_view target);  // Without the `?`.

// The first header of that name, in any case; nothing when there is none.
std::optional<std::string_view> header_of(const Request& request, std::string_view name);

}  // namespace claw::vault
