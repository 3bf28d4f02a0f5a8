#include "toolcall/memory.h"

#include <algorithm>

namespace claw::toolcall {

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
  bytes_ += said.body.size() + said.content.size();
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
  const auto oldest = [this](const std::string* of) {
    auto found = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (!at->second.call.empty() || (of != nullptr && at->first.first != *of)) continue;
      if (found == entries_.end() || at->second.since_us < found->second.since_us) found = at;
    }
    return found;
  };
  const auto own =
      std::ranges::count_if(entries_, [&](const auto& each) { return each.first.first == agent; });
  if (static_cast<std::size_t>(own) >= keys_per_agent) {
    if (const auto found = oldest(&agent); found != entries_.end()) drop(found);
  }
  while (entries_.size() >= keys_max || bytes_ > kept_bytes_max) {
    const auto found = oldest(nullptr);
    if (found == entries_.end()) return;
    drop(found);
  }
}

void Memory::drop(std::map<Name, Entry>::iterator entry) {
  if (entry->second.said) {
    bytes_ -= entry->second.said->body.size() + entry->second.said->content.size();
  }
  entries_.erase(entry);
}

}  // namespace claw::toolcall
