#include "config/hcl/parser.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::config {

namespace {

// What a token is called when it stands where something else should.
std::string describe(const Token& token, std::string_view text) {
  switch (token.kind) {
    case TokenKind::newline: return "the end of the line";
    case TokenKind::end: return "the end of the file";
    case TokenKind::quote_open: return "a string";
    case TokenKind::heredoc_open: return "a heredoc";
    case TokenKind::number: return fmt::format("the number {}", quoted(text));
    case TokenKind::identifier:
    case TokenKind::symbol:
    case TokenKind::quote_close:
    case TokenKind::heredoc_close:
    case TokenKind::literal:
    case TokenKind::template_open:
    case TokenKind::template_close:
    case TokenKind::invalid: return quoted(text);
  }
  return quoted(text);
}

// How a token changes the number of brackets that are open.
int nesting_of(const Token& token, std::string_view text) {
  switch (token.kind) {
    case TokenKind::quote_open:
    case TokenKind::heredoc_open:
    case TokenKind::template_open: return 1;
    case TokenKind::quote_close:
    case TokenKind::heredoc_close:
    case TokenKind::template_close: return -1;
    case TokenKind::symbol:
      if (text == "{" || text == "[" || text == "(") return 1;
      return text == "}" || text == "]" || text == ")" ? -1 : 0;
    case TokenKind::identifier:
    case TokenKind::number:
    case TokenKind::newline:
    case TokenKind::literal:
    case TokenKind::invalid:
    case TokenKind::end: return 0;
  }
  return 0;
}

}  // namespace

HclParser::HclParser(const Sources& sources, FileId file, Reading reading, Diagnostics& diagnostics)
    : sources_(sources), file_(file), diagnostics_(diagnostics),
      tokens_(tokenize(sources, file, reading, diagnostics)) {}

HclParser::Nested::Nested(HclParser& parser) : parser_(parser) {
  if (++parser_.depth_ > nesting_max) parser_.give_up(parser_.range(parser_.peek()));
}

void HclParser::give_up(const Range& range) {
  error(range, fmt::format("nested more than {} deep", nesting_max), "the rest of the file was not read");
  gave_up_ = lost_ = true;
  at_ = tokens_.size() - 1;
}

const Token& HclParser::peek() {
  while (!newlines_matter_ && tokens_[at_].kind == TokenKind::newline) ++at_;
  return tokens_[at_];
}

bool HclParser::at(std::string_view symbol) {
  const Token& next = peek();
  return (next.kind == TokenKind::symbol || next.kind == TokenKind::identifier) && text(next) == symbol;
}

bool HclParser::accept(std::string_view symbol) {
  if (!at(symbol)) return false;
  take();
  return true;
}

void HclParser::expect(std::string_view symbol) {
  if (!accept(symbol)) error_here(quoted(symbol));
}

Token HclParser::take() {
  const Token token = peek();
  if (token.kind != TokenKind::end) ++at_;
  last_end_ = token.end;
  return token;
}

void HclParser::skip_newlines() {
  while (tokens_[at_].kind == TokenKind::newline) ++at_;
}

std::string_view HclParser::text(const Token& token) const { return sources_.text(range(token)); }

Range HclParser::range(const Token& token) const { return {file_, token.begin, token.end}; }

Range HclParser::range_from(std::size_t begin) const { return {file_, begin, std::max(begin, last_end_)}; }

void HclParser::error(const Range& range, std::string text, std::string hint) {
  if (lost_) return;
  lost_ = true;
  diagnostics_.error(range, std::move(text), std::move(hint));
}

void HclParser::error_here(std::string_view expected, std::string hint) {
  const Token& found = peek();
  if (found.kind == TokenKind::invalid) lost_ = true;  // The lexer has said what is wrong with it.
  error(range(found), fmt::format("expected {}, found {}", expected, describe(found, text(found))),
        std::move(hint));
}

ExpressionPtr HclParser::broken() { return make_expression(range(tokens_[at_]), BrokenExpression{}); }

std::size_t HclParser::column(const Token& token) const {
  return token.begin - sources_.line_of(file_, token.begin).begin;
}

// Brackets say where the statement ends; one that was forgotten would swallow the file, so a line that is
// indented like the statement and starts like one counts as the next.
void HclParser::recover(const Token& statement) {
  lost_ = gave_up_;
  newlines_matter_ = true;
  const std::size_t error_at = at_;
  const auto first =
      std::lower_bound(tokens_.begin(), tokens_.end(), statement.begin,
                       [](const Token& token, std::size_t begin) { return token.begin < begin; });
  at_ = static_cast<std::size_t>(first - tokens_.begin());
  int open = 0;
  for (; tokens_[at_].kind != TokenKind::end; ++at_) {
    const Token& token = tokens_[at_];
    const bool brace = token.kind == TokenKind::symbol && text(token) == "}";  // Not one inside a string.
    if (at_ >= error_at && open <= 0 && (token.kind == TokenKind::newline || brace)) return;
    if (at_ > error_at && open > 0 && tokens_[at_ - 1].kind == TokenKind::newline) {
      const bool starts = token.kind == TokenKind::identifier || brace;
      if (starts && column(token) <= column(statement)) return;
    }
    open += nesting_of(token, text(token));
  }
}

bool HclParser::recover_at_brace() {
  lost_ = gave_up_;
  while (!at(TokenKind::newline) && !at(TokenKind::end) && !at("{")) take();
  return at("{");
}

}  // namespace claw::config
