// HCL text to tokens. Strings, heredocs and their `${` `%{` sequences are told apart here, so the parser sees
// one flat list. What is no HCL at all (a stray character, a string that never ends) is reported here and
// left behind as an `invalid` token over which the parser stays silent.
#pragma once

#include <cstdint>
#include <vector>

#include "config/diagnostic.h"

namespace claw::config {

enum class TokenKind : std::uint8_t {
  identifier,
  number,
  symbol,          // Brackets, operators, punctuation: told apart by their text.
  newline,
  quote_open,      // `"`
  quote_close,
  heredoc_open,    // `<<NAME` or `<<-NAME` with its line end.
  heredoc_close,   // The closing name, without its line end.
  literal,         // Text of a string; in a heredoc at most one line of it.
  template_open,   // `${` `${~`: a value; `%{` `%{~`: a directive.
  template_close,  // `}` `~}`
  invalid,         // Already reported.
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// What the text as a whole is: a file or an expression, or the inside of a template.
enum class Reading { plain, bare_template };

// The tokens of the file, the last of kind `end`. Comments are left out.
std::vector<Token> tokenize(const Sources& sources, FileId file, Reading reading, Diagnostics& diagnostics);

}  // namespace claw::config
