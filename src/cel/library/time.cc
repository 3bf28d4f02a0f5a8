#include "cel/library/time.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace claw::cel {
namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t timestamp_min = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t timestamp_max = 253'402'300'799;  // 9999-12-31T23:59:59Z

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct Date {
  std::int64_t year;
  std::int64_t month;
  std::int64_t day;
};
Date date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = floor_divide(days, 146'097);
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

// Reads fixed fields from the front; a miss makes every later read fail.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  std::int64_t digits(std::size_t count) {
    std::int64_t value = 0;
    if (rest_.size() < count) return ok_ = false, 0;
    for (const char c : rest_.substr(0, count)) {
      ok_ = ok_ && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void must(char c) { ok_ = take(c) && ok_; }
  std::int64_t fraction() {  // Of a second, as nanoseconds; more than nine digits are refused.
    std::int64_t value = 0;
    std::int64_t unit = nanos_per_second;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && unit > 0; rest_.remove_prefix(1))
      value += (rest_[0] - '0') * (unit /= 10);
    ok_ = ok_ && unit < nanos_per_second;
    return value;
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
constexpr std::array<Unit, 8> units{{{"ns", 1}, {"us", 1000}, {"µs", 1000}, {"μs", 1000}, {"ms", 1'000'000},
    {"s", nanos_per_second}, {"m", 60 * nanos_per_second}, {"h", 3600 * nanos_per_second}}};

const Unit* take_unit(std::string_view& rest) {
  const Unit* found = nullptr;
  for (const Unit& unit : units)
    if (rest.starts_with(unit.name) && (found == nullptr || unit.name.size() > found->name.size())) {
      found = &unit;
    }
  if (found != nullptr) rest.remove_prefix(found->name.size());
  return found;
}

// One `2.5h` from the front, in nanoseconds.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const std::size_t whole = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, whole);
  text.remove_prefix(whole);
  std::string_view fraction;
  if (text.starts_with('.')) {
    fraction = text.substr(1, std::min(text.find_first_not_of("0123456789", 1), text.size()) - 1);
    text.remove_prefix(1 + fraction.size());
  }
  if (digits.empty() && fraction.empty()) return std::nullopt;
  const Unit* unit = take_unit(text);
  if (unit == nullptr || digits.size() > 18) return std::nullopt;
  std::int64_t nanos = 0;
  for (const char c : digits) nanos = nanos * 10 + (c - '0');
  if (__builtin_mul_overflow(nanos, unit->nanos, &nanos)) return std::nullopt;
  double scale = static_cast<double>(unit->nanos);
  double part = 0;
  for (const char c : fraction.substr(0, 15)) part += (c - '0') * (scale /= 10);
  return __builtin_add_overflow(nanos, static_cast<std::int64_t>(part + 0.0005), &nanos)
             ? std::nullopt
             : std::optional(nanos);
}

std::string fraction_text(std::int32_t nanos) {
  if (nanos == 0) return {};
  std::string text = fmt::format(".{:09}", nanos < 0 ? -nanos : nanos);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

Value out_of_range(std::string_view what) { return Value::error(what); }

// The calendar fields of a timestamp, in a zone.
enum class Field : std::uint8_t {
  year, month, day_of_month, date, day_of_year, day_of_week, hours, minutes, seconds, milliseconds,
};

std::int64_t field_of(Field field, std::int64_t seconds, std::int32_t nanos) {
  const std::int64_t days = floor_divide(seconds, seconds_per_day);
  const std::int64_t second = seconds - days * seconds_per_day;
  const Date date = date_of(days);
  switch (field) {
    case Field::year: return date.year;
    case Field::month: return date.month - 1;
    case Field::day_of_month: return date.day - 1;
    case Field::date: return date.day;
    case Field::day_of_year: return days - days_of(date.year, 1, 1);
    case Field::day_of_week: return ((days + 4) % 7 + 7) % 7;
    case Field::hours: return second / 3600;
    case Field::minutes: return second / 60 % 60;
    case Field::seconds: return second % 60;
    case Field::milliseconds: return nanos / 1'000'000;
  }
  return 0;
}

template <Field field>
Value get(const Call& call) {
  std::int64_t seconds = call[0].seconds();
  if (call.arguments.size() == 2) {
    if (!call.budget.spend(100)) return too_costly();  // A zone is a file.
    const auto offset = zone_offset(call.text(1), seconds);
    if (!offset) return call.error(fmt::format("there is no time zone {}", format_value(call[1])));
    seconds += *offset;
  }
  return Value::int64(field_of(field, seconds, call[0].nanos()));
}

Value duration_hours(const Call& call) { return Value::int64(call[0].seconds() / 3600); }
Value duration_minutes(const Call& call) { return Value::int64(call[0].seconds() / 60); }
Value duration_seconds(const Call& call) { return Value::int64(call[0].seconds()); }
Value duration_milliseconds(const Call& call) { return Value::int64(call[0].nanos() / 1'000'000); }

constexpr std::string_view getter = "timestamp.() int; timestamp.(string) int";
constexpr std::array declarations = {
    Declaration{"getFullYear", getter, get<Field::year>},
    Declaration{"getMonth", getter, get<Field::month>},
    Declaration{"getDayOfMonth", getter, get<Field::day_of_month>},
    Declaration{"getDate", getter, get<Field::date>},
    Declaration{"getDayOfYear", getter, get<Field::day_of_year>},
    Declaration{"getDayOfWeek", getter, get<Field::day_of_week>},
    Declaration{"getHours", getter, get<Field::hours>},
    Declaration{"getMinutes", getter, get<Field::minutes>},
    Declaration{"getSeconds", getter, get<Field::seconds>},
    Declaration{"getMilliseconds", getter, get<Field::milliseconds>},
    Declaration{"getHours", "duration.() int", duration_hours},
    Declaration{"getMinutes", "duration.() int", duration_minutes},
    Declaration{"getSeconds", "duration.() int", duration_seconds},
    Declaration{"getMilliseconds", "duration.() int", duration_milliseconds},
};

}  // namespace

std::span<const Declaration> time_declarations() { return declarations; }

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in eras of 400 years that
// begin on 1 March, so that the leap day comes last.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

std::int64_t year_of(std::int64_t seconds) { return date_of(floor_divide(seconds, seconds_per_day)).year; }

Value make_timestamp(std::int64_t seconds, std::int64_t nanos) {
  const std::int64_t carry = floor_divide(nanos, nanos_per_second);
  if (__builtin_add_overflow(seconds, carry, &seconds) || seconds < timestamp_min || seconds > timestamp_max)
    return out_of_range("the timestamp is not between the years 1 and 9999");
  return Value::timestamp(seconds, static_cast<std::int32_t>(nanos - carry * nanos_per_second));
}

// Durations are nanoseconds in 64 bits, as in the reference: about 292 years.
Value make_duration(std::int64_t seconds, std::int64_t nanos) {
  std::int64_t total = 0;
  if (__builtin_mul_overflow(seconds, nanos_per_second, &total) ||
      __builtin_add_overflow(total, nanos, &total)) {
    return out_of_range("the duration is longer than 292 years");
  }
  return Value::duration(total / nanos_per_second, static_cast<std::int32_t>(total % nanos_per_second));
}

Value parse_timestamp(std::string_view text) {
  Fields fields(text);
  const std::int64_t year = fields.digits(4);
  fields.must('-');
  const std::int64_t month = fields.digits(2);
  fields.must('-');
  const std::int64_t day = fields.digits(2);
  if (!fields.take('t')) fields.must('T');
  const std::int64_t hour = fields.digits(2);
  fields.must(':');
  const std::int64_t minute = fields.digits(2);
  fields.must(':');
  const std::int64_t second = fields.digits(2);
  const std::int64_t nanos = fields.take('.') ? fields.fraction() : 0;
  std::int64_t offset = 0;
  if (!fields.take('Z') && !fields.take('z')) {
    const bool west = fields.take('-');
    if (!west) fields.must('+');
    const std::int64_t hours = fields.digits(2);
    fields.must(':');
    const std::int64_t minutes = fields.digits(2);
    if (hours > 23 || minutes > 59) return Value::error("the timestamp's offset is not one");
    offset = (hours * 60 + minutes) * (west ? -60 : 60);
  }
  const bool sane = fields.done() && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60;
  if (!sane || day < 1 || day > days_in_month(year, month)) {
    return Value::error("the text is not an RFC 3339 timestamp");
  }
  return make_timestamp(
      days_of(year, month, day) * seconds_per_day + hour * 3600 + minute * 60 + second - offset, nanos);
}

Value parse_duration(std::string_view text) {
  const Value bad = Value::error("the text is not a duration such as 1h30m or 2.5s");
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Value::duration(0, 0);
  if (text.empty()) return bad;
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part) return bad;
    if (__builtin_add_overflow(total, *part, &total)) {
      return out_of_range("the duration is longer than 292 years");
    }
  }
  if (negative) total = -total;
  return make_duration(total / nanos_per_second, total % nanos_per_second);
}

