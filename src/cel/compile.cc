#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/code.h"

namespace claw::cel {
namespace {

constexpr std::uint32_t fold_steps_max =
    10'000;  // Constants that cost more are computed when they are needed.

class NoFacts final : public Activation {
 public:
  Value fact(std::uint32_t) const override { return Value::error("no facts"); }
};

class Compiler {
 public:
  explicit Compiler(const Ast& ast) : ast_(ast), code_(std::make_shared<Compiled>()) {}

  std::shared_ptr<Compiled> compile(const Type& type) {
    code_->type = type;
    code_->locals = ast_.locals_max;
    code_->root = node(ast_.root);
    std::ranges::sort(code_->slots);
    const auto repeated = std::ranges::unique(code_->slots);
    code_->slots.erase(repeated.begin(), repeated.end());
    code_->requirements = requirements_of(ast_);
    find_constant();
    return code_;
  }

 private:
  std::uint32_t node(NodeId id) {
    const Node& n = ast_.at(id);
    switch (n.kind) {
      case NodeKind::literal: return constant(literal(n.literal));
      case NodeKind::identifier:
      case NodeKind::select: return reference(n);
      case NodeKind::has: return has(n);
      case NodeKind::call: return call(n);
      case NodeKind::list: return collection(n, Op::list);
      case NodeKind::map: return collection(n, Op::map);
      case NodeKind::structure: return unresolved("there are no message types here");
      case NodeKind::comprehension: return comprehension(n);
    }
    return 0;
  }

  Value literal(const Literal& literal) {
    if (const auto* value = std::get_if<bool>(&literal)) return Value::boolean(*value);
    if (const auto* value = std::get_if<std::int64_t>(&literal)) return Value::int64(*value);
    if (const auto* value = std::get_if<std::uint64_t>(&literal)) return Value::uint64(*value);
    if (const auto* value = std::get_if<double>(&literal)) return Value::float64(*value);
    if (const auto* value = std::get_if<std::string>(&literal)) {
      return Value::string(code_->constants.copy(*value));
    }
    if (const auto* value = std::get_if<Bytes>(&literal)) {
      return Value::bytes(code_->constants.copy(value->text));
    }
    return Value::null();
  }

  std::uint32_t constant(Value value) { return emit({.op = Op::constant, .value = value}); }
  std::uint32_t unresolved(std::string_view what) {
    return emit({.op = Op::unresolved, .value = Value::error(code_->constants.copy(what))});
  }

  std::uint32_t reference(const Node& n) {
    if (n.target == Target::slot) return slot(Op::slot, n.index);
    if (n.target == Target::local) return emit({.op = Op::local, .index = n.index});
    if (n.target == Target::type) return constant(Value::type(code_->constants.copy(n.name)));
    if (n.kind == NodeKind::identifier) {
      return unresolved(fmt::format("nothing is called {} here", quoted(n.name)));
    }
    const Value field = Value::string(code_->constants.copy(n.name));
    return folded(emit({.op = Op::select, .negated = n.optional, .value = field}, {node(n.children[0])}));
  }

  std::uint32_t slot(Op op, std::uint32_t index) {
    code_->slots.push_back(index);
    return emit({.op = op, .index = index});
  }

  std::uint32_t has(const Node& n) {
    if (n.target == Target::slot) return slot(Op::has_slot, n.index);
    const Value field = Value::string(code_->constants.copy(n.name));
    return emit({.op = Op::has_field, .value = field}, {node(n.children[0])});
  }

  std::uint32_t call(const Node& n) {
    std::vector<std::uint32_t> children;
    for (const NodeId child : n.children) children.push_back(node(child));
    if (n.name == "_&&_") return joined(Op::all_of, false, std::move(children));
    if (n.name == "_||_") return joined(Op::any_of, true, std::move(children));
    if (n.name == "_?_:_") return emit({.op = Op::conditional}, std::move(children));
    if (const auto special = specialised(n, children)) return *special;
    Instruction instruction{.op = Op::call,
                            .first_overload = static_cast<std::uint32_t>(code_->overloads.size())};
    for (const Overload& overload : overloads_of(n.name))
      if (overload.receiver == n.receiver && overload.parameters.size() == children.size())
        code_->overloads.push_back(&overload);
    instruction.overloads = static_cast<std::uint32_t>(code_->overloads.size()) - instruction.first_overload;
    if (instruction.overloads == 0) {
      if (children.size() > parameters_max || overloads_of(n.name).empty())
        return unresolved(fmt::format("there is no function {} for these arguments", quoted(n.name)));
    }
    instruction.value = Value::string(code_->constants.copy(n.name));
    return folded(emit(instruction, std::move(children)));
  }

  bool is_constant(std::uint32_t at) const { return code_->instructions[at].op == Op::constant; }
  bool is_text(std::uint32_t at) const {
    return is_constant(at) && code_->instructions[at].value.is(Kind::string);
  }

