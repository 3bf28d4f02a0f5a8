#include "config/decode/symbols.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/fields.h"

namespace claw::config {

namespace {

std::string with_article(std::string_view type) {
  return fmt::format(
      "{} {}", std::string_view("aeiou").find(type.front()) != std::string_view::npos ? "an" : "a", type);
}

}  // namespace

std::vector<std::string> names_of(const std::vector<const Symbol*>& symbols) {
  std::vector<std::string> names;
  for (const Symbol* symbol : symbols) names.push_back(symbol->name);
  return names;
}

Symbols::Symbols(Diagnostics& diagnostics) : diagnostics_(diagnostics) {
  symbols_[{"approver", "dashboard"}] = {"approver", "dashboard", "builtin.dashboard", nullptr};
}

void Symbols::declare(const Block& block) {
  if (block.labels.empty()) return;
  const Label& label = block.labels.back();
  const std::string_view kind =
      block.labels.size() > 1 ? std::string_view(block.labels.front().text) : block.type;
  Symbol symbol{block.type, label.text, fmt::format("{}.{}", kind, label.text), &block};
  const auto [found, is_new] = symbols_.try_emplace({block.type, label.text}, std::move(symbol));
  if (is_new) return;
  diagnostics_.error(
      label.range, fmt::format("there is already {} called {}", with_article(block.type), quoted(label.text)),
      found->second.block ? "" : "this name is built in");
}

const Symbol* Symbols::find(std::string_view type, std::string_view written) const {
  const std::size_t dot = written.find('.');
  const std::string name(dot == std::string_view::npos ? written : written.substr(dot + 1));
  const auto found = symbols_.find(std::pair(std::string(type), name));
  if (found == symbols_.end()) return nullptr;
  const Symbol& symbol = found->second;
  const bool has_kind = !symbol.typed.starts_with(symbol.type + ".");
  const bool bare = dot == std::string_view::npos && (!has_kind || !symbol.block);
  return bare || symbol.typed == written ? &symbol : nullptr;
}

const Symbol* Symbols::resolve(const Node& node, std::string_view type) {
  if (node.kind != Kind::reference && node.kind != Kind::string) {
    diagnostics_.error(node.range, fmt::format("expected a reference to {}, got {}", with_article(type),
                                               name_of(node.kind)));
    return nullptr;
  }
  const std::string written = node.kind == Kind::string ? node.text : node.dotted();
  const Symbol* symbol = find(type, written);
  if (!symbol) unknown(node, type, written);
  return symbol;
}

void Symbols::unknown(const Node& node, std::string_view type, const std::string& written) {
  std::vector<std::string> candidates;
  for (const auto& [key, symbol] : symbols_) {
    if (symbol.typed == written) {
      return diagnostics_.error(node.range, fmt::format("{} is {}, not {}", quoted(written),
                                                        with_article(symbol.type), with_article(type)));
    }
    if (symbol.type == type) candidates.push_back(symbol.typed);
    if (symbol.type == type && symbol.name == written) {
      return diagnostics_.error(node.range,
                                fmt::format("a reference to {} says its kind", with_article(type)),
                                fmt::format("write `{}`", symbol.typed));
    }
  }
  diagnostics_.error(node.range, fmt::format("there is no {} {}", type, quoted(written)),
                     did_you_mean(written, candidates));
}

std::vector<const Symbol*> Symbols::resolve_all(const std::vector<const Node*>& nodes,
                                                std::string_view type) {
  std::vector<const Symbol*> found;
  for (const Node* node : nodes) {
    const Symbol* symbol = resolve(*node, type);
    if (!symbol) continue;
    if (std::find(found.begin(), found.end(), symbol) == found.end()) {
      found.push_back(symbol);
    } else {
      diagnostics_.warning(node->range, fmt::format("{} is named twice", quoted(symbol->typed)));
    }
  }
  return found;
}

}  // namespace claw::config
