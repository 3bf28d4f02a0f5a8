#include "toolcall/memory.h"

#include <algorithm>

namespace claw::toolcall {
namespace {

std::size_t bytes_of(const std::optional<Said>& said) {
  return said ? said->body.size() + said->content.size() : 0;
}

}  // namespace

Memory::Known Memory::begin(const std::string& agent, const std::string& key, const std::string& digest,
                            const std::string& call, std::int64_t now_us) {
  const auto found = entries_.find({agent, key});
  if (found != entries_.end() && found->second.call.empty() &&
      now_us - found->second.since_us > key_kept_us) {
    drop(found);
  } else if (found != entries_.end()) {
    Entry& entry = found->second;
    if (entry.digest != digest) return {Kind::another, {}, {}, {}};
    if (!entry.call.empty()) return {Kind::running, {}, entry.call, {}};
    if (entry.said) return {Kind::answered, *entry.said, {}, {}};
    entry.call = call;
    return {Kind::fresh, {}, {}, entry.operation};
  }
  make_room(agent, now_us);
  entries_[{agent, key}] = Entry{digest, now_us, call, std::nullopt, {}};
  return {};
}

void Memory::answered(const std::string& agent, const std::string& key, const Said& said) {
  const auto found = entries_.find({agent, key});
  if (found == entries_.end()) return;
  found->second.call.clear();
  found->second.said = said;
  bytes_ += bytes_of(said);
}

void Memory::forget(const std::string& agent, const std::string& key, const std::string& operation) {
  const auto found = entries_.find({agent, key});
  if (found == entries_.end()) return;
  found->second.call.clear();
  found->second.operation = operation;
}

void Memory::remove(const std::string& agent, const std::string& key) {
  if (const auto found = entries_.find({agent, key}); found != entries_.end()) drop(found);
}

// What runs is never forgotten: it would run twice. There are only so many of those.
void Memory::make_room(const std::string& agent, std::int64_t now_us) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto each = at++;
    if (each->second.call.empty() && now_us - each->second.since_us > key_kept_us) drop(each);
  }
  const auto own =
      std::ranges::count_if(entries_, [&](const auto& each) { return each.first.first == agent; });
  if (static_cast<std::size_t>(own) >= keys_per_agent) {
    if (const auto found = oldest_of(agent); found != entries_.end()) drop(found);
  }
  for (;;) {
    const bool is_heavy = bytes_ > kept_bytes_max;
    if (!is_heavy && entries_.size() < keys_max) return;
    const auto found = oldest_of(heaviest(is_heavy));
    if (found == entries_.end()) return;
    drop(found);
  }
}

Memory::Entries::iterator Memory::oldest_of(const std::string& agent) {
  auto found = entries_.end();
  for (auto at = entries_.lower_bound({agent, {}}); at != entries_.end() && at->first.first == agent; ++at) {
    if (!at->second.call.empty()) continue;
    if (found == entries_.end() || at->second.since_us < found->second.since_us) found = at;
  }
  return found;
}

// Who has most that can be forgotten; one agent's entries stand together. Empty: nobody has any.
std::string Memory::heaviest(bool by_bytes) const {
  const std::string* most = nullptr;
  std::size_t most_weight = 0;
  const std::string* agent = nullptr;
  std::size_t weight = 0;
  for (const auto& [name, entry] : entries_) {
    if (agent == nullptr || *agent != name.first) {
      agent = &name.first;
      weight = 0;
    }
    if (!entry.call.empty()) continue;
    weight += by_bytes ? bytes_of(entry.said) : 1;
    if (weight <= most_weight) continue;
    most = agent;
    most_weight = weight;
  }
  return most == nullptr ? std::string() : *most;
}

void Memory::drop(Entries::iterator entry) {
  bytes_ -= bytes_of(entry->second.said);
  entries_.erase(entry);
}

}  // namespace claw::toolcall
