#include "cel/syntax/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace claw::cel {
namespace {

struct Operator {
  std::string_view symbol;
  int precedence;
  std::string_view function;
};
constexpr int lowest = 1;
constexpr std::array<Operator, 14> operators{{
    {"||", 1, "_||_"}, {"&&", 2, "_&&_"},
    {"==", 3, "_==_"}, {"!=", 3, "_!=_"}, {"<", 3, "_<_"}, {"<=", 3, "_<=_"}, {">", 3, "_>_"},
    {">=", 3, "_>=_"}, {"in", 3, "@in"},
    {"+", 4, "_+_"}, {"-", 4, "_-_"}, {"*", 5, "_*_"}, {"/", 5, "_/_"}, {"%", 5, "_%_"},
}};

const Operator* operator_of(const Token& token) {
  if (token.kind != TokenKind::symbol && token.kind != TokenKind::identifier) return nullptr;
  const auto* found = std::ranges::find(operators, token.source, &Operator::symbol);
  return found == operators.end() ? nullptr : found;
}

// Words of the grammar, which are never names; and words kept free for languages CEL is embedded in,
// which may still name a field or a method.
constexpr std::array<std::string_view, 4> keywords = {"true", "false", "null", "in"};
constexpr std::array<std::string_view, 17> reserved = {"as", "break", "const", "continue", "else", "for",
    "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"};
bool is_keyword(std::string_view word) { return std::ranges::find(keywords, word) != keywords.end(); }
bool is_reserved(std::string_view word) { return std::ranges::find(reserved, word) != reserved.end(); }

std::string where(std::uint32_t offset, std::uint32_t length) { return fmt::format("{}:{}", offset, length); }

template <class T>
std::optional<T> read(std::string_view digits, int radix) {
  T value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Literal> read_number(const Token& token, bool negative) {
  std::string text = (negative ? "-" : "") + std::string(token.source);
  if (token.kind == TokenKind::real) {
    double value = 0;
    const auto failed = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    if (failed == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
    if (!std::isfinite(value)) return std::nullopt;
    return value;
  }
  const bool is_unsigned = token.kind == TokenKind::unsigned_integer;
  if (is_unsigned) text.pop_back();
  const std::size_t hex = text.find("0x");
  if (hex != std::string::npos) text.erase(hex, 2);
  const int radix = hex != std::string::npos ? 16 : 10;
  if (!is_unsigned) return read<std::int64_t>(text, radix);
  return read<std::uint64_t>(text, radix);
}

}  // namespace

Error Parser::error_at(const Token& token, std::string what) const {
  return invalid(std::move(what), where(token.offset, std::max(token.length, 1U)));
}
Error Parser::error_at(NodeId id, std::string what) const {
  return invalid(std::move(what), where(ast_.at(id).offset, ast_.at(id).length));
}
Error Parser::unexpected(std::string_view wanted) const {
  if (token_.kind == TokenKind::end) {
    return error_at(token_, fmt::format("the expression ends where {} should be", wanted));
  }
  return error_at(token_, fmt::format("found {} where {} should be", quoted(token_.source), wanted));
}

Status Parser::advance() {
  end_ = token_.offset + token_.length;
  CLAW_TRY(token_, lexer_.next());
  return Done{};
}
Status Parser::expect(std::string_view symbol) {
  if (!token_.is(symbol)) return unexpected(fmt::format("`{}`", symbol));
  return advance();
}
Result<bool> Parser::take(std::string_view symbol) {
  if (!token_.is(symbol)) return false;
  CLAW_TRY_DONE(advance());
  return true;
}
Result<bool> Parser::take_optional_mark() {
  if (token_.is("?") && !syntax_.optionals) return error_at(token_, "optional syntax is not enabled here");
  return take("?");
}

Parser::Parsed Parser::add(Node node, std::uint32_t start) {
  node.offset = start;
  node.length = std::max(end_, start) - start;
  std::uint32_t depth = 1;
  for (const NodeId child : node.children) depth = std::max(depth, ast_.at(child).depth + 1U);
  if (depth > syntax_.depth_max)
    return Error{Code::limit, "the expression is nested too deeply", where(node.offset, node.length)};
  if (ast_.nodes.size() >= nodes_max)
    return Error{Code::limit, "the expression has too many parts", where(node.offset, node.length)};
  node.depth = static_cast<std::uint16_t>(depth);
  ast_.nodes.push_back(std::move(node));
  return static_cast<NodeId>(ast_.nodes.size() - 1);
}

Parser::Parsed Parser::add_call(std::string function, std::vector<NodeId> children, std::uint32_t start) {
  Node node;
  node.kind = NodeKind::call;
  node.name = std::move(function);
  node.children = std::move(children);
  return add(std::move(node), start);
}

Result<Ast> Parser::parse() {
  if (ast_.source.size() > source_bytes_max)
    return Error{Code::limit, fmt::format("the expression is longer than {} bytes", source_bytes_max), "0:1"};
  if (!is_utf8(ast_.source)) return invalid("the expression is not valid utf-8", "0:1");
  CLAW_TRY_DONE(advance());
  CLAW_TRY(ast_.root, expression());
  if (token_.kind != TokenKind::end) return unexpected("an operator or the end");
  return std::move(ast_);
}

Parser::Parsed Parser::expression() {
  if (++level_ > syntax_.depth_max) {
    return Error{Code::limit, "the expression is nested too deeply", where(token_.offset, 1)};
  }
  const std::uint32_t start = token_.offset;
  CLAW_TRY(const NodeId condition, binary(lowest));
  CLAW_TRY(const bool conditional, take("?"));
  if (!conditional) return --level_, condition;
  CLAW_TRY(const NodeId yes, binary(lowest));
  CLAW_TRY_DONE(expect(":"));
  CLAW_TRY(const NodeId no, expression());
  --level_;
  return add_call("_?_:_", {condition, yes, no}, start);
}

Parser::Parsed Parser::binary(int precedence) {
  const std::uint32_t start = token_.offset;
  CLAW_TRY(NodeId left, unary());
  while (const Operator* op = operator_of(token_)) {
    if (op->precedence < precedence) break;
    if (op->precedence <= 2) {
      CLAW_TRY(left, joined(left, op->symbol, op->precedence));
      continue;
    }
    CLAW_TRY_DONE(advance());
    CLAW_TRY(const NodeId right, binary(op->precedence + 1));
    CLAW_TRY(left, add_call(std::string(op->function), {left, right}, start));
  }
  return left;
}

// `a || b || c` is one node with three children: policies enumerate, and depth is precious.
Parser::Parsed Parser::joined(NodeId left, std::string_view symbol, int precedence) {
  std::vector<NodeId> children{left};
  while (token_.is(symbol)) {
    CLAW_TRY_DONE(advance());
    CLAW_TRY(const NodeId right, binary(precedence + 1));
    children.push_back(right);
  }
  return add_call(fmt::format("_{}_", symbol), std::move(children), ast_.at(left).offset);
}

Parser::Parsed Parser::unary() {
  if (!token_.is("-") && !token_.is("!")) return postfix();
  const std::string symbol(token_.source);
  const std::uint32_t start = token_.offset;
  std::size_t count = 0;
  for (; token_.is(symbol); ++count) CLAW_TRY_DONE(advance());
  const bool is_number = token_.kind >= TokenKind::integer && token_.kind <= TokenKind::real;
  // The sign belongs to the number, or the smallest integer could not be written.
  const bool signed_number = symbol == "-" && is_number && token_.kind != TokenKind::unsigned_integer;
  if (signed_number) --count;
  CLAW_TRY(NodeId operand, signed_number ? number(true) : Parsed(NodeId{0}));
  if (signed_number) {
    CLAW_TRY(operand, selection(operand));
  } else {
    CLAW_TRY(operand, postfix());
  }
  return count % 2 == 0 ? Parsed(operand) : add_call(symbol == "-" ? "-_" : "!_", {operand}, start);
}

Parser::Parsed Parser::postfix() {
  CLAW_TRY(const NodeId operand, primary());
  return selection(operand);
}

// Everything that may follow an operand: `.field`, `.method(…)`, `[index]`, `{…}` after a plain name.
Parser::Parsed Parser::selection(NodeId operand) {
  while (true) {
    if (token_.is("[")) {
      CLAW_TRY(operand, indexing(operand));
      continue;
    }
    if (token_.is("{") && is_plain_name(operand)) {
      CLAW_TRY(operand, structure(operand));
      continue;
    }
    CLAW_TRY(const bool dot, take("."));
    if (!dot) return operand;
    CLAW_TRY(const bool optional, take_optional_mark());
    const Token field = token_;
    const bool escaped = field.kind == TokenKind::escaped_identifier;
    if ((field.kind != TokenKind::identifier && !escaped) || (!escaped && is_keyword(field.source)))
      return unexpected("a field name");
    if (escaped && !syntax_.escaped_identifiers) {
      return error_at(field, "names in backticks are not enabled here");
    }
    CLAW_TRY_DONE(advance());
    const std::uint32_t start = ast_.at(operand).offset;
    if (token_.is("(") && !escaped && !optional) {
      CLAW_TRY(operand, call(start, std::string(field.source), operand));
      continue;
    }
    Node node;
    node.kind = NodeKind::select;
    node.name = escaped ? field.text : std::string(field.source);
    node.optional = optional;
    node.children = {operand};
    CLAW_TRY(operand, add(std::move(node), start));
  }
}

Parser::Parsed Parser::indexing(NodeId operand) {
  CLAW_TRY_DONE(expect("["));
  CLAW_TRY(const bool optional, take_optional_mark());
  CLAW_TRY(const NodeId index, expression());
  CLAW_TRY_DONE(expect("]"));
  return add_call(optional ? "_[?_]" : "_[_]", {operand, index}, ast_.at(operand).offset);
}

Parser::Parsed Parser::call(std::uint32_t start, std::string function, std::optional<NodeId> target) {
  Node node;
  node.kind = NodeKind::call;
  node.name = std::move(function);
  node.offset = start;
  node.receiver = target.has_value();
  if (target) node.children.push_back(*target);
  CLAW_TRY_DONE(expect("("));
  while (!token_.is(")")) {
    CLAW_TRY(const NodeId argument, expression());
    node.children.push_back(argument);
    if (!token_.is(")")) {
      CLAW_TRY_DONE(expect(","));
      if (token_.is(")")) return unexpected("an argument");
    }
  }
  CLAW_TRY_DONE(expect(")"));
  node.length = end_ - start;
  CLAW_TRY(Node expanded, expand_macro(ast_, std::move(node)));
  return add(std::move(expanded), start);
}

Parser::Parsed Parser::primary() {
  switch (token_.kind) {
    case TokenKind::identifier: return name();
    case TokenKind::integer:
    case TokenKind::unsigned_integer:
    case TokenKind::real: return number(false);
    case TokenKind::string:
    case TokenKind::bytes: return text();
    case TokenKind::symbol:
      if (token_.is("(")) return parenthesised();
      if (token_.is("[")) return list();
      if (token_.is("{")) return map();
      if (token_.is(".")) return name();
      return unexpected("an operand");
    case TokenKind::escaped_identifier:
    case TokenKind::end: return unexpected("an operand");
  }
  return unexpected("an operand");
}

Parser::Parsed Parser::parenthesised() {
  CLAW_TRY_DONE(expect("("));
  CLAW_TRY(const NodeId inside, expression());
  CLAW_TRY_DONE(expect(")"));
  return inside;
}

Parser::Parsed Parser::name() {
  const std::uint32_t start = token_.offset;
  CLAW_TRY(const bool rooted, take("."));
  const Token word = token_;
  if (word.kind != TokenKind::identifier || word.source == "in") return unexpected("a name");
  if (is_reserved(word.source)) return error_at(word, fmt::format("`{}` is a reserved word", word.source));
  CLAW_TRY_DONE(advance());
  Node node;
  if (is_keyword(word.source)) {
    if (rooted) return error_at(word, fmt::format("`{}` is not a name", word.source));
    if (word.source != "null") node.literal = word.source == "true";
    return add(std::move(node), start);
  }
  const std::string spelled = (rooted ? "." : "") + std::string(word.source);
  if (token_.is("(")) return call(start, spelled, std::nullopt);
  node.kind = NodeKind::identifier;
  node.name = spelled;
  return add(std::move(node), start);
}

Parser::Parsed Parser::number(bool negative) {
  const auto value = read_number(token_, negative);
  if (!value) return error_at(token_, "this number does not fit its type");
  const std::uint32_t start = token_.offset;
  CLAW_TRY_DONE(advance());
  Node node;
  node.literal = *value;
  return add(std::move(node), start);
}

Parser::Parsed Parser::text() {
  const std::uint32_t start = token_.offset;
  Node node;
  if (token_.kind == TokenKind::bytes) {
    node.literal = Bytes{std::move(token_.text)};
  } else {
    node.literal = std::move(token_.text);
  }
  CLAW_TRY_DONE(advance());
  return add(std::move(node), start);
}

Parser::Parsed Parser::list() {
  const std::uint32_t start = token_.offset;
  Node node;
  node.kind = NodeKind::list;
  CLAW_TRY_DONE(expect("["));
  while (!token_.is("]")) {
    CLAW_TRY(const bool optional, take_optional_mark());
    CLAW_TRY(const NodeId element, expression());
    node.optionals.push_back(optional);
    node.children.push_back(element);
    if (!token_.is("]")) CLAW_TRY_DONE(expect(","));
  }
  CLAW_TRY_DONE(expect("]"));
  return add(std::move(node), start);
}

Parser::Parsed Parser::map() {
  const std::uint32_t start = token_.offset;
  Node node;
  node.kind = NodeKind::map;
  CLAW_TRY_DONE(expect("{"));
  while (!token_.is("}")) {
    CLAW_TRY(const bool optional, take_optional_mark());
    CLAW_TRY(const NodeId key, expression());
    CLAW_TRY_DONE(expect(":"));
    CLAW_TRY(const NodeId value, expression());
    node.optionals.push_back(optional);
    node.children.insert(node.children.end(), {key, value});
    if (!token_.is("}")) CLAW_TRY_DONE(expect(","));
  }
  CLAW_TRY_DONE(expect("}"));
  return add(std::move(node), start);
}

// A message literal. It is parsed for the sake of a better message than "unexpected `{`".
Parser::Parsed Parser::structure(NodeId named) {
  const std::uint32_t start = ast_.at(named).offset;
  Node node;
  node.kind = NodeKind::structure;
  CLAW_TRY_DONE(expect("{"));
  while (!token_.is("}")) {
    CLAW_TRY_DONE(take_optional_mark());
    const bool escaped = token_.kind == TokenKind::escaped_identifier;
    if (token_.kind != TokenKind::identifier && !escaped) return unexpected("a field name");
    if (escaped && !syntax_.escaped_identifiers) {
      return error_at(token_, "names in backticks are not enabled here");
    }
    if (is_keyword(token_.source)) return unexpected("a field name");
    CLAW_TRY_DONE(advance());
    CLAW_TRY_DONE(expect(":"));
    CLAW_TRY(const NodeId value, expression());
    node.children.push_back(value);
    if (!token_.is("}")) CLAW_TRY_DONE(expect(","));
  }
  CLAW_TRY_DONE(expect("}"));
  return add(std::move(node), start);
}

// `a.b.C`: what may stand before `{`. A name in parentheses may not, and is told by the text between.
bool Parser::is_plain_name(NodeId id) const {
  const Node* node = &ast_.at(id);
  if (end_ != node->offset + node->length) return false;
  while (node->kind == NodeKind::select && !node->optional) node = &ast_.at(node->children[0]);
  return node->kind == NodeKind::identifier;
}

Result<Ast> parse(std::string_view source, Issues* issues, const Syntax& syntax) {
  Result<Ast> ast = Parser(source, syntax).parse();
  if (ast.ok() || issues == nullptr) return ast;
  Issue issue;
  const std::string& place = ast.error().where;
  const auto colon = std::min(place.find(':'), place.size());
  issue.offset = read<std::uint32_t>(std::string_view(place).substr(0, colon), 10).value_or(0);
  issue.length =
      read<std::uint32_t>(std::string_view(place).substr(std::min(colon + 1, place.size())), 10).value_or(1);
  issue.text = ast.error().what;
  issues->push_back(std::move(issue));
  return ast;
}

}  // namespace claw::cel
