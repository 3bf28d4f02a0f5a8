#include "config/decode/include.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::config {

namespace {

constexpr std::string_view opening = "<<file:";
constexpr std::string_view closing = ">>";

// Reading `../../etc/shadow` into a reason would tell it to agents.
bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos) return false;
  const std::vector<std::string_view> parts = split(name, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view part) { return part.empty() || part == ".."; });
}

}  // namespace

void Includer::include(Block& block) {
  for (Attribute& attribute : block.attributes) include(attribute);
  for (Block& nested : block.blocks) include(nested);
}

void Includer::include(Attribute& attribute) { include(attribute.value, attribute.name == "condition"); }

void Includer::include(Node& node, bool show_inside) {
  for (Node& item : node.items) include(item, show_inside);
  for (Attribute& member : node.members) include(member);
  const std::string_view written = trim(node.text);
  if (node.kind != Kind::string || !written.starts_with(opening) || !written.ends_with(closing)) return;
  const std::string name(
      trim(written.substr(opening.size(), written.size() - opening.size() - closing.size())));
  if (!stays_inside(name)) {
    return diagnostics_.error(node.range,
                              fmt::format("{} is not in the configuration's folder", quoted(name)));
  }
  const std::string path = folder_.empty() ? name : folder_ + "/" + name;
  Result<std::string> text = read_ ? read_(path) : Error{Code::not_found, "there are no files here", {}};
  if (!text) return diagnostics_.error(node.range, fmt::format("{}: {}", quoted(path), text.error().what));
  const FileId file = sources_.add(path, std::move(*text));
  if (!check_text(sources_, file, diagnostics_)) return;
  node.text = std::string(sources_.text(file));
  node.anchors.clear();
  if (!show_inside) return;
  node.range = {file, 0, node.text.size()};
  node.anchors = {{0, 0}};
}

}  // namespace claw::config
