#include "approval/operations.h"

#include <algorithm>

#include "base/check.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"

namespace claw::approval {
namespace {

constexpr std::size_t token_bytes = 32;

bool is_over(Stage stage) {
  return stage != Stage::pending_approval && stage != Stage::approved_waiting_for_retry &&
         stage != Stage::executing_upstream;
}

void end(Operation& operation, Stage stage, std::string_view reason, std::int64_t wall_us) {
  operation.stage = stage;
  operation.reason = reason;
  operation.ended_us = wall_us;
  // It is kept to say what became of it, not what it was: the journal has that.
  operation.question.text.clear();
  operation.question.parameters.clear();
  operation.question.evidence.clear();
}

// A clock that was set back must not make an approval last longer.
bool is_late(const Operation& operation, std::int64_t wall_us) {
  const std::int64_t until = operation.decided_us + operation.retry_ttl_us;
  return wall_us > until || wall_us < operation.decided_us;
}

}  // namespace

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::pending_approval: return "pending_approval";
    case Stage::approved_waiting_for_retry: return "approved_waiting_for_retry";
    case Stage::executing_upstream: return "executing_upstream";
    case Stage::upstream_succeeded: return "upstream_succeeded";
    case Stage::upstream_failed: return "upstream_failed";
    case Stage::denied: return "denied";
    case Stage::expired: return "expired";
  }
  check_failed("every stage has a name", __FILE__, __LINE__);
}

Result<std::vector<Operation>> Operations::restore(std::int64_t wall_us) {
  CLAW_TRY(const std::vector<std::string> texts, keep_->all());
  std::vector<Operation> open;
  const std::lock_guard lock(mutex_);
  for (const std::string& text : texts) {
    CLAW_TRY(Operation operation, decode_operation(text));
    operation.question.waits_for_retry = true;
    // Whether it ran cannot be known. It is not run again: a person asks the upstream, not us.
    if (operation.stage == Stage::executing_upstream) {
      end(operation, Stage::upstream_failed, "the gateway stopped while it ran: whether it did is not known",
          wall_us);
      CLAW_TRY_DONE(keep(operation));
    }
    if (operation.stage == Stage::pending_approval) open.push_back(operation);
    std::string id = operation.question.id;
    operations_.insert_or_assign(std::move(id), std::move(operation));
  }
  return open;
}

Status Operations::keep(const Operation& operation) {
  return keep_->put(operation.question.id, encode(operation));
}

// Whoever fills the place with what is over takes its past, and nobody's future.
bool Operations::make_room() {
  auto oldest = operations_.end();
  for (auto at = operations_.begin(); at != operations_.end(); ++at) {
    if (!is_over(at->second.stage)) continue;
    if (oldest == operations_.end() || at->second.ended_us < oldest->second.ended_us) oldest = at;
  }
  if (oldest == operations_.end() || !keep_->remove(oldest->first)) return false;
  operations_.erase(oldest);
  return true;
}

Status Operations::begin(Question question, std::int64_t deadline_us, std::int64_t retry_ttl_us) {
  const std::lock_guard lock(mutex_);
  if (operations_.size() >= operations_max && !make_room()) {
    return Error{Code::limit, "too many operations are kept already", {}};
  }
  Operation operation;
  operation.question = std::move(question);
  operation.deadline_us = deadline_us;
  operation.retry_ttl_us = retry_ttl_us;
  operation.token = random_hex(token_bytes);
  CLAW_TRY_DONE(keep(operation));
  std::string id = operation.question.id;
  operations_.insert_or_assign(std::move(id), std::move(operation));
  return Done{};
}

Result<std::optional<std::string>> Operations::send_away(std::string_view id, bool tells_id) {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  if (at == operations_.end() || at->second.stage != Stage::pending_approval) {
    return std::optional<std::string>();
  }
  Operation told = at->second;
  told.was_told = tells_id;
  told.question.waits_for_retry = true;
  CLAW_TRY_DONE(keep(told));
  at->second = std::move(told);
  return std::optional<std::string>(at->second.token);
}

void Operations::answered(std::string_view id, const Answer& answer, std::string_view reason,
                          std::int64_t wall_us) {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  if (at == operations_.end() || at->second.stage != Stage::pending_approval) return;
  Operation operation = at->second;
  operation.answer = answer;
  operation.decided_us = wall_us;
  if (answer.state == State::allowed) operation.stage = Stage::approved_waiting_for_retry;
  else end(operation, answer.state == State::expired ? Stage::expired : Stage::denied, reason, wall_us);
  if (const Status kept = keep(operation); !kept) {
    // An approval that is not kept would be lost by a restart, or worse, good twice.
    log::error("an answer could not be kept: the operation is denied", {{"why", kept.error().text()}});
    end(operation, Stage::denied, "the answer could not be kept", wall_us);
  }
  at->second = std::move(operation);
}

