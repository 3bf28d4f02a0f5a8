#include "cel/functions.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"

namespace claw::cel {
namespace {

constexpr std::uint32_t bit(Kind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr std::uint32_t any_value = ~(bit(Kind::absent) | bit(Kind::unknown) | bit(Kind::error));

std::uint32_t kinds_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::dyn:
    case TypeKind::variable:
    case TypeKind::error: return any_value;
    case TypeKind::boolean: return bit(Kind::boolean);
    case TypeKind::int64: return bit(Kind::int64);
    case TypeKind::uint64: return bit(Kind::uint64);
    case TypeKind::float64: return bit(Kind::float64);
    case TypeKind::string: return bit(Kind::string);
    case TypeKind::bytes: return bit(Kind::bytes);
    case TypeKind::null: return bit(Kind::null);
    case TypeKind::timestamp: return bit(Kind::timestamp);
    case TypeKind::duration: return bit(Kind::duration);
    case TypeKind::type: return bit(Kind::type);
    case TypeKind::ip: return bit(Kind::ip);
    case TypeKind::cidr: return bit(Kind::cidr);
    case TypeKind::list: return bit(Kind::list);
    case TypeKind::map: return bit(Kind::map);
    case TypeKind::optional: return bit(Kind::optional);
  }
  return 0;
}

std::uint32_t variables_in(const Type& type) {
  std::uint32_t count = type.kind() == TypeKind::variable ? type.number() + 1 : 0;
  for (const Type& parameter : type.parameters()) count = std::max(count, variables_in(parameter));
  return count;
}

Type must_parse(std::string_view text) {
  Result<Type> type = Type::parse(text);
  CLAW_CHECK(type.ok());
  return *std::move(type);
}

// `string.(int, list(A)) bool`; the table is ours, so a slip in it stops the process at once.
Overload read_signature(const Declaration& declaration, std::string_view text) {
  Overload overload;
  overload.name = declaration.name;
  overload.function = declaration.function;
  const std::size_t close = text.rfind(") ");
  CLAW_CHECK(close != std::string_view::npos);
  const std::size_t dot = text.find(".(");
  overload.receiver = dot != std::string_view::npos && dot < close;
  if (overload.receiver) overload.parameters.push_back(must_parse(text.substr(0, dot)));
  const std::size_t open = overload.receiver ? dot + 1 : 0;
  std::size_t depth = 0;
  std::size_t from = open + 1;
  for (std::size_t i = from; i <= close; ++i) {
    const bool ends = depth == 0 && (text[i] == ',' || i == close);
    if (ends && i > from) overload.parameters.push_back(must_parse(trim(text.substr(from, i - from))));
    if (ends) from = i + 1;
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && depth > 0) --depth;
  }
  overload.result = must_parse(trim(text.substr(close + 1)));
  CLAW_CHECK(overload.parameters.size() <= parameters_max);
  for (std::size_t i = 0; i < overload.parameters.size(); ++i) {
    overload.kinds.at(i) = kinds_of(overload.parameters[i].kind());
    overload.variables = std::max(overload.variables, variables_in(overload.parameters[i]));
  }
  overload.variables = std::max(overload.variables, variables_in(overload.result));
  // A place in a list is an int to the checker; what is dyn there may turn out any whole number.
  if (overload.name.starts_with("_[")) overload.kinds[1] = any_value;
  return overload;
}

using Table = std::unordered_map<std::string_view, std::vector<Overload>>;

const Table& table() {
  static const Table built = [] {
    Table made;
    for (const auto& family :
         {operator_declarations(), conversion_declarations(), text_declarations(), string_declarations(),
          list_declarations(), set_declarations(), math_declarations(), time_declarations(),
          regex_declarations(), encoder_declarations(), optional_declarations(), network_declarations()}) {
      for (const Declaration& declaration : family)
        for (const std::string_view signature : split(declaration.signatures, ';'))
          made[declaration.name].push_back(read_signature(declaration, trim(signature)));
    }
    return made;
  }();
  return built;
}

}  // namespace

std::span<const Overload> overloads_of(std::string_view name) {
  const auto found = table().find(name);
  if (found == table().end()) return {};
  return found->second;
}

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const auto& [name, overloads] : table())
      if (name[0] != '_' && name[0] != '@' && !name.ends_with('_')) made.emplace_back(name);
    std::ranges::sort(made);
    return made;
  }();
  return names;
}

Value Call::string(std::string_view made) const {
  return budget.spend_bytes(made.size()) ? Value::string(arena.copy(made)) : too_costly();
}
Value Call::bytes(std::string_view made) const {
  return budget.spend_bytes(made.size()) ? Value::bytes(arena.copy(made)) : too_costly();
}
Value Call::list(std::span<const Value> made) const {
  if (!budget.spend(1 + made.size())) return too_costly();
  const std::span<Value> kept = arena.array<Value>(made.size());
  std::ranges::copy(made, kept.begin());
  return Value::list(kept);
}

Value concatenate(const Call& call, std::string_view a, std::string_view b, Kind kind) {
  const std::size_t size = a.size() + b.size();
  if (!call.budget.spend_bytes(size)) return too_costly();
  const std::span<char> to = call.arena.array<char>(size);
  std::ranges::copy(b, std::ranges::copy(a, to.begin()).out);
  const std::string_view made(to.data(), size);
  return kind == Kind::bytes ? Value::bytes(made) : Value::string(made);
}

}  // namespace claw::cel
