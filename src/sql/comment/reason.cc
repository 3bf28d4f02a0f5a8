#include "sql/comment/reason.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace claw::sql {
namespace {

constexpr std::string_view blank = " \t\r\n\f\v";
constexpr std::string_view key = "reason";

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Walks over a text token by token, as far as it must to know a comment from what only looks like one.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Contents of the comments before the first token, and of those behind the last.
  bool read(std::vector<std::string_view>& before, std::vector<std::string_view>& after) {
    bool is_before = true;
    while (at_ < text_.size()) {
      if (starts("--") || starts("/*")) {
        const std::size_t start = at_ + 2;
        const std::size_t end = starts("--") ? pass_line() : pass_block();
        if (end == npos) return false;
        (is_before ? before : after).push_back(text_.substr(start, end - start));
      } else if (blank.find(text_[at_]) != npos || text_[at_] == ';') {
        ++at_;  // A semicolon ends what stands before it: what follows may still be the last.
      } else {
        is_before = false;
        after.clear();
        if (!pass_token()) return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t npos = std::string_view::npos;

  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  std::size_t pass_line() {
    const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    return at_ = end;
  }

  // They nest. npos: it never ends.
  std::size_t pass_block() {
    for (std::size_t depth = 0; at_ < text_.size();) {
      const bool opens = starts("/*");
      const bool closes = starts("*/");
      at_ += opens || closes ? 2 : 1;
      if (opens) ++depth;
      if (closes && --depth == 0) return at_ - 2;
    }
    return npos;
  }

  bool pass_token() {
    const char c = text_[at_];
    if (c == '\'' || c == '"') return pass_quoted(c, false);
    if ((c == 'e' || c == 'E') && text_.substr(at_ + 1).starts_with('\'')) {
      return ++at_, pass_quoted('\'', true);
    }
    if (c == '$') return pass_dollar();
    if (!is_name(c)) return ++at_, true;
    while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '$')) ++at_;
    return true;
  }

  // A quote that is doubled ends one piece and begins the next, which comes to the same.
  bool pass_quoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\') ++at_;
      else if (text_[at_] == quote) return ++at_, true;
    }
    return false;
  }

  // `$tag$ … $tag$`; anything else is a parameter or a character of its own.
  bool pass_dollar() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_name(text_[end])) ++end;
    const bool is_tag =
        end < text_.size() && text_[end] == '$' && !(text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9');
    if (!is_tag) return ++at_, true;
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t close = text_.find(tag, end + 1);
    if (close == npos) return false;
    at_ = close + tag.size();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

int digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::size_t at = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
  return at == digits.npos ? -1 : static_cast<int>(at);
}

// `%20` and `\'`, the two escapes of sqlcommenter's values.
std::string unescaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_hex =
        value[i] == '%' && i + 2 < value.size() && digit(value[i + 1]) >= 0 && digit(value[i + 2]) >= 0;
    if (is_hex) {
      out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
      i += 2;
    } else if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
    }
  }
  return out;
}

// `a='b',reason='c'`: nothing where it is no such list, or has no reason.
std::string listed(std::string_view comment) {
  while (!comment.empty()) {
    const std::size_t equals = comment.find("='");
    if (equals == comment.npos) return {};
    const std::string_view name = trim(comment.substr(0, equals));
    if (!std::ranges::all_of(name, [](char c) { return is_name(c) || c == '%' || c == '-'; })) return {};
    comment.remove_prefix(equals + 2);
    std::size_t end = 0;
    while (end < comment.size() && comment[end] != '\'') end += comment[end] == '\\' ? 2 : 1;
    if (end >= comment.size()) return {};
    if (lower(name) == key) return unescaped(comment.substr(0, end));
    comment = trim(comment.substr(end + 1));
    if (comment.starts_with(',')) comment.remove_prefix(1);
  }
  return {};
}

std::string said_in(std::string_view comment) {
  comment = trim(comment);
  if (lower(comment.substr(0, key.size())) == key) {
    const std::string_view rest = trim(comment.substr(key.size()));
    if (rest.starts_with(':')) return std::string(trim(rest.substr(1)));
  }
  return listed(comment);
}

}  // namespace

std::string reason_in(std::string_view text) {
  if (text.find("--") == text.npos && text.find("/*") == text.npos) return {};
  std::vector<std::string_view> before;
  std::vector<std::string_view> after;
  if (!Scanner(text).read(before, after)) return {};
  before.insert(before.end(), after.begin(), after.end());
  for (const std::string_view comment : before) {
    if (std::string said = said_in(comment); !said.empty()) return said;
  }
  return {};
}

}  // namespace claw::sql
