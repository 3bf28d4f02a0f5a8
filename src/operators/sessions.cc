#include "operators/sessions.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/id.h"
#include "base/web/encoding.h"
#include "operators/state.h"

namespace claw::operators {

namespace {

constexpr std::size_t cookie_bytes = 32;
constexpr std::size_t cookie_text_max = 64;  // Longer ones are not even digested.

std::string random_text() {
  std::string bytes(cookie_bytes, '\0');
  fill_random(bytes);
  return base64url(bytes);
}

}  // namespace

bool Session::csrf_fits(std::string_view header) const {
  return !csrf.empty() && crypto::equal(csrf, header);
}

bool Bearer::may(Scope scope) const { return std::ranges::find(scopes, scope) != scopes.end(); }

std::int64_t Sessions::ends_us(const Live& live) const {
  if (live.state == Session::State::second_factor) return live.began_us + half_way_us;
  return std::min(live.began_us + max_us_, live.seen_us + idle_us_);
}

// Half-way ones make room for half-way ones: who knows a password and no more cannot sign anybody out.
void Sessions::make_room(std::string_view person, Session::State state) {
  const std::int64_t now_us = clock_.monotonic_us();
  std::erase_if(live_, [&](const auto& each) { return ends_us(each.second) <= now_us; });
  const auto is_one = [&](const auto& each) {
    return each.second.person == person && each.second.state == state;
  };
  const auto older = [](const auto& a, const auto& b) { return a.second.seen_us < b.second.seen_us; };
  while (static_cast<std::size_t>(std::ranges::count_if(live_, is_one)) >= sessions_of_one_max) {
    auto oldest = live_.end();
    for (auto each = live_.begin(); each != live_.end(); ++each) {
      if (is_one(*each) && (oldest == live_.end() || older(*each, *oldest))) oldest = each;
    }
    live_.erase(oldest);
  }
  while (live_.size() >= sessions_max) live_.erase(std::ranges::min_element(live_, older));
}

Sessions::Begun Sessions::begin(std::string_view person, Session::State state) {
  make_room(person, state);
  const std::int64_t now_us = clock_.monotonic_us();
  Secret cookie(random_text());
  Live live;
  live.id = make_id(clock_.wall_us()).view();
  live.person = person;
  live.csrf = random_text();
  live.state = state;
  live.began_us = live.seen_us = now_us;
  live.signed_in_us = state == Session::State::signed_in ? now_us : 0;
  const auto at = live_.emplace(digest_of(cookie.reveal()), std::move(live)).first;
  return {std::move(cookie), at->second};
}

Live* Sessions::find(std::string_view cookie) {
  if (cookie.empty() || cookie.size() > cookie_text_max) return nullptr;
  const auto found = live_.find(digest_of(cookie));
  if (found == live_.end() || ends_us(found->second) <= clock_.monotonic_us()) return nullptr;
  return &found->second;
}

const Live* Sessions::find(std::string_view cookie) const {
  if (cookie.empty() || cookie.size() > cookie_text_max) return nullptr;
  const auto found = live_.find(digest_of(cookie));
  if (found == live_.end() || ends_us(found->second) <= clock_.monotonic_us()) return nullptr;
  return &found->second;
}

void Sessions::end(std::string_view cookie) { live_.erase(digest_of(cookie)); }

void Sessions::end_all_of(std::string_view person) {
  std::erase_if(live_, [&](const auto& each) { return each.second.person == person; });
}

}  // namespace claw::operators
