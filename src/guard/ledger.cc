#include "guard/ledger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "guard/account.h"

namespace claw::guard {
namespace {

constexpr std::string_view others = "others";  // Who came when there was no room for a further account.
constexpr std::int64_t hour_us = 3600LL * 1'000'000;

// Writes whose size nobody knows yet hold this share of a budget, so that no more than so many run at once.
constexpr std::int64_t held_share = 10;

std::string_view without_port(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const std::size_t colon = address.rfind(':');
  const bool is_bare_v6 = address.find(':') != colon;
  return colon == std::string_view::npos || is_bare_v6 ? address : address.substr(0, colon);
}

std::vector<std::string_view> groups_of(std::string_view text) {
  return text.empty() ? std::vector<std::string_view>() : split(text, ':');
}

// The first half of an IPv6 address, however its zeros are written.
std::string network_of_v6(std::string_view address) {
  const std::size_t gap = address.find("::");
  std::vector<std::string_view> groups = groups_of(address.substr(0, gap));
  if (gap != std::string_view::npos) {
    const std::vector<std::string_view> rest = groups_of(address.substr(gap + 2));
    while (groups.size() + rest.size() < 8) groups.emplace_back("0");
    groups.insert(groups.end(), rest.begin(), rest.end());
  }
  groups.resize(4);
  return fmt::format("{}::", fmt::join(groups, ":"));
}

// Whoever has one address of an IPv6 network has its /64, and whoever is on this machine has all of 127/8.
std::string network_of(std::string_view address) {
  constexpr std::string_view mapped = "::ffff:";
  address = address.substr(0, address.find('%'));
  const bool is_mapped = address.starts_with(mapped) && address.find('.') != std::string_view::npos;
  if (is_mapped) address.remove_prefix(mapped.size());
  if (address == "::1" || address.starts_with("127.")) return "this machine";
  return address.find(':') == std::string_view::npos ? std::string(address) : network_of_v6(address);
}

// Rules on a bare name see `orders` and `public.orders`: that is one object.
std::int64_t names_in(const cel::Value& list) {
  if (!list.is(cel::Kind::list)) return 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string_view name = list.at(i).as_text();
    bool is_same = false;
    for (std::size_t j = 0; j < list.size() && !is_same; ++j) {
      const std::string_view bare = list.at(j).as_text();
      is_same =
          name.size() > bare.size() + 1 && name.ends_with(bare) && name[name.size() - bare.size() - 1] == '.';
    }
    count += is_same ? 0 : 1;
  }
  return count;
}

std::int64_t objects_of(const action::Subject& subject, const action::Part& part) {
  if (!part.destructive) return 0;
  if (subject.family != action::Family::sql) return 1;
  if (part.verb != "drop" && part.verb != "truncate") return 0;  // A DELETE takes rows.
  static const std::uint32_t tables = action::slot_of(action::Family::sql, "sql.tables").value();
  static const std::uint32_t objects = action::slot_of(action::Family::sql, "sql.objects").value();
  return std::max<std::int64_t>(1, names_in(part.facts[tables]) + names_in(part.facts[objects]));
}

// A statement's count is of its outermost part: what a CTE wrote, or a procedure, it does not show.
void charge_rows(const action::Part& part, audit::Charged& charged) {
  static const std::uint32_t effects = action::slot_of(action::Family::sql, "sql.effects").value();
  static const std::uint32_t inner = action::slot_of(action::Family::sql, "sql.inner").value();
  const cel::Value& list = part.facts[effects];
  const bool is_read = list.is(cel::Kind::list);
  bool writes = !is_read;
  bool runs_code = !is_read;
  for (std::size_t i = 0; is_read && i < list.size(); ++i) {
    const std::string_view effect = list.at(i).as_text();
    writes |= effect == "write" || effect == "modify" || effect == "delete";
    runs_code |= effect == "procedural" || effect == "program" || effect == "unknown";
  }
  charged.writes_rows |= writes || runs_code;
  charged.hides_rows |= runs_code || (writes && part.facts[inner].is_true());
}

bool is_counted(const Budget& budget, const action::Principal& principal) {
  return budget.is_for(principal.agent, principal.profile);
}

// What an action would add to what is used; nothing where it does not matter.
Amounts amounts_of(const audit::Charged& charged) {
  return {0, charged.destructive ? 1 : 0, charged.objects, 1, 0, 0};
}

}  // namespace

