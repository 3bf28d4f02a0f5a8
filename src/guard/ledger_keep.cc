// The ledger over a restart: what is saved now and then, and what the journal has since. Whatever neither
// tells for certain is taken against the agent: a gateway that is made to stop forgets nothing.
#include <algorithm>

#include "base/json.h"
#include "guard/account.h"
#include "guard/ledger.h"

namespace claw::guard {
namespace {

constexpr std::int64_t format = 1;

void write(json::Writer& out, const Spending& spending, std::int64_t now_us) {
  out.begin_object();
  out.member("budget", spending.budget);
  out.member("age_us", now_us - spending.since_us);
  for (const Use use : uses) {
    const std::int64_t used = spending.used[static_cast<std::size_t>(use)];
    if (used != 0) out.member(name_of(use), used);
  }
  out.end_object();
}

// Ages are in time that ran: from the file's wall time on, and never less than nothing.
struct Ages {
  std::int64_t now_us = 0;   // Monotonic, now.
  std::int64_t since_us = 0;  // Since the file was written.
  std::int64_t moment(const json::Value& value, std::string_view name) const {
    return now_us - since_us - std::max<std::int64_t>(0, value.int_or(name, 0));
  }
};

Spending spending_of(const json::Value& value, const Ages& ages) {
  Spending spending{value.text_or("budget", ""), ages.moment(value, "age_us"), {}, 0};
  for (const Use use : uses) {
    spending.used[static_cast<std::size_t>(use)] = std::max<std::int64_t>(0, value.int_or(name_of(use), 0));
  }
  return spending;
}

std::vector<json::Value> items(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  return found == nullptr || found->array() == nullptr ? json::Array() : *found->array();
}

std::vector<std::string> texts(const json::Value& value, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::Value& each : items(value, name)) {
    if (each.string() != nullptr) texts.push_back(*each.string());
  }
  std::ranges::sort(texts);
  return texts;
}

Id id_of(std::string_view text) {
  Id id;
  std::copy_n(text.begin(), std::min(text.size(), id.text.size()), id.text.begin());
  return id;
}

Id id_in(const audit::Record& record) { return id_of(record.members.text_or("action", "")); }

}  // namespace

