#include "config/kinds/kinds.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::config {

namespace {

std::string_view note_of(Support support) {
  switch (support) {
    case Support::done: return "";
    case Support::dormant: return " Not done yet.";
    case Support::absent: return " Not supported yet; refused from schema_version 2 on.";
    case Support::dead: return " Without effect; refused from schema_version 2 on.";
    case Support::refused: return " Refused.";
  }
  return "";
}

std::string choices_text(const AttributeSpec& attribute) {
  if (attribute.detail.empty()) return "";
  return fmt::format(" `{}`", attribute.detail);
}

std::vector<std::string> words_of(std::string_view choices) {
  std::vector<std::string> words;
  for (const std::string_view word : split(choices, '|')) words.push_back(fmt::format("`{}`", word));
  return words;
}

void append_attributes(std::string& out, std::span<const AttributeSpec> attributes) {
  for (const AttributeSpec& attribute : attributes) {
    out += fmt::format("- `{}`: {}{}{}. {}.{}\n", attribute.name, name_of(attribute.type),
                       choices_text(attribute), attribute.required ? ", required" : "", attribute.help,
                       note_of(attribute.support));
  }
}

void append_block(std::string& out, const BlockSpec& block, std::string_view inside) {
  std::string head(inside);
  if (!inside.empty()) head += " / ";
  head += block.type;
  if (!block.kind.empty()) head += fmt::format(" \"{}\"", block.kind);
  if (block.labels > 0) head += " \"NAME\"";
  const std::string serves =
      block.serves.empty() ? "" : fmt::format(" For {}.", join(words_of(block.serves), ", "));
  out += fmt::format("\n## {}\n\n{}.{}{}\n\n", head, block.help, serves, note_of(block.support));
  append_attributes(out, block.attributes);
  append_attributes(out, block.common);
  for (const BlockSpec& nested : block.blocks) append_block(out, nested, block.type);
}

// One shape for each block type: kinds differ in attributes, which read_yaml need not know, and in nested
// blocks, of which the shape takes them all.
struct Shapes {
  std::vector<BlockShape> top;
  std::map<std::string_view, std::vector<BlockShape>> nested;

  Shapes() {
    for (const BlockSpec& block : document().blocks) {
      std::vector<BlockShape>& children = nested[block.type];
      for (const BlockSpec& child : block.blocks) children.push_back({child.type, child.labels});
    }
    for (const BlockSpec& block : document().blocks) {
      if (!top.empty() && top.back().name == block.type) continue;  // Kinds stand together in the table.
      top.push_back({block.type, block.labels, nested[block.type]});
    }
  }
};

}  // namespace

const BlockSpec* find_block(const BlockSpec& parent, std::string_view type, std::string_view kind) {
  for (const BlockSpec& block : parent.blocks) {
    if (block.type == type && (block.kind.empty() || block.kind == kind)) return &block;
  }
  return nullptr;
}

const AttributeSpec* find_attribute(const BlockSpec& block, std::string_view name) {
  for (const std::span<const AttributeSpec> attributes : {block.attributes, block.common}) {
    for (const AttributeSpec& attribute : attributes) {
      if (attribute.name == name) return &attribute;
    }
  }
  return nullptr;
}

bool can_serve(std::string_view kind, std::string_view endpoint_kind) {
  const BlockSpec* row = find_block(document(), "credential", kind);
  if (!row) return false;
  const std::vector<std::string_view> served = split(row->serves, '|');
  return std::find(served.begin(), served.end(), endpoint_kind) != served.end();
}

std::string servers_of(std::string_view endpoint_kind) {
  constexpr std::size_t names_max = 3;  // The table has the commonest first; more is for the reference.
  std::vector<std::string> names;
  for (const BlockSpec& block : document().blocks) {
    if (block.type != "credential" || !can_serve(block.kind, endpoint_kind)) continue;
    if (names.size() < names_max) names.push_back(fmt::format("`{}`", block.kind));
  }
  return join(names, ", ");
}

std::span<const BlockShape> shapes() {
  static const Shapes all;
  return all.top;
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::text: return "a string";
    case Type::boolean: return "true or false";
    case Type::integer: return "a whole number";
    case Type::size: return "a size such as `64KiB`";
    case Type::duration: return "a duration such as `10m`, or seconds";
    case Type::keep: return "a duration such as `720h`, or `off` for ever";
    case Type::texts: return "a list of strings";
    case Type::text_map: return "an object of strings";
    case Type::choice: return "one of";
    case Type::reference: return "a reference to";
    case Type::references: return "a list of references to";
    case Type::members: return "a list of credentials, or of objects `{ credential = …, placeholder = … }`";
    case Type::host: return "a host such as `db.example.com:5432`";
    case Type::hosts: return "a list of hosts";
    case Type::listen: return "an address such as `127.0.0.1:5432`, or a list of them";
    case Type::doors: return "an address such as `127.0.0.1:8080`, or `unix:/path`, or a list of them";
    case Type::origin: return "an address such as `https://api.example.com`";
    case Type::server: return "an address such as `https://k8s.example.com:6443`";
    case Type::url: return "an `https://` URL";
    case Type::service: return "an `https://` URL, or `http://` on this machine";
    case Type::channels: return "a channel such as `slack.ops` or `\"#ops\"`, or a list of them";
    case Type::path: return "a file name";
  }
  return "";
}

std::string reference_text() {
  std::string out = "# Configuration reference\n\nAt the top level:\n\n";
  append_attributes(out, document().attributes);
  for (const BlockSpec& block : document().blocks) append_block(out, block, "");
  return out;
}

}  // namespace claw::config
