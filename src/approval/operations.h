// Actions that outlive their connection: the agent was told to come back, or the gateway was restarted while
// a person was being asked. Each waits for its answer, then for the one retry that may run it, and is kept a
// while for who asks what became of it. Guard moves them; admin shows their state to who has their token.
// Thread-safe. Written down before it counts: what cannot be kept does not happen.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "approval/queue.h"

namespace claw::approval {

constexpr std::size_t operations_max = 10'000;  // Kept at once; those that are over leave first.
constexpr std::int64_t operation_kept_us = 7LL * 24 * 3600 * 1'000'000;  // To look up what became of it.

constexpr std::string_view unclaimed_reason = "it was allowed, and the agent did not come back in time";

enum class Stage : std::uint8_t {
  pending_approval,
  approved_waiting_for_retry,
  executing_upstream,
  upstream_succeeded,
  upstream_failed,  // Or nobody knows: the gateway died while it ran.
  denied,
  expired,          // No answer in time, or no retry after it.
};
std::string_view name_of(Stage stage);

struct Operation {
  Question question;           // Its id is the operation's; its deadline is told in wall time here:
  std::int64_t deadline_us = 0;
  std::int64_t retry_ttl_us = 0;
  Stage stage = Stage::pending_approval;
  Answer answer;
  std::int64_t decided_us = 0;  // Wall time; the retry must come within retry_ttl_us of it.
  std::int64_t ended_us = 0;
  std::string token;           // Shows the state to who has it.
  bool was_told = false;       // The agent knows the id. Otherwise an equal request is its retry.
  std::string reason;          // Why it was denied, or how it ended.
};

// Where they are kept: a text by id. store/ has the real one.
class OperationKeep {
 public:
  virtual ~OperationKeep() = default;
  virtual Status put(std::string_view id, std::string_view text) = 0;  // On the disk when it returns.
  virtual Status remove(std::string_view id) = 0;
  virtual Result<std::vector<std::string>> all() = 0;                  // Their texts.
};

class Operations {
 public:
  explicit Operations(std::shared_ptr<OperationKeep> keep) : keep_(std::move(keep)) {}

  // What an earlier gateway left; those whose question is still open are returned, to be asked again.
  // A file that makes no sense is an error: an approval might be in it, and nobody may guess.
  Result<std::vector<Operation>> restore(std::int64_t wall_us);

  // Before the question is asked. Errors: too many, or it cannot be kept.
  Status begin(Question question, std::int64_t deadline_us, std::int64_t retry_ttl_us);
  // Its agent is sent away: the token to look with. Nothing if it is not pending any more. Agents that cannot
  // name an operation when they come back are not told its id: then an equal request is the retry.
  Result<std::optional<std::string>> send_away(std::string_view id, bool tells_id);
  void answered(std::string_view id, const Answer& answer, std::string_view reason, std::int64_t wall_us);
  void forget(std::string_view id);  // It ended with its connection: nobody will come back.

  struct Found {
    enum class Kind : std::uint8_t { none, pending, allowed, denied, other_action, spent } kind = Kind::none;
    std::string id;
    std::string token;
    Answer answer;            // Of `allowed`.
    std::int64_t asked_us = 0;
    std::int64_t decided_us = 0;
    std::string reason;       // Of `denied` and `spent`.
  };
  // A retry: by the id the agent names, or without one as the equal of what a restart interrupted. `allowed`
  // is said once: from then on it is being executed, whoever asks again. Another agent's is none.
  Found take(std::string_view id, std::string_view agent, std::string_view fingerprint, std::int64_t wall_us);
  void ended(std::string_view id, bool succeeded, std::string_view detail, std::int64_t wall_us);

  // For who has the token; `none`-like for everybody else.
  std::optional<Operation> show(std::string_view id, std::string_view token) const;
  std::optional<Operation> find(std::string_view id) const;  // For operators; agents bring its token.
  // Forgets what has been kept long enough; the ids of those that were allowed and whose retry never came.
  std::vector<std::string> expire(std::int64_t wall_us);

 private:
  using Map = std::map<std::string, Operation, std::less<>>;
  Status keep(const Operation& operation);
  bool make_room();
  Map::iterator find_equal(std::string_view agent, std::string_view fingerprint);

  std::shared_ptr<OperationKeep> keep_;
  mutable std::mutex mutex_;
  Map operations_;
};

// As kept: JSON. Decoding is strict.
std::string encode(const Operation& operation);
Result<Operation> decode_operation(std::string_view text);

}  // namespace claw::approval
