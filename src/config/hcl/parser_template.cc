#include <fmt/format.h>

#include <limits>

#include "base/text.h"
#include "config/hcl/parser.h"

namespace claw::config {

struct HclParser::Part {
  enum Kind { literal, value, if_, else_, endif, for_, endfor };
  Kind kind = literal;
  Range range;
  LiteralText text = {};          // literal
  ExpressionPtr expression = {};  // value, if_
  For loop = {};                  // for_, still without its value
};

namespace {

std::size_t leading_spaces(std::string_view text, std::size_t* bytes) {
  std::size_t count = 0;
  *bytes = 0;
  while (const std::size_t length = space_length(text.substr(*bytes))) {
    *bytes += length;
    ++count;
  }
  return count;
}

std::size_t bytes_of_characters(std::string_view spaces, std::size_t count) {
  std::size_t bytes = 0;
  while (count-- > 0) bytes += space_length(spaces.substr(bytes));
  return bytes;
}

}  // namespace

ExpressionPtr HclParser::parse_string() {
  const Nested nested(*this);
  const Token open = take();
  if (lost_) return broken();
  const bool heredoc = open.kind == TokenKind::heredoc_open;
  const TokenKind close = heredoc ? TokenKind::heredoc_close : TokenKind::quote_close;
  Parts parts = parse_parts(close, heredoc ? Quoting::bare : Quoting::quoted);
  if (lost_) return broken();
  take();
  if (text(open).starts_with("<<-")) flush_heredoc(parts);
  return build_template(std::move(parts), range_from(open.begin));
}

ExpressionPtr HclParser::parse_whole_template() {
  Parts parts = parse_parts(TokenKind::end, Quoting::bare);
  return build_template(std::move(parts), range_from(0));
}

LiteralText HclParser::parse_label() {
  const Token open = take();
  LiteralText out;
  if (at(TokenKind::literal)) {
    const Token token = take();
    out = decode_literal(text(token), range(token), Quoting::quoted, diagnostics_);
  }
  if (at(TokenKind::template_open))
    error(range(peek()), "a label is plain text", "write `$${` for a literal `${`");
  if (!at(TokenKind::quote_close)) error(range_from(open.begin), "this label is never closed");
  if (!lost_) take();
  return out;
}

HclParser::Parts HclParser::parse_parts(TokenKind close, Quoting quoting) {
  Parts parts;
  bool trims_front = false;
  while (!lost_ && !at(close)) {
    if (at(TokenKind::literal)) {
      const Token token = take();
      Part part{.range = range(token),
                .text = decode_literal(text(token), range(token), quoting, diagnostics_)};
      if (trims_front) part.text.trim_front();
      trims_front = false;
      parts.push_back(std::move(part));
    } else if (at(TokenKind::template_open)) {
      if (text(peek()).ends_with('~') && !parts.empty()) parts.back().text.trim_back();
      parts.push_back(parse_sequence_part());
      trims_front = text(tokens_[at_ - 1]) == "~}";
    } else {
      error_here("the end of the string");
      lost_ = true;
    }
  }
  return parts;
}

HclParser::Part HclParser::parse_sequence_part() {
  const Newlines ignored(*this, false);
  const Token open = take();
  Part part;
  if (text(open).starts_with('$')) {
    part.kind = Part::value;
    part.expression = parse_expression();
  } else {
    parse_directive(part);
  }
  if (!at(TokenKind::template_close)) error_here("`}` to close the template sequence");
  if (!lost_) take();
  part.range = range_from(open.begin);
  return part;
}

void HclParser::parse_directive(Part& part) {
  if (accept("if")) {
    part.kind = Part::if_;
    part.expression = parse_expression();
  } else if (accept("else")) {
    part.kind = Part::else_;
  } else if (accept("endif")) {
    part.kind = Part::endif;
  } else if (accept("for")) {
    part.kind = Part::for_;
    parse_for_names(part.loop);
    if (!lost_) part.loop.collection = parse_expression();
  } else if (accept("endfor")) {
    part.kind = Part::endfor;
  } else {
    error_here("`if`, `else`, `endif`, `for` or `endfor`", "write `%%{` for a literal `%{`");
  }
}

// `<<-`: the spaces that all lines share are taken off; lines of nothing but space do not count.
void HclParser::flush_heredoc(Parts& parts) {
  std::size_t shared = std::numeric_limits<std::size_t>::max();
  std::vector<LiteralText*> lines;
  bool line_start = true;
  for (Part& part : parts) {
    if (std::exchange(line_start, false)) {
      std::size_t bytes = 0;
      const std::size_t spaces = part.kind == Part::literal ? leading_spaces(part.text.text, &bytes) : 0;
      const bool blank = bytes == part.text.text.size() && part.text.text.ends_with('\n');
      if (!blank) shared = std::min(shared, spaces);
      if (!blank && part.kind == Part::literal) lines.push_back(&part.text);
    }
    line_start = part.text.text.ends_with('\n');
  }
  for (LiteralText* line : lines) line->drop_front(bytes_of_characters(line->text, shared));
}

ExpressionPtr HclParser::build_template(Parts parts, const Range& range) {
  if (lost_) return broken();
  if (parts.size() == 1 && parts.front().kind == Part::value) {
    return grow(range, TemplateWrap{std::move(parts.front().expression)});
  }
  std::size_t at = 0;
  ExpressionPtr built = build_sequence(parts, at, range);
  if (at < parts.size()) error(parts[at].range, "nothing is open that this could end or divide");
  return built;
}

// Everything up to the directive that ends the sequence; runs of literals become one.
ExpressionPtr HclParser::build_sequence(Parts& parts, std::size_t& at, const Range& range) {
  const Nested nested(*this);
  Template sequence;
  LiteralText text;
  const auto flush = [&] {
    if (!text.text.empty())
      sequence.parts.push_back(make_expression(range, StringLiteral{std::exchange(text, {})}));
  };
  for (; !lost_ && at < parts.size(); ++at) {
    Part& part = parts[at];
    if (part.kind == Part::else_ || part.kind == Part::endif || part.kind == Part::endfor) break;
    if (part.kind == Part::literal) {
      text.append(part.text);
      continue;
    }
    flush();
    if (part.kind == Part::value) sequence.parts.push_back(std::move(part.expression));
    if (part.kind == Part::if_) sequence.parts.push_back(build_if(parts, at));
    if (part.kind == Part::for_) sequence.parts.push_back(build_for(parts, at));
  }
  if (sequence.parts.empty()) return make_expression(range, StringLiteral{std::move(text)});
  flush();
  return grow(range, std::move(sequence));
}

// These two leave `at` on their end directive.
ExpressionPtr HclParser::build_if(Parts& parts, std::size_t& at) {
  const Range opened = parts[at].range;
  Conditional conditional;
  conditional.condition = std::move(parts[at++].expression);
  conditional.when_true = build_sequence(parts, at, opened);
  if (!lost_ && at < parts.size() && parts[at].kind == Part::else_) {
    conditional.when_false = build_sequence(parts, ++at, opened);
  } else {
    conditional.when_false = make_expression(opened, StringLiteral{});
  }
  expect_end(parts, at, Part::endif, opened, "endif");
  return grow(opened, std::move(conditional));
}

ExpressionPtr HclParser::build_for(Parts& parts, std::size_t& at) {
  const Range opened = parts[at].range;
  For loop = std::move(parts[at++].loop);
  loop.value = build_sequence(parts, at, opened);
  expect_end(parts, at, Part::endfor, opened, "endfor");
  return grow(opened, TemplateJoin{grow(opened, std::move(loop))});
}

void HclParser::expect_end(const Parts& parts, std::size_t at, int wanted, const Range& opened,
                           std::string_view word) {
  if (at < parts.size() && parts[at].kind == wanted) return;
  error(opened, fmt::format("this is never closed with `%{{ {} }}`", word));
}

}  // namespace claw::config
