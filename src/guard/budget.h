// What an agent may use up before a person is asked, over all endpoints and protocols. The configuration's
// words for it, and the terms under which the ledger counts; nothing here counts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace claw::guard {

enum class Use : std::uint8_t { rows_written, destructive, objects_deleted, actions, denials, bytes_out };
constexpr std::size_t use_count = 6;
inline constexpr Use uses[] = {Use::rows_written, Use::destructive, Use::objects_deleted,
                               Use::actions,      Use::denials,     Use::bytes_out};
std::string_view name_of(Use use);   // `rows_written`
std::string_view words_of(Use use);  // `rows written`

enum class Per : std::uint8_t { session, hour, day };  // Session: an agent's stint.
std::string_view name_of(Per per);

using Amounts = std::array<std::int64_t, use_count>;  // By Use.
constexpr std::int64_t no_limit = -1;

struct Budget {
  std::string name;
  std::vector<std::string> agents;    // By name; with `profiles` empty too: every agent,
  std::vector<std::string> profiles;  // each with a budget of its own.
  Per per = Per::hour;
  Amounts limits = {no_limit, no_limit, no_limit, no_limit, no_limit, no_limit};
  std::vector<std::string> approvers;  // Who is asked beyond it; empty: then it is refused.
  bool is_for(std::string_view agent, std::string_view profile) const;
};

constexpr std::int64_t session_idle_default_us = 30LL * 60 * 1'000'000;

// What the configuration says of agents, for all endpoints alike; immutable.
struct Terms {
  bool counts = false;  // Some rule or budget needs to know what agents did before.
  std::int64_t session_idle_us = session_idle_default_us;
  std::vector<Budget> budgets;
  std::map<std::string, std::string, std::less<>> owners;  // By agent: the person it acts for.
  std::set<std::string, std::less<>> waiting = {};  // Profiles whose agents are never sent away.
};

}  // namespace claw::guard
