// The single resources that a server lists: data, and no definitions. They come and go, so nobody could
// accept each; what is passed on of them is only what cannot speak to a model: the URI, a plain name and a
// media type. Reading one is judged by rules, see texts.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace claw::toolcall::upstream {

constexpr std::size_t resources_max = 500;          // Of one server: no client shows more.
constexpr std::size_t resource_uri_bytes_max = 1024;  // Each is a line in what a model reads.

struct Resource {
  std::string uri;   // As the server has it.
  std::string name;  // The server's where it is one word; otherwise the URI.
  std::string type;  // `text/plain`; may be empty.
};

// Appends one page of `resources/list`; what is none, reads like an order or is too long is passed over, and
// so is all beyond `resources_max`. An error: it is no such page.
Status read_resources(const json::Value& page, std::vector<Resource>& into);

bool is_plain_uri(std::string_view text);  // Visible ASCII with a scheme.

}  // namespace claw::toolcall::upstream