std::string format_timestamp(const Value& timestamp) {
  const std::int64_t days = floor_divide(timestamp.seconds(), seconds_per_day);
  const std::int64_t second = timestamp.seconds() - days * seconds_per_day;
  const Date date = date_of(days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day, second / 3600,
                     second / 60 % 60, second % 60, fraction_text(timestamp.nanos()));
}

std::string format_duration(const Value& duration) {
  const bool negative = duration.seconds() < 0 || duration.nanos() < 0;
  const std::int64_t seconds = duration.seconds();
  return fmt::format("{}{}{}s", negative ? "-" : "", seconds < 0 ? -seconds : seconds,
                     fraction_text(duration.nanos()));
}

Value add_times(const Call& call) {
  const std::int64_t seconds =
      call[0].seconds() + call[1].seconds();  // Both are far from the bounds of 64 bits.
  const std::int64_t nanos = std::int64_t{call[0].nanos()} + call[1].nanos();
  const bool both = call[0].is(Kind::duration) && call[1].is(Kind::duration);
  return both ? make_duration(seconds, nanos) : make_timestamp(seconds, nanos);
}

Value subtract_times(const Call& call) {
  const std::int64_t seconds = call[0].seconds() - call[1].seconds();
  const std::int64_t nanos = std::int64_t{call[0].nanos()} - call[1].nanos();
  const bool point = call[0].is(Kind::timestamp) && call[1].is(Kind::duration);
  return point ? make_timestamp(seconds, nanos) : make_duration(seconds, nanos);
}

}  // namespace claw::cel
