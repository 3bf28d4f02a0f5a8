#include "audit/reader.h"

#include <algorithm>

#include "base/clock.h"
#include "base/cursor.h"

namespace claw::audit {

namespace {

constexpr std::size_t word_bytes = 4;  // Payloads are whole words long.
// Bytes made to look like frames could have everything behind them hashed for each; no real damage needs more
// than a few times the segment.
constexpr std::size_t hashed_times_max = 8;

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
  if (!extends(payload, hash)) {
    chain_.restart(before);
    // After a power failure the last frame's pages may be missing; a flipped bit in a closed segment has
    // no padding behind it, and one in the middle has records behind it.
    return cursor.left() > 0 && only_zeroes(cursor.rest()) ? Step::torn : Step::corrupt;
  }
  payload_ = payload;
  used_ += frame_head_bytes + length;
  return Step::record;
}

// In the format of the frame before; else in the other, where a journal was given one.
bool Reader::extends(std::string_view payload, std::string_view hash) {
  const crypto::Digest before = chain_.last();
  for (int tries = 0; tries < 2; ++tries, by_digest_ = !by_digest_) {
    const crypto::Digest& made =
        by_digest_ ? chain_.extend(crypto::view(chained_digest(payload))) : chain_.extend(payload);
    if (crypto::view(made) == hash) return true;
    chain_.restart(before);
  }
  return false;
}

// What stands there, if it could be a frame: every payload is a JSON object.
std::optional<Reader::Frame> Reader::frame_at(std::size_t offset) const {
  if (offset >= bytes_.size()) return std::nullopt;
  Cursor cursor(bytes_.substr(offset));
  const std::uint32_t length = cursor.u32();
  if (length == 0 || length > record_bytes_max || length % word_bytes != 0) return std::nullopt;
  const std::string_view hash = cursor.take(hash_bytes);
  const std::string_view payload = cursor.take(length);
  if (!cursor.ok() || !payload.starts_with("{\"")) return std::nullopt;
  return Frame{hash, payload};
}

bool Reader::continues(const Frame& frame, std::string_view hash) {
  hashed_ += frame.payload.size();
  return follows(hash, frame.payload, frame.hash);
}

void Reader::go_on_at(std::size_t offset, std::string_view hash) {
  crypto::Digest digest{};
  std::copy(hash.begin(), hash.end(), digest.begin());
  chain_.restart(digest);
  used_ = offset;
}

std::optional<Gap> Reader::pick_up() {
  const std::size_t from = used_;
  const std::size_t end = from + left();
  const std::string_view carried =
      bytes_.size() - from >= frame_head_bytes ? bytes_.substr(from + length_bytes, hash_bytes) : "";
  for (std::size_t at = from; at < end; ++at) {
    if (hashed_ > bytes_.size() * hashed_times_max) return std::nullopt;
    const std::optional<Frame> frame = frame_at(at);
    if (!frame) continue;
    if (at != from && !carried.empty() && continues(*frame, carried)) {
      go_on_at(at, carried);
      return Gap{from, at - from};
    }
    const std::size_t behind = at + frame_head_bytes + frame->payload.size();
    const std::optional<Frame> next = frame_at(behind);
    if (!next || !continues(*next, frame->hash)) continue;
    go_on_at(behind, frame->hash);
    return Gap{from, behind - from};
  }
  return std::nullopt;
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
