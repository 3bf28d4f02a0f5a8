#include "config/hcl/lexer.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/hcl/text.h"

namespace claw::config {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Longest first, so that the first match is the right one.
constexpr std::string_view symbols[] = {
    "...", "==", "!=", "<=", ">=", "&&", "||", "=>", "::", "{", "}", "[", "]", "(", ")", ",",
    ".",   "=",  ":",  "?",  "+",  "-",  "*",  "/",  "%",  "!", "<", ">",
};

struct Foreign {
  std::string_view text;
  std::string_view hint;
};

// Habits from other languages.
constexpr Foreign foreign[] = {
    {"'", "strings stand in double quotes"},
    {"`", "strings stand in double quotes"},
    {";", "each attribute stands on a line of its own"},
    {"&", "the logical operator is `&&`"},
    {"|", "the logical operator is `||`"},
};

enum class ModeKind { code, quoted, heredoc, bare };

struct Mode {
  ModeKind kind = ModeKind::code;
  std::size_t begin = 0;      // Of what opened it.
  std::size_t end = 0;
  std::size_t braces = 0;     // code: `{` still open.
  std::string_view marker = {};  // heredoc
  bool line_start = true;     // heredoc
};

class Lexer {
 public:
  Lexer(const Sources& sources, FileId file, Diagnostics& diagnostics)
      : text_(sources.text(file)), file_(file), diagnostics_(diagnostics) {}

  std::vector<Token> run(Reading reading) {
    modes_.push_back({.kind = reading == Reading::plain ? ModeKind::code : ModeKind::bare});
    while (at_ < text_.size()) step();
    report_open();
    add(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  Mode& mode() { return modes_.back(); }

  void add(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(at_ + length)});
    at_ += length;
  }

  void open(ModeKind kind, TokenKind token, std::size_t length) {
    if (modes_.size() > nesting_max) {
      error(at_, at_ + length, fmt::format("nested more than {} deep", nesting_max), {});
      return skip_rest();
    }
    modes_.push_back({.kind = kind, .begin = at_, .end = at_ + length});
    add(token, length);
  }

  void close(TokenKind token, std::size_t length) {
    add(token, length);
    modes_.pop_back();
  }

  void error(std::size_t begin, std::size_t end, std::string text, std::string hint) {
    diagnostics_.error({file_, begin, end}, std::move(text), std::move(hint));
  }

  void skip_rest() {
    add(TokenKind::invalid, text_.size() - at_);
    modes_.resize(1);
  }

  void step() {
    switch (mode().kind) {
      case ModeKind::code: return step_code();
      case ModeKind::quoted: return step_quoted();
      case ModeKind::heredoc: return step_heredoc();
      case ModeKind::bare: return step_template_text();
    }
  }

