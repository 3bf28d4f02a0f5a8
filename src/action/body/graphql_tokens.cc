#include "action/body/graphql_tokens.h"

#include "action/body/escape.h"

namespace claw::action {
namespace {

using Kind = GraphqlToken::Kind;

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return starts_name(c) || is_digit(c); }
// Everything below a space but tab and line ends is no character of a document.
bool is_source(char c) {
  return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r';
}

std::size_t digits(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - from;
}

}  // namespace

GraphqlTokens::GraphqlTokens(std::string_view text) : rest_(text) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  advance();
}

GraphqlToken GraphqlTokens::take() {
  const GraphqlToken taken = token_;
  if (taken.kind != Kind::bad) advance();
  return taken;
}

void GraphqlTokens::skip_ignored() {
  while (!rest_.empty()) {
    if (rest_.front() == '#') {
      std::size_t at = 0;
      while (at < rest_.size() && rest_[at] != '\n' && rest_[at] != '\r' && is_source(rest_[at])) ++at;
      rest_.remove_prefix(at);
      if (!rest_.empty() && !is_source(rest_.front())) return;
    } else if (std::string_view(" \t\r\n,").find(rest_.front()) != std::string_view::npos) {
      rest_.remove_prefix(1);
    } else {
      return;
    }
  }
}

void GraphqlTokens::advance() {
  skip_ignored();
  if (rest_.empty()) {
    token_ = {};
    return;
  }
  const char first = rest_.front();
  std::size_t size = 0;
  Kind kind = Kind::bad;
  if (starts_name(first)) {
    for (size = 1; size < rest_.size() && is_name_char(rest_[size]);) ++size;
    kind = Kind::name;
  } else if (rest_.starts_with("...")) {
    size = 3;
    kind = Kind::punctuator;
  } else if (std::string_view("!$&():=@[]{|}").find(first) != std::string_view::npos) {
    size = 1;
    kind = Kind::punctuator;
  } else if (first == '"') {
    size = rest_.starts_with("\"\"\"") ? block_size() : string_size();
    kind = Kind::string;
  } else {
    size = number_size();
    kind = Kind::number;
  }
  token_ = {size == 0 ? Kind::bad : kind, rest_.substr(0, size)};
  rest_.remove_prefix(size);
}

// §2.9.1 and §2.9.2; what follows may be neither a digit, a dot nor the start of a name.
std::size_t GraphqlTokens::number_size() const {
  std::size_t at = rest_.front() == '-' ? 1 : 0;
  const std::size_t whole = digits(rest_, at);
  if (whole == 0 || (whole > 1 && rest_[at] == '0')) return 0;
  at += whole;
  if (at < rest_.size() && rest_[at] == '.') {
    const std::size_t fraction = digits(rest_, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
  }
  if (at < rest_.size() && (rest_[at] == 'e' || rest_[at] == 'E')) {
    ++at;
    if (at < rest_.size() && (rest_[at] == '+' || rest_[at] == '-')) ++at;
    const std::size_t exponent = digits(rest_, at);
    if (exponent == 0) return 0;
    at += exponent;
  }
  if (at < rest_.size() && (rest_[at] == '.' || is_name_char(rest_[at]))) return 0;
  return at;
}

std::size_t GraphqlTokens::string_size() const {
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    const char c = rest_[at];
    if (c == '"') return at + 1;
    if (c == '\n' || c == '\r' || !is_source(c)) return 0;
    if (c != '\\') continue;
    if (++at == rest_.size()) return 0;
    if (rest_[at] ==
        'u') {  // The form with braces, newer than 2021, is one that older servers end elsewhere.
      if (rest_.size() - at < 5) return 0;
      for (std::size_t i = 1; i <= 4; ++i) {
        if (!hex_digit(rest_[at + i])) return 0;
      }
      at += 4;
    } else if (std::string_view("\"\\/bfnrt").find(rest_[at]) == std::string_view::npos) {
      return 0;
    }
  }
  return 0;
}

std::size_t GraphqlTokens::block_size() const {
  for (std::size_t at = 3; at < rest_.size();) {
    const std::string_view from = rest_.substr(at);
    if (from.starts_with("\\\"\"\"")) {
      at += 4;
    } else if (from.starts_with("\"\"\"")) {
      return at + 3;
    } else if (!is_source(from.front())) {
      return 0;
    } else {
      ++at;
    }
  }
  return 0;
}

}  // namespace claw::action
