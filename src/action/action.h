// An action: one thing an agent wants done, as facts a rule can name. Protocols make it, guard/ judges
// it, audit/ records it, approval/ shows it to a person. What is the same for many actions is shared
// and immutable: the Subject (one per distinct statement or request) and the Context (one per
// connection and session state); both carry their part of the record already written as JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "action/body/form.h"
#include "action/principal.h"
#include "action/schema.h"
#include "base/id.h"
#include "cel/value.h"

namespace claw::action {

// One judged piece of a composite action: a statement of a batch, a CTE that writes. All parts are
// judged and the strictest verdict is the action's.
struct Part {
  std::string verb;                     // `delete`, `get`, …
  std::string text;                     // This piece as the agent wrote it.
  bool destructive = false;
  bool reads_only = false;              // Every effect is a read: may be enforced as one.
  std::vector<cel::Value> facts;        // The `own` run, in slot order.
};

// How many rows of a database it changes, as far as one can tell before it has run.
enum class Rows : std::uint8_t {
  none,       // It changes none.
  counted,    // The server tells once it has run, and can take it back then.
  uncounted,  // It may change some, and nobody counts them, or they cannot be taken back.
};

// What is asked, apart from who asks: immutable and shared by every action that says the same.
struct Subject {
  Family family = Family::sql;
  bool understood = true;
  bool truncated = false;
  std::string why_not;  // Why it was not understood; for the operator and, shortened, the agent.
  std::string unread;                   // Understood, but of this a fact is missing; for the operator.
  std::string_view unread_hint;         // What the agent can do about it: constant text.
  std::string text;                     // The exact command or call.
  std::string summary;                  // One line for people: `delete orders`.
  bool destructive = false;
  bool reads_only = false;              // Understood, and every part reads only.
  Rows rows = Rows::uncounted;
  std::vector<Part> parts;              // Never empty.
  // What a person should see and an approval is bound to beside the text, where the family has it; views.
  std::string_view method;              // As sent.
  std::string_view target;              // Path and query as they go upstream.
  std::string_view body;                // As rules see it: content encodings undone.
  std::span<const Named> fields;        // Headers, as sent.
  std::string record_json;              // `"family":"sql","summary":…,"parts":[…]`: members for the record.
  std::shared_ptr<const void> storage;  // Keeps alive what the facts point into.
};

// Where and by whom: one per connection, made anew when the session's state changes (role, search_path).
struct Context {
  Principal principal;
  std::string endpoint;                 // `postgres.prod`
  std::string credential;               // Bare name, as rules pin it; empty when none.
  std::string session;                  // Names the connection in the record.
  std::vector<cel::Value> facts;        // The `context` run.
  std::string record_json;              // `"agent":…,"endpoint":…,"session":…`: members for the record.
  std::shared_ptr<const void> storage;
};

// A fact of the connection beyond who acts and where, in words: its database, its role, where names are
// looked up. People who are asked see it, and approval's fingerprint covers it: the same text means another
// thing elsewhere.
struct Stated {
  std::string name;                 // `role`, `search_path`: the fact's name without its family.
  bool is_known = false;            // False: the gateway cannot tell, and rules could not either.
  bool is_list = false;
  std::vector<std::string> values;  // One where it is no list.
  bool operator==(const Stated&) const = default;
};

// From the context's facts, so it is what the rules saw; empty for families that have none.
std::vector<Stated> state_of(Family family, const Context& context);

// `public, "$user"` or `not known`: one line for people, quoted so that no value can pass for two.
std::string shown(const Stated& stated);

using Parameter = std::optional<std::string>;  // As bound: text, or `\x…` for binary; nullopt is NULL.

struct Action {
  Id id;
  std::shared_ptr<const Subject> subject;
  std::shared_ptr<const Context> context;
  std::vector<Parameter> parameters;    // Bound values, when the protocol has them.
  std::string reasoning;                // The agent's own words, marked as such wherever shown; may be empty.
  std::string operation = {};           // The approved operation that this says it is the retry of.
  bool can_return = false;              // It is all here and can be sent again: its agent need not wait.
  std::int64_t rows_counted = -1;  // It was run and rolled back: so many rows it had changed. -1: it was not.
  std::string covers = {};              // Of a tool call: the one action that is all it does, tool/tool.h.
  bool has_more = false;                // A body that no rule reads; who is asked should see it all the same.
};

}  // namespace claw::action
