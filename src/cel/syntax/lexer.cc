#include "cel/syntax/lexer.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace claw::cel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

struct Escape {
  char letter;
  char meaning;
};
constexpr std::array<Escape, 12> simple_escapes{{{'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'},
    {'r', '\r'}, {'t', '\t'}, {'v', '\v'}, {'\\', '\\'}, {'?', '?'}, {'"', '"'}, {'\'', '\''}, {'`', '`'}}};

// Decodes the escapes of one literal's inside. Failing means that the literal means nothing.
class Unescaper {
 public:
  Unescaper(std::string_view inside, bool bytes) : inside_(inside), bytes_(bytes) {}

  std::optional<std::string> decode() {
    while (at_ < inside_.size()) {
      if (inside_[at_] != '\\') {
        out_ += inside_[at_++];
      } else if (!escape()) {
        return std::nullopt;
      }
    }
    return std::move(out_);
  }

 private:
  bool escape() {
    if (++at_ >= inside_.size()) return false;
    const char letter = inside_[at_];
    for (const Escape& simple : simple_escapes) {
      if (simple.letter != letter) continue;
      out_ += simple.meaning;
      ++at_;
      return true;
    }
    if (letter == 'x' || letter == 'X') return ++at_, numbered(2, 16);
    if (letter == 'u' && !bytes_) return ++at_, numbered(4, 16);
    if (letter == 'U' && !bytes_) return ++at_, numbered(8, 16);
    return letter <= '3' && numbered(3, 8);
  }

  bool numbered(std::size_t digits, std::uint32_t radix) {
    if (at_ + digits > inside_.size()) return false;
    std::uint32_t code = 0;
    for (const char c : inside_.substr(at_, digits)) {
      const int digit = hex_value(c);
      if (digit < 0 || static_cast<std::uint32_t>(digit) >= radix) return false;
      code = code * radix + static_cast<std::uint32_t>(digit);
    }
    at_ += digits;
    if (bytes_) {
      out_ += static_cast<char>(code);
      return true;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    append_utf8(out_, code);
    return true;
  }

  std::string_view inside_;
  bool bytes_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Token Lexer::token(TokenKind kind, std::size_t start) const {
  return {kind, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(at_ - start),
          source_.substr(start, at_ - start), {}};
}

Error Lexer::error(std::string what, std::size_t start) const {
  return invalid(std::move(what), fmt::format("{}:{}", start, std::max<std::size_t>(at_ - start, 1)));
}

void Lexer::skip_space() {
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '/' && peek(1) == '/') {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else {
      return;
    }
  }
}

Result<Token> Lexer::next() {
  skip_space();
  if (at_ >= source_.size()) return token(TokenKind::end, at_);
  if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) return number();
  if (const auto prefix = literal_prefix()) return quoted_literal(*prefix);
  if (peek() == '`') return escaped_identifier();
  if (!is_letter(peek())) return symbol();
  const std::size_t start = at_;
  while (is_letter(peek()) || is_digit(peek())) ++at_;
  return token(TokenKind::identifier, start);
}

bool Lexer::take_digits() {
  const std::size_t start = at_;
  while (is_digit(peek())) ++at_;
  return at_ > start;
}

Result<Token> Lexer::number() {
  const std::size_t start = at_;
  TokenKind kind = TokenKind::integer;
  if (peek() == '0' && peek(1) == 'x' && hex_value(peek(2)) >= 0) {
    at_ += 2;
    while (hex_value(peek()) >= 0) ++at_;
  } else {
    take_digits();
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      take_digits();
      kind = TokenKind::real;
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      at_ += 1 + sign;
      take_digits();
      kind = TokenKind::real;
    }
  }
  if (kind == TokenKind::integer && (peek() == 'u' || peek() == 'U')) {
    ++at_;
    kind = TokenKind::unsigned_integer;
  }
  if (is_letter(peek()) || is_digit(peek())) {
    ++at_;
    return error("this number runs into a word", start);
  }
  return token(kind, start);
}

Result<Token> Lexer::symbol() {
  static constexpr std::array<std::string_view, 6> pairs = {"==", "!=", "<=", ">=", "&&", "||"};
  const std::size_t start = at_;
  for (const std::string_view pair : pairs) {
    if (source_.substr(at_, 2) != pair) continue;
    at_ += 2;
    return token(TokenKind::symbol, start);
  }
  at_ += 1;
  if (std::string_view("+-*/%<>!?:.,()[]{}").find(source_[start]) != std::string_view::npos)
    return token(TokenKind::symbol, start);
  while (at_ < source_.size() && (static_cast<unsigned char>(source_[at_]) & 0xC0) == 0x80) ++at_;
  return error(fmt::format("unexpected {}", quoted(source_.substr(start, at_ - start))), start);
}

Result<Token> Lexer::escaped_identifier() {
  const std::size_t start = at_++;
  while (is_letter(peek()) || is_digit(peek()) ||
         (peek() != '\0' && std::string_view("-./ ").find(peek()) != std::string_view::npos)) {
    ++at_;
  }
  if (peek() != '`' || at_ == start + 1) {
    return error("an escaped name is letters, digits and `_-./ ` in backticks", start);
  }
  ++at_;
  Token name = token(TokenKind::escaped_identifier, start);
  name.text = std::string(name.source.substr(1, name.source.size() - 2));
  return name;
}

std::optional<std::size_t> Lexer::literal_prefix() const {
  bool raw = false;
  bool bytes = false;
  for (std::size_t i = 0; i < 3; ++i) {
    const char c = peek(i);
    if (c == '"' || c == '\'') return i;
    bool& seen = c == 'r' || c == 'R' ? raw : bytes;
    if ((c != 'r' && c != 'R' && c != 'b' && c != 'B') || seen) return std::nullopt;
    seen = true;
  }
  return std::nullopt;
}

Result<Token> Lexer::quoted_literal(std::size_t prefix) {
  const std::size_t start = at_;
  const std::string_view letters = source_.substr(at_, prefix);
  const bool raw = letters.find_first_of("rR") != std::string_view::npos;
  const bool bytes = letters.find_first_of("bB") != std::string_view::npos;
  at_ += prefix;
  const char mark = peek();
  const bool triple = peek(1) == mark && peek(2) == mark;
  const std::string_view fence = source_.substr(at_, triple ? 3 : 1);
  at_ += fence.size();
  const std::size_t from = at_;
  while (source_.substr(at_, fence.size()) != fence) {
    if (at_ >= source_.size()) return error("this text has no end", start);
    if (!triple && (peek() == '\n' || peek() == '\r')) {
      return error("this text does not end on its line", start);
    }
    at_ += peek() == '\\' && !raw && at_ + 1 < source_.size() ? 2 : 1;
  }
  const std::string_view inside = source_.substr(from, at_ - from);
  at_ += fence.size();
  Token literal = token(bytes ? TokenKind::bytes : TokenKind::string, start);
  if (raw) {
    literal.text = std::string(inside);
    return literal;
  }
  auto decoded = Unescaper(inside, bytes).decode();
  if (!decoded) return error("this text has an escape that means nothing", start);
  literal.text = std::move(*decoded);
  return literal;
}

}  // namespace claw::cel
