#include "shell/command_line.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace claw::shell {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

// As the first word, unquoted: POSIX's own, and what common shells add to them.
constexpr std::string_view reserved[] = {
    "!",  "{",  "}",    "case",  "do",    "done", "elif", "else",     "esac",   "fi",   "for",
    "if", "in", "then", "until", "while", "[[",   "]]",   "function", "select", "time", "coproc"};

Error needs_shell(std::string_view what) {
  return {Code::unsupported, "this needs a shell, and none runs: " + std::string(what), {}};
}

bool is_reserved(std::string_view word) { return std::ranges::find(reserved, word) != std::end(reserved); }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> read() {
    while (at_ < text_.size()) CLAW_TRY_DONE(step());
    CLAW_TRY_DONE(end_word());
    if (words_.empty()) return invalid("there is no command");
    if (words_.front().empty()) return invalid("the command has no name");
    return std::move(words_);
  }

 private:
  Status step() {
    const char c = text_[at_];
    if (blanks.find(c) != blanks.npos) {
      ++at_;
      return end_word();
    }
    switch (c) {
      case '\n': return line_end();
      case '\'': return single_quotes();
      case '"': return double_quotes();
      case '\\': return escape();
      case '$': return needs_shell("an expansion (`$`)");
      case '`': return needs_shell("a command substitution");
      case '|': return needs_shell("a pipe or a list of commands (`|`)");
      case '&': return needs_shell("a list of commands, or one in the background (`&`)");
      case ';': return needs_shell("a list of commands (`;`)");
      case '<':
      case '>': return needs_shell("a redirection");
      case '(':
      case ')': return needs_shell("a subshell or a function");
      case '#': return in_word_ ? plain(c) : Status(needs_shell("a comment"));
      case '~': return in_word_ && !word_.empty() && word_.back() != '=' && word_.back() != ':'
                           ? plain(c) : Status(needs_shell("a home folder (`~`)"));
      case '{':
      case '}':
        has_brace_ = true;
        return plain(c);
      case ',': has_comma_ = true; return plain(c);
      case '.':
        has_comma_ = has_comma_ || (in_word_ && !word_.empty() && word_.back() == '.');
        return plain(c);
      default: return plain(c);
    }
  }

  Status plain(char c) {
    if (is_control(c)) return invalid("a control character outside quotes");
    begin_word();
    word_ += c;
    ++at_;
    return Done{};
  }

  // Blank lines before and behind a command change nothing; anything else behind it is another command.
  Status line_end() {
    CLAW_TRY_DONE(end_word());
    ++at_;
    const bool is_last = text_.find_first_not_of(" \t\n", at_) == text_.npos;
    return words_.empty() || is_last ? Status(Done{}) : Status(needs_shell("several lines"));
  }

  Status single_quotes() {
    begin_word();
    quote();
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == text_.npos) return invalid("a quote (`'`) that does not close");
    word_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return Done{};
  }

  Status double_quotes() {
    begin_word();
    quote();
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return ++at_, Done{};
      if (c == '$') return needs_shell("an expansion (`$`) in double quotes");
      if (c == '`') return needs_shell("a command substitution in double quotes");
      if (c != '\\' || at_ + 1 == text_.size()) {
        word_ += c;
        continue;
      }
      const char next = text_[at_ + 1];
      constexpr std::string_view escaped = "$`\"\\";
      if (escaped.find(next) == escaped.npos && next != '\n') {
        word_ += c;
        continue;
      }
      ++at_;
      if (next != '\n') word_ += next;
    }
    return invalid("a quote (`\"`) that does not close");
  }

  Status escape() {
    if (at_ + 1 == text_.size()) return invalid("a `\\` with nothing behind it");
    const char next = text_[at_ + 1];
    at_ += 2;
    if (next == '\n') return Done{};  // The line goes on.
    if (is_control(next)) return invalid("a control character outside quotes");
    begin_word();
    quote();
    word_ += next;
    return Done{};
  }

  void begin_word() { in_word_ = true; }
  void quote() { quoted_at_ = std::min(quoted_at_, word_.size()); }

  Status end_word() {
    if (!in_word_) return Done{};
    // Quoted or not, `{a,b}` may be one word or two, depending on which shell would have read it.
    if (has_brace_ && has_comma_) return needs_shell("a list of alternatives (`{…}`)");
    if (words_.empty() && quoted_at_ == word_.npos && is_reserved(word_)) {
      return needs_shell("the word " + quoted(word_));
    }
    if (words_.empty() && is_assignment()) return needs_shell("a variable for the command's environment");
    if (words_.size() == words_max) return Error{Code::limit, "too many words", {}};
    words_.push_back(std::exchange(word_, {}));
    in_word_ = has_brace_ = has_comma_ = false;
    quoted_at_ = word_.npos;
    return Done{};
  }

  // `NAME=…` before the command; with a quote before the `=` it is the name of a command.
  bool is_assignment() const {
    const std::size_t equals = word_.find('=');
    if (equals == 0 || equals == word_.npos || quoted_at_ <= equals) return false;
    const std::string_view name = std::string_view(word_).substr(0, equals);
    const bool ends_in_plus = name.ends_with('+');
    return name.substr(0, name.size() - (ends_in_plus ? 1 : 0)).find_first_not_of(letters) == name.npos;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  std::size_t quoted_at_ = std::string::npos;  // Where in the word the first quote stood.
  bool in_word_ = false;
  bool has_brace_ = false;
  bool has_comma_ = false;  // Or `..`: what makes braces alternatives.
};

}  // namespace

Result<std::vector<std::string>> read_command_line(std::string_view text) {
  if (text.size() > command_bytes_max) return Error{Code::limit, "the command line is too long", {}};
  if (text.find('\0') != text.npos || !is_utf8(text)) return invalid("the command line is no text");
  return Reader(text).read();
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    const bool is_first = &word == &words.front();
    if (!is_first) line += ' ';
    const bool may_mean_more = is_first && (word.find('=') != word.npos || is_reserved(word));
    if (!word.empty() && !may_mean_more && word.find_first_not_of(safe) == word.npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) {
      if (c == '\'') line += "'\\''";
      else line += c;
    }
    line += '\'';
  }
  return line;
}

}  // namespace claw::shell
