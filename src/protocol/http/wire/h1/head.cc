#include "protocol/http/wire/h1/head.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "protocol/http/wire/chars.h"
#include "protocol/http/wire/names.h"
#include "protocol/http/wire/target.h"

namespace claw::http {

namespace {

constexpr std::size_t method_bytes_max = 32;     // The longest registered one has 17.
constexpr std::size_t named_max = 16;  // Each is looked for among all fields: no square of two lengths.
constexpr std::size_t fields_expected = 16;      // Room for what browsers and SDKs send,
constexpr std::size_t text_expected_max = 2048;  // so that a usual head is two allocations.

bool is_protocol(std::string_view text) {  // RFC 9110 §7.8: a token, perhaps with a version.
  const std::size_t slash = text.find('/');
  return is_token(text.substr(0, slash)) &&
         (slash == std::string_view::npos || is_token(text.substr(slash + 1)));
}

Code code_of(int status) {
  if (status == 414 || status == 431) return Code::limit;
  return status == 501 || status == 505 ? Code::unsupported : Code::invalid;
}

}  // namespace

void HeadReader::reset() { *this = HeadReader(kind_, limits_); }

Error HeadReader::refuse(int status, std::string what) {
  refusal_ = status;
  return {code_of(status), std::move(what), {}};
}

std::size_t HeadReader::bytes_max() const {
  return kind_ == Kind::trailers ? limits_.trailer_bytes_max : limits_.head_bytes_max;
}

Result<std::size_t> HeadReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (!done_ && taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    if (!started_) CLAW_TRY_DONE(check_first_byte(rest.front()));
    const std::size_t end = rest.find('\n', searched_);
    const std::size_t line_bytes = end == std::string_view::npos ? rest.size() : end + 1;
    if (head_bytes_ + line_bytes > bytes_max()) {
      if (!started_ && kind_ == Kind::request) return refuse(414, "request line is too long");
      return refuse(431, "header fields are longer than allowed");
    }
    if (end == std::string_view::npos) {
      searched_ = rest.size();
      break;
    }
    if (!started_) fields_.reserve(fields_expected, std::min(rest.size(), text_expected_max));
    searched_ = 0;
    taken += line_bytes;
    head_bytes_ += line_bytes;
    if (end == 0 || rest[end - 1] != '\r') return refuse(400, "line does not end in CRLF");
    CLAW_TRY_DONE(read_line(rest.substr(0, end - 1)));
  }
  return taken;
}

// Tells a TLS handshake or another protocol from HTTP before a whole line of it has come.
Status HeadReader::check_first_byte(char byte) {
  if (kind_ == Kind::response && byte != 'H') return refuse(400, "status line does not begin with HTTP");
  if (kind_ == Kind::request && !is_token_char(byte) && (byte != '\r' || skipped_)) {
    return refuse(400, "request line does not begin with a method");
  }
  return Done{};
}

Status HeadReader::read_line(std::string_view line) {
  if (kind_ == Kind::trailers) started_ = true;
  if (!started_) {
    if (line.empty() && kind_ == Kind::request) {  // RFC 9112 §2.2: left over from an old client's body.
      skipped_ = true;
      head_bytes_ = 0;
      return Done{};
    }
    started_ = true;
    return kind_ == Kind::request ? read_request_line(line) : read_status_line(line);
  }
  if (line.empty()) return finish();
  if (++lines_ > limits_.fields_max) return refuse(431, "more header fields than allowed");
  return read_field(line);
}

Status HeadReader::read_version(std::string_view text) {
  if (text == "HTTP/1.1") version_ = 11;
  else if (text == "HTTP/1.0") version_ = 10;
  else if (text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' && text[5] >= '0' &&
           text[5] <= '9' && text[7] >= '0' && text[7] <= '9') {
    return refuse(505, "neither HTTP/1.1 nor HTTP/1.0");
  } else {
    return refuse(400, "first line has no HTTP version");
  }
  return Done{};
}

Status HeadReader::read_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "request line is not `METHOD target HTTP/1.1`");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(method) || method.size() > method_bytes_max) {
    return refuse(400, "method is not a short token");
  }
  if (target.size() > limits_.target_bytes_max) return refuse(414, "request target is too long");
  CLAW_TRY_DONE(read_version(line.substr(last + 1)));
  request_.method = method;
  return read_target(target, request_);
}

// RFC 9112 §4. The reason is not read by anybody; the space before it is often forgotten.
Status HeadReader::read_status_line(std::string_view line) {
  CLAW_TRY_DONE(read_version(line.substr(0, line.find(' '))));
  const std::string_view rest = line.substr(std::min<std::size_t>(line.size(), 8));
  const std::string_view digits = rest.substr(std::min<std::size_t>(rest.size(), 1), 3);
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return refuse(400, "status is not a number");
    status_ = status_ * 10 + (digit - '0');
  }
  if (digits.size() != 3 || status_ < 100 || status_ > 599) return refuse(400, "status is not 100 to 599");
  const std::string_view reason = rest.substr(4);
  if (!reason.empty() && (reason.front() != ' ' || !is_field_value(reason))) {
    return refuse(400, "status line does not end in a reason");
  }
  return Done{};
}

