#include "config/decode/fields.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t seconds_max = 100LL * 365 * 24 * 3600;  // A century: more is a slip, and may overflow.

Result<std::int64_t> parse_time_span(const Node& node) {
  if (node.kind == Kind::string) return parse_duration_us(trim(node.text));
  if (node.kind != Kind::number || !node.number.integer) return invalid("not a duration");
  const std::int64_t seconds = *node.number.integer;
  if (seconds < -seconds_max || seconds > seconds_max) return invalid("longer than a century");
  return seconds * second_us;
}

template <class T>
T value_or(const Result<T>& result, T otherwise) {
  return result ? *result : otherwise;
}

}  // namespace

Result<std::int64_t> parse_duration(const Node& node) {
  CLAW_TRY(const std::int64_t span_us, parse_time_span(node));
  if (span_us <= 0) return invalid("a duration must be more than nothing");
  return span_us;
}

Result<std::int64_t> parse_keep(const Node& node) {
  if (node.kind == Kind::string && (node.text == "off" || node.text == "0")) return std::int64_t{0};
  CLAW_TRY(const std::int64_t span_us, parse_time_span(node));
  if (span_us < 0) return invalid("a duration cannot be negative");
  return span_us;
}

Result<std::uint64_t> parse_bytes(const Node& node) {
  if (node.kind == Kind::string) return parse_size(node.text);
  if (node.kind != Kind::number || !node.number.integer || *node.number.integer <= 0) {
    return invalid("not a size of at least one byte");
  }
  return static_cast<std::uint64_t>(*node.number.integer);
}

std::vector<const Node*> elements(const Node& node) {
  if (node.kind != Kind::list) return {&node};
  std::vector<const Node*> found;
  for (const Node& item : node.items) found.push_back(&item);
  return found;
}

const Node* Fields::find(std::string_view name) const {
  const Attribute* attribute = block_.find(name);
  return attribute ? &attribute->value : nullptr;
}

Range Fields::range(std::string_view name) const {
  const Node* node = find(name);
  return node ? node->range : head_of(block_);
}

std::string Fields::text(std::string_view name, std::string_view otherwise) const {
  const Node* node = find(name);
  return std::string(node && node->kind == Kind::string ? node->text : otherwise);
}

bool Fields::boolean(std::string_view name, bool otherwise) const {
  const Node* node = find(name);
  return node && node->kind == Kind::boolean ? node->boolean : otherwise;
}

std::int64_t Fields::integer(std::string_view name, std::int64_t otherwise) const {
  const Node* node = find(name);
  return node && node->kind == Kind::number ? node->number.integer.value_or(otherwise) : otherwise;
}

std::int64_t Fields::duration_us(std::string_view name, std::int64_t otherwise) const {
  const Node* node = find(name);
  return node ? value_or(parse_duration(*node), otherwise) : otherwise;
}

std::int64_t Fields::keep_us(std::string_view name, std::int64_t otherwise) const {
  const Node* node = find(name);
  return node ? value_or(parse_keep(*node), otherwise) : otherwise;
}

std::uint64_t Fields::bytes(std::string_view name, std::uint64_t otherwise) const {
  const Node* node = find(name);
  return node ? value_or(parse_bytes(*node), otherwise) : otherwise;
}

std::vector<std::string> Fields::texts(std::string_view name) const {
  std::vector<std::string> found;
  for (const Node* node : list(name)) {
    if (node->kind == Kind::string) found.push_back(node->text);
  }
  return found;
}

std::vector<HostPort> Fields::hosts(std::string_view name) const {
  std::vector<HostPort> found;
  for (const std::string& entry : texts(name)) {
    if (Result<HostPort> host = parse_host(entry)) found.push_back(std::move(*host));
  }
  return found;
}

std::vector<HostPort> Fields::listen(std::string_view name) const {
  std::vector<HostPort> found;
  for (const std::string& entry : texts(name)) {
    if (Result<HostPort> address = parse_listen(entry)) found.push_back(std::move(*address));
  }
  return found;
}

std::vector<const Node*> Fields::list(std::string_view name) const {
  const Node* node = find(name);
  return node ? elements(*node) : std::vector<const Node*>{};
}

const Block* Fields::nested(std::string_view type) const {
  for (const Block& block : block_.blocks) {
    if (block.type == type) return &block;
  }
  return nullptr;
}

Range head_of(const Block& block) {
  return block.labels.empty() ? block.type_range : span(block.type_range, block.labels.back().range);
}

}  // namespace claw::config
