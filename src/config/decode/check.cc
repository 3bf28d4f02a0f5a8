#include "config/decode/check.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "config/decode/fields.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

constexpr std::size_t name_bytes_max = 128;  // Names are shown in lists, prompts and metric labels.

std::vector<std::string> block_names(const BlockSpec& parent) {
  std::vector<std::string> names;
  for (const BlockSpec& block : parent.blocks) names.emplace_back(block.type);
  return names;
}

std::vector<std::string> attribute_names(const BlockSpec& spec) {
  std::vector<std::string> names;
  for (const std::span<const AttributeSpec> attributes : {spec.attributes, spec.common}) {
    for (const AttributeSpec& attribute : attributes) names.emplace_back(attribute.name);
  }
  return names;
}

bool has_block(const BlockSpec& spec, std::string_view name) {
  return std::any_of(spec.blocks.begin(), spec.blocks.end(),
                     [&](const BlockSpec& b) { return b.type == name; });
}

std::string shown_name(const BlockSpec& spec) {
  return spec.kind.empty() ? std::string(spec.type) : fmt::format("{} \"{}\"", spec.type, spec.kind);
}

// A name that a reference can spell. Rules are only ever printed, so theirs may also hold spaces.
bool is_name(std::string_view name, bool spaces) {
  if (name.empty() || name.size() > name_bytes_max) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/' || (spaces && static_cast<unsigned char>(c) >= ' ' && c != 0x7F);
  });
}

std::pair<std::int64_t, std::int64_t> bounds(std::string_view detail) {
  const std::size_t dots = detail.find("..");
  std::int64_t low = INT64_MIN;
  std::int64_t high = INT64_MAX;
  if (dots != std::string_view::npos) {
    std::from_chars(detail.data(), detail.data() + dots, low);
    std::from_chars(detail.data() + dots + 2, detail.data() + detail.size(), high);
  }
  return {low, high};
}

std::string list_choices(std::string_view detail) {
  std::string out;
  for (const std::string_view choice : split(detail, '|')) {
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", choice);
  }
  return out;
}

}  // namespace

void Checker::check_inside(const Block& block, const BlockSpec& spec, Seen& seen) {
  for (const Attribute& attribute : block.attributes) check_attribute(attribute, spec);
  check_required(block, spec);
  for (const Block& nested : block.blocks) check_block(nested, spec, seen);
}

void Checker::check_required(const Block& block, const BlockSpec& spec) {
  for (const std::span<const AttributeSpec> attributes : {spec.attributes, spec.common}) {
    for (const AttributeSpec& attribute : attributes) {
      if (!attribute.required || block.find(attribute.name)) continue;
      diagnostics_.error(
          head_of(block), fmt::format("`{}` is missing", attribute.name),
          fmt::format("{} needs `{}`: {}", shown_name(spec), attribute.name, name_of(attribute.type)));
    }
  }
}

void Checker::check_block(const Block& block, const BlockSpec& parent, Seen& seen) {
  const std::string_view kind = block.labels.empty() ? std::string_view() : block.labels.front().text;
  const BlockSpec* spec = find_block(parent, block.type, kind);
  if (!spec) return unknown_block(block, parent);
  if (!check_labels(block, *spec)) return;
  if (spec->once && !seen.insert(spec).second) {
    return diagnostics_.error(head_of(block), fmt::format("there is already a `{}` block", block.type));
  }
  if (spec->support == Support::refused) {
    return diagnostics_.error(head_of(block), fmt::format("not supported: {}", spec->help));
  }
  if (spec->support == Support::absent && schema_version_ >= 2) {
    return diagnostics_.error(head_of(block), fmt::format("{} is not supported yet", shown_name(*spec)),
                              std::string(spec->help));
  }
  if (spec->support == Support::dormant || spec->support == Support::absent) {
    note(spec->help.data(), head_of(block), fmt::format("{}: {}", shown_name(*spec), lower(spec->help)));
  }
  Seen inside;
  check_inside(block, *spec, inside);
}