Status HeadReader::read_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "header line is folded");
  std::size_t colon = 0;
  while (colon < line.size() && is_token_char(line[colon])) ++colon;
  if (colon == line.size() || line[colon] != ':' || colon == 0) {
    return refuse(400, "header line is not `name: value`");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_field_value(value)) return refuse(400, "header value has control bytes");
  if (kind_ == Kind::trailers && !may_be_trailer(name)) {
    return refuse(400, "field " + quoted(name) + " may not be a trailer");
  }
  return read_meaning(name, value);
}

Status HeadReader::read_meaning(std::string_view name, std::string_view value) {
  switch (meaning_of(name)) {
    case Meaning::end_to_end: fields_.add(name, value); break;
    case Meaning::host:
      ++hosts_;
      host_ = value;
      break;
    case Meaning::content_length: return read_length(value);
    case Meaning::transfer_encoding: return read_coding(value);
    case Meaning::connection: return read_connection(value);
    case Meaning::upgrade:
      ++upgrades_;
      upgrade_ = lower(value);
      break;
    case Meaning::expect:
      if (kind_ != Kind::request) break;
      if (!same_name(value, "100-continue") || expects_) return refuse(417, "not `Expect: 100-continue`");
      expects_ = true;
      break;
    case Meaning::dropped: break;
  }
  return Done{};
}

Status HeadReader::read_length(std::string_view value) {
  if (length_) return refuse(400, "Content-Length is said twice");
  std::uint64_t length = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '9') return refuse(400, "Content-Length is not a number");
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (value.empty() || value.size() > 18) {
    return refuse(400, "Content-Length is not a number we can count to");
  }
  length_ = length;
  return Done{};
}

// RFC 9112 §6.1. Only `chunked`, alone: any other list is decoded by some and passed over by others.
Status HeadReader::read_coding(std::string_view value) {
  if (chunked_) return refuse(400, "Transfer-Encoding is said twice");
  if (!same_name(value, "chunked")) {
    const bool known_form = is_token(value) || value.find(',') != std::string_view::npos;
    return refuse(known_form ? 501 : 400, "Transfer-Encoding is not `chunked`");
  }
  chunked_ = true;
  return Done{};
}

Status HeadReader::read_connection(std::string_view value) {
  for (std::string_view rest = value; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view word = trim_blanks(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (word.empty()) continue;
    if (!is_token(word)) return refuse(400, "Connection is not a list of tokens");
    if (same_name(word, "close")) close_ = true;
    else if (same_name(word, "upgrade")) asks_upgrade_ = true;
    else if (!same_name(word, "keep-alive")) {
      if (!may_be_named_by_connection(word)) {
        return refuse(400, "Connection names " + quoted(word) + ", which is not about the connection");
      }
      if (named_.size() >= named_max) return refuse(400, "Connection names too many fields");
      if (meaning_of(word) == Meaning::end_to_end) named_.emplace_back(word);
    }
  }
  return Done{};
}

Status HeadReader::finish() {
  done_ = true;
  for (const std::string& name : named_) fields_.remove(name);
  if (chunked_ && length_) return refuse(400, "both Content-Length and Transfer-Encoding");
  if (chunked_ && version_ == 10) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  return kind_ == Kind::request ? finish_request() : Done{};
}

Status HeadReader::finish_request() {
  CLAW_TRY_DONE(check_host());
  request_.version = version_;
  request_.length = length_;
  request_.has_body = chunked_ || length_.value_or(0) > 0;
  if (request_.has_body && request_.method == "CONNECT") return refuse(400, "CONNECT with a body");
  request_.expects_continue = expects_ && request_.has_body && version_ == 11;
  if (may_upgrade() && !request_.has_body) request_.protocol = std::move(upgrade_);
  return Done{};
}

Status HeadReader::check_host() {
  if (hosts_ > 1 || (hosts_ == 0 && version_ == 11)) return refuse(400, "not exactly one Host");
  if (hosts_ == 0) return Done{};
  if (!is_authority(host_)) return refuse(400, "Host is not `host` or `host:port`");
  if (request_.authority.empty()) {
    request_.authority = std::move(host_);
    return Done{};
  }
  // Many clients leave the port out of the Host of a CONNECT.
  const std::string_view target = request_.authority;
  const bool same = same_authority(host_, target, request_.scheme) ||
                    (request_.method == "CONNECT" && same_name(host_, target.substr(0, target.rfind(':'))));
  return same ? Status(Done{}) : refuse(400, "Host is not the host of the request target");
}

// RFC 9110 §7.8. One protocol, not two to choose from; h2c would be a way around us.
bool HeadReader::may_upgrade() const {
  return asks_upgrade_ && upgrades_ == 1 && version_ == 11 && upgrade_ != "h2c" && is_protocol(upgrade_);
}

Request HeadReader::take_request() {
  request_.fields = std::move(fields_);
  return std::move(request_);
}

Response HeadReader::take_response() {
  Response response;
  response.status = status_;
  response.fields = std::move(fields_);
  response.length = length_;
  response.version = version_;
  if (status_ == 101 && may_upgrade()) response.protocol = std::move(upgrade_);
  return response;
}

}  // namespace claw::http
