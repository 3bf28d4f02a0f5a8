// Timestamps and durations: reading, writing, arithmetic within the language's bounds, and the calendar in
// any time zone. Zones come from the system's database (TZif, RFC 9636), the one thing this folder reads
// from the machine; a zone that is not there is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/functions.h"

namespace claw::cel {

Value make_timestamp(std::int64_t seconds,
                     std::int64_t nanos);  // Nanos in any range; an error out of bounds.
Value make_duration(std::int64_t seconds, std::int64_t nanos);
Value parse_timestamp(std::string_view text);                    // RFC 3339.
Value parse_duration(std::string_view text);                     // `1h30m2.5s`
std::string format_timestamp(const Value& timestamp);
std::string format_duration(const Value& duration);

std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day);  // Since 1970-01-01.
std::int64_t year_of(std::int64_t seconds);

Value add_times(const Call& call);
Value subtract_times(const Call& call);

// Seconds east of UTC at a moment; nothing if there is no such zone. `+11:00`, `-02:30` and `02:00` are zones
// too.
std::optional<std::int64_t> zone_offset(std::string_view zone, std::int64_t seconds);

}  // namespace claw::cel
