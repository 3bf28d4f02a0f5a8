#include <cstdio>
#include <memory>

#include "base/cursor.h"
#include "cel/library/time.h"

namespace claw::cel {
namespace {

constexpr std::size_t zone_bytes_max = 64 * 1024;  // The largest in the database has 4 KiB.
constexpr std::size_t zone_name_bytes_max = 64;

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > zone_name_bytes_max || name.starts_with('/') ||
      name.find("..") != std::string_view::npos) {
    return false;
  }
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
         std::string_view::npos;
}

std::optional<std::string> read_zone(std::string_view name) {
  if (!is_zone_name(name)) return std::nullopt;
  const std::string path = "/usr/share/zoneinfo/" + std::string(name);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return std::nullopt;
  std::string bytes(zone_bytes_max, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  return bytes;
}

struct Header {
  char version = 0;
  std::uint32_t utc_flags = 0, standard_flags = 0, leaps = 0, transitions = 0, types = 0, letters = 0;
  std::size_t block_bytes(std::size_t time_bytes) const {
    return transitions * (time_bytes + 1) + types * 6UL + letters + leaps * (time_bytes + 4) +
           standard_flags + utc_flags;
  }
};

std::optional<Header> read_header(Cursor& cursor) {
  Header header;
  if (cursor.take(4) != "TZif") return std::nullopt;
  header.version = static_cast<char>(cursor.u8());
  cursor.take(15);
  for (std::uint32_t* count : {&header.utc_flags, &header.standard_flags, &header.leaps, &header.transitions,
                               &header.types, &header.letters}) {
    *count = cursor.u32();
    if (*count > zone_bytes_max) return std::nullopt;
  }
  return cursor.ok() ? std::optional(header) : std::nullopt;
}

// The rule for moments after the last transition, as a POSIX TZ text: `CET-1CEST,M3.5.0,M10.5.0/3`
// (RFC 9636 §3.3). Days counted by other means than month and week occur in no zone of the database: refused.
class Footer {
 public:
  explicit Footer(std::string_view text) : rest_(text) {}

  std::optional<std::int64_t> offset_at(std::int64_t seconds) {
    skip_name();
    const std::int64_t standard = -clock();
    if (!ok_ || rest_.empty()) return ok_ ? std::optional(standard) : std::nullopt;
    skip_name();
    const std::int64_t summer = rest_.starts_with(',') ? standard + 3600 : -clock();
    const std::int64_t year = year_of(seconds + standard);
    const std::int64_t start = change(year) - standard;
    const std::int64_t end = change(year) - summer;
    if (!ok_ || !rest_.empty()) return std::nullopt;
    const bool is_summer =
        start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
    return is_summer ? summer : standard;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_name() {
    const bool bracketed = take('<');
    const auto letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::size_t end = bracketed ? rest_.find('>') : rest_.find_first_not_of(letters);
    rest_.remove_prefix(std::min(end, rest_.size()));
    if (bracketed) ok_ = take('>') && ok_;
  }
  std::int64_t number() {
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > 3) return ok_ = false, 0;
    std::int64_t value = 0;
    for (const char c : rest_.substr(0, digits)) value = value * 10 + (c - '0');
    rest_.remove_prefix(digits);
    return value;
  }
  std::int64_t clock() {  // `-2:30:15`, in seconds.
    const std::int64_t sign = take('-') ? -1 : 1;
    take('+');
    std::int64_t seconds = number() * 3600;
    if (take(':')) seconds += number() * 60;
    if (take(':')) seconds += number();
    return sign * seconds;
  }
  std::int64_t change(std::int64_t year) {  // `,M3.5.0/2`: seconds of local time since 1970.
    ok_ = take(',') && take('M') && ok_;
    const std::int64_t month = number();
    ok_ = take('.') && ok_;
    const std::int64_t week = number();
    ok_ = take('.') && ok_;
    const std::int64_t weekday = number();
    const std::int64_t time = take('/') ? clock() : 7200;
    if (!ok_ || month < 1 || month > 12 || week < 1 || week > 5 || weekday > 6) return ok_ = false, 0;
    const std::int64_t first = days_of(year, month, 1);
    const std::int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
    std::int64_t day = first + ((weekday - (first + 4)) % 7 + 7) % 7 + (week - 1) * 7;
    while (day >= next) day -= 7;  // The fifth means the last.
    return day * 86'400 + time;
  }

  std::string_view rest_;
  bool ok_ = true;
};

// The second block of the file has the transitions in 64 bits, and the footer follows it.
std::optional<std::int64_t> offset_in(std::string_view bytes, std::int64_t seconds) {
  Cursor cursor(bytes);
  const auto first = read_header(cursor);
  if (!first || first->version < '2') return std::nullopt;
  cursor.take(first->block_bytes(4));
  const auto header = read_header(cursor);
  if (!header || header->types == 0) return std::nullopt;
  Cursor footer = cursor;
  footer.take(header->block_bytes(8));
  std::size_t before = 0;  // How many transitions are not after the moment.
  for (std::uint32_t i = 0; i < header->transitions; ++i)
    if (static_cast<std::int64_t>(cursor.u64()) <= seconds) ++before;
  if (before == header->transitions) {
    const std::string_view rule = footer.rest();
    if (footer.ok() && rule.size() > 2 && rule.front() == '\n' && rule.back() == '\n')
      return Footer(rule.substr(1, rule.size() - 2)).offset_at(seconds);
  }
  const std::string_view types = cursor.take(header->transitions);
  if (!cursor.ok()) return std::nullopt;
  const std::size_t type = before == 0 ? 0 : static_cast<std::uint8_t>(types[before - 1]);
  cursor.take(type * 6);
  const std::int32_t offset = cursor.i32();
  return cursor.ok() ? std::optional<std::int64_t>(offset) : std::nullopt;
}

// `+11:00`, `-02:30`, `02:00`
std::optional<std::int64_t> fixed_offset(std::string_view zone) {
  const bool west = zone.starts_with('-');
  if (west || zone.starts_with('+')) zone.remove_prefix(1);
  const auto digit = [&](std::size_t i) { return zone[i] >= '0' && zone[i] <= '9' ? zone[i] - '0' : 100; };
  if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
  const int hours = digit(0) * 10 + digit(1);
  const int minutes = digit(3) * 10 + digit(4);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (hours * 60 + minutes) * (west ? -60 : 60);
}

}  // namespace

std::optional<std::int64_t> zone_offset(std::string_view zone, std::int64_t seconds) {
  if (zone == "UTC" || zone == "Z" || zone.empty()) return 0;
  if (const auto fixed = fixed_offset(zone)) return fixed;
  const auto bytes = read_zone(zone);
  if (!bytes) return std::nullopt;
  return offset_in(*bytes, seconds);
}

}  // namespace claw::cel