std::int64_t length_of(Per per) {
  switch (per) {
    case Per::session: return 0;
    case Per::hour: return hour_us;
    case Per::day: return 24 * hour_us;
  }
  return 0;
}

std::int64_t held_rows_of(const Budget& budget) {
  const std::int64_t limit = budget.limits[static_cast<std::size_t>(Use::rows_written)];
  return limit == no_limit ? 0 : std::max<std::int64_t>(1, (limit + held_share - 1) / held_share);
}

std::string account_of(const action::Principal& principal) {
  if (principal.agent != "anonymous") return principal.agent;
  return "anonymous " + network_of(without_port(principal.address));
}

// What cannot be read counts as what it may be.
audit::Charged charge_of(const action::Subject& subject) {
  audit::Charged charged;
  if (subject.family == action::Family::tool) return charged;  // What it does underneath is charged itself.
  for (const action::Part& part : subject.parts) {
    charged.destructive |= part.destructive || part.facts.front().is(cel::Kind::unknown);
    charged.objects += objects_of(subject, part);
  }
  if (!subject.understood) charged.objects = std::max<std::int64_t>(1, charged.objects);
  if (subject.family != action::Family::sql || subject.reads_only) return charged;
  for (const action::Part& part : subject.parts) charge_rows(part, charged);
  return charged;
}

Spending& Ledger::Account::spending(const Budget& budget, std::int64_t now_us) {
  auto found = std::ranges::find(spendings, budget.name, &Spending::budget);
  if (found == spendings.end()) found = spendings.insert(found, {budget.name, now_us, {}, 0});
  const std::int64_t length_us = length_of(budget.per);
  if (length_us != 0 && now_us - found->since_us >= length_us) {
    found->used = {};
    found->since_us = now_us;
  }
  return *found;
}

Ledger::Ledger(const Clock& clock)
    : clock_(clock), shards_(std::make_unique<Shard[]>(shards)),
      running_(std::make_unique<RunningShard[]>(shards)) {}

Ledger::~Ledger() = default;

void Ledger::begin(Account& account, const Terms& terms, std::int64_t now_us) {
  account.since_us = now_us;
  account.actions = account.denied = account.destructive = 0;
  account.labels.clear();
  for (const Budget& budget : terms.budgets) {
    const auto found = std::ranges::find(account.spendings, budget.name, &Spending::budget);
    if (found != account.spendings.end() && budget.per == Per::session) found->used = {};
  }
}

// A pause long enough ends a stint, and with it what was used per session; what runs is no pause.
std::int64_t Ledger::roll(Account& account, const Terms& terms) const {
  const std::int64_t now_us = clock_.monotonic_us();
  idle_us_.store(terms.session_idle_us, std::memory_order_relaxed);
  const bool paused = account.running == 0 && now_us - account.last_us >= terms.session_idle_us;
  if (paused) begin(account, terms, now_us);
  return now_us;
}

// Looked at before it is written: all workers share it.
void Ledger::note_change() const {
  if (!changed_.load(std::memory_order_relaxed)) changed_.store(true, std::memory_order_relaxed);
}

template <class Do>
auto Ledger::with(const std::string& key, const Terms& terms, Do act) const {
  Shard& shard = shards_[shard_of(key)];
  const std::lock_guard lock(shard.mutex);
  const auto [found, is_new] = shard.accounts.try_emplace(key);
  Account& account = found->second;
  if (is_new) {
    accounts_.fetch_add(1, std::memory_order_relaxed);
    account.since_us = account.last_us = clock_.monotonic_us();
  }
  const std::int64_t now_us = roll(account, terms);
  return act(account, now_us);
}

std::string Ledger::place_of(const action::Principal& principal) const {
  std::string key = account_of(principal);
  if (accounts_.load(std::memory_order_relaxed) < agents_max) return key;
  const Shard& shard = shards_[shard_of(key)];
  const std::lock_guard lock(shard.mutex);
  return shard.accounts.contains(key) ? key : std::string(others);
}

void Ledger::stand(const action::Principal& principal, const Terms& terms, action::Standing& out) const {
  with(place_of(principal), terms, [&](const Account& account, std::int64_t) {
    out.actions = account.actions;
    out.denied = account.denied;
    out.destructive = account.destructive;
    out.labels = account.labels;
  });
}

