// The sessions there are, found by the digest of their cookie. Not thread-safe: the directory's lock is
// around it. Times are monotonic. Knows nothing of accounts but their names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "operators/session.h"

namespace claw::operators {

struct Live {
  std::string id;
  std::string person;
  std::string csrf;
  Session::State state = Session::State::second_factor;
  std::int64_t began_us = 0;
  std::int64_t seen_us = 0;
  std::int64_t signed_in_us = 0;
  std::int64_t fresh_until_us = 0;
  unsigned wrong = 0;    // Second factors that were not.
  Secret totp_to_be = {};  // Shown to the person, and not confirmed yet.
};

class Sessions {
 public:
  Sessions(const Clock& clock, std::int64_t idle_us, std::int64_t max_us)
      : clock_(clock), idle_us_(idle_us), max_us_(max_us) {}

  struct Begun {
    Secret cookie;
    Live& live;
  };
  // Always a new one: a cookie from before somebody signed in never becomes one from after.
  Begun begin(std::string_view person, Session::State state);

  Live* find(std::string_view cookie);        // Null: there is none, any more.
  const Live* find(std::string_view cookie) const;
  void seen(Live& live) { live.seen_us = clock_.monotonic_us(); }
  std::int64_t ends_us(const Live& live) const;

  void end(std::string_view cookie);
  void end_all_of(std::string_view person);
  std::size_t size() const { return live_.size(); }

 private:
  void make_room(std::string_view person, Session::State state);

  const Clock& clock_;
  std::int64_t idle_us_;
  std::int64_t max_us_;
  std::map<std::string, Live, std::less<>> live_;  // By digest.
};

}  // namespace claw::operators
