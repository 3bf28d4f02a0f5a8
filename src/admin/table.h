// Every route of the operators' API in one table: who may call it, what they must show, where its work is
// done. A test compares it with openapi.yaml, both ways.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "admin/routes/handlers.h"

namespace claw::admin {

enum class Where : std::uint8_t {
  loop,      // At once: nothing here waits for a disk or a processor.
  records,   // Asks the index; one at a time.
  passwords, // Argon2id, the sealed store, other people's servers.
  long_,     // Goes through thousands of records.
  live,      // Answers later, or goes on: Live does it.
};

// What else holds for a route.
constexpr unsigned before_first = 1;   // Served while there is no admin.
constexpr unsigned is_foreign =
    2;  // Other people's servers and agents call it: no Origin, any Host, any body.
constexpr unsigned needs_session = 4;  // A signed-in person: no token, no socket.
constexpr unsigned no_token = 8;       // A person by name, or the operating system's user.
constexpr unsigned needs_fresh = 16;   // A second factor within the last minutes.

struct RouteRow {
  std::string_view method;
  std::string_view path;                  // `/api/v1/people/{name}`
  std::optional<operators::Scope> scope;  // None: no session is needed.
  Where where;
  routes::Route* run = nullptr;           // Null for the live ones and the API's own text.
  unsigned flags = 0;

  bool has(unsigned flag) const { return (flags & flag) != 0; }
};

std::span<const RouteRow> route_table();

}  // namespace claw::admin
