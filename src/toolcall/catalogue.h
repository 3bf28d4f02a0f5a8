// Which tools there are for whom. Each shelf adds what it has for one profile at one tool endpoint, by the
// policy of now; an agent is listed, and may call, what is on a shelf, and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "toolcall/tool.h"

namespace claw::toolcall {

using Catalogue = std::vector<std::shared_ptr<const Tool>>;

struct Asker {
  const std::shared_ptr<const config::Snapshot>& kept;
  const config::Endpoint& endpoint;  // The tool endpoint.
  std::string_view profile;
  std::string_view agent = {};
  const config::Snapshot& snapshot = *kept;
};

struct Shelf {
  std::function<void(const Asker& asker, Catalogue& into)> fill;
  // Another number once it would fill in something else for the same policy; none: it never does.
  std::function<std::uint64_t()> edition = {};
};

// All shelves. What stands on them is gathered once for each profile, until a shelf or the policy changes.
class Shelves {
 public:
  explicit Shelves(std::vector<Shelf> shelves) : shelves_(std::move(shelves)) {}

  const Catalogue& catalogue(const Asker& asker);  // Good until the next question.
  // As it is called: `postgres.query`, or `postgres_query` where names may have no dot. Null: there is none.
  std::shared_ptr<const Tool> find(const Asker& asker, std::string_view name);

 private:
  struct Gathered {
    Catalogue tools;
    std::map<std::string, std::shared_ptr<const Tool>, std::less<>> by_name;
  };
  const Gathered& gathered(const Asker& asker);
  bool is_as_it_was(const Asker& asker);

  std::vector<Shelf> shelves_;
  std::shared_ptr<const config::Snapshot> snapshot_;  // That all of it was gathered for.
  std::vector<std::uint64_t> editions_;
  std::map<std::pair<std::string, std::string>, Gathered> gathered_;  // By endpoint and profile.
};

// On every tool endpoint: SQL and requests, for profiles that reach an endpoint of that protocol.
void add_built_in(const Asker& asker, Catalogue& into);

}  // namespace claw::toolcall