void Checker::unknown_block(const Block& block, const BlockSpec& parent) {
  if (!has_block(parent, block.type)) {
    const bool attribute = find_attribute(parent, block.type) != nullptr;
    return diagnostics_.error(block.type_range, fmt::format("unknown block {}", quoted(block.type)),
                              attribute ? fmt::format("write `{} = …`", block.type)
                                        : did_you_mean(block.type, block_names(parent)));
  }
  if (block.labels.empty()) {
    return diagnostics_.error(block.type_range, fmt::format("{} needs a kind and a name", block.type),
                              fmt::format("write `{} \"KIND\" \"NAME\" {{`", block.type));
  }
  std::vector<std::string> kinds;
  for (const BlockSpec& row : parent.blocks) {
    if (row.type == block.type) kinds.emplace_back(row.kind);
  }
  const Label& label = block.labels.front();
  diagnostics_.error(label.range, fmt::format("unknown kind of {} {}", block.type, quoted(label.text)),
                     did_you_mean(label.text, kinds));
}

bool Checker::check_labels(const Block& block, const BlockSpec& spec) {
  if (block.labels.size() != spec.labels) {
    const std::string_view wanted = spec.labels == 0   ? "takes no labels"
                                    : spec.labels == 1 ? "takes a name"
                                                       : "takes a kind and a name";
    diagnostics_.error(head_of(block), fmt::format("{} {}", block.type, wanted));
    return false;
  }
  if (spec.labels == 0) return true;
  const Label& label = block.labels.back();
  if (is_name(label.text, block.type == "rule")) return true;
  diagnostics_.error(label.range, fmt::format("{} is no name", quoted(label.text)),
                     "letters, digits, `_`, `-`, `.` and `/`, at most 128");
  return false;
}

void Checker::check_attribute(const Attribute& attribute, const BlockSpec& spec) {
  const AttributeSpec* row = find_attribute(spec, attribute.name);
  if (!row) {
    const std::string hint = has_block(spec, attribute.name)
                                 ? fmt::format("write `{} {{`", attribute.name)
                                 : did_you_mean(attribute.name, attribute_names(spec));
    return diagnostics_.error(attribute.name_range,
                              fmt::format("unknown attribute {}", quoted(attribute.name)), hint);
  }
  support(*row, attribute);
  check_value(attribute.value, *row);
}

void Checker::support(const AttributeSpec& spec, const Attribute& attribute) {
  if (spec.support == Support::done) return;
  const bool refused =
      spec.support == Support::refused || (spec.support == Support::dead && schema_version_ >= 2);
  if (refused) {
    return diagnostics_.error(attribute.name_range, fmt::format("`{}` does nothing", spec.name),
                              std::string(spec.help));
  }
  const bool off = attribute.value.kind == Kind::boolean && !attribute.value.boolean;
  if (spec.support == Support::absent && schema_version_ >= 2 && !off) {
    return diagnostics_.error(attribute.name_range, fmt::format("`{}` is not supported yet", spec.name),
                              std::string(spec.help));
  }
  if (!off)
    note(&spec, attribute.name_range, fmt::format("`{}` has no effect: {}", spec.name, lower(spec.help)));
}

void Checker::note(const void* row, const Range& range, std::string text) {
  Use& use = uses_[row];
  if (use.count++ > 0) return;
  use.first = range;
  use.text = std::move(text);
}

void Checker::finish() {
  for (auto& [row, use] : uses_) {
    const std::string more = use.count > 1 ? fmt::format(" (and {} more)", use.count - 1) : "";
    diagnostics_.warning(use.first, use.text + more);
  }
}

void Checker::expect(const Node& node, const AttributeSpec& spec) {
  const std::string what = spec.type == Type::choice      ? "one of " + list_choices(spec.detail)
                           : spec.type == Type::reference ? fmt::format("a reference to one {}", spec.detail)
                           : spec.type == Type::references
                               ? fmt::format("a list of references, each to one {}", spec.detail)
                               : std::string(name_of(spec.type));
  diagnostics_.error(node.range, fmt::format("`{}` expects {}, got {}", spec.name, what, name_of(node.kind)));
}

void Checker::check_value(const Node& node, const AttributeSpec& spec) {
  const bool is_list = node.kind == Kind::list;
  switch (spec.type) {
    case Type::texts:
    case Type::references:
    case Type::hosts:
    case Type::listen:
    case Type::doors:
    case Type::channels:
      for (const Node* item : elements(node)) check_one(*item, spec);
      return;
    case Type::members:
      if (!is_list) return expect(node, spec);
      for (const Node& item : node.items) check_member(item);
      return;
    case Type::text_map:
      if (node.kind != Kind::object) return expect(node, spec);
      for (const Attribute& member : node.members) {
        if (member.value.kind != Kind::string) expect(member.value, spec);
      }
      return;
    case Type::text:
    case Type::boolean:
    case Type::integer:
    case Type::size:
    case Type::duration:
    case Type::keep:
    case Type::choice:
    case Type::reference:
    case Type::host:
    case Type::origin:
    case Type::server:
    case Type::url:
    case Type::service:
    case Type::path: return is_list ? expect(node, spec) : check_one(node, spec);
  }
}

