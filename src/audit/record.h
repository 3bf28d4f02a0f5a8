// What is written down: one struct for each kind of record, and its JSON. guard/, gateway/ and admin/ fill
// an Entry and give it to a Sink; the sink adds the sequence number and the time. An entry owns nothing:
// everything it refers to must outlive the call. Secrets have no field here, and credentials only names.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "action/action.h"
#include "action/verdict.h"
#include "audit/redaction.h"

namespace claw::audit {

// What a shadow rule would have done: `allow`, `deny`, `approve` or `error`.
struct Shadow {
  std::string rule;
  std::string outcome;
};

enum class Parameters : std::uint8_t { shown, hidden };  // Hidden: how many and how long, not what.

// What an allowed action takes of budgets at once: how many rows, its end says.
struct Charged {
  bool destructive = false;
  std::int64_t objects = 0;   // That it deletes.
  bool writes_rows = false;
  bool hides_rows = false;    // More than its own count may show: a CTE that writes, a procedure.
  bool operator==(const Charged&) const = default;
};

// What people saw beside the action when they were asked.
struct Evidence {
  std::string title;
  std::string text;
  bool is_own = false;    // The action's own body: recorded by its digest.
  bool failed = false;    // The text is why there is nothing to see.
};

// An action and its verdict: the record that must exist before anything goes upstream.
struct Judged {
  const action::Action& action;
  const action::Verdict& verdict;
  std::string_view policy = {};          // Version of the policy that decided.
  std::string_view detail = {};          // For the operator: why a condition could not be evaluated.
  std::string_view approver = {};        // Who answered; empty when nobody was asked.
  std::string_view comment = {};         // What they wrote with the answer.
  std::int64_t asked_us = 0;             // Wall time of the question; 0 when nobody was asked.
  std::int64_t decided_us = 0;           // Wall time of the answer.
  std::span<const Shadow> shadows = {};
  Parameters parameters = Parameters::shown;
  std::string_view operation = {};       // The held operation that this ran as the retry of.
  bool observed = false;                 // The endpoint only observes: the verdict was not obeyed.
  std::span<const std::string_view> labels = {};  // That it set on its agent.
  std::string_view budget = {};          // Which had no room, so that somebody was asked or it was refused.
  std::string_view break_glass = {};     // The grant that was active for its profile.
  std::optional<Charged> charged = {};   // What it took of its agent's budgets; nothing: none is counted.
  std::span<const Evidence> evidence = {};
  const Redaction* redaction = nullptr;  // What does not go on record.
};

// An action that waits for a person.
struct Held {
  const action::Action& action;
  std::string_view question = {};        // The approval's id.
  std::string_view rule = {};
  std::string_view reason = {};
  std::string_view policy = {};
  std::span<const std::string> approvers = {};
  std::int64_t deadline_us = 0;          // Wall time; no answer by then is a denial.
  Parameters parameters = Parameters::shown;
  const Redaction* redaction = nullptr;
};

// How an allowed action ended.
struct Ended {
  const Id& action;
  std::string_view ending = {};          // `ok`, `failed`, `cancelled`, `unknown`
  std::int64_t rows = -1;                // -1: the protocol did not say.
  std::string_view detail = {};          // Command tag, SQLSTATE, status.
  std::int64_t duration_us = 0;
  std::int64_t connect_us = -1;          // Of that, connecting upstream; -1: it was connected already.
  const Redaction* redaction = nullptr;
  std::string_view endpoint = {};        // For its retention.
};

// A stretch of what was said on a connection that an action opened: a terminal's letters, in order.
struct Piece {
  std::int64_t at_us = 0;          // Since the action was allowed.
  std::string_view channel = {};   // `input`, `output`, `errors`, `resize`
  std::string_view bytes = {};
  std::uint64_t left_out = 0;      // Bytes that were not kept, at that time or by then.
};
struct Stream {
  const Id& action;
  std::span<const Piece> pieces = {};
  std::string_view endpoint = {};
  const Redaction* redaction = nullptr;  // Finds what stands in these pieces together, channel by channel.
};

// A connection of an agent. `event` is `opened` or `closed`.
struct Session {
  std::string_view event = {};
  const action::Principal& principal;
  std::string_view session = {};
  std::string_view endpoint = {};
  std::string_view credential = {};
  std::string_view detail = {};          // Why it closed.
  std::int64_t duration_us = 0;
  const Redaction* redaction = nullptr;
};

// Refused below the level of actions: bytes that make no sense, a failed login.
struct Incident {
  std::string_view what = {};
  const action::Principal& principal;
  std::string_view session = {};
  std::string_view endpoint = {};
  const Redaction* redaction = nullptr;
};

struct Policy {
  std::string_view event = {};           // `loaded`, `reload_failed`
  std::string_view version = {};
  std::string_view detail = {};          // Which files, or what was wrong.
};

// What a person did to the gateway: approvals answered, credentials changed (names only).
struct Admin {
  std::string_view person = {};
  std::string_view event = {};           // `approval_answered`, `secret_set`, …
  std::string_view subject = {};         // Which one: a question's id, a credential's name.
  std::string_view detail = {};
};

struct Gateway {
  std::string_view event = {};           // `started`, `stopped`, `recovered`, `removed`
  std::string_view version = {};
  std::string_view detail = {};
  std::uint64_t through = 0;             // Removed: the last record that leaves,
  std::string_view hash = {};            // and its hash, from which the chain goes on.
};

// What an agent did that is unlike what it did before: statistics, and nobody's verdict.
struct Anomaly {
  std::string_view what = {};            // `new_object`, `rate`, …: anomaly/'s kinds.
  std::string_view agent = {};
  std::string_view session = {};         // The connection it was noticed on.
  std::string_view endpoint = {};
  std::string_view subject = {};         // The table, host, verb or rule it is about; may be empty.
  std::int64_t number = 0;               // How many there were,
  double baseline = 0;                   // and how many were to be expected.
  std::string_view detail = {};          // The same in a sentence.
  std::uint64_t record = 0;              // The record that showed it.
};

using Entry = std::variant<Judged, Held, Ended, Session, Incident, Policy, Admin, Gateway, Anomaly, Stream>;

std::string_view kind_of(const Entry& entry);  // `judged`, `held`, …: the record's `kind`.

// A bound value longer than this is recorded as its start, its length and its SHA-256: still proof, and a
// megabyte bound to one parameter does not fill the journal. So is what people were shown.
constexpr std::size_t parameter_bytes_max = 1024;
constexpr std::size_t evidence_text_bytes_max = 8 * 1024;

// A record is the head followed by the body, made apart because only the sink knows the head and only
// under its lock. Both append; once `out` has grown to its size they allocate nothing.
constexpr std::size_t head_bytes_max = 80;  // Of the largest number and any year up to 9999 it is 64.
void append_head(std::string& out, std::uint64_t seq, std::int64_t time_us);  // `{"seq":7,"time":"…",`
// `"kind":"judged",…}`; what is redacted is hashed with that key.
void append_body(std::string& out, const Entry& entry, std::string_view redaction_key = {});

}  // namespace claw::audit