void Operations::forget(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  if (at == operations_.end()) return;
  if (const Status gone = keep_->remove(id); !gone) {
    log::warning("an operation could not be removed", {{"why", gone.error().text()}});
    end(at->second, Stage::denied, "its agent has gone", at->second.question.asked_us);
    return;
  }
  operations_.erase(at);
}

// What a restart interrupted, asked again word for word by the same agent: the latest of several.
Operations::Map::iterator Operations::find_equal(std::string_view agent, std::string_view fingerprint) {
  auto found = operations_.end();
  for (auto at = operations_.begin(); at != operations_.end(); ++at) {
    const Operation& each = at->second;
    const bool is_equal = each.question.waits_for_retry && !is_over(each.stage) &&
                          each.stage != Stage::executing_upstream && each.question.agent == agent &&
                          each.question.fingerprint == fingerprint;
    // Who was told an id names it; another request without one is another action, unless it still waits.
    if (is_equal && (!each.was_told || each.stage == Stage::pending_approval)) found = at;
  }
  return found;
}

Operations::Found Operations::take(std::string_view id, std::string_view agent, std::string_view fingerprint,
                                   std::int64_t wall_us) {
  const std::lock_guard lock(mutex_);
  Found found;
  const auto at = id.empty() ? find_equal(agent, fingerprint) : operations_.find(id);
  if (at == operations_.end() || at->second.question.agent != agent) return found;
  Operation& operation = at->second;
  found.id = operation.question.id;
  found.token = operation.token;
  found.answer = operation.answer;
  found.asked_us = operation.question.asked_us;
  found.decided_us = operation.decided_us;
  found.reason = operation.reason;
  using Kind = Found::Kind;
  if (operation.question.fingerprint != fingerprint) return found.kind = Kind::other_action, found;
  switch (operation.stage) {
    case Stage::pending_approval: return found.kind = Kind::pending, found;
    case Stage::approved_waiting_for_retry: break;
    case Stage::executing_upstream:
      found.reason = "it is running already";
      return found.kind = Kind::spent, found;
    case Stage::upstream_succeeded:
    case Stage::upstream_failed: return found.kind = Kind::spent, found;
    case Stage::denied:
    case Stage::expired: return found.kind = Kind::denied, found;
  }
  Operation taken = operation;
  if (is_late(operation, wall_us)) {
    end(taken, Stage::expired, "it was allowed, and the retry came too late", wall_us);
  } else
    taken.stage = Stage::executing_upstream;
  if (const Status kept = keep(taken); !kept) {
    found.reason = "that it runs could not be kept";  // Or a restart would let it run once more.
    return found.kind = Kind::denied, found;
  }
  operation = std::move(taken);
  found.reason = operation.reason;
  found.kind = operation.stage == Stage::expired ? Kind::denied : Kind::allowed;
  return found;
}

void Operations::ended(std::string_view id, bool succeeded, std::string_view detail, std::int64_t wall_us) {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  if (at == operations_.end() || at->second.stage != Stage::executing_upstream) return;
  end(at->second, succeeded ? Stage::upstream_succeeded : Stage::upstream_failed, detail, wall_us);
  if (const Status kept = keep(at->second); !kept) {
    log::warning("how an operation ended could not be kept", {{"why", kept.error().text()}});
  }
}

std::optional<Operation> Operations::show(std::string_view id, std::string_view token) const {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  if (at == operations_.end() || !crypto::equal(at->second.token, token)) return std::nullopt;
  return at->second;
}

std::optional<Operation> Operations::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto at = operations_.find(id);
  return at == operations_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<std::string> Operations::expire(std::int64_t wall_us) {
  std::vector<std::string> unclaimed;
  const std::lock_guard lock(mutex_);
  for (auto at = operations_.begin(); at != operations_.end();) {
    const auto each = at++;
    Operation& operation = each->second;
    if (operation.stage == Stage::approved_waiting_for_retry && is_late(operation, wall_us)) {
      end(operation, Stage::expired, unclaimed_reason, wall_us);
      unclaimed.push_back(each->first);
      if (const Status kept = keep(operation); !kept) {
        log::warning("an expired operation could not be kept", {{"why", kept.error().text()}});
      }
    }
    if (is_over(operation.stage) && operation.ended_us + operation_kept_us <= wall_us &&
        keep_->remove(operation.question.id)) {
      operations_.erase(each);
    }
  }
  return unclaimed;
}

}  // namespace claw::approval