std::string Ledger::save(std::uint64_t through) const {
  std::string text;
  json::Writer out(text);
  const std::int64_t now_us = clock_.monotonic_us();
  out.begin_object();
  out.member("format", format);
  out.member("through", static_cast<std::int64_t>(through));
  out.member("time_us", clock_.wall_us());
  out.key("agents");
  out.begin_array();
  for (std::size_t at = 0; at < shards; ++at) {
    const std::lock_guard lock(shards_[at].mutex);
    for (const auto& [key, account] : shards_[at].accounts) {
      out.begin_object();
      out.member("account", key);
      out.member("age_us", now_us - account.since_us);
      out.member("idle_us", now_us - account.last_us);
      out.member("actions", account.actions);
      out.member("denied", account.denied);
      out.member("destructive", account.destructive);
      out.member("labels", account.labels);
      out.key("budgets");
      out.begin_array();
      for (const Spending& spending : account.spendings) write(out, spending, now_us);
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  save_running(out);
  out.end_object();
  return text;
}

void Ledger::save_running(json::Writer& out) const {
  out.key("running");
  out.begin_array();
  for (std::size_t at = 0; at < shards; ++at) {
    const std::lock_guard lock(running_[at].mutex);
    for (const auto& [id, running] : running_[at].actions) {
      out.begin_object();
      out.member("action", id);
      out.member("account", running.account);
      if (running.hides_rows) out.member("hidden", true);
      out.key("held");
      out.begin_object();
      for (const auto& [budget, rows] : running.held) out.member(budget, rows);
      out.end_object();
      out.end_object();
    }
  }
  out.end_array();
}

Result<std::uint64_t> Ledger::restore(std::string_view saved) {
  CLAW_TRY(const json::Value document, json::parse(saved));
  if (document.int_or("format", 0) != format) return invalid("not a ledger, or of another version");
  const std::int64_t through = document.int_or("through", -1);
  if (through < 0) return invalid("it does not say through which record it goes");
  const Ages ages{clock_.monotonic_us(),
                  std::max<std::int64_t>(0, clock_.wall_us() - document.int_or("time_us", 0))};
  for (const json::Value& each : items(document, "agents")) {
    Account account;
    account.since_us = ages.moment(each, "age_us");
    account.last_us = ages.moment(each, "idle_us");
    account.actions = each.int_or("actions", 0);
    account.denied = each.int_or("denied", 0);
    account.destructive = each.int_or("destructive", 0);
    account.labels = texts(each, "labels");
    for (const json::Value& one : items(each, "budgets")) account.spendings.push_back(spending_of(one, ages));
    const std::string key = each.text_or("account", "");
    Shard& shard = shards_[shard_of(key)];
    const std::lock_guard lock(shard.mutex);
    accounts_ += shard.accounts.insert_or_assign(key, std::move(account)).second ? 1 : 0;
  }
  for (const json::Value& each : items(document, "running")) restore_running(each);
  return static_cast<std::uint64_t>(through);
}

void Ledger::restore_running(const json::Value& saved) {
  Running running{saved.text_or("account", ""), saved.bool_or("hidden", false), {}};
  const json::Value* held = saved.find("held");
  const json::Object none;
  for (const auto& [budget, rows] : held != nullptr && held->object() != nullptr ? *held->object() : none) {
    const json::Number* number = rows.number();
    running.held.emplace_back(budget, number == nullptr ? 0 : number->as_int64().value_or(0));
  }
  Shard& shard = shards_[shard_of(running.account)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.accounts.find(running.account);
  if (found == shard.accounts.end()) return;
  ++found->second.running;
  for (const auto& [budget, rows] : running.held) {
    const auto spending = std::ranges::find(found->second.spendings, budget, &Spending::budget);
    if (spending != found->second.spendings.end()) spending->held_rows += rows;
  }
  const std::string id = saved.text_or("action", "");
  RunningShard& place = running_[shard_of(id)];
  const std::lock_guard place_lock(place.mutex);
  place.actions.insert_or_assign(id, std::move(running));
}

// What the journal has since the ledger was saved counts as done now.
void Ledger::recall(const audit::Record& record, const Terms& terms) {
  const Id id = id_in(record);
  if (record.kind == "ended") {
    const bool is_certain = record.members.text_or("ending", "") != "unknown";
    finished(id, is_certain, record.members.int_or("rows", -1));
  }
  if (record.kind != "judged" || is_running(id)) return;
  const action::Principal principal{record.members.text_or("agent", ""),
                                    record.members.text_or("profile", ""),
                                    record.members.text_or("address", "")};
  const std::vector<std::string> labels = texts(record.members, "labels");
  const std::vector<std::string_view> views(labels.begin(), labels.end());
  const json::Value* charged = record.members.find("charged");
  Entry entry{id, principal, terms, {}, views};
  if (record.members.text_or("verdict", "") != "allow") return deny(entry);
  if (charged == nullptr) return;  // Nothing was counted then.
  entry.charged = {charged->bool_or("destructive", false),
                   std::max<std::int64_t>(0, charged->int_or("objects", 0)), charged->bool_or("rows", false),
                   charged->bool_or("hidden", false)};
  allow_anyway(entry);
}

bool Ledger::is_running(const Id& id) const {
  RunningShard& place = running_[shard_of(id.view())];
  const std::lock_guard lock(place.mutex);
  return place.actions.contains(id.view());
}

// Nobody is left to say how these ended.
void Ledger::recalled() {
  std::vector<Id> open;
  for (std::size_t at = 0; at < shards; ++at) {
    const std::lock_guard lock(running_[at].mutex);
    for (const auto& [text, running] : running_[at].actions) open.push_back(id_of(text));
  }
  for (const Id& id : open) finished(id, false, -1);
}

}  // namespace claw::guard
