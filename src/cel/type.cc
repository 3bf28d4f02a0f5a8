#include "cel/type.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace claw::cel {
namespace {

constexpr std::array<std::string_view, 18> names = {"dyn",
                                                    "bool",
                                                    "int",
                                                    "uint",
                                                    "double",
                                                    "string",
                                                    "bytes",
                                                    "null_type",
                                                    "google.protobuf.Timestamp",
                                                    "google.protobuf.Duration",
                                                    "type",
                                                    "net.IP",
                                                    "net.CIDR",
                                                    "list",
                                                    "map",
                                                    "optional_type",
                                                    "variable",
                                                    "error"};

// How declarations write them, where that is shorter.
constexpr std::array<std::pair<std::string_view, TypeKind>, 6> aliases{{{"null", TypeKind::null},
    {"timestamp", TypeKind::timestamp}, {"duration", TypeKind::duration}, {"ip", TypeKind::ip},
    {"cidr", TypeKind::cidr}, {"optional", TypeKind::optional}}};

constexpr std::size_t type_depth_max = 32;  // Declarations nest two or three levels.

std::optional<TypeKind> kind_of(std::string_view name) {
  for (const auto& [alias, kind] : aliases)
    if (alias == name) return kind;
  for (std::size_t i = 0; i < static_cast<std::size_t>(TypeKind::variable); ++i)
    if (names.at(i) == name) return static_cast<TypeKind>(i);
  return std::nullopt;
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : rest_(text) {}

  Result<Type> parse(std::size_t depth = 0) {
    if (depth > type_depth_max) return invalid("a type is nested too deeply");
    const std::string_view name = trim(rest_.substr(0, rest_.find_first_of("(,)")));
    rest_.remove_prefix(std::min(rest_.find_first_of("(,)"), rest_.size()));
    if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z')
      return Type::variable(static_cast<std::uint32_t>(name[0] - 'A'));
    const auto kind = kind_of(name);
    if (!kind) return invalid(fmt::format("{} is not a type", quoted(name)));
    std::vector<Type> parameters;
    if (take('(')) {
      do {
        CLAW_TRY(Type parameter, parse(depth + 1));
        parameters.push_back(std::move(parameter));
      } while (take(','));
      if (!take(')')) return invalid("a type lacks its closing parenthesis");
    }
    return combine(*kind, std::move(parameters));
  }
  bool done() const { return trim(rest_).empty(); }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  static Result<Type> combine(TypeKind kind, std::vector<Type> parameters) {
    const std::size_t wanted = kind == TypeKind::map                                  ? 2
                               : kind == TypeKind::list || kind == TypeKind::optional ? 1
                                                                                      : 0;
    if (parameters.empty()) parameters.resize(wanted);
    if (parameters.size() != wanted && kind != TypeKind::type) {
      return invalid("a type has the wrong number of parameters");
    }
    if (kind == TypeKind::list) return Type::list(parameters[0]);
    if (kind == TypeKind::optional) return Type::optional(parameters[0]);
    if (kind == TypeKind::map) return Type::map(parameters[0], parameters[1]);
    return Type::of(kind);
  }
  std::string_view rest_;
};

}  // namespace

std::string_view name_of(TypeKind kind) { return names.at(static_cast<std::size_t>(kind)); }

Type Type::of(TypeKind kind) {
  static const auto shapes = [] {
    std::array<std::shared_ptr<const Shape>, names.size()> made;
    for (std::size_t i = 0; i < made.size(); ++i)
      made.at(i) = std::make_shared<const Shape>(Shape{static_cast<TypeKind>(i), 0, {}});
    return made;
  }();
  return Type(shapes.at(static_cast<std::size_t>(kind)));
}

Type Type::composite(TypeKind kind, std::vector<Type> parameters) {
  return Type(std::make_shared<const Shape>(Shape{kind, 0, std::move(parameters)}));
}
Type Type::list(Type element) { return composite(TypeKind::list, {std::move(element)}); }
Type Type::map(Type key, Type value) { return composite(TypeKind::map, {std::move(key), std::move(value)}); }
Type Type::optional(Type inner) { return composite(TypeKind::optional, {std::move(inner)}); }
Type Type::variable(std::uint32_t number) {
  return Type(std::make_shared<const Shape>(Shape{TypeKind::variable, number, {}}));
}

Result<Type> Type::parse(std::string_view text) {
  TypeParser parser(text);
  CLAW_TRY(Type type, parser.parse());
  if (!parser.done()) return invalid(fmt::format("{} is not a type", quoted(text)));
  return type;
}

std::string Type::name() const {
  if (kind() == TypeKind::variable) return fmt::format("${}", number());
  if (kind() == TypeKind::null) return "null";
  if (kind() == TypeKind::timestamp) return "timestamp";
  if (kind() == TypeKind::duration) return "duration";
  std::string text(name_of(kind()));
  for (std::size_t i = 0; i < parameters().size(); ++i) text += (i == 0 ? "(" : ",") + parameter(i).name();
  if (!parameters().empty()) text += ')';
  return text;
}

bool Type::operator==(const Type& other) const {
  return shape_ == other.shape_ ||
         (kind() == other.kind() && number() == other.number() && parameters() == other.parameters());
}

bool Type::assignable(const Type& other) const {
  if (is_dyn() || other.is_dyn()) return true;
  if (kind() != other.kind() || parameters().size() != other.parameters().size()) return false;
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (!parameter(i).assignable(other.parameter(i))) return false;
  return true;
}

}  // namespace claw::cel