namespace {

// Finds every budget without room, and says so in the words a person reads.
class Search {
 public:
  void look(const Budget& budget, const Spending& spending, const audit::Charged& charged) {
    const Amounts more = amounts_of(charged);
    for (const Use use : uses) {
      const auto at = static_cast<std::size_t>(use);
      const std::int64_t limit = budget.limits[at];
      if (limit == no_limit) continue;
      const bool by_end = use == Use::rows_written || use == Use::bytes_out || use == Use::denials;
      const std::int64_t running = use == Use::rows_written ? spending.held_rows : 0;
      const std::int64_t used = spending.used[at] + running;
      if (use == Use::rows_written && !charged.writes_rows) continue;
      const bool has_room = by_end ? used < limit : more[at] == 0 || used + more[at] <= limit;
      if (!has_room) note(budget, use, used, limit, running);
    }
  }

  std::optional<Over> found() && {
    return over_.budgets.empty() ? std::nullopt : std::optional(std::move(over_));
  }

 private:
  void note(const Budget& budget, Use use, std::int64_t used, std::int64_t limit, std::int64_t running) {
    if (!over_.reason.empty()) over_.reason += "; ";
    over_.reason += fmt::format("budget `{}`: {} of {} {} this {}", budget.name, used, limit, words_of(use),
                                name_of(budget.per));
    if (running > 0) over_.reason += fmt::format(" ({} of them held for what still runs)", running);
    if (!over_.budgets.ends_with(budget.name)) {
      over_.budgets += (over_.budgets.empty() ? "" : ", ") + budget.name;
    }
    over_.is_refused |= budget.approvers.empty();
    for (const std::string& approver : budget.approvers) {
      if (std::ranges::find(over_.approvers, approver) == over_.approvers.end()) {
        over_.approvers.push_back(approver);
      }
    }
  }

  Over over_;
};

}  // namespace

std::optional<Over> Ledger::look(Account& account, const Entry& entry, std::int64_t now_us) {
  Search search;
  for (const Budget& budget : entry.terms.budgets) {
    if (!is_counted(budget, entry.principal)) continue;
    search.look(budget, account.spending(budget, now_us), entry.charged);
  }
  return std::move(search).found();
}

std::optional<Over> Ledger::over(const Entry& entry) const {
  return with(place_of(entry.principal), entry.terms, [&](Account& account, std::int64_t now_us) {
    return look(account, entry, now_us);
  });
}

// Under the account's lock. What runs is written down first: whoever ends it must find it.
void Ledger::charge(Account& account, const std::string& key, const Entry& entry) const {
  const std::int64_t now_us = clock_.monotonic_us();
  const audit::Charged& charged = entry.charged;
  account.last_us = now_us;
  ++account.actions;
  ++account.running;
  account.destructive += charged.destructive ? 1 : 0;
  for (const std::string_view label : entry.labels) {
    const auto place = std::ranges::lower_bound(account.labels, label);
    if (place == account.labels.end() || *place != label) account.labels.emplace(place, label);
  }
  Running running{key, charged.hides_rows, {}};
  const Amounts more = amounts_of(charged);
  for (const Budget& budget : entry.terms.budgets) {
    if (!is_counted(budget, entry.principal)) continue;
    Spending& spending = account.spending(budget, now_us);
    for (std::size_t at = 0; at < use_count; ++at) spending.used[at] += more[at];
    const std::int64_t rows = charged.writes_rows ? held_rows_of(budget) : 0;
    if (rows == 0) continue;
    spending.held_rows += rows;
    running.held.emplace_back(budget.name, rows);
  }
  const std::string_view id = entry.action.view();
  RunningShard& shard = running_[shard_of(id)];
  const std::lock_guard lock(shard.mutex);
  shard.actions.insert_or_assign(std::string(id), std::move(running));
}

std::optional<Over> Ledger::allow(const Entry& entry) {
  const std::string key = place_of(entry.principal);
  note_change();
  return with(key, entry.terms, [&](Account& account, std::int64_t now_us) {
    std::optional<Over> over = look(account, entry, now_us);
    if (!over) charge(account, key, entry);
    return over;
  });
}

void Ledger::allow_anyway(const Entry& entry) {
  const std::string key = place_of(entry.principal);
  note_change();
  with(key, entry.terms, [&](Account& account, std::int64_t) { charge(account, key, entry); });
}

void Ledger::deny(const Entry& entry) {
  note_change();
  with(place_of(entry.principal), entry.terms, [&](Account& account, std::int64_t now_us) {
    account.last_us = now_us;
    ++account.actions;
    ++account.denied;
    for (const Budget& budget : entry.terms.budgets) {
      if (!is_counted(budget, entry.principal)) continue;
      ++account.spending(budget, now_us).used[static_cast<std::size_t>(Use::denials)];
    }
  });
}

