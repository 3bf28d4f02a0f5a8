// What a body says it is: Content-Type (RFC 9110 §8.3), taken apart strictly. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cel/arena.h"

namespace claw::action {

struct MediaType {
  std::string_view name;      // `application/json`: lower case, without parameters; empty: not said.
  std::string_view charset;   // Lower case; empty: not said.
  std::string_view boundary;
  bool is_json() const;       // Also `application/vnd.api+json`.
  bool is_text_we_read() const;  // UTF-8, or its subset ASCII, as far as it says.
};

// `text` must outlive the answer. An error for what two readers could take for two types.
Result<MediaType> read_media_type(std::string_view text, cel::Arena& arena);

}  // namespace claw::action
