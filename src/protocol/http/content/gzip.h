// A body in gzip (RFC 1952), for requests of the gateway's own. The same bytes give the same bytes: no time
// and no name stand in it.
#pragma once

#include <string>
#include <string_view>

namespace claw::http {

std::string gzip(std::string_view bytes);

}  // namespace claw::http
