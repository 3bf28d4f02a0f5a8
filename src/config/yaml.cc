#include "config/yaml.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "config/number.h"
#include "config/yaml_document.h"

namespace claw::config {

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The numbers of the YAML 1.2 core schema in decimal: `12`, `-1.5e3`, `.5`, `1.`
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!is_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_digits(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  return (whole.empty() || is_digits(whole)) && (fraction.empty() || is_digits(fraction)) && text.size() > 1;
}

// `0x1F` and `0o17` as a decimal number.
std::optional<std::string> from_prefixed(std::string_view text) {
  const int radix = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (radix == 0) return std::nullopt;
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.begin() + 2, text.end(), value, radix);
  if (read.ec != std::errc() || read.ptr != text.end()) return std::nullopt;
  return std::to_string(value);
}

class TreeReader {
 public:
  explicit TreeReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void read_body(const YamlNode& mapping, std::span<const BlockShape> shapes, Block& out) {
    for (std::size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
      const YamlNode& key = mapping.items[i];
      const YamlNode& value = mapping.items[i + 1];
      const auto shape = std::find_if(shapes.begin(), shapes.end(),
                                      [&](const BlockShape& each) { return each.name == key.text; });
      if (shape == shapes.end()) {
        out.attributes.push_back({key.text, key.range, make_node(value)});
      } else {
        Block block;
        block.type = key.text;
        block.type_range = key.range;
        read_labels(value, *shape, std::move(block), out);
      }
    }
  }

 private:
  // Every level of mapping down to the last label opens the block once more.
  void read_labels(const YamlNode& value, const BlockShape& shape, Block block, Block& out) {
    if (block.labels.size() == shape.labels) return read_block(value, shape, std::move(block), out);
    if (value.kind != YamlKind::mapping) return report(value, block, shape.labels - block.labels.size());
    for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
      Block labelled = block;
      labelled.labels.push_back({value.items[i].text, value.items[i].range});
      read_labels(value.items[i + 1], shape, std::move(labelled), out);
    }
  }

  void read_block(const YamlNode& value, const BlockShape& shape, Block block, Block& out) {
    if (value.kind == YamlKind::list) {
      for (const YamlNode& item : value.items) {
        if (item.kind == YamlKind::list) report(item, block, 0);
        else read_block(item, shape, block, out);
      }
      return;
    }
    if (value.kind != YamlKind::mapping && value.kind != YamlKind::null) return report(value, block, 0);
    block.range = span(block.type_range, value.range);
    block.range.end = std::max(block.range.end, block.type_range.end);
    read_body(value, shape.children, block);
    out.blocks.push_back(std::move(block));
  }

  void report(const YamlNode& value, const Block& block, std::size_t labels) {
    const std::string names =
        labels > 0 ? fmt::format(" of {} level{} of names", labels, labels > 1 ? "s" : "") : "";
    diagnostics_.error(value.range, fmt::format("{} needs a mapping{} here", quoted(block.type), names));
  }

  Node make_node(const YamlNode& from) {
    Node node;
    node.range = from.range;
    switch (from.kind) {
      case YamlKind::null: break;
      case YamlKind::plain: read_plain(from, node); break;
      case YamlKind::quoted: read_string(from, node); break;
      case YamlKind::list:
        node.kind = Kind::list;
        for (const YamlNode& item : from.items) node.items.push_back(make_node(item));
        break;
      case YamlKind::mapping:
        node.kind = Kind::object;
        for (std::size_t i = 0; i + 1 < from.items.size(); i += 2) {
          node.members.push_back({from.items[i].text, from.items[i].range, make_node(from.items[i + 1])});
        }
        break;
    }
    return node;
  }

  static void read_string(const YamlNode& from, Node& node) {
    node.kind = Kind::string;
    node.text = from.text;
    node.anchors = from.anchors;
  }

  void read_plain(const YamlNode& from, Node& node) {
    const std::string& text = from.text;
    const bool truth = text == "true" || text == "True" || text == "TRUE";
    if (truth || text == "false" || text == "False" || text == "FALSE") {
      node.kind = Kind::boolean;
      node.boolean = truth;
    } else if (const auto decimal = from_prefixed(text)) {
      read_number(*decimal, *decimal, node);
    } else if (is_decimal(text)) {
      if (text.size() > 1 && text.starts_with('0') && is_digits(text)) {
        diagnostics_.warning(from.range, "this number is decimal in spite of its leading zero",
                             "write `0o...` for octal, or quote it if it is text");
      }
      read_number(text, text, node);
    } else {
      read_string(from, node);
    }
  }

  void read_number(const std::string& number, const std::string& written, Node& node) {
    const auto decimal = parse_decimal(number);
    if (!decimal) return diagnostics_.error(node.range, decimal.error().what);
    node.kind = Kind::number;
    node.number = to_number(*decimal, written);
  }

  Diagnostics& diagnostics_;
};

}  // namespace

Block read_yaml(const Sources& sources, FileId file, std::span<const BlockShape> shapes,
                Diagnostics& diagnostics) {
  Block document;
  document.type_range = {file, 0, 0};
  document.range = {file, 0, sources.text(file).size()};
  const auto root = read_yaml_document(sources, file, diagnostics);
  if (!root || root->kind == YamlKind::null) return document;
  if (root->kind == YamlKind::mapping) {
    TreeReader(diagnostics).read_body(*root, shapes, document);
  } else {
    diagnostics.error(root->range, "a configuration is a mapping of blocks and settings");
  }
  return document;
}

}  // namespace claw::config
