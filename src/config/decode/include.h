// Replaces every string of the form `<<file:NAME>>` by the contents of that file, which must lie in the
// configuration's own folder or below. A condition's mistakes are shown in the file it came from.
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "config/load.h"
#include "config/tree.h"

namespace claw::config {

class Includer {
 public:
  Includer(Sources& sources, Diagnostics& diagnostics, std::string folder, const ReadFile& read)
      : sources_(sources), diagnostics_(diagnostics), folder_(std::move(folder)), read_(read) {}

  void include(Block& block);

 private:
  void include(Attribute& attribute);
  void include(Node& node, bool show_inside);

  Sources& sources_;
  Diagnostics& diagnostics_;
  std::string folder_;
  const ReadFile& read_;
};

}  // namespace claw::config
