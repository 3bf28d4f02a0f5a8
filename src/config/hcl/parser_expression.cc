#include <fmt/format.h>

#include "base/text.h"
#include "config/hcl/parser.h"

namespace claw::config {

namespace {

struct Operator {
  std::string_view symbol;
  int level;  // Higher binds tighter.
};

constexpr Operator operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<", 4}, {">", 4}, {"<=", 4},
    {">=", 4}, {"+", 5},  {"-", 5},  {"*", 6},  {"/", 6}, {"%", 6},
};

}  // namespace

ExpressionPtr HclParser::parse_whole_expression() {
  const Newlines ignored(*this, false);
  ExpressionPtr expression = parse_expression();
  if (!at(TokenKind::end)) error_here("the end of the expression");
  return expression;
}

ExpressionPtr HclParser::parse_expression() {
  const Nested nested(*this);
  const std::size_t around = std::exchange(tallest_, 0);
  ExpressionPtr expression = parse_conditional();
  tallest_ = std::max(around, tallest_);
  return expression;
}

ExpressionPtr HclParser::parse_conditional() {
  const std::size_t begin = peek().begin;
  ExpressionPtr condition = parse_binary(1);
  if (lost_ || !accept("?")) return condition;
  ExpressionPtr when_true = parse_expression();
  expect(":");
  if (lost_) return broken();
  ExpressionPtr when_false = parse_expression();
  return grow(range_from(begin),
              Conditional{std::move(condition), std::move(when_true), std::move(when_false)});
}

ExpressionPtr HclParser::parse_binary(int level_min) {
  const std::size_t begin = peek().begin;
  ExpressionPtr left = parse_unary();
  while (!lost_ && at(TokenKind::symbol)) {
    const std::string_view symbol = text(peek());
    const auto* found = std::find_if(std::begin(operators), std::end(operators),
                                     [&](const Operator& each) { return each.symbol == symbol; });
    if (found == std::end(operators) || found->level < level_min) break;
    take();
    ExpressionPtr right = parse_binary(found->level + 1);
    left = grow(range_from(begin), Binary{found->symbol, std::move(left), std::move(right)});
  }
  return left;
}

ExpressionPtr HclParser::parse_unary() {
  if (!at("-") && !at("!")) return parse_postfix(parse_primary());
  const Nested nested(*this);
  const Token symbol = take();
  ExpressionPtr operand = parse_unary();
  return grow(range_from(symbol.begin), Unary{text(symbol), std::move(operand)});
}

ExpressionPtr HclParser::parse_postfix(ExpressionPtr expression) {
  while (!lost_) {
    if (at(".")) {
      expression = parse_dot(std::move(expression));
    } else if (at("[")) {
      expression = parse_bracket(std::move(expression));
    } else {
      break;
    }
  }
  return expression;
}

ExpressionPtr HclParser::parse_dot(ExpressionPtr object) {
  const std::size_t begin = object->range.begin;
  take();
  if (at(TokenKind::identifier)) {
    const Token name = take();
    return grow(range_from(begin), GetAttribute{std::move(object), std::string(text(name)), range(name)});
  }
  if (accept("*")) return parse_attribute_splat(std::move(object));
  // The index of old: `list.0`.
  if (at(TokenKind::number) && text(peek()).find_first_not_of("0123456789") == std::string_view::npos) {
    const Token number = take();
    auto key = make_expression(range(number), NumberLiteral{std::string(text(number))});
    return grow(range_from(begin), Index{std::move(object), std::move(key)});
  }
  error_here("a name after `.`");
  return broken();
}

ExpressionPtr HclParser::parse_bracket(ExpressionPtr collection) {
  const std::size_t begin = collection->range.begin;
  ExpressionPtr key;
  {
    const Newlines ignored(*this, false);
    take();
    if (!accept("*")) key = parse_expression();
    expect("]");
  }
  if (lost_) return broken();
  if (key) return grow(range_from(begin), Index{std::move(collection), std::move(key)});
  const Nested nested(*this);
  ExpressionPtr each = parse_postfix(make_expression(range_from(begin), SplatItem{}));
  return grow(range_from(begin), Splat{std::move(collection), std::move(each)});
}

// `.*` carries only names and old-style indices to the items; what follows applies to the list of results.
ExpressionPtr HclParser::parse_attribute_splat(ExpressionPtr source) {
  const std::size_t begin = source->range.begin;
  ExpressionPtr each = make_expression(range_from(begin), SplatItem{});
  while (!lost_ && at(".")) {
    each = parse_dot(std::move(each));
    if (each->as<Splat>() != nullptr) error(range_from(begin), "a splat within a splat", "use `[*]`");
  }
  return grow(range_from(begin), Splat{std::move(source), std::move(each)});
}

ExpressionPtr HclParser::parse_primary() {
  const Token& next = peek();
  if (next.kind == TokenKind::number) {
    const Token number = take();
    // `1a` and `1.` are no number followed by a name; nobody who writes them means that.
    if (at_ < tokens_.size() && tokens_[at_].begin == number.end &&
        tokens_[at_].kind == TokenKind::identifier) {
      error(span(range(number), range(tokens_[at_])), "this is not a number", "quote it if it is text");
    }
    return make_expression(range(number), NumberLiteral{std::string(text(number))});
  }
  if (next.kind == TokenKind::quote_open || next.kind == TokenKind::heredoc_open) return parse_string();
  if (next.kind == TokenKind::identifier) return parse_word();
  if (at("(")) return parse_parentheses();
  if (at("[")) return parse_tuple();
  if (at("{")) return parse_object();
  error_here("a value");
  return broken();
}

