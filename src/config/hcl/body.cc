#include "config/hcl.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/hcl/node.h"
#include "config/hcl/parser.h"

namespace claw::config {

namespace {

enum class Meaning { constants, none };

constexpr std::size_t attributes_max = 4096;  // Of one block; each is compared with all before it.

class BodyReader {
 public:
  BodyReader(const Sources& sources, FileId file, Meaning meaning, Diagnostics& diagnostics)
      : sources_(sources), meaning_(meaning), diagnostics_(diagnostics),
        parser_(sources, file, Reading::plain, diagnostics) {}

  Block read() {
    Block document;
    document.type_range = document.range = parser_.range_from(0);
    document.range.end = sources_.text(document.range.file).size();
    read_body(document, nullptr);
    return document;
  }

 private:
  // Up to the `}` that closes the block, or to the end of the file when there is no block to close.
  void read_body(Block& block, const Token* brace) {
    for (;;) {
      parser_.skip_newlines();
      if (parser_.at(TokenKind::end)) break;
      if (parser_.at("}") && brace) return void(parser_.take());
      const Token start = parser_.peek();
      read_statement(block);
      if (!parser_.lost() && !parser_.at("}")) expect_line_end();
      if (!parser_.lost()) continue;
      parser_.recover(start);
      if (!brace && parser_.at("}")) parser_.take();
    }
    if (brace) parser_.error(parser_.range(*brace), "this block is never closed", "close it with `}`");
  }

  void expect_line_end() {
    if (parser_.at(TokenKind::newline) || parser_.at(TokenKind::end)) return;
    const bool comma = parser_.at(",") || parser_.at(TokenKind::identifier);
    parser_.error_here("the end of the line", comma ? "each attribute stands on a line of its own" : "");
  }

  void read_statement(Block& block) {
    if (!parser_.at(TokenKind::identifier)) return report_statement();
    const Token name = parser_.take();
    if (parser_.at("=")) return read_attribute(block, name);
    if (parser_.at(":")) return parser_.error_here("`=` or a block", "attributes are written `name = value`");
    read_block(block, name);
  }

  void report_statement() {
    if (parser_.at("}")) {
      parser_.error(parser_.range(parser_.peek()), "there is no block that this brace could close");
    } else if (parser_.at(TokenKind::quote_open)) {
      parser_.error_here("a name", "the names of attributes and blocks stand without quotes");
    } else {
      parser_.error_here("an attribute or a block");
    }
  }

  void read_attribute(Block& block, const Token& name) {
    parser_.take();
    ExpressionPtr expression = parser_.parse_expression();
    Attribute attribute{std::string(parser_.text(name)), parser_.range(name), {}};
    if (const Attribute* before = block.find(attribute.name)) {
      diagnostics_.error(attribute.name_range, fmt::format("{} is set twice", quoted(attribute.name)),
                         fmt::format("the first is at {}", sources_.where(before->name_range)));
      return;
    }
    if (block.attributes.size() == attributes_max) {
      return parser_.error(attribute.name_range,
                           fmt::format("more than {} attributes in a block", attributes_max));
    }
    attribute.value.range = expression->range;
    attribute.value.broken = parser_.lost();
    const bool evaluates = meaning_ == Meaning::constants && !parser_.lost();
    if (evaluates) attribute.value = make_node(*expression, diagnostics_);
    block.attributes.push_back(std::move(attribute));
  }

  void read_block(Block& outer, const Token& type) {
    const HclParser::Nested nested(parser_);
    Block block;
    block.type = parser_.text(type);
    block.type_range = parser_.range(type);
    read_labels(block);
    const bool found = parser_.at("{") || (parser_.lost() && parser_.recover_at_brace());
    if (found) read_braces(block);
    block.range = parser_.range_from(type.begin);
    outer.blocks.push_back(std::move(block));
  }

  void read_labels(Block& block) {
    while (!parser_.lost() && !parser_.at("{")) {
      const Token first = parser_.peek();
      if (first.kind == TokenKind::quote_open) {
        std::string text = parser_.parse_label().text;
        block.labels.push_back({std::move(text), parser_.range_from(first.begin)});
      } else if (first.kind == TokenKind::identifier) {
        parser_.take();
        block.labels.push_back({std::string(parser_.text(first)), parser_.range(first)});
      } else {
        parser_.error_here(block.labels.empty() ? "`=`, a label or `{`" : "a label or `{`");
      }
    }
  }

  void read_braces(Block& block) {
    const Token brace = parser_.take();
    if (parser_.at(TokenKind::newline) || parser_.at(TokenKind::end)) return read_body(block, &brace);
    if (!parser_.accept("}")) read_single_line(block, brace);
  }

  // `block { name = value }`: one attribute, no block, and the brace on the same line.
  void read_single_line(Block& block, const Token& brace) {
    const Token name = parser_.peek();
    if (name.kind != TokenKind::identifier) return parser_.error_here("an attribute, a new line or `}`");
    parser_.take();
    if (!parser_.at("=")) {
      Block inner;
      read_block(inner, name);
      return parser_.error(parser_.range_from(name.begin), "a block within a block needs lines of its own",
                           "begin a new line after `{`");
    }
    read_attribute(block, name);
    if (parser_.accept("}") || parser_.lost()) return;
    if (parser_.at(TokenKind::end)) return parser_.error(parser_.range(brace), "this block is never closed");
    parser_.error_here("`}`", "a block of several attributes has each on a line of its own");
  }

  const Sources& sources_;
  const Meaning meaning_;
  Diagnostics& diagnostics_;
  HclParser parser_;
};

}  // namespace

Block read_hcl(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  if (check_text(sources, file, diagnostics)) {
    return BodyReader(sources, file, Meaning::constants, diagnostics).read();
  }
  Block nothing;
  nothing.type_range = nothing.range = {file, 0, 0};
  return nothing;
}

void check_hcl_syntax(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  if (check_text(sources, file, diagnostics)) BodyReader(sources, file, Meaning::none, diagnostics).read();
}

}  // namespace claw::config
