#include "protocol/spdy/headers.h"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "base/cursor.h"
#include "base/writer.h"

namespace claw::spdy {
namespace {

// draft-mbelshe-httpbis-spdy-00 §2.6.10.1: these, each behind its length, and then the run of text.
constexpr auto dictionary_words = std::to_array<std::string_view>({
    "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding",
    "accept-language", "accept-ranges", "age", "allow", "authorization", "cache-control", "connection",
    "content-base", "content-encoding", "content-language", "content-length", "content-location",
    "content-md5", "content-range", "content-type", "date", "etag", "expect", "expires", "from", "host",
    "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified",
    "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer",
    "retry-after", "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via",
    "warning", "www-authenticate", "method", "get", "status", "200 OK", "version", "HTTP/1.1", "url",
    "public", "set-cookie", "keep-alive", "origin",
});
constexpr std::string_view dictionary_text =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

constexpr int unused_bits = 63;
constexpr int at_block_end = 128;  // Of z_stream::data_type, see inflate() in zlib.h.

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

// A peer would look names up without regard to their case; with capitals, two names are one.
bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_' || c == '.';
  });
}

// Empty, or values with one NUL between each two.
bool is_value(std::string_view value) {
  using namespace std::string_view_literals;
  return value.empty() ||
         (value.front() != '\0' && value.back() != '\0' && value.find("\0\0"sv) == value.npos);
}

Result<Headers> read_pairs(std::string_view text) {
  Cursor cursor(text);
  const std::uint32_t count = cursor.u32();
  if (count > headers_max) return Error{Code::limit, "too many headers in a SPDY frame", {}};
  Headers headers;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view name = cursor.take(cursor.u32());
    const std::string_view value = cursor.take(cursor.u32());
    if (!cursor.ok()) break;
    if (!is_name(name) || !is_value(value)) return invalid("SPDY header that makes no sense");
    const auto has_name = [&](const Header& header) { return header.name == name; };
    if (std::ranges::any_of(headers, has_name)) return invalid("SPDY header twice");
    headers.push_back({std::string(name), std::string(value)});
  }
  if (!cursor.done()) return invalid("SPDY header block of another length than it says");
  return headers;
}

}  // namespace

std::string_view dictionary() {
  static const std::string bytes = [] {
    std::string made;
    Writer writer(made);
    for (const std::string_view word : dictionary_words) {
      writer.u32(static_cast<std::uint32_t>(word.size()));
      writer.bytes(word);
    }
    return made.append(dictionary_text);
  }();
  return bytes;
}

struct HeaderReader::State {
  State() { CLAW_CHECK(inflateInit(&stream) == Z_OK); }
  ~State() { inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<std::string> inflate_block(std::string_view block);
  Status step();  // As far as zlib goes in one call.

  z_stream stream{};
  bool has_dictionary = false;
};

HeaderReader::HeaderReader() = default;
HeaderReader::~HeaderReader() = default;

Result<Headers> HeaderReader::read(std::string_view block) {
  if (!state_) state_ = std::make_unique<State>();
  CLAW_TRY(const std::string text, state_->inflate_block(block));
  return read_pairs(text);
}

Status HeaderReader::State::step() {
  int result = inflate(&stream, Z_SYNC_FLUSH);
  if (result == Z_NEED_DICT) {
    const std::string_view known = dictionary();
    if (inflateSetDictionary(&stream, bytes_of(known), static_cast<uInt>(known.size())) != Z_OK) {
      return invalid("SPDY headers with another dictionary");
    }
    has_dictionary = true;
    result = inflate(&stream, Z_SYNC_FLUSH);
  }
  if (result == Z_STREAM_END) return invalid("SPDY headers that end their compression");
  if (result != Z_OK && result != Z_BUF_ERROR) return invalid("SPDY headers that do not inflate");
  return Done{};
}

Result<std::string> HeaderReader::State::inflate_block(std::string_view block) {
  // At once: asked a second time, zlib does not say any more where it stands.
  std::array<Bytef, header_block_bytes_max + 1> buffer;
  stream.next_in = bytes_of(block);
  stream.avail_in = static_cast<uInt>(block.size());
  stream.next_out = buffer.data();
  stream.avail_out = static_cast<uInt>(buffer.size());
  CLAW_TRY_DONE(step());
  if (stream.avail_out == 0) return Error{Code::limit, "SPDY headers too long when inflated", {}};
  const int type = stream.data_type;
  const bool is_aligned = (type & at_block_end) != 0 && (type & unused_bits) == 0;
  if (stream.avail_in != 0 || !has_dictionary || !is_aligned) {
    return invalid("SPDY headers that do not end with their frame");
  }
  return std::string(buffer.begin(), buffer.end() - stream.avail_out);
}

}  // namespace claw::spdy
