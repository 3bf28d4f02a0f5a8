// What a function that can fail for a reason outside this program returns: a value or an Error.
// Errors are for peers and for the world (bad bytes, a full disk); a broken invariant of ours is
// CLAW_CHECK, not an Error. No exception crosses a folder.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace claw {

enum class Code {
  invalid,       // Bytes or text that make no sense here.
  limit,         // A named limit was passed.
  unsupported,   // Understood, and deliberately not done.
  not_found,
  denied,        // Not permitted.
  unavailable,   // The world: disk, network, vault, upstream.
  timeout,
};

std::string_view name_of(Code code);

// One line, lower case, no full stop; never a secret. `where` says which input, e.g. `policy.hcl:4:2`.
struct Error {
  Code code = Code::invalid;
  std::string what;
  std::string where;

  std::string text() const { return where.empty() ? what : where + ": " + what; }
};

inline Error invalid(std::string what, std::string where = {}) {
  return {Code::invalid, std::move(what), std::move(where)};
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { CLAW_CHECK(ok()); return *std::get_if<0>(&state_); }
  const T& value() const& { CLAW_CHECK(ok()); return *std::get_if<0>(&state_); }
  T&& value() && { CLAW_CHECK(ok()); return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { CLAW_CHECK(!ok()); return *std::get_if<1>(&state_); }
  Error&& error() && { CLAW_CHECK(!ok()); return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;  // For functions that only succeed or fail: `return Done{};`

}  // namespace claw

// Returns the Error of `expr` from this function, or binds its value: CLAW_TRY(auto frame, decode(bytes)).
#define CLAW_TRY_CAT2(a, b) a##b
#define CLAW_TRY_CAT(a, b) CLAW_TRY_CAT2(a, b)
#define CLAW_TRY_AS(result, decl, expr)       \
  auto result = (expr);                       \
  if (!result) return std::move(result).error(); \
  decl = std::move(result).value()
#define CLAW_TRY(decl, expr) CLAW_TRY_AS(CLAW_TRY_CAT(claw_try_, __LINE__), decl, expr)
#define CLAW_TRY_DONE(expr) \
  do {                      \
    if (auto claw_try_done = (expr); !claw_try_done) return std::move(claw_try_done).error(); \
  } while (false)
