// Small questions about text that every folder asks: is it UTF-8, what is it nearest to, how is it
// shown to a person. Nothing here knows a protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw {

bool is_utf8(std::string_view text);  // Well-formed per Unicode 15 table 3-7: no surrogates, no overlongs.

// ASCII only: protocol words are ASCII, and locale must not change a verdict.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

// Foreign text inside a message of ours: in backticks, control bytes escaped, cut at 200 bytes.
std::string quoted(std::string_view foreign);
// The same without the backticks, cut at `bytes_max` on a character boundary.
std::string printable(std::string_view foreign, std::size_t bytes_max);

// The candidate a person most likely meant: the smallest edit distance, at most a third of the length.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view hex);
std::string to_base64(std::string_view bytes);                  // RFC 4648 §4, padded.
Result<std::string> from_base64(std::string_view text);         // Strict: padding and alphabet checked.

// `1024`, `64B`, `512KB`, `1MiB`: KB and KiB are both 1024, as the original reads them. Zero is refused:
// a limit of nothing is a mistake. Bytes.
Result<std::uint64_t> parse_size(std::string_view text);

// Appends one code point as UTF-8; surrogates and values past U+10FFFF become U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace claw
