#include "audit/damage.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/cursor.h"

namespace claw::audit {

namespace {

constexpr std::size_t word_bytes = 4;
constexpr std::size_t frames_looked_at_max = 100'000;  // A segment has fewer.

struct Frame {
  std::string_view hash;
  std::string_view payload;
  std::size_t end = 0;
};

std::optional<Frame> frame_at(std::string_view bytes, std::size_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  Cursor cursor(bytes.substr(offset));
  const std::uint32_t length = cursor.u32();
  if (length == 0 || length > record_bytes_max || length % word_bytes != 0) return std::nullopt;
  const std::string_view hash = cursor.take(hash_bytes);
  const std::string_view payload = cursor.take(length);
  if (!cursor.ok()) return std::nullopt;
  return Frame{hash, payload, offset + frame_head_bytes + length};
}

// As either format would have it.
std::vector<std::string> hashes_after(std::string_view previous, std::string_view payload) {
  std::vector<std::string> made;
  const crypto::Digest digest = chained_digest(payload);
  for (const std::string_view what : {payload, crypto::view(digest)}) {
    crypto::Sha256 hasher;
    hasher.update(previous);
    hasher.update(what);
    made.emplace_back(crypto::view(hasher.finish()));
  }
  return made;
}

bool continues(const Frame& frame, std::string_view previous) {
  return follows(previous, frame.payload, frame.hash);
}

std::uint64_t seq_of(std::string_view payload) {
  const Result<Record> record = parse_record(payload);
  return record ? record->seq : 0;
}

// A later frame that continues the last good one: what lies between was put in.
std::optional<std::size_t> continued_at(std::string_view bytes, std::size_t offset, std::string_view last) {
  std::optional<Frame> frame = frame_at(bytes, offset);
  for (std::size_t looked = 0; frame && looked < frames_looked_at_max; ++looked) {
    const std::size_t at = frame->end;
    frame = frame_at(bytes, at);
    if (frame && continues(*frame, last)) return at;
  }
  return std::nullopt;
}

// The frame stands where it should, and says what somebody else wrote.
void explain_frame(std::string_view bytes, const Frame& frame, std::string_view last, Damage& damage) {
  const std::optional<Frame> next = frame_at(bytes, frame.end);
  const std::uint64_t seq = seq_of(frame.payload);
  const bool is_continued = next && continues(*next, frame.hash);
  const bool is_whole = next && std::ranges::any_of(hashes_after(last, frame.payload), [&](const auto& made) {
    return continues(*next, made);
  });
  if (is_whole && !is_continued) {
    damage.kind = "hash_changed";
    damage.what = fmt::format("the hash of record {} was changed: the record is as it was, and the next one "
                              "continues it", damage.after + 1);
  } else if (seq > damage.after + 1) {
    damage.kind = "removed";
    damage.what = fmt::format("records {} to {} were taken out: record {} follows record {}",
                              damage.after + 1, seq - 1, seq, damage.after);
  } else if (seq != 0 && seq <= damage.after) {
    damage.kind = "reordered";
    damage.what =
        fmt::format("record {} stands behind record {}: it was moved or repeated", seq, damage.after);
  } else {
    damage.kind = "changed";
    damage.what = is_continued
                      ? fmt::format(
                            "record {} was changed: its own hash and the records behind it are of what "
                            "it said before",
                            damage.after + 1)
                      : fmt::format("record {} was changed, and so was what is behind it", damage.after + 1);
  }
}

// Behind a place that does not fit: where a chain goes on, if anywhere.
void find_behind(std::string_view bytes, std::size_t offset, Damage& damage) {
  Reader reader(bytes.substr(offset), {});
  const std::optional<Gap> gap = reader.pick_up();
  if (gap && reader.next() == Step::record) damage.before = seq_of(reader.payload());
}

}  // namespace

std::string advice_for(std::string_view kind) {
  if (kind == "other_key") {
    return "compare `public_key` with the key you keep elsewhere; if the key was changed on purpose, verify "
           "each "
           "part with its own, else take this journal for somebody else's";
  }
  if (kind == "truncated" || kind == "segment_missing") {
    return "look for the missing files in backups and in whatever the journal was exported to, and find out "
           "who "
           "could remove them";
  }
  return "keep these files as they are, compare the place with a backup or an export, and find out who could "
         "write "
         "to the folder; records before it stand, records behind it prove only what they say of one another";
}

Damage explain_break(std::string_view bytes, std::size_t offset, const crypto::Digest& last,
                     std::uint64_t after) {
  Damage damage;
  damage.offset = offset;
  damage.after = after;
  const std::string_view chain = crypto::view(last);
  const std::optional<Frame> frame = frame_at(bytes, offset);
  if (const auto behind = frame ? continued_at(bytes, offset, chain) : std::nullopt) {
    const std::uint64_t seq = seq_of(frame->payload);
    damage.kind = seq > after + 1 ? "reordered" : "inserted";
    damage.before = after + 1;
    damage.what = seq > after + 1
                      ? fmt::format("record {} stands before record {}: they were put in another order", seq,
                                    after + 1)
                      : fmt::format("{} bytes were put in between record {} and record {}", *behind - offset,
                                    after, after + 1);
  } else {
    find_behind(bytes, offset, damage);
    if (frame && frame->payload.starts_with("{\"")) {
      explain_frame(bytes, *frame, chain, damage);
    } else {
      damage.kind = damage.before != 0 ? "length_changed" : "unreadable";
      damage.what = damage.before != 0
                        ? fmt::format("the length of record {} was changed, or bytes were taken out of it",
                                      after + 1)
                        : fmt::format("nothing behind record {} can be read", after);
    }
  }
  damage.advice = advice_for(damage.kind);
  return damage;
}

bool hides_records(std::string_view bytes, std::size_t offset, const crypto::Digest& last) {
  if (bytes.size() < offset + frame_head_bytes) return false;
  Reader reader(bytes.substr(offset), last);
  if (reader.pick_up()) return true;
  // All that is left, without and with the zeroes behind it that may be a part of it.
  const std::string_view hash = bytes.substr(offset + length_bytes, hash_bytes);
  const std::string_view rest = bytes.substr(offset + frame_head_bytes);
  const std::size_t text = std::min(rest.find_last_not_of('\0') + 1, rest.size());
  const std::size_t rounded = std::min((text + word_bytes - 1) / word_bytes * word_bytes, rest.size());
  return follows(crypto::view(last), rest.substr(0, rounded), hash) ||
         follows(crypto::view(last), rest, hash);
}

}  // namespace claw::audit
