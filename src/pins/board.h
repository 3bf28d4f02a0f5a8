// Which definitions of MCP servers people have accepted, and which wait for them. What a server offers is
// compared with what was accepted of it by its hash: a changed description, a new tool, a schema with one
// more member are held until somebody accepts them. Any thread. It asks no server and shows nothing to
// anybody.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pins/definition.h"

namespace claw::pins {

// Where it is kept between starts: one text, replaced as a whole. store/ is one.
class Keeper {
 public:
  virtual ~Keeper() = default;
  virtual Result<std::optional<std::string>> read() = 0;  // Nothing: never kept.
  virtual Status replace(const std::string& text) = 0;
};

struct Pin {
  Definition definition;
  std::int64_t at_us = 0;  // Wall time.
  std::string by;          // A person's name, or `policy`.
};

struct Held {
  Definition offered;
  std::optional<Definition> before;  // What was accepted under this name; none: it is new.
  std::int64_t since_us = 0;
  std::vector<std::string> signs;
};

struct Server {  // As people see it.
  std::string name;  // `mcp.linear`
  std::vector<Pin> pins;
  std::vector<Held> held;
};

struct Sorted {
  std::vector<Definition> open;   // Accepted as they are.
  std::vector<Held> newly_held;   // Of which nobody was told yet.
  std::vector<Definition> accepted;  // Because nothing had been before.
};

class Board {
 public:
  // A file that is there and makes no sense is an error: as nothing, it would accept anew.
  static Result<std::unique_ptr<Board>> open(std::shared_ptr<Keeper> keeper);

  // `accepts_first`: what is offered when nothing of this server was ever accepted needs nobody. What is no
  // longer offered is no longer held; pins stay, or a server could have them forgotten.
  Sorted sort(const std::string& server, const std::vector<Definition>& offered, bool accepts_first,
              std::int64_t now_us);

  std::vector<Server> servers() const;

  // Accepts what is held there, and only with that hash: what changed since somebody looked is another thing.
  // Code::not_found where nothing is held so.
  Status accept(const std::string& server, Kind kind, const std::string& name, std::string_view hash,
                const std::string& by, std::int64_t now_us);
  // Takes an acceptance back.
  Status withdraw(const std::string& server, Kind kind, const std::string& name);

  bool is_pinned(const std::string& server, const Definition& definition) const;
  void when_changed(std::function<void()> told);  // By accept and withdraw; set before both.

 private:
  explicit Board(std::shared_ptr<Keeper> keeper) : keeper_(std::move(keeper)) {}
  using Key = std::pair<Kind, std::string>;
  struct Of {
    std::map<Key, Pin> pins;
    std::vector<Held> held;
    std::set<std::string> told;  // Hashes.
    bool was_accepted = false;   // Something, once.
  };
  Status read(std::string_view text);
  std::string format() const;
  Status keep(const std::string& before_server, const Of& before);

  std::shared_ptr<Keeper> keeper_;
  mutable std::mutex mutex_;
  std::map<std::string, Of> servers_;
  std::function<void()> told_;
};

// What differs, a line each, for people: `- description: …`, `+ description: …`. Foreign text with what
// cannot be seen made visible.
std::string difference(const std::optional<Definition>& before, const Definition& offered);

}  // namespace claw::pins
