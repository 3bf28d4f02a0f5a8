// What each agent did in its present stint of work: counts, labels, and what it used of its budgets. A stint
// begins with an agent's first action and ends when it paused for `session_idle`; connections, endpoints and
// protocols make no difference to it. Guard asks and tells it; main/ keeps it over restarts. Thread-safe,
// and divided by agent, so that agents do not wait for one another. It decides nothing.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "action/action.h"
#include "action/call.h"
#include "audit/reader.h"
#include "audit/record.h"
#include "base/clock.h"
#include "guard/budget.h"

namespace claw::guard {

constexpr std::size_t agents_max = 64 * 1024;  // Further ones share one account: none is forgotten for them.

// Whose account: an agent by its name; who proved no name by the address it came from, whatever the
// listener, so that a new connection is no new agent. IPv6 by its /64, this machine's own addresses as one.
std::string account_of(const action::Principal& principal);

// What it takes at once; rows and bytes are known when it has ended.
audit::Charged charge_of(const action::Subject& subject);

// Budgets that have no room for an action.
struct Over {
  std::string budgets;  // `writes, deletes`
  std::string reason;   // budget `writes`: 100 of 100 rows written this hour
  std::vector<std::string> approvers;
  bool is_refused = false;  // One of them asks nobody.
};

struct Spent {  // Of one budget, for people.
  std::string budget;
  Per per = Per::hour;
  Use use = Use::actions;
  std::int64_t used = 0;  // With what runs.
  std::int64_t limit = 0;
  std::int64_t resets_us = 0;  // Wall time; 0: with the stint.
};

struct Stint {  // For people.
  std::string account;
  std::int64_t since_us = 0;  // Wall time.
  std::int64_t last_us = 0;
  std::int64_t actions = 0;
  std::int64_t denied = 0;
  std::int64_t destructive = 0;
  std::int64_t running = 0;
  std::vector<std::string> labels;
  std::vector<Spent> budgets;
};

class Ledger {
 public:
  explicit Ledger(const Clock& clock);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  struct Entry {  // An action on its way.
    const Id& action;
    const action::Principal& principal;
    const Terms& terms;
    audit::Charged charged = {};
    std::span<const std::string_view> labels = {};  // What it sets if it is allowed.
  };

  // What rules may know. Shows an agent that is not known yet as one that did nothing.
  void stand(const action::Principal& principal, const Terms& terms, action::Standing& out) const;

  // Counts and charges an action that policy allows, in one step with the question whether there is room.
  // Where there is none nothing is charged, and it is counted by whichever of the others comes next.
  std::optional<Over> allow(const Entry& entry);
  std::optional<Over> over(const Entry& entry) const;  // The same question, for one that asks anyhow.
  void allow_anyway(const Entry& entry);               // A person did.
  void deny(const Entry& entry);

  // How an action that was allowed ended; unknown ones are none of ours. `rows` below nothing: it told none.
  void finished(const Id& action, bool is_certain, std::int64_t rows);
  void sent(const action::Principal& to, const Terms& terms, std::int64_t bytes);

  std::vector<Stint> list(const Terms& terms) const;
  // An operator does: labels and counts are empty, and what was used per session. False: there is no such
  // one.
  bool end(std::string_view account, const Terms& terms);
  void forget();  // Agents that were not heard of for a day: call it now and then.

  // What is kept over a restart, as text; `through` is a record before which everything is in it.
  std::string save(std::uint64_t through) const;
  // Nothing when it is no such text. Otherwise the record after which recall() goes on.
  Result<std::uint64_t> restore(std::string_view saved);
  void recall(const audit::Record& record, const Terms& terms);  // What a restart had not saved.
  void recalled();  // That was all: what did not end by then is charged.
  bool take_changed() { return changed_.exchange(false); }  // Since it was last asked.

 private:
  struct Account;
  struct Shard;
  struct Running;
  struct RunningShard;

  std::string place_of(const action::Principal& principal) const;
  template <class Do>
  auto with(const std::string& key, const Terms& terms, Do act) const;
  std::int64_t roll(Account& account, const Terms& terms) const;
  static void begin(Account& account, const Terms& terms, std::int64_t now_us);
  void note_change() const;
  void charge(Account& account, const std::string& key, const Entry& entry) const;
  static std::optional<Over> look(Account& account, const Entry& entry, std::int64_t now_us);
  void show(const Account& account, const Terms& terms, Stint& out) const;
  void save_running(json::Writer& out) const;
  void restore_running(const json::Value& saved);
  bool is_running(const Id& id) const;

  const Clock& clock_;
  std::unique_ptr<Shard[]> shards_;
  std::unique_ptr<RunningShard[]> running_;
  mutable std::atomic<std::size_t> accounts_ = 0;
  mutable std::atomic<std::int64_t> idle_us_ = session_idle_default_us;  // As last heard.
  mutable std::atomic<bool> changed_ = false;
};

}  // namespace claw::guard
