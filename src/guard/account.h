// One agent's account, and the shelves the ledger keeps accounts on. Only the ledger's own files use it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "guard/ledger.h"

namespace claw::guard {

constexpr std::size_t shards = 64;  // More than there are workers: two agents seldom meet.

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Spending {  // Of one budget.
  std::string budget;
  std::int64_t since_us = 0;  // Monotonic: the first use of the hour or day.
  Amounts used{};
  std::int64_t held_rows = 0;  // For writes that run.
};

struct Ledger::Account {
  std::int64_t since_us = 0;  // Monotonic, of the stint.
  std::int64_t last_us = 0;
  std::int64_t actions = 0;
  std::int64_t denied = 0;
  std::int64_t destructive = 0;
  std::int64_t running = 0;
  std::vector<std::string> labels;  // Sorted.
  std::vector<Spending> spendings;

  Spending& spending(const Budget& budget,
                     std::int64_t now_us);  // As it is now: an hour that is over is empty.
};

struct alignas(64) Ledger::Shard {
  mutable std::mutex mutex;
  std::unordered_map<std::string, Account, TextHash, std::equal_to<>> accounts;
};

// An allowed action that has not ended.
struct Ledger::Running {
  std::string account;
  bool hides_rows = false;
  std::vector<std::pair<std::string, std::int64_t>> held;  // By budget: rows.
};

struct alignas(64) Ledger::RunningShard {
  mutable std::mutex mutex;
  std::unordered_map<std::string, Running, TextHash, std::equal_to<>> actions;
};

inline std::size_t shard_of(std::string_view key) { return TextHash()(key) % shards; }
std::int64_t length_of(Per per);                 // Microseconds; 0 of a stint.
std::int64_t held_rows_of(const Budget& budget);  // For one write that runs; 0: its rows are not counted.

}  // namespace claw::guard
