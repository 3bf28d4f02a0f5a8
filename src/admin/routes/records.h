// The record of everything as the routes ask it: the searchable index, brought up to date first. One question
// at a time; they are asked on a lane of their own. What the index cannot answer is an error, never a guess.
// An index that has much to take in, because it is new, does so beside, and answers say how far it is.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/verify.h"
#include "store/index.h"

namespace claw::admin {

struct Verified {  // What going through the whole journal came to, last time.
  enum class State : std::uint8_t { unknown, running, ok, broken };
  State state = State::unknown;
  std::int64_t at_us = 0;
  audit::Findings findings;
  std::string error;  // It could not be read at all.
};

class Records {
 public:
  Records(std::string index_file, std::string journal_folder, std::string public_key);
  ~Records();

  // Asks the index, having taken in what is new. `ask` gets a store::Index&.
  template <class Ask>
  auto with(Ask ask) -> decltype(ask(std::declval<store::Index&>())) {
    const std::lock_guard lock(mutex_);
    CLAW_TRY(store::Index* const index, fresh());
    return ask(*index);
  }

  // Of these records, as JSON, those of kind `judged` get how they ended: `ending`, `rows`, `duration_us`.
  static Result<std::vector<std::string>> with_endings(store::Index& index, std::vector<std::string> records);

  const std::string& journal_folder() const { return journal_folder_; }
  Verified verified() const;
  bool begin_verifying();           // False: somebody does already.
  void verify(std::int64_t now_us); // Goes through all of it: minutes, for a large one.

 private:
  Result<store::Index*> fresh();
  void catch_up_beside();

  const std::string index_file_;
  const std::string journal_folder_;
  const std::string public_key_;
  std::mutex mutex_;
  std::unique_ptr<store::Index> index_;
  std::thread catching_up_;      // While the index is far behind; joined by the next, or at the end.
  bool is_catching_up_ = false;  // Guarded by mutex_, like the two above.
  std::atomic<bool> closing_ = false;
  mutable std::mutex verifying_;  // Guards what follows.
  Verified verified_;
};

}  // namespace claw::admin