  // The comparisons nearly every rule is made of.
  std::optional<std::uint32_t> specialised(const Node& n, const std::vector<std::uint32_t>& children) {
    if (children.size() != 2 || (is_constant(children[0]) && is_constant(children[1]))) return std::nullopt;
    const auto value_of = [this](std::uint32_t at) { return code_->instructions[at].value; };
    if (n.name == "_==_" || n.name == "_!=_") {
      for (const std::size_t side : {std::size_t{1}, std::size_t{0}})
        if (is_text(children[side]))
          return emit({.op = Op::equals, .negated = n.name == "_!=_", .value = value_of(children[side])},
                      {children[1 - side]});
    }
    if (n.name == "@in" && is_text(children[0]))
      return emit({.op = Op::holds, .value = value_of(children[0])}, {children[1]});
    if (n.name == "@in" && is_constant(children[1]))
      if (const auto texts = sorted_texts(value_of(children[1]))) {
        return emit({.op = Op::among, .value = *texts}, {children[0]});
      }
    if (n.name != "matches" || !is_text(children[1])) return std::nullopt;
    auto pattern = Pattern::compile(value_of(children[1]).as_text());
    if (!pattern) return unresolved(pattern.error().what);
    code_->patterns.push_back(*std::move(pattern));
    return emit({.op = Op::matches, .index = static_cast<std::uint32_t>(code_->patterns.size() - 1)},
                {children[0]});
  }

  std::optional<Value> sorted_texts(const Value& list) {
    if (!list.is(Kind::list)) return std::nullopt;
    const std::span<Value> texts = code_->constants.array<Value>(list.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = list.at(i);
      if (!texts[i].is(Kind::string)) return std::nullopt;
    }
    std::ranges::sort(texts, {}, [](const Value& text) { return text.as_text(); });
    return Value::list(texts);
  }

  std::uint32_t joined(Op op, bool absorbing, std::vector<std::uint32_t> children) {
    for (const std::uint32_t child : children) {
      const Instruction& instruction = code_->instructions[child];
      if (instruction.op == Op::constant && instruction.value.is(Kind::boolean) &&
          instruction.value.as_boolean() == absorbing) {
        return constant(Value::boolean(absorbing));
      }
    }
    return emit({.op = op}, std::move(children));
  }

  std::uint32_t collection(const Node& n, Op op) {
    std::vector<std::uint32_t> children;
    for (const NodeId child : n.children) children.push_back(node(child));
    const bool optional = std::ranges::find(n.optionals, true) != n.optionals.end();
    const std::uint32_t at = emit({.op = op, .negated = optional}, std::move(children));
    const std::size_t step = op == Op::map ? 2 : 1;
    const std::uint32_t first = code_->instructions[at].first_child;
    for (std::size_t i = 0; i < n.optionals.size(); ++i) {
      code_->optional_marks[first + i * step] = n.optionals[i];
    }
    return folded(at);
  }

  std::uint32_t comprehension(const Node& n) {
    std::vector<std::uint32_t> children;
    for (const NodeId child : n.children) children.push_back(node(child));
    return emit({.op = Op::comprehension, .macro = n.macro, .negated = !n.second.empty(), .index = n.index},
                std::move(children));
  }

  std::uint32_t emit(Instruction instruction, std::vector<std::uint32_t> children = {}) {
    instruction.first_child = static_cast<std::uint32_t>(code_->children.size());
    instruction.children = static_cast<std::uint32_t>(children.size());
    code_->children.insert(code_->children.end(), children.begin(), children.end());
    code_->optional_marks.resize(code_->children.size());
    code_->instructions.push_back(instruction);
    return static_cast<std::uint32_t>(code_->instructions.size() - 1);
  }

  // Computes now what does not depend on facts. What fails now may be absorbed later, so it stays.
  std::uint32_t folded(std::uint32_t at) {
    for (const std::uint32_t child : code_->children_of(code_->instructions[at]))
      if (!is_constant(child)) return at;
    const NoFacts facts;
    const Value value = Evaluation(*code_, facts, code_->constants, fold_steps_max).run(at);
    return value.is_failure() ? at : constant(value);
  }

  void find_constant() {
    if (is_constant(code_->root)) code_->slots.clear();
    if (!code_->slots.empty()) return;
    Arena arena;
    const NoFacts facts;
    Evaluation evaluation(*code_, facts, arena, steps_max);
    const Value value = evaluation.run(code_->root);
    if (value.is(Kind::boolean) && !evaluation.spent()) code_->constant = value.as_boolean();
  }

  const Ast& ast_;
  std::shared_ptr<Compiled> code_;
};

}  // namespace

Program compile(CheckedAst checked) { return Program(Compiler(checked.ast()).compile(checked.type())); }

Result<Program> build(std::string_view source, const Environment& environment, Issues* issues) {
  CLAW_TRY(Ast ast, parse(source, issues));
  CLAW_TRY(CheckedAst checked, check(std::move(ast), environment, issues));
  return compile(std::move(checked));
}

const Type& Program::type() const { return code_->type; }
std::span<const std::uint32_t> Program::slots() const { return code_->slots; }
std::optional<bool> Program::constant() const { return code_->constant; }
std::vector<Requirement> Program::requirements() const { return code_->requirements; }

}  // namespace claw::cel
