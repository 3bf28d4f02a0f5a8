#include "audit/reader.h"

#include "base/clock.h"
#include "base/cursor.h"

namespace claw::audit {

namespace {

bool only_zeroes(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

std::size_t Reader::left() const {
  const std::size_t last = bytes_.find_last_not_of('\0');
  return last == std::string_view::npos || last < used_ ? 0 : last + 1 - used_;
}

Step Reader::next() {
  const std::string_view rest = bytes_.substr(used_);
  if (rest.empty()) return Step::end;
  Cursor cursor(rest);
  const std::uint32_t length = cursor.u32();
  const std::string_view hash = cursor.take(hash_bytes);
  if (!cursor.ok() || length == 0) return only_zeroes(rest) ? Step::end : Step::torn;
  if (length > record_bytes_max) return Step::corrupt;
  const std::string_view payload = cursor.take(length);
  if (!cursor.ok()) return Step::torn;
  const crypto::Digest before = chain_.last();
  if (crypto::view(chain_.extend(payload)) != hash) {
    chain_.restart(before);
    // After a power failure the last frame's pages may be missing; a flipped bit in a closed segment has
    // no padding behind it, and one in the middle has records behind it.
    return cursor.left() > 0 && only_zeroes(cursor.rest()) ? Step::torn : Step::corrupt;
  }
  payload_ = payload;
  used_ += frame_head_bytes + length;
  return Step::record;
}

Result<Header> peek_header(std::string_view segment) {
  Cursor cursor(segment);
  const std::uint32_t length = cursor.u32();
  cursor.take(hash_bytes);
  const std::string_view payload = cursor.take(length);
  if (!cursor.ok() || length == 0) return invalid("the segment has no header");
  return parse_header(payload);
}

Result<Record> parse_record(std::string_view payload) {
  CLAW_TRY(json::Value members, json::parse(payload));
  Record record;
  const std::int64_t seq = members.int_or("seq", 0);
  if (seq < 1) return invalid("a record has no sequence number");
  record.seq = static_cast<std::uint64_t>(seq);
  CLAW_TRY(record.time_us, parse_time(members.text_or("time", "")));
  record.kind = members.text_or("kind", "");
  record.members = std::move(members);
  return record;
}

}  // namespace claw::audit
