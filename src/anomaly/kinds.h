// What one action is to this folder, and what is found about it. The words are those of the record, the
// metrics and the rules: a kind is never renamed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claw::anomaly {

enum class Kind : std::uint8_t {
  new_endpoint,  // A system this agent never used,
  new_verb,      // a verb it never used there,
  new_object,    // a table or a resource it never named there,
  new_host,      // a host it never asked.
  rate,          // More actions, or more rows, than it ever had in such a time.
  denials,       // Refused by one rule again and again, with different texts.
  destructive,   // More destructive actions than it ever had in an hour.
};
constexpr std::size_t kind_count = 7;
inline constexpr Kind kinds[] = {Kind::new_endpoint, Kind::new_verb, Kind::new_object, Kind::new_host,
                                 Kind::rate,         Kind::denials,  Kind::destructive};
std::string_view name_of(Kind kind);  // `new_object`
std::optional<Kind> kind_named(std::string_view name);

// An action that was judged, whatever became of it.
struct Seen {
  std::uint64_t seq = 0;      // Of its record.
  std::int64_t time_us = 0;   // Wall time of that.
  std::string agent;          // Whose account it is counted on.
  std::string session;
  std::string endpoint;
  std::string rule;           // That decided; empty: the default.
  std::string host;           // Of HTTP; empty: it has none.
  std::string text;           // The exact command or call.
  std::vector<std::string> verbs;
  std::vector<std::string> objects;  // Tables, resources.
  bool allowed = false;
  bool destructive = false;
};

// Rows that an allowed action read or wrote, once it has ended.
struct Moved {
  std::uint64_t seq = 0;
  std::int64_t time_us = 0;
  std::string agent;
  std::string session;
  std::string endpoint;
  std::int64_t rows = 0;
};

struct Finding {
  Kind kind = Kind::rate;
  std::uint64_t seq = 0;      // The record that showed it.
  std::int64_t time_us = 0;
  std::string agent;
  std::string session;
  std::string endpoint;
  std::string subject;        // The table, host, verb or rule; of a rate `actions` or `rows`.
  std::int64_t number = 0;
  double baseline = 0;        // What was to be expected.
  std::string sentence;       // For people: what is unlike what.
};

enum class Sensitivity : std::uint8_t { low, normal, high };

struct Settings {
  std::int64_t learn_us = 7LL * 24 * 3600 * 1'000'000;
  Sensitivity sensitivity = Sensitivity::normal;
};

}  // namespace claw::anomaly
