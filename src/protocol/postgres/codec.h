// Bytes to messages and back, strictly: a length that does not fit, text without its end or bytes left
// over make the peer one that makes no sense. Frames are found without copying, so that a large one can
// be passed on while it is still arriving; the machine decodes the bodies it has to look at. Nothing
// here judges anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/postgres/message.h"

namespace claw::postgres {

constexpr std::size_t header_bytes = 5;                         // Type and length.
constexpr std::uint32_t startup_bytes_max = 10'000;             // The server's own MAX_STARTUP_PACKET_LENGTH.
constexpr std::uint32_t frame_bytes_max = 0x3fff'ffff;          // The server's own limit (MaxAllocSize).
constexpr std::uint32_t password_bytes_max = 65'535;            // The server's own PG_MAX_AUTH_TOKEN_LENGTH.
constexpr std::uint32_t text_frame_bytes_max = 1024 * 1024;     // Statements; four times what is understood.
constexpr std::uint32_t bind_frame_bytes_max = 16 * 1024 * 1024;  // Held until judged, so kept in memory.
constexpr std::uint32_t small_frame_bytes_max = 64 * 1024;      // Names, tags, statuses.

struct Header {
  char type = 0;
  std::uint32_t body = 0;  // Bytes that follow the header.
  std::size_t whole() const { return header_bytes + body; }
};

// The header at the front of `bytes`; nothing when fewer than five are there.
Result<std::optional<Header>> decode_header(std::string_view bytes);

// The untyped first packet, whole; nothing when it is still arriving.
struct OpeningFrame {
  Opening opening;
  std::size_t size;
};
Result<std::optional<OpeningFrame>> decode_opening(std::string_view bytes);

Result<Query> decode_query(std::string_view body);
Result<Parse> decode_parse(std::string_view body);
Result<Bind> decode_bind(std::string_view body);
Result<Target> decode_target(std::string_view body);
Result<Execute> decode_execute(std::string_view body);

Result<Problem> decode_problem(std::string_view body);
Result<Setting> decode_setting(std::string_view body);
Result<std::string_view> decode_tag(std::string_view body);
Result<Transaction> decode_status(std::string_view body);
Result<Challenge> decode_challenge(std::string_view body);
std::int64_t rows_of(std::string_view tag);  // `INSERT 0 5` is 5; -1 when the tag has no count.

// One message of that type with that body.
std::string encode(Front type, std::string_view body = {});
std::string encode(Back type, std::string_view body = {});
std::string encode_startup(const std::vector<std::pair<std::string, std::string>>& parameters);
std::string encode_ssl_request();
std::string encode_cancel(std::string_view key);
std::string encode_status(Transaction status);
std::string encode_setting(std::string_view name, std::string_view value);
std::string encode_challenge(Challenge::Kind kind, std::string_view body = {});
std::string encode_problem(Back type, const Problem& problem);

// A statement of ours as Parse, Bind, Execute and Close under a reserved name: unlike a simple Query it
// leaves the client's unnamed statement alone, and when it fails the server skips what follows it.
inline constexpr std::string_view reserved_name = "claw_patrol";
std::string encode_housekeeping(std::string_view sql);
std::string encode_close_housekeeping();  // The last of these, for where it failed before that.

}  // namespace claw::postgres
