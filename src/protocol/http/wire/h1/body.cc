#include "protocol/http/wire/h1/body.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/http/wire/chars.h"
#include "protocol/http/wire/names.h"

namespace claw::http {

namespace {

constexpr std::size_t size_digits_max = 15;  // 2^60 bytes; more digits are only there to overflow somebody.

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower_char(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

}  // namespace

void BodyReader::start(Framing framing, std::uint64_t length) {
  framing_ = framing;
  part_ = Part::size;
  left_ = length;
  if (framing == Framing::chunked) trailers_.reset();
}

BodyReader::Step BodyReader::take_body(std::string_view bytes) {
  const std::size_t count = left_ < bytes.size() ? static_cast<std::size_t>(left_) : bytes.size();
  left_ -= count;
  return {count, bytes.substr(0, count), false};
}

Result<BodyReader::Step> BodyReader::next(std::string_view bytes) {
  switch (framing_) {
    case Framing::none: return Step{0, {}, true};
    case Framing::until_close: return Step{bytes.size(), bytes, false};
    case Framing::chunked: return next_chunked(bytes);
    case Framing::length: {
      Step step = take_body(bytes);
      step.done = left_ == 0;
      return step;
    }
  }
  return Step{};
}

Result<BodyReader::Step> BodyReader::next_chunked(std::string_view bytes) {
  switch (part_) {
    case Part::size: return read_size(bytes);
    case Part::data: {
      const Step step = take_body(bytes);
      if (left_ == 0) part_ = Part::data_end;
      return step;
    }
    case Part::data_end: {
      if (!std::string_view("\r\n").starts_with(bytes.substr(0, 2))) {
        return invalid("chunk does not end in CRLF");
      }
      if (bytes.size() < 2) return Step{};
      part_ = Part::size;
      return Step{2, {}, false};
    }
    case Part::trailers: {
      CLAW_TRY(const std::size_t taken, trailers_.feed(bytes));
      return Step{taken, {}, trailers_.is_done()};
    }
  }
  return Step{};
}

// RFC 9112 §7.1: digits and CRLF, not a byte else.
Result<BodyReader::Step> BodyReader::read_size(std::string_view bytes) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < bytes.size() && hex_value(bytes[digits]) >= 0; ++digits) {
    if (digits == size_digits_max) return invalid("chunk size has too many digits");
    size = size * 16 + static_cast<std::uint64_t>(hex_value(bytes[digits]));
  }
  if (digits == bytes.size()) return Step{};
  const std::string_view end = bytes.substr(digits, 2);
  if (digits == 0 || !std::string_view("\r\n").starts_with(end)) {
    return invalid("chunk size is not hexadecimal digits and CRLF");
  }
  if (end.size() < 2) return Step{};
  left_ = size;
  part_ = size == 0 ? Part::trailers : Part::data;
  return Step{digits + 2, {}, false};
}

void BodyWriter::start(Framing framing, std::uint64_t length) {
  framing_ = framing;
  left_ = length;
}

bool BodyWriter::body(std::string_view bytes, Output out) {
  if (bytes.empty() || framing_ == Framing::none) return true;  // An empty chunk would end the message.
  if (framing_ == Framing::length) {
    if (bytes.size() > left_) return false;
    left_ -= bytes.size();
  }
  if (framing_ == Framing::chunked) out.made(fmt::format("{:x}\r\n", bytes.size()));
  out.relay(bytes);
  if (framing_ == Framing::chunked) out.made("\r\n");
  return true;
}

bool BodyWriter::end(const Fields& trailers, Output out) {
  if (framing_ == Framing::length) return left_ == 0;
  if (framing_ != Framing::chunked) return true;
  std::string bytes = "0\r\n";
  for (const Field field : trailers) {
    // From HTTP/2 or made by us; the codec that read it may know fewer names to refuse.
    if (!is_token(field.name) || !is_field_value(field.value) || !may_be_trailer(field.name)) continue;
    bytes.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.made(bytes.append("\r\n"));
  return true;
}

}  // namespace claw::http
