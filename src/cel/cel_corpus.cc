// Runs the conformance collections over the language: values (cel, cel_go), syntax (cel_parse), types
// (cel_typecheck). Prints `NAME: passed N of M`; with -v every failure. Exits 1 if a case fails that is
// not in the table of known differences. Collections that are not there are skipped.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "base/corpora/corpora_for_test.h"
#include "base/json.h"
#include "base/text.h"
#include "cel/functions.h"
#include "cel/json.h"
#include "cel/program.h"

namespace claw::cel {
namespace {

struct Difference {
  std::string_view name;
  std::string_view reason;
};
constexpr std::array<Difference, 0> differences{};

// A tagged value {"t": ..., "v": ...} of the collections.
Value read_value(const json::Value& tagged, Arena& arena);

Value read_map(const json::Value& entries, Arena& arena) {
  const std::span<Value> flat = arena.array<Value>(entries.array()->size() * 2);
  std::size_t at = 0;
  for (const json::Value& entry : *entries.array())
    for (const json::Value& side : *entry.array()) flat[at++] = read_value(side, arena);
  class Pairs final : public Map {
   public:
    explicit Pairs(std::span<const Value> all) : all_(all) {}
    std::size_t size() const override { return all_.size() / 2; }
    Value key_at(std::size_t i) const override { return all_[2 * i]; }
    std::optional<Value> find(const Value& key) const override {
      for (std::size_t i = 0; i < all_.size(); i += 2)
        if (equal(all_[i], key)) return all_[i + 1];
      return std::nullopt;
    }

   private:
    std::span<const Value> all_;
  };
  return Value::map(*arena.make<Pairs>(flat));
}

double read_double(const std::string& text) {
  if (text == "NaN") return std::strtod("nan", nullptr);
  if (text == "Infinity") return std::strtod("inf", nullptr);
  if (text == "-Infinity") return std::strtod("-inf", nullptr);
  return std::strtod(text.c_str(), nullptr);
}

Value read_value(const json::Value& tagged, Arena& arena) {
  const std::string type = tagged.text_or("t", "");
  const json::Value none;
  const json::Value& value = tagged.find("v") != nullptr ? *tagged.find("v") : none;
  const std::string text = value.string() != nullptr ? *value.string() : "";
  if (type == "int") return Value::int64(std::strtoll(text.c_str(), nullptr, 10));
  if (type == "uint") return Value::uint64(std::strtoull(text.c_str(), nullptr, 10));
  if (type == "double") return Value::float64(read_double(text));
  if (type == "bool") return Value::boolean(*value.boolean());
  if (type == "string") return Value::string(arena.copy(text));
  if (type == "bytes") return Value::bytes(arena.copy(*from_base64(text)));
  if (type == "type") return Value::type(arena.copy(text));
  if (type == "map") return read_map(value, arena);
  if (type == "list") {
    const std::span<Value> elements = arena.array<Value>(value.array()->size());
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = read_value((*value.array())[i], arena);
    return Value::list(elements);
  }
  if (type == "timestamp" || type == "duration") {
    const std::int64_t seconds = std::strtoll(value.text_or("seconds", "0").c_str(), nullptr, 10);
    const auto nanos = static_cast<std::int32_t>(value.int_or("nanos", 0));
    return type == "timestamp" ? Value::timestamp(seconds, nanos) : Value::duration(seconds, nanos);
  }
  return Value::null();
}

// Stricter than ==: kinds must agree, NaN is itself, and -0.0 is not 0.0.
bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::float64)) return format_float(a.as_float64(), true) == format_float(b.as_float64(), true);
  if (a.is(Kind::list)) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!same(a.at(i), b.at(i))) return false;
    return true;
  }
  if (!a.is(Kind::map)) return equal(a, b);
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Value key = a.as_map().key_at(i);
    const auto other = b.as_map().find(key);
    if (!other || !same(*a.as_map().find(key), *other)) return false;
  }
  return true;
}

class Bindings final : public Activation {
 public:
  std::vector<Value> values;
  Value fact(std::uint32_t slot) const override { return values.at(slot); }
};

std::string show(const Value& value) {
  if (value.is(Kind::error)) return "error: " + std::string(value.as_text());
  const auto text = to_json(value);
  return fmt::format("{} {}", type_name(value), text ? *text : text.error().what);
}

