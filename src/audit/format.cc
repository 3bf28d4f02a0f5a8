#include "audit/format.h"

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::audit {

namespace {

Result<std::string> bytes_member(const json::Value& object, std::string_view name, std::size_t size) {
  CLAW_TRY(std::string bytes, from_hex(object.text_or(name, "")));
  if (bytes.size() != size) return invalid("`" + std::string(name) + "` has the wrong length");
  return bytes;
}

Result<crypto::Digest> digest_member(const json::Value& object, std::string_view name) {
  CLAW_TRY(const std::string bytes, bytes_member(object, name, hash_bytes));
  crypto::Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

Result<std::uint64_t> count_member(const json::Value& object, std::string_view name) {
  const std::int64_t count = object.int_or(name, 0);
  if (count < 1) return invalid("`" + std::string(name) + "` is not a number from 1");
  return static_cast<std::uint64_t>(count);
}

}  // namespace

void append_header(std::string& out, const Header& header) {
  json::Writer w(out);
  w.begin_object();
  w.member("kind", "header");
  w.member("format", header.format);
  w.member("version", CLAW_VERSION);
  w.member("segment", static_cast<std::int64_t>(header.segment));
  w.member("first", static_cast<std::int64_t>(header.first));
  w.member("previous", to_hex(crypto::view(header.previous)));
  w.member("created", format_time(header.created_us));
  w.member("public_key", to_hex(header.public_key));
  w.end_object();
}

Result<Header> parse_header(std::string_view payload) {
  CLAW_TRY(const json::Value object, json::parse(payload));
  if (object.text_or("kind", "") != "header") return invalid("a segment does not begin with a header");
  Header header;
  header.format = object.int_or("format", 0);
  if (header.format != format_version && header.format != emptying_format_version) {
    return Error{Code::unsupported, "journal format " + std::to_string(header.format), {}};
  }
  CLAW_TRY(header.segment, count_member(object, "segment"));
  CLAW_TRY(header.first, count_member(object, "first"));
  CLAW_TRY(header.previous, digest_member(object, "previous"));
  CLAW_TRY(header.created_us, parse_time(object.text_or("created", "")));
  CLAW_TRY(header.public_key, bytes_member(object, "public_key", 32));
  return header;
}

void append_checkpoint_body(std::string& out, const Checkpoint& checkpoint) {
  json::Writer w(out);
  w.member("kind", "checkpoint");
  w.member("through", static_cast<std::int64_t>(checkpoint.through));
  w.member("hash", to_hex(crypto::view(checkpoint.hash)));
  w.member("signature", to_hex(checkpoint.signature));
  w.end_object();
}

Result<Checkpoint> parse_checkpoint(const json::Value& record) {
  Checkpoint checkpoint;
  CLAW_TRY(checkpoint.through, count_member(record, "through"));
  CLAW_TRY(checkpoint.hash, digest_member(record, "hash"));
  CLAW_TRY(checkpoint.signature, bytes_member(record, "signature", 64));
  return checkpoint;
}

std::optional<std::string> emptied_payload(const Emptied& said, std::string_view payload) {
  std::string made;
  json::Writer w(made);
  w.begin_object();
  w.member("seq", static_cast<std::int64_t>(said.seq));
  w.member("time", format_time(said.time_us));
  w.member("kind", "gone");
  w.member("was", to_hex(crypto::view(crypto::sha256(payload))));
  const std::size_t shortest = made.size();
  w.member_unless_empty("endpoint", said.endpoint);
  w.member_unless_empty("action", said.action);
  if (made.size() + 1 > payload.size()) made.resize(shortest);
  if (made.size() + 1 > payload.size()) return std::nullopt;
  made.append(payload.size() - made.size() - 1, ' ');
  return made + "}";
}

crypto::Digest chained_digest(std::string_view payload) {
  constexpr std::string_view mark = R"(","kind":"gone","was":")";
  constexpr std::size_t head = 64;  // Of the longest number and time, nearly.
  const std::size_t at = payload.substr(0, head + mark.size()).find(mark);
  if (at != std::string_view::npos) {
    const auto was = from_hex(payload.substr(at + mark.size(), 2 * hash_bytes));
    if (was && was->size() == hash_bytes) {
      crypto::Digest digest;
      std::copy(was->begin(), was->end(), digest.begin());
      return digest;
    }
  }
  return crypto::sha256(payload);
}

bool follows(std::string_view previous, std::string_view payload, std::string_view hash) {
  crypto::Sha256 hasher;
  hasher.update(previous);
  hasher.update(payload);
  if (crypto::view(hasher.finish()) == hash) return true;
  hasher.update(previous);
  hasher.update(crypto::view(chained_digest(payload)));
  return crypto::view(hasher.finish()) == hash;
}

std::string format_ranges(const std::vector<std::uint64_t>& ascending) {
  std::string text;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t end = i + 1;
    while (end < ascending.size() && ascending[end] == ascending[end - 1] + 1) ++end;
    if (!text.empty()) text += ',';
    text += std::to_string(ascending[i]);
    if (end - i > 1) text += "-" + std::to_string(ascending[end - 1]);
    i = end;
  }
  return text;
}

std::vector<Range> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  const auto number = [](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    return error == std::errc{} && end == digits.end() ? value : 0;
  };
  for (const std::string_view each : split(text, ',')) {
    const std::size_t dash = std::min(each.find('-'), each.size());
    Range range{number(each.substr(0, dash)), 0};
    range.last = dash < each.size() ? number(each.substr(dash + 1)) : range.first;
    if (range.first != 0 && range.last >= range.first) ranges.push_back(range);
  }
  return ranges;
}

std::string signed_bytes(std::uint64_t through, const crypto::Digest& hash) {
  std::string bytes;
  Writer w(bytes);
  w.text("clawpatrol journal checkpoint 1");
  w.u64(through);
  w.bytes(crypto::view(hash));
  return bytes;
}

}  // namespace claw::audit
