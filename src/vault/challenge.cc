#include "vault/challenge.h"

#include <algorithm>

#include "base/text.h"

namespace claw::vault {
namespace {

constexpr std::size_t challenge_bytes_max = 4096;  // Real ones have a few hundred.
constexpr std::size_t value_bytes_max = 1024;

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 9110 §11.6.1: schemes and their parameters in one list; a word that no `=` follows begins a scheme.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Challenge read() {
    while (at_ < text_.size()) {
      skip(" \t,");
      const std::string_view word = take_word();
      if (word.empty()) break;
      const std::size_t after = at_;
      skip(" \t");
      if (at_ < text_.size() && text_[at_] == '=') {
        ++at_;
        skip(" \t");
        std::string value;
        if (!take_value(value)) break;
        if (is_bearer_) keep(lower(word), std::move(value));
      } else {
        at_ = after;
        is_bearer_ = equals_ignoring_case(word, "bearer");
      }
    }
    return std::move(made_);
  }

 private:
  void skip(std::string_view among) {
    while (at_ < text_.size() && among.find(text_[at_]) != std::string_view::npos) ++at_;
  }

  std::string_view take_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_token_char(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool take_value(std::string& into) {
    if (at_ >= text_.size() || text_[at_] != '"') {
      into = take_word();
      return !into.empty();
    }
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      into += text_[at_];
    }
    if (at_ >= text_.size()) return false;  // No end: what was meant nobody knows.
    ++at_;
    return true;
  }

  // The first of a name counts: a second one is somebody's who could only append.
  void keep(const std::string& name, std::string value) {
    const bool is_bearable =
        value.size() <= value_bytes_max &&
        std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (!is_bearable) return;
    std::string* const place = name == "error"               ? &made_.error
                               : name == "scope"             ? &made_.scope
                               : name == "resource_metadata" ? &made_.resource_metadata
                                                             : nullptr;
    if (place == nullptr || !place->empty()) return;
    *place = name == "scope" ? scopes_in(value) : std::move(value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_bearer_ = false;
  Challenge made_;
};

}  // namespace

Challenge read_challenge(std::string_view text) {
  return text.size() > challenge_bytes_max ? Challenge{} : Reader(text).read();
}

std::string scopes_in(std::string_view text) {
  std::string out;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const bool is_scope = std::ranges::all_of(word, [](char c) {
      return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
    });
    if (!is_scope) return {};
    out.append(out.empty() ? "" : " ").append(word);
  }
  return out.size() <= value_bytes_max ? out : std::string();
}

}  // namespace claw::vault
