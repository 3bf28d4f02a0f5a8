#include "store/export/cursor.h"

#include "base/clock.h"
#include "base/json.h"
#include "store/file.h"

namespace claw::store {

namespace {

constexpr std::size_t cursor_bytes_max = 16 * 1024;  // A target's URL and a few numbers.

std::uint64_t number_of(const json::Value& value, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value.int_or(name, 0), 0));
}

}  // namespace

Result<std::optional<Cursor>> read_cursor(const std::string& path) {
  CLAW_TRY(const std::optional<std::string> text, read_file(path, cursor_bytes_max));
  if (!text) return std::optional<Cursor>();
  const Result<json::Value> value = json::parse(*text);
  if (!value || value->find("seq") == nullptr) return invalid("this is no cursor of an exporter", path);
  Cursor cursor;
  cursor.seq = number_of(*value, "seq");
  if (cursor.seq != 0) {
    CLAW_TRY(cursor.time_us, parse_time(value->text_or("time", "")));
  }
  cursor.awaited = number_of(*value, "awaited");
  cursor.sending = number_of(*value, "sending");
  cursor.file_bytes = number_of(*value, "file_bytes");
  cursor.file_inode = number_of(*value, "file_inode");
  cursor.target = value->text_or("target", "");
  return std::optional(std::move(cursor));
}

Status write_cursor(const std::string& path, const Cursor& cursor) {
  std::string text;
  json::Writer out(text);
  const auto number = [&out](std::string_view name, std::uint64_t value) {
    if (value != 0) out.member(name, static_cast<std::int64_t>(value));
  };
  out.begin_object();
  out.member("seq", static_cast<std::int64_t>(cursor.seq));
  if (cursor.seq != 0) out.member("time", format_time(cursor.time_us));
  number("awaited", cursor.awaited);
  number("sending", cursor.sending);
  number("file_bytes", cursor.file_bytes);
  number("file_inode", cursor.file_inode);
  out.member("target", cursor.target);
  out.end_object();
  text.push_back('\n');
  return replace_file(path, text);
}

}  // namespace claw::store
