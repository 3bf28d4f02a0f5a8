// The one schema: every fact a rule can name, its type, and when it is unknown. Protocols fill facts in
// this order, policy checks conditions against it, documentation prints it.
//
// A family's facts come in three runs, so that what is shared is made once: `own` facts belong to the
// statement or request alone (and are cached with it), `context` facts to the connection, `call` facts
// to this one execution. A slot is an index into the concatenation of the three.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "cel/environment.h"

namespace claw::action {

enum class Family : std::uint8_t { sql, http, k8s, ssh, tool, mcp };
inline constexpr Family families[] = {Family::sql, Family::http, Family::k8s,
                                        Family::ssh, Family::tool, Family::mcp};

std::string_view name_of(Family family);
std::optional<Family> family_named(std::string_view name);

enum class Run : std::uint8_t { own, context, call };

struct Fact {
  std::string_view name;  // `sql.verb`
  cel::Type type;
  Run run;
  bool folded;            // Always lower case; literals compared with it are folded at load.
  bool truncatable;       // Unknown when the action was cut at the inspection buffer.
  bool unparsable;        // Unknown when the action was not understood.
  std::string_view help;  // One line for `clawpatrol facts` and the book.
};

std::span<const Fact> schema(Family family);          // Slot order; own facts first, then context, then call.
const cel::Environment& environment(Family family);   // The same, for the checker.
std::optional<std::uint32_t> slot_of(Family family, std::string_view fact);

struct Runs {
  std::uint32_t own;      // How many of each.
  std::uint32_t context;
  std::uint32_t call;
};
Runs runs(Family family);

// Whether a slot is about how the agent stands (standing.h), and not about the action or its connection.
bool is_standing(Family family, std::uint32_t slot);

}  // namespace claw::action
