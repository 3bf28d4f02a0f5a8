// The text rules of HCL: which words are identifiers, which characters are space, how a string literal falls
// into pieces and what the pieces stand for. Used by the lexer and the parser; knows no grammar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

bool is_identifier(std::string_view text);
// The length of the identifier at the start of the text, or 0.
std::size_t identifier_length(std::string_view text);

// The length of the (Unicode) space character at the start of the text, or 0.
std::size_t space_length(std::string_view text);

// Where a literal was written: escapes with a backslash exist only between quotes.
enum class Quoting { quoted, bare };

// The literal cut into runs of plain text, escapes, `$`/`%` runs and line ends; joined they are the literal.
std::vector<std::string_view> split_literal(std::string_view literal, Quoting quoting);

// Decoded text that remembers where each stretch of it was written.
struct LiteralText {
  std::string text;
  std::vector<Anchor> anchors;

  void append(std::string_view piece, std::size_t source);
  void append(const LiteralText& other);
  void drop_front(std::size_t bytes);
  void trim_front();
  void trim_back();
};

// Decodes the literal that stands at `range`; a wrong escape is reported and left out.
LiteralText decode_literal(std::string_view literal, const Range& range, Quoting quoting,
                           Diagnostics& diagnostics);

}  // namespace claw::config
