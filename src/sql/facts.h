// What a SQL text does, as facts that a rule can name: one Statement for every statement in it, also for
// the ones hidden inside others. The protocol folders turn these into an action; nothing here knows a
// protocol or a policy, nor which dialect the text was in. A text that could not be read completely has
// `understood == false` and says why; its other fields must not be trusted to be complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claw::sql {

enum class Effect : std::uint8_t {
  read,         // Looks at data.
  write,        // Adds data: INSERT, COPY FROM, setval.
  modify,       // Changes data: UPDATE, MERGE, ON CONFLICT DO UPDATE.
  remove,       // Takes data away: DELETE, TRUNCATE. Its fact name is `delete`.
  create,       // DDL: a new object.
  alter,        // DDL: an object changed.
  destroy,      // DDL: an object dropped.
  privilege,    // Who may do what: GRANT, REVOKE, roles, policies, ownership.
  transaction,  // BEGIN, COMMIT, SAVEPOINT ...
  session,      // State of this session: SET, RESET, PREPARE, DISCARD.
  maintenance,  // The server's own upkeep: VACUUM, CHECKPOINT, reloads, terminated backends, slots.
  lock,         // LOCK, SELECT FOR UPDATE, advisory locks, pg_sleep.
  notify,       // LISTEN, NOTIFY.
  procedural,   // Runs code of a procedural language: DO, CALL.
  file,         // Touches a file of the server.
  program,      // Runs a program, or loads native code, on the server.
  network,      // Makes the server talk to another host.
  unknown,      // Does something that the text does not show.
};
constexpr std::size_t effect_count = 18;

std::string_view name_of(Effect effect);

class Effects {
 public:
  constexpr Effects() = default;
  constexpr Effects(std::initializer_list<Effect> effects) {
    for (const Effect effect : effects) add(effect);
  }

  constexpr void add(Effect effect) { bits_ |= bit(effect); }
  constexpr void add(Effects others) { bits_ |= others.bits_; }
  constexpr bool has(Effect effect) const { return (bits_ & bit(effect)) != 0; }
  constexpr bool has_any(Effects others) const { return (bits_ & others.bits_) != 0; }
  constexpr bool only(Effects allowed) const { return (bits_ & ~allowed.bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const Effects&) const = default;

  std::vector<std::string> names() const;  // Sorted.

 private:
  static constexpr std::uint32_t bit(Effect effect) { return 1U << static_cast<unsigned>(effect); }

  std::uint32_t bits_ = 0;
};

// An object's name as the server folds it (`Users` is `users`, `"Users"` stays); parts the text left out
// are empty.
struct Name {
  std::string catalog;
  std::string schema;
  std::string name;

  std::string text() const;  // `catalog.schema.name` without the empty parts.
  auto operator<=>(const Name&) const = default;
};

struct Statement {
  std::string verb;  // Lower case: `select`, `create`, `set role`. The README lists them all.
  std::string text;  // Its own, trimmed; of an inner one in the same text, the enclosing one's first 4 KiB.
  Effects effects;   // Of this statement alone, with the functions it calls; inner ones have their own.
  std::vector<Name> tables;            // Every relation named, once each; no names of CTEs.
  std::vector<Name> reads;             // Those of them it reads,
  std::vector<Name> writes;            // and those it changes.
  std::vector<std::string> functions;  // Calls as written, folded: `f`, or both `s.f` and `f`.
  std::vector<std::string> columns;    // Names the text shows: `c`, or both `t.c` and `c`; `*` for a star.
  std::vector<Name> objects;           // What else it acts on: indexes, types, functions, roles, schemas ...
  bool has_where = false;              // A WHERE (for MERGE: it always has its ON) at its own top level.
  bool inner = false;                  // Part of another statement: a CTE, an EXPLAIN, a body, a rule ...
  bool destructive = false;            // Loses data or objects at a stroke; the README has the table.
};

// Something the text does to the session that outlives it, so that the caller can follow along.
struct SessionChange {
  enum class Kind : std::uint8_t {
    set,          // SET name = value, set_config(name, value), RESET (value empty, `reset` true). An empty
                  // name: some setting that the text does not tell.
    transaction,  // BEGIN, COMMIT, SET TRANSACTION ...: name is the verb, value its modes.
    prepare,      // PREPARE name, EXECUTE name, DEALLOCATE name: value is the verb.
    cursor,       // DECLARE, FETCH, CLOSE: name is the cursor's, value is the verb.
    discard,      // DISCARD ALL and friends.
  };
  Kind kind = Kind::set;
  std::string name;                  // Lower case: `search_path`, `role`, `session_authorization`, `begin`.
  std::optional<std::string> value;  // Absent when it is not a literal.
  bool local = false;                // Ends with the transaction: SET LOCAL, DECLARE without HOLD.
  bool reset = false;                // RESET, SET ... TO DEFAULT.
};

struct Facts {
  bool understood = false;
  std::string why;                     // When not.
  std::vector<Statement> statements;   // In order; each top-level one is followed by its inner ones.
  std::size_t top_level = 0;           // How many of them are top-level.
  std::vector<SessionChange> session;  // In order.
  std::string syntax_error = {};       // The grammar's own words, where it was the grammar that refused,
  std::uint32_t syntax_error_at = 0;   // and where: the character, counted from 1; 0: not told.
};

}  // namespace claw::sql