ExpressionPtr HclParser::parse_word() {
  const Token word = take();
  if (at("(") || at("::")) return parse_call(word);
  const std::string_view name = text(word);
  if (name == "true" || name == "false") return make_expression(range(word), BooleanLiteral{name == "true"});
  if (name == "null") return make_expression(range(word), NullLiteral{});
  return make_expression(range(word), Variable{std::string(name)});
}

ExpressionPtr HclParser::parse_call(const Token& first) {
  Call call{.name = std::string(text(first)), .arguments = {}};
  while (!lost_ && accept("::")) {
    if (!at(TokenKind::identifier)) {
      error_here("a function name after `::`");
      break;
    }
    call.name += "::";
    call.name += text(take());
  }
  {
    const Newlines ignored(*this, false);
    expect("(");
    parse_arguments(call);
  }
  return grow(range_from(first.begin), std::move(call));
}

void HclParser::parse_arguments(Call& call) {
  while (!lost_ && !accept(")")) {
    call.arguments.push_back(parse_expression());
    if (accept("...")) {
      call.expands = true;
      accept(",");
      return expect(")");
    }
    if (!at(")") && !accept(",")) error_here("`,` or `)`");
  }
}

ExpressionPtr HclParser::parse_parentheses() {
  const std::size_t begin = peek().begin;
  ExpressionPtr inner;
  {
    const Newlines ignored(*this, false);
    take();
    inner = parse_expression();
    expect(")");
  }
  return grow(range_from(begin), Parentheses{std::move(inner)});
}

ExpressionPtr HclParser::parse_tuple() {
  const std::size_t begin = peek().begin;
  Tuple tuple;
  {
    const Newlines ignored(*this, false);
    take();
    if (accept("for")) return parse_for(begin, "]");
    while (!lost_ && !accept("]")) {
      tuple.items.push_back(parse_expression());
      if (!at("]") && !accept(",")) error_here("`,` or `]`");
    }
  }
  return grow(range_from(begin), std::move(tuple));
}

ExpressionPtr HclParser::parse_object() {
  const std::size_t begin = peek().begin;
  const Newlines matter(*this, true);
  take();
  skip_newlines();
  if (accept("for")) {
    const Newlines ignored(*this, false);
    return parse_for(begin, "}");
  }
  Object object;
  parse_object_items(object);
  return grow(range_from(begin), std::move(object));
}

void HclParser::parse_object_items(Object& object) {
  while (!lost_ && !accept("}")) {
    ExpressionPtr key = parse_object_key();
    if (!lost_ && !accept("=") && !accept(":")) error_here("`=` after the key");
    if (lost_) return;
    ExpressionPtr value = parse_expression();
    object.items.push_back({std::move(key), std::move(value)});
    if (lost_) return;
    if (!at("}") && !at(TokenKind::newline) && !accept(",")) return error_here("`,`, `}` or a new line");
    skip_newlines();
  }
}

// A bare word is text; anything longer that looks like a name could be meant either way and is refused.
ExpressionPtr HclParser::parse_object_key() {
  const Token first = peek();
  ExpressionPtr key = parse_expression();
  const auto bare = [&](std::string_view word) {
    LiteralText text;
    text.append(word, first.begin);
    return make_expression(range(first), StringLiteral{std::move(text)});
  };
  if (key->as<Variable>() || key->as<BooleanLiteral>() || key->as<NullLiteral>()) return bare(text(first));
  if (key->as<GetAttribute>() || (key->as<Index>() && first.kind == TokenKind::identifier)) {
    const std::string_view written = sources_.text(key->range);
    error(key->range, "this key is ambiguous",
          fmt::format("write \"{}\" for text, or {}", printable(written, 60),
                      quoted(fmt::format("({})", written))));
  }
  return key;
}

ExpressionPtr HclParser::parse_for(std::size_t begin, std::string_view close) {
  For loop;
  parse_for_names(loop);
  if (!lost_) loop.collection = parse_expression();
  if (!lost_) expect(":");
  if (!lost_) loop.value = parse_expression();
  if (lost_) return broken();
  const Token arrow = peek();
  if (accept("=>")) {
    if (close == "]") error(range(arrow), "a list takes no `=>`", "use `{for ...}` to make an object");
    loop.key = std::exchange(loop.value, parse_expression());
    loop.groups = !lost_ && accept("...");
  } else if (close == "}") {
    error_here("`=>` and a value", "use `[for ...]` to make a list");
  }
  if (!lost_ && accept("if")) loop.condition = parse_expression();
  if (!lost_) expect(close);
  if (lost_) return broken();
  return grow(range_from(begin), std::move(loop));
}

// `k, v in` or `v in`
void HclParser::parse_for_names(For& loop) {
  if (!at(TokenKind::identifier)) return error_here("a name for the item");
  loop.value_name = text(take());
  if (accept(",")) {
    if (!at(TokenKind::identifier)) return error_here("a second name");
    loop.key_name = std::exchange(loop.value_name, std::string(text(take())));
  }
  expect("in");
}

}  // namespace claw::config
