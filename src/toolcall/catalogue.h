// Which tools there are for whom. Each shelf adds what it has for one profile at one tool endpoint, by the
// policy of now; an agent is listed, and may call, what is on a shelf, and nothing else.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "toolcall/tool.h"

namespace claw::toolcall {

using Catalogue = std::vector<std::shared_ptr<const Tool>>;

struct Asker {
  const config::Snapshot& snapshot;
  const config::Endpoint& endpoint;  // The tool endpoint.
  std::string_view profile;
  std::string_view agent = {};
};
using Shelf = std::function<void(const Asker& asker, Catalogue& into)>;

// On every tool endpoint: SQL and requests, for profiles that reach an endpoint of that protocol.
void add_built_in(const Asker& asker, Catalogue& into);

// As it is called: `postgres.query`, or `postgres_query` where names may have no dot. Null: there is none.
std::shared_ptr<const Tool> find_tool(const Catalogue& catalogue, std::string_view name);

}  // namespace claw::toolcall
