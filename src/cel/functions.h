// The library of the language: what each function is called, which types it takes, and the code that does
// it. The checker reads the types, the evaluator the code. A row's code runs only when every argument
// has the kind its row declares, and never sees an absent, unknown or error value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.h"
#include "cel/program.h"
#include "cel/type.h"
#include "cel/value.h"

namespace claw::cel {

// What one evaluation may still cost. When it is spent every further step fails, and so does the whole.
class Budget {
 public:
  explicit Budget(std::uint32_t steps) : left_(steps) {}
  bool spend(std::size_t steps) {
    if (steps > left_) return left_ = 0, spent_ = true, false;
    left_ -= static_cast<std::uint32_t>(steps);
    return true;
  }
  bool spend_bytes(std::size_t bytes) { return spend(1 + bytes / bytes_per_step); }
  bool spent() const { return spent_; }

 private:
  std::uint32_t left_;
  bool spent_ = false;
};

inline Value too_costly() { return Value::error("the evaluation takes too many steps"); }

struct Call {
  std::span<const Value> arguments;
  Arena& arena;
  Budget& budget;

  const Value& operator[](std::size_t i) const { return arguments[i]; }
  std::string_view text(std::size_t i) const { return arguments[i].as_text(); }
  std::int64_t integer(std::size_t i) const { return arguments[i].as_int64(); }

  Value string(std::string_view made) const;  // Copied into the arena, and paid for.
  Value bytes(std::string_view made) const;
  Value list(std::span<const Value> made) const;
  Value optional(const Value& inner) const { return Value::optional(arena.make<Value>(inner)); }
  Value error(std::string_view what) const { return Value::error(arena.copy(what)); }
};

using Function = Value (*)(const Call&);

struct Declaration {
  std::string_view name;        // `startsWith`, `math.greatest`, `_+_`
  std::string_view
      signatures;  // `string.(string) bool; (int, list(A)) A`: what stands before `.` is the target.
  Function function;
};

struct Overload {
  std::string_view name;
  bool receiver = false;
  std::vector<Type> parameters;         // The target first.
  Type result;
  std::uint32_t variables = 0;          // Type variables are numbered below this.
  std::array<std::uint32_t, 4> kinds{}; // Bit set of the kinds each parameter accepts.
  Function function = nullptr;
};
constexpr std::size_t parameters_max = 4;

// Every overload of a function, receiver style or not; empty if there is no such function.
std::span<const Overload> overloads_of(std::string_view name);
const std::vector<std::string>& function_names();  // For suggestions; operators left out.

// The families, each in its file under library/.
std::span<const Declaration> operator_declarations();
std::span<const Declaration> conversion_declarations();
std::span<const Declaration> text_declarations();
std::span<const Declaration> string_declarations();
std::span<const Declaration> list_declarations();
std::span<const Declaration> set_declarations();
std::span<const Declaration> math_declarations();
std::span<const Declaration> time_declarations();
std::span<const Declaration> regex_declarations();
std::span<const Declaration> encoder_declarations();
std::span<const Declaration> optional_declarations();
std::span<const Declaration> network_declarations();

// Shared between families and the evaluator.
Value index_value(const Value& container, const Value& key, Arena& arena);  // Or an error.
std::optional<Value> find_value(const Value& container, const Value& key);
Value concatenate(const Call& call, std::string_view a, std::string_view b, Kind kind);
Value no_such_key(const Value& key, Arena& arena);
bool is_zero_value(const Value& value);
std::optional<Value> make_map(std::span<const Value> keys_and_values,
                              Arena& arena);                    // Nothing if a key repeats.
std::string format_float(double value, bool exponent_allowed);  // As short as it can be read back.
std::string format_value(const Value& value);                    // For messages and string.format("%s").

}  // namespace claw::cel