// A batch that failed may have committed what it counted before; an action whose end nobody saw, or whose
// count does not show all, is taken for what was held for it.
void Ledger::finished(const Id& action, bool is_certain, std::int64_t rows) {
  RunningShard& running_shard = running_[shard_of(action.view())];
  std::unique_lock running_lock(running_shard.mutex);
  const auto found = running_shard.actions.extract(std::string(action.view()));
  running_lock.unlock();
  if (found.empty()) return;
  note_change();
  const Running& running = found.mapped();
  Shard& shard = shards_[shard_of(running.account)];
  const std::lock_guard lock(shard.mutex);
  const auto account = shard.accounts.find(running.account);
  if (account == shard.accounts.end()) return;
  --account->second.running;
  account->second.last_us = clock_.monotonic_us();
  for (const auto& [budget, held] : running.held) {
    const auto spending = std::ranges::find(account->second.spendings, budget, &Spending::budget);
    if (spending == account->second.spendings.end()) continue;
    spending->held_rows -= held;
    const std::int64_t least = is_certain && !running.hides_rows ? 0 : held;
    spending->used[static_cast<std::size_t>(Use::rows_written)] += std::max(rows, least);
  }
}

void Ledger::sent(const action::Principal& to, const Terms& terms, std::int64_t bytes) {
  note_change();
  with(place_of(to), terms, [&](Account& account, std::int64_t now_us) {
    account.last_us = now_us;
    for (const Budget& budget : terms.budgets) {
      if (!is_counted(budget, to)) continue;
      account.spending(budget, now_us).used[static_cast<std::size_t>(Use::bytes_out)] += bytes;
    }
  });
}

void Ledger::show(const Account& account, const Terms& terms, Stint& out) const {
  const std::int64_t wall_less_us = clock_.wall_us() - clock_.monotonic_us();
  for (const Budget& budget : terms.budgets) {
    const auto found = std::ranges::find(account.spendings, budget.name, &Spending::budget);
    if (found == account.spendings.end()) continue;
    const std::int64_t length_us = length_of(budget.per);
    const std::int64_t resets_us = length_us == 0 ? 0 : found->since_us + length_us + wall_less_us;
    const bool is_over = length_us != 0 && resets_us <= clock_.wall_us();
    for (const Use use : uses) {
      const auto at = static_cast<std::size_t>(use);
      if (budget.limits[at] == no_limit) continue;
      const std::int64_t used = is_over ? 0 : found->used[at];
      const std::int64_t held = use == Use::rows_written ? found->held_rows : 0;
      out.budgets.push_back(
          {budget.name, budget.per, use, used + held, budget.limits[at], is_over ? 0 : resets_us});
    }
  }
}

std::vector<Stint> Ledger::list(const Terms& terms) const {
  std::vector<Stint> all;
  const std::int64_t wall_less_us = clock_.wall_us() - clock_.monotonic_us();
  for (std::size_t at = 0; at < shards; ++at) {
    const std::lock_guard lock(shards_[at].mutex);
    for (auto& [key, account] : shards_[at].accounts) {
      roll(account, terms);
      Stint& stint = all.emplace_back();
      stint.account = key;
      stint.since_us = account.since_us + wall_less_us;
      stint.last_us = account.last_us + wall_less_us;
      stint.actions = account.actions;
      stint.denied = account.denied;
      stint.destructive = account.destructive;
      stint.running = account.running;
      stint.labels = account.labels;
      show(account, terms, stint);
    }
  }
  std::ranges::sort(all, {}, &Stint::account);
  return all;
}

bool Ledger::end(std::string_view account, const Terms& terms) {
  Shard& shard = shards_[shard_of(account)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.accounts.find(account);
  if (found == shard.accounts.end()) return false;
  note_change();
  begin(found->second, terms, clock_.monotonic_us());
  return true;
}

// Whoever has not been heard of for longer than anything is remembered need not be remembered.
void Ledger::forget() {
  const std::int64_t kept_us = std::max(length_of(Per::day), idle_us_.load(std::memory_order_relaxed));
  const std::int64_t before_us = clock_.monotonic_us() - kept_us;
  for (std::size_t at = 0; at < shards; ++at) {
    const std::lock_guard lock(shards_[at].mutex);
    accounts_ -= std::erase_if(shards_[at].accounts, [before_us](const auto& each) {
      return each.second.running == 0 && each.second.last_us < before_us;
    });
  }
}

}  // namespace claw::guard