void Checker::check_one(const Node& node, const AttributeSpec& spec) {
  const auto report = [&](const auto& result) {
    if (!result) diagnostics_.error(node.range, fmt::format("`{}`: {}", spec.name, result.error().what));
  };
  const bool is_text = node.kind == Kind::string;
  const bool is_measure = is_text || node.kind == Kind::number;
  switch (spec.type) {
    case Type::boolean: return node.kind == Kind::boolean ? void() : expect(node, spec);
    case Type::integer: return check_integer(node, spec);
    case Type::size: return is_measure ? report(parse_bytes(node)) : expect(node, spec);
    case Type::duration: return is_measure ? report(parse_duration(node)) : expect(node, spec);
    case Type::keep: return is_measure ? report(parse_keep(node)) : expect(node, spec);
    case Type::choice: return check_choice(node, spec);
    case Type::reference:
    case Type::channels:
    case Type::references: return is_text || node.kind == Kind::reference ? void() : expect(node, spec);
    case Type::host:
    case Type::hosts: return is_text ? report(parse_host(node.text)) : expect(node, spec);
    case Type::listen: return is_text ? report(parse_listen(node.text)) : expect(node, spec);
    case Type::doors: {
      if (!is_text || !node.text.starts_with(unix_prefix)) {
        return is_text ? report(parse_listen(node.text)) : expect(node, spec);
      }
      return report(parse_unix(node.text));
    }
    case Type::origin: return is_text ? report(parse_origin(node.text)) : expect(node, spec);
    case Type::server: return is_text ? report(parse_server(node.text)) : expect(node, spec);
    case Type::url: return is_text ? report(check_https_url(node.text)) : expect(node, spec);
    case Type::service: return is_text ? report(check_service_url(node.text)) : expect(node, spec);
    case Type::text:
    case Type::texts: return is_text ? void() : expect(node, spec);
    case Type::path: return is_text && !node.text.empty() ? void() : expect(node, spec);
    case Type::members:
    case Type::text_map: return;  // Never one value.
  }
}

void Checker::check_choice(const Node& node, const AttributeSpec& spec) {
  if (node.kind != Kind::string) return expect(node, spec);
  std::vector<std::string> choices;
  for (const std::string_view choice : split(spec.detail, '|')) choices.emplace_back(choice);
  if (std::find(choices.begin(), choices.end(), node.text) != choices.end()) return;
  const std::string near = did_you_mean(node.text, choices);
  diagnostics_.error(node.range, fmt::format("`{}` cannot be {}", spec.name, quoted(node.text)),
                     near.empty() ? "one of " + list_choices(spec.detail) : near);
}

void Checker::check_integer(const Node& node, const AttributeSpec& spec) {
  if (node.kind != Kind::number || !node.number.integer) return expect(node, spec);
  const auto [low, high] = bounds(spec.detail);
  const std::int64_t value = *node.number.integer;
  if (value >= low && value <= high) return;
  diagnostics_.error(node.range, fmt::format("`{}` must be from {} to {}", spec.name, low, high));
}

void Checker::check_member(const Node& node) {
  static const std::vector<std::string> names = {"credential", "placeholder", "user", "database"};
  if (node.kind == Kind::reference || node.kind == Kind::string) return;
  if (node.kind != Kind::object) {
    return diagnostics_.error(node.range, fmt::format("expected a credential, got {}", name_of(node.kind)));
  }
  for (const Attribute& member : node.members) {
    if (std::find(names.begin(), names.end(), member.name) == names.end()) {
      diagnostics_.error(member.name_range, fmt::format("unknown key {}", quoted(member.name)),
                         did_you_mean(member.name, names));
    } else if (member.name != "credential" && member.value.kind != Kind::string) {
      diagnostics_.error(member.value.range, fmt::format("`{}` expects a string", member.name));
    }
  }
  if (!node.find("credential")) diagnostics_.error(node.range, "`credential` is missing");
}

}  // namespace claw::config