  void step_code() {
    const char c = rest().front();
    if (c == ' ' || c == '\t') {
      ++at_;
    } else if (c == '\n') {
      add(TokenKind::newline, 1);
    } else if (rest().starts_with("\r\n")) {
      add(TokenKind::newline, 2);
    } else if (c == '#' || rest().starts_with("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (rest().starts_with("/*")) {
      skip_comment();
    } else if (is_digit(c)) {
      add(TokenKind::number, number_length());
    } else if (c == '"') {
      open(ModeKind::quoted, TokenKind::quote_open, 1);
    } else if (rest().starts_with("<<")) {
      open_heredoc();
    } else if (const std::size_t length = identifier_length(rest())) {
      add(TokenKind::identifier, length);
    } else {
      step_symbol();
    }
  }

  void skip_comment() {
    const std::size_t close = text_.find("*/", at_ + 2);
    if (close == std::string_view::npos) {
      error(at_, at_ + 2, "this comment is never closed", "close it with `*/`");
      return skip_rest();
    }
    at_ = close + 2;
  }

  std::size_t digits(std::size_t from) const {
    std::size_t length = 0;
    while (from + length < text_.size() && is_digit(text_[from + length])) ++length;
    return length;
  }

  std::size_t number_length() const {
    std::size_t length = digits(at_);
    if (rest().substr(length).starts_with('.')) {
      if (const std::size_t fraction = digits(at_ + length + 1)) length += 1 + fraction;
    }
    const std::string_view tail = rest().substr(length);
    if (tail.starts_with('e') || tail.starts_with('E')) {
      const std::size_t sign = tail.size() > 1 && (tail[1] == '+' || tail[1] == '-') ? 1 : 0;
      if (const std::size_t exponent = digits(at_ + length + 1 + sign)) length += 1 + sign + exponent;
    }
    return length;
  }

  void step_symbol() {
    Mode& code = mode();
    const bool inside = modes_.size() > 1 && code.braces == 0;
    if (inside && (rest().starts_with('}') || rest().starts_with("~}"))) {
      return close(TokenKind::template_close, rest().starts_with('}') ? 1 : 2);
    }
    for (const std::string_view symbol : symbols) {
      if (!rest().starts_with(symbol)) continue;
      if (symbol == "{") ++code.braces;
      if (symbol == "}" && code.braces > 0) --code.braces;
      return add(TokenKind::symbol, symbol.size());
    }
    report_foreign();
  }

  void report_foreign() {
    std::size_t length = 1;
    while (length < rest().size() && (static_cast<unsigned char>(rest()[length]) & 0xC0) == 0x80) ++length;
    const std::string_view found = rest().substr(0, length);
    std::string_view hint;
    for (const Foreign& habit : foreign) {
      if (habit.text == found) hint = habit.hint;
    }
    if (space_length(found) > 0) hint = "only spaces and tabs may separate words";
    if (found == "'") length = single_quoted_length();
    error(at_, at_ + length, fmt::format("the character {} has no meaning here", quoted(found)),
          std::string(hint));
    add(TokenKind::invalid, length);
  }

  // To the closing `'` of the line, so that its text is not taken for code.
  std::size_t single_quoted_length() const {
    const std::size_t end = text_.find_first_of("'\n", at_ + 1);
    return end != std::string_view::npos && text_[end] == '\'' ? end + 1 - at_ : 1;
  }

  void open_heredoc() {
    const bool flush = rest().starts_with("<<-");
    const std::size_t name_at = at_ + (flush ? 3 : 2);
    const std::string_view name = text_.substr(name_at, identifier_length(text_.substr(name_at)));
    const std::string_view after = text_.substr(name_at + name.size());
    const std::size_t line_end = after.starts_with('\n') ? 1 : after.starts_with("\r\n") ? 2 : 0;
    if (name.empty() || line_end == 0) return report_heredoc(name);
    open(ModeKind::heredoc, TokenKind::heredoc_open, name_at - at_ + name.size() + line_end);
    if (mode().kind == ModeKind::heredoc) mode().marker = name;
  }

  void report_heredoc(std::string_view name) {
    const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = trim(text_.substr(at_, line_end - at_));
    std::string hint = "write `<<NAME`, the text on the next lines, and `NAME` alone on the last";
    if (name == "file") hint = fmt::format("an include stands in quotes: \"{}\"", printable(line, 100));
    error(at_, at_ + line.size(), "a heredoc needs a name and then the end of the line", std::move(hint));
    add(TokenKind::invalid, line.size());
  }

  void step_quoted() {
    if (rest().front() == '"') return close(TokenKind::quote_close, 1);
    if (rest().front() == '\n' || rest().starts_with("\r\n")) {
      error(mode().begin, at_, "this string is not closed on its line",
            "close it with `\"`, or use a heredoc for text of several lines");
      return close(TokenKind::quote_close, 0);
    }
    step_template_text();
  }

  void step_heredoc() {
    if (mode().line_start) {
      const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
      if (trim(text_.substr(at_, line_end - at_)) == mode().marker) return close_heredoc(line_end);
    }
    mode().line_start = false;
    step_template_text();
    if (mode().kind == ModeKind::heredoc) mode().line_start = text_[at_ - 1] == '\n';
  }

  // HCL wants the closing name to have a line end, so a file cut off there is not mistaken for a whole one.
  void close_heredoc(std::size_t line_end) {
    at_ = text_.find(mode().marker, at_);
    if (line_end == text_.size()) {
      error(at_, at_ + mode().marker.size(), "the closing name of a heredoc needs a line end after it",
            "end the file with a newline");
    }
    close(TokenKind::heredoc_close, mode().marker.size());
  }

  // A run of text, or the `${` or `%{` that ends it.
  void step_template_text() {
    const std::size_t end = literal_end();
    if (end > at_) return add(TokenKind::literal, end - at_);
    open(ModeKind::code, TokenKind::template_open, text_.substr(at_ + 2).starts_with('~') ? 3 : 2);
  }

  std::size_t literal_end() const {
    const ModeKind kind = modes_.back().kind;
    std::size_t end = at_;
    while (end < text_.size()) {
      const std::string_view here = text_.substr(end);
      const bool escaped = here.starts_with("$${") || here.starts_with("%%{");
      if (!escaped && (here.starts_with("${") || here.starts_with("%{"))) break;
      if (kind == ModeKind::heredoc && here.front() == '\n') return end + 1;
      if (kind == ModeKind::quoted &&
          (here.front() == '"' || here.front() == '\n' || here.starts_with("\r\n")))
        break;
      const bool backslash = kind == ModeKind::quoted && here.front() == '\\' && here.size() > 1 &&
                             here[1] != '\n' && here[1] != '\r';
      end += escaped ? 3 : backslash ? 2 : 1;
    }
    return end;
  }

  // Only the innermost: whatever surrounds it is open because it is.
  void report_open() {
    const Mode& open = mode();
    if (modes_.size() == 1) return;
    switch (open.kind) {
      case ModeKind::quoted: return error(open.begin, open.end, "this string is never closed", {});
      case ModeKind::code:
        return error(open.begin, open.end, "this template sequence is never closed", "close it with `}`");
      case ModeKind::heredoc:
        return error(open.begin, open.begin + trim(text_.substr(open.begin, open.end - open.begin)).size(),
                     fmt::format("this heredoc is never closed: no line holds only {}", quoted(open.marker)),
                     {});
      case ModeKind::bare: return;
    }
  }

  std::string_view text_;
  FileId file_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  std::vector<Mode> modes_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(const Sources& sources, FileId file, Reading reading, Diagnostics& diagnostics) {
  return Lexer(sources, file, diagnostics).run(reading);
}

}  // namespace claw::config
