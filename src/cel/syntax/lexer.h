// Cuts an expression into tokens (cel-spec, "Syntax"). Used by the parser only, which asks for one token
// after the other. Literals are decoded here; what a word means is the parser's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::cel {

enum class TokenKind : std::uint8_t {
  end, identifier, escaped_identifier, integer, unsigned_integer, real, string, bytes, symbol,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string_view source;  // As written; of a symbol or an identifier, what it is.
  std::string text;         // Of a string or bytes literal, its content.

  bool is(std::string_view symbol) const { return kind == TokenKind::symbol && source == symbol; }
  bool is_word(std::string_view word) const { return kind == TokenKind::identifier && source == word; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<Token> next();                         // Errors carry "OFFSET:LENGTH".
  std::size_t offset() const { return at_; }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void skip_space();
  bool take_digits();
  Token token(TokenKind kind, std::size_t start) const;
  Error error(std::string what, std::size_t start) const;
  Result<Token> number();
  Result<Token> symbol();
  Result<Token> escaped_identifier();
  std::optional<std::size_t> literal_prefix() const;  // Length of `b`, `r`, `br`, … before a quote.
  Result<Token> quoted_literal(std::size_t prefix);

  std::string_view source_;
  std::size_t at_ = 0;
};

}  // namespace claw::cel
