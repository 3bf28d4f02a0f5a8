#include <algorithm>

#include "cel/code.h"

namespace claw::cel {
namespace {

// Reads from the tree what the program cannot be true without. `a && b` needs both, so each conjunct may
// say something; `a || b` says something only if both say it of the same slot.
using How = Requirement::How;

class Reader {
 public:
  explicit Reader(const Ast& ast) : ast_(ast) {}

  std::vector<Requirement> read(NodeId id) const {
    const Node& node = ast_.at(id);
    std::vector<Requirement> found;
    if (is_call(node, "_&&_")) {
      for (const NodeId child : node.children)
        for (Requirement& each : read(child)) found.push_back(std::move(each));
    } else if (is_call(node, "_||_")) {
      found = read(node.children[0]);
      for (std::size_t i = 1; i < node.children.size() && !found.empty(); ++i) {
        found = shared(found, read(node.children[i]));
      }
    } else if (auto one = read_one(node)) {
      found.push_back(std::move(*one));
    }
    return found;
  }

 private:
  static bool is_call(const Node& node, std::string_view name) {
    return node.kind == NodeKind::call && node.name == name;
  }

  // What both sides of an || ask of the same slot, with the answers of both. What is a text begins with it.
  static std::vector<Requirement> shared(const std::vector<Requirement>& a,
                                         const std::vector<Requirement>& b) {
    std::vector<Requirement> both;
    for (const Requirement& left : a) {
      const auto right = std::ranges::find_if(b, [&](const Requirement& each) {
        return each.slot == left.slot && (each.how == How::has) == (left.how == How::has);
      });
      if (right == b.end()) continue;
      both.push_back(left);
      if (right->how == How::begins) both.back().how = How::begins;
      both.back().any_of.insert(both.back().any_of.end(), right->any_of.begin(), right->any_of.end());
    }
    return both;
  }

  std::optional<Requirement> read_one(const Node& node) const {
    if (is_call(node, "_==_")) {
      auto found = compared(node.children[0], texts_of(node.children[1], false), How::is);
      return found ? found : compared(node.children[1], texts_of(node.children[0], false), How::is);
    }
    if (is_call(node, "@in")) {
      auto found = compared(node.children[0], texts_of(node.children[1], true), How::is);
      return found ? found : compared(node.children[1], texts_of(node.children[0], false), How::has);
    }
    if (is_call(node, "startsWith")) {
      return compared(node.children[0], texts_of(node.children[1], false), How::begins);
    }
    if (node.kind == NodeKind::comprehension && node.macro == Macro::exists) return element(node);
    return std::nullopt;
  }

  // `slot == 'x'`, `slot in ['x', 'y']`; `'x' in slot`; `slot.startsWith('x')`.
  std::optional<Requirement> compared(NodeId slot, std::optional<std::vector<std::string>> texts,
                                      How how) const {
    const Node& node = ast_.at(slot);
    const Type wanted = how == How::has ? Type::list(Type::string()) : Type::string();
    if (node.target != Target::slot || node.kind == NodeKind::has || !(node.type == wanted) || !texts) {
      return std::nullopt;
    }
    return Requirement{node.index, std::move(*texts), how};
  }

  std::optional<std::vector<std::string>> texts_of(NodeId id, bool list_too) const {
    const Node& node = ast_.at(id);
    if (const auto* text = std::get_if<std::string>(&node.literal)) return std::vector{*text};
    if (node.kind != NodeKind::list || !list_too) return std::nullopt;
    std::vector<std::string> texts;
    for (const NodeId child : node.children) {
      const auto* text = std::get_if<std::string>(&ast_.at(child).literal);
      if (text == nullptr) return std::nullopt;
      texts.push_back(*text);
    }
    return texts;
  }

  // `slot.exists(x, x in ['a', 'b'])`
  std::optional<Requirement> element(const Node& node) const {
    const Node& range = ast_.at(node.children[0]);
    const Node& body = ast_.at(node.children.back());
    const bool plain = range.target == Target::slot && range.kind != NodeKind::has && node.second.empty();
    if (!plain || !(range.type == Type::list(Type::string()))) return std::nullopt;
    const bool equal = is_call(body, "_==_");
    if (!equal && !is_call(body, "@in")) return std::nullopt;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const Node& variable = ast_.at(body.children[side]);
      if (variable.target != Target::local || variable.index != node.index) continue;
      if (side == 1 && !equal) continue;
      if (auto texts = texts_of(body.children[1 - side], !equal)) {
        return Requirement{range.index, std::move(*texts), How::has};
      }
    }
    return std::nullopt;
  }

  const Ast& ast_;
};

}  // namespace

std::vector<Requirement> requirements_of(const Ast& ast) { return Reader(ast).read(ast.root); }

}  // namespace claw::cel