// The environment of a case: declared variables, and bound ones that nobody declared.
Environment environment_of(const json::Value& row, Arena& arena, Bindings& bindings) {
  std::vector<Variable> variables;
  const json::Value* bound = row.find("bindings");
  const auto add = [&](const std::string& name, Type type) {
    const json::Value* value = bound != nullptr ? bound->find(name) : nullptr;
    variables.push_back({name, std::move(type), false});
    bindings.values.push_back(value != nullptr ? read_value(*value, arena) : Value::absent());
  };
  if (const json::Value* declared = row.find("vars"))
    for (const auto& [name, type] : *declared->object()) {
      add(name, Type::parse(*type.string()).ok() ? *Type::parse(*type.string()) : Type::dyn());
    }
  if (bound != nullptr)
    for (const auto& [name, value] : *bound->object())
      if (std::ranges::find(variables, name, &Variable::name) == variables.end()) add(name, Type::dyn());
  return Environment(std::move(variables), row.text_or("container", ""));
}

std::optional<std::string> run_value(const json::Value& row) {
  Arena arena;
  Bindings bindings;
  const Environment environment = environment_of(row, arena, bindings);
  const json::Value* expected = row.find("expect");
  const bool wants_error = expected != nullptr && expected->string() != nullptr;
  auto ast = parse(row.text_or("expr", ""));
  if (!ast) return wants_error ? std::nullopt : std::optional("does not parse: " + ast.error().text());
  const auto strictness = row.bool_or("disable_check", false) ? Strictness::unchecked : Strictness::checked;
  auto checked = check(*std::move(ast), environment, nullptr, strictness);
  if (!checked) {
    return wants_error ? std::nullopt : std::optional("does not check: " + checked.error().text());
  }
  const std::string type = row.text_or("type", "");
  if (!type.empty() && checked->type().name() != type) {
    return fmt::format("has type {}, not {}", checked->type().name(), type);
  }
  if (row.bool_or("check_only", false)) return std::nullopt;
  const Program program = compile(*std::move(checked));
  const Value value = program.evaluate(bindings, arena);
  if (wants_error) {
    return value.is(Kind::error) ? std::nullopt : std::optional("is no error but " + show(value));
  }
  if (expected == nullptr) return "has no expectation";
  const Value wanted = read_value(*expected, arena);
  return same(value, wanted) ? std::nullopt
                             : std::optional(fmt::format("is {}, not {}", show(value), show(wanted)));
}

// The parser's tests ran with a depth of 32 and optional syntax off unless said otherwise.
std::optional<std::string> run_parse(const json::Value& row) {
  const std::string options = row.text_or("opts", "");
  Syntax syntax;
  syntax.depth_max = 32;
  syntax.optionals = options.find("EnableOptionalSyntax(true)") != std::string::npos;
  syntax.escaped_identifiers = options.find("EnableIdentEscapeSyntax(false)") == std::string::npos;
  const auto ast = parse(row.text_or("expr", ""), nullptr, syntax);
  if (ast.ok() == row.bool_or("parses", true)) return std::nullopt;
  return ast.ok() ? "parses and should not" : "does not parse: " + ast.error().text();
}

struct Collection {
  const char* name;
  std::optional<std::string> (*run)(const json::Value& row);
};

bool run_collection(const Collection& collection, bool verbose) {
  std::ifstream file(corpora_folder() + "/" + collection.name + ".jsonl");
  if (!file) return fmt::print("{}: skipped, the collection is not there\n", collection.name), true;
  std::size_t passed = 0;
  std::size_t total = 0;
  std::size_t known = 0;
  for (std::string line; std::getline(file, line); ++total) {
    const auto row = json::parse(line);
    CLAW_CHECK(row.ok());
    const auto failure = collection.run(*row);
    const std::string name = row->text_or("name", "?");
    if (!failure) {
      ++passed;
      continue;
    }
    const auto* difference = std::ranges::find(differences, name, &Difference::name);
    if (difference != differences.end()) ++known;
    if (verbose) fmt::print("{}: {}: {}\n  {}\n", collection.name, name, *failure, row->text_or("expr", ""));
  }
  fmt::print("{}: passed {} of {}\n", collection.name, passed, total);
  if (known > 0) fmt::print("{}: {} known differences\n", collection.name, known);
  return passed + known == total;
}

}  // namespace
}  // namespace claw::cel

int main(int count, char** arguments) {
  using namespace claw::cel;
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  bool good = true;
  for (const Collection& collection :
       {Collection{"cel", run_value}, Collection{"cel_go", run_value}, Collection{"cel_parse", run_parse},
        Collection{"cel_typecheck", run_value}}) {
    good = run_collection(collection, verbose) && good;
  }
  return good ? 0 : 1;
}
