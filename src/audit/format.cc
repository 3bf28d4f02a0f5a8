#include "audit/format.h"

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
  w.member("format", format_version);
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
  if (object.int_or("format", 0) != format_version) {
    return Error{Code::unsupported, "journal format " + std::to_string(object.int_or("format", 0)), {}};
  }
  Header header;
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

std::string signed_bytes(std::uint64_t through, const crypto::Digest& hash) {
  std::string bytes;
  Writer w(bytes);
  w.text("clawpatrol journal checkpoint 1");
  w.u64(through);
  w.bytes(crypto::view(hash));
  return bytes;
}

}  // namespace claw::audit
