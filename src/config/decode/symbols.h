// The names a configuration declares, and what a reference means. Names are unique among the blocks of one
// type; a reference says the kind, `https.github`, or for blocks without kinds the type or nothing,
// `profile.ops` and `ops`. YAML writes references as strings.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

struct Symbol {
  std::string type;   // `endpoint`
  std::string name;   // `github`
  std::string typed;  // `https.github`; `profile.ops` where there is no kind.
  const Block* block = nullptr;  // Null for what is built in.
};

std::vector<std::string> names_of(const std::vector<const Symbol*>& symbols);  // `github`

class Symbols {
 public:
  explicit Symbols(Diagnostics& diagnostics);

  void declare(const Block& block);  // Reports a name that is taken; the first keeps it.

  // Null, after reporting why, unless `node` names a block of that type.
  const Symbol* resolve(const Node& node, std::string_view type);
  std::vector<const Symbol*> resolve_all(const std::vector<const Node*>& nodes, std::string_view type);

 private:
  const Symbol* find(std::string_view type, std::string_view written) const;
  void unknown(const Node& node, std::string_view type, const std::string& written);

  Diagnostics& diagnostics_;
  std::map<std::pair<std::string, std::string>, Symbol, std::less<>> symbols_;  // By type and name.
};

}  // namespace claw::config
