// Calls that agents have given a key, so that one that is sent twice runs once. Who asks again with the same
// key and the same call is answered what the first was, or waits for it; another call under that key is an
// error. It forgets what is old, and what is too much: of the agent that has most, so that none can make it
// forget another's. One thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toolcall/answer.h"

namespace claw::toolcall {

constexpr std::size_t key_bytes_max = 200;               // A UUID, or what a program makes of its own names.
constexpr std::int64_t key_kept_us = 3600LL * 1'000'000; // A retry comes within minutes.
constexpr std::size_t keys_per_agent = 256;
constexpr std::size_t keys_max = 4096;
constexpr std::size_t kept_bytes_max = 64 * 1024 * 1024; // Of all answers together.

class Memory {
 public:
  enum class Kind : std::uint8_t { fresh, running, answered, another };
  struct Known {
    Kind kind = Kind::fresh;
    Said said;              // Of `answered`.
    std::string call;       // Of `running`: its id.
    std::string operation;  // Of `fresh`: what the same call was told to come back with.
  };

  // `digest` is of the call; a fresh one is running from now on, as `call`.
  Known begin(const std::string& agent, const std::string& key, const std::string& digest,
              const std::string& call, std::int64_t now_us);
  void answered(const std::string& agent, const std::string& key, const Said& said);
  // It did not run: the next one is judged anew, and names that operation, if there is one.
  void forget(const std::string& agent, const std::string& key, const std::string& operation);
  // There never was such a key: nobody will ask for it.
  void remove(const std::string& agent, const std::string& key);
  std::size_t size() const { return entries_.size(); }

 private:
  using Name = std::pair<std::string, std::string>;
  struct Entry {
    std::string digest;
    std::int64_t since_us = 0;
    std::string call;  // Not empty: it runs.
    std::optional<Said> said;
    std::string operation;
  };
  using Entries = std::map<Name, Entry>;
  void make_room(const std::string& agent, std::int64_t now_us);
  Entries::iterator oldest_of(const std::string& agent);
  std::string heaviest(bool by_bytes) const;
  void drop(Entries::iterator entry);

  Entries entries_;
  std::size_t bytes_ = 0;
};

}  // namespace claw::toolcall
