// Where accepted definitions of MCP servers are kept: one file of the state folder, replaced as a whole. It
// is no secret; who can change it runs as the gateway.
#pragma once

#include <memory>
#include <string>

#include "pins/board.h"

namespace claw::store {

constexpr std::size_t pins_file_bytes_max = 64
                                            << 20;  // Dozens of servers with hundreds of long descriptions.

std::shared_ptr<pins::Keeper> pins_file(const std::string& folder);

}  // namespace claw::store
