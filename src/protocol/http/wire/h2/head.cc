#include "protocol/http/wire/h2/head.h"

#include <charconv>

#include "base/text.h"
#include "protocol/http/wire/chars.h"
#include "protocol/http/wire/names.h"
#include "protocol/http/wire/target.h"

namespace claw::http {

namespace {

constexpr std::size_t entry_overhead = 32;  // RFC 9113 §6.5.2 counts it for every field; so do the peers.
constexpr std::size_t bomb_factor = 4;      // Decoded beyond this, a table entry is being repeated.

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto read = std::from_chars(text.begin(), text.end(), number);
  return !text.empty() && text.front() != '-' && read.ec == std::errc{} && read.ptr == text.end();
}

// Names whose values are the same for everybody and may be remembered by the peer's decoder. All others are
// sent as never indexed (RFC 7541 §7.1.3): what the vault lent can be under any name.
bool is_public(std::string_view name) {
  constexpr std::string_view names[] = {
      ":method",         ":scheme",        ":status",          "accept",         "accept-encoding",
      "accept-language", "cache-control",  "content-encoding", "content-length", "content-type",
      "date",            "server",         "user-agent",       "vary",
  };
  for (const std::string_view other : names) {
    if (same_name(name, other)) return true;
  }
  return false;
}

}  // namespace

void H2HeadReader::begin() {
  bytes_ = 0;
  count_ = 0;
  refused_ = {};
  request_ = {};
  request_.version = 20;
  status_.clear();
  host_.clear();
  cookie_.clear();
  has_cookie_ = false;
  has_te_ = false;
}

bool H2HeadReader::is_too_large() const {
  return bytes_ > limits_.head_bytes_max || count_ > limits_.fields_max;
}

bool H2HeadReader::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + entry_overhead;
  ++count_;
  if (is_too_large()) {
    request_.fields.clear();
    cookie_.clear();
    return bytes_ <= bomb_factor * limits_.head_bytes_max;
  }
  if (name.starts_with(':')) add_pseudo(name, value);
  else add_regular(name, value);
  return true;
}

void H2HeadReader::refuse(std::string_view why) {
  if (refused_.empty()) refused_ = why;
}

void H2HeadReader::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") request_.method = value;
  else if (name == ":scheme") request_.scheme = lower(value);
  else if (name == ":authority") request_.authority = value;
  else if (name == ":path") request_.path = value;
  else if (name == ":protocol") request_.protocol = value;
  else if (name == ":status") status_ = value;
  else refuse("an unknown pseudo-header field");
}

void H2HeadReader::add_regular(std::string_view name, std::string_view value) {
  switch (meaning_of(name)) {
    case Meaning::host:
      if (!host_.empty() || value.empty()) refuse("not exactly one Host");
      host_ = value;
      return;
    case Meaning::content_length:
      if (request_.length || !read_number(value, request_.length.emplace())) refuse("Content-Length");
      return;
    case Meaning::expect:
      if (!equals_ignoring_case(value, "100-continue")) refuse("an unknown expectation");
      request_.expects_continue = true;
      return;
    case Meaning::dropped:
      if (name != "te") refuse("a field of an HTTP/1 connection");
      has_te_ = true;  // nghttp2 lets only `trailers` through, which we can do unasked.
      return;
    case Meaning::transfer_encoding:
    case Meaning::connection:
    case Meaning::upgrade: refuse("a field of an HTTP/1 connection"); return;
    case Meaning::end_to_end: break;
  }
  if (name == "cookie") {  // RFC 9113 §8.2.3: crumbs are one field, or a rule about cookies sees a part.
    if (has_cookie_) cookie_ += "; ";
    has_cookie_ = true;
    cookie_ += value;
    return;
  }
  if (request_.fields.empty()) request_.fields.reserve(16, 1024);
  request_.fields.add(name, value);
}

Fields H2HeadReader::take_fields() {
  if (has_cookie_) request_.fields.add("cookie", cookie_);
  return std::move(request_.fields);
}

Result<Request> H2HeadReader::take_request(bool is_ended) {
  Request& request = request_;
  if (!refused_.empty()) return invalid(std::string(refused_));
  if (request.authority.empty()) request.authority = host_;
  if (!is_authority(request.authority)) return invalid("`:authority` is no host");
  if (!host_.empty() && !same_name(host_, request.authority)) return invalid("Host is not `:authority`");
  const bool is_connect = request.method == "CONNECT";
  if (is_connect && request.protocol.empty()) return invalid("CONNECT inside HTTP/2");
  if (!is_connect && !request.protocol.empty()) return invalid("`:protocol` without CONNECT");
  if (!request.protocol.empty() && (!is_token(request.protocol) || is_ended || request.length)) {
    return invalid("a `:protocol` that cannot be spoken");
  }
  if (request.scheme != "https" && request.scheme != "http") return invalid("`:scheme` is not http or https");
  const bool is_asterisk = request.path == "*" && request.method == "OPTIONS";
  if (!is_asterisk && (!request.path.starts_with('/') || !is_target(request.path))) {
    return invalid("`:path` is no path");
  }
  // What follows an extended CONNECT is no body: it waits for the answer, as after an HTTP/1 upgrade.
  request.has_body = !is_ended && request.protocol.empty();
  request.fields = take_fields();
  return std::move(request);
}

Result<Response> H2HeadReader::take_response() {
  Response response;
  if (!refused_.empty()) return invalid(std::string(refused_));
  if (!host_.empty() || request_.expects_continue) return invalid("a field of requests in a response");
  if (!read_number(status_, response.status) || response.status < 100 || response.status > 599) {
    return invalid("`:status` is no status");
  }
  response.length = request_.length;
  response.fields = take_fields();
  response.version = 20;
  return response;
}

Result<Fields> H2HeadReader::take_trailers() {
  Fields trailers = take_fields();
  bool is_good =
      refused_.empty() && host_.empty() && !request_.length && !request_.expects_continue && !has_te_;
  for (const Field field : trailers) is_good = is_good && may_be_trailer(field.name);
  if (!is_good || is_too_large()) return invalid("trailers hold what belongs into the head");
  return trailers;
}

void H2HeadWriter::add(std::string_view name, std::string_view value) {
  const auto bytes_of = [](std::string_view text) {  // nghttp2 only reads them, and copies at once.
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  const std::uint8_t flags = is_public(name) ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
  entries_.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), flags});
}

void H2HeadWriter::add_length(std::uint64_t length) {
  length_ = std::to_string(length);
  add("content-length", length_);
}

// Names become lower-case in nghttp2's copy.
Status H2HeadWriter::add_fields(const Fields& fields) {
  for (const Field field : fields) {
    // gRPC's servers insist on what says nothing: that we can do trailers.
    const bool is_te = same_name(field.name, "te") && field.value == "trailers";
    if (meaning_of(field.name) != Meaning::end_to_end && !is_te) continue;
    // A line end would become a second field, or a second message, where a peer speaks HTTP/1 further on.
    if (!is_token(field.name) || !is_field_value(field.value) || trim_blanks(field.value) != field.value) {
      return invalid("a field that cannot be written");
    }
    add(field.name, field.value);
  }
  return Done{};
}

Status H2HeadWriter::write(const Request& request) {
  const bool is_extended = !request.protocol.empty();
  if (!is_extended && request.method == "CONNECT") return invalid("CONNECT inside HTTP/2");
  entries_.clear();
  entries_.reserve(request.fields.size() + 6);
  add(":method", is_extended ? std::string_view("CONNECT") : request.method);
  if (is_extended) add(":protocol", request.protocol);
  add(":scheme", request.scheme.empty() ? std::string_view("https") : request.scheme);
  add(":authority", request.authority);
  add(":path", request.path);
  const bool is_asterisk = request.path == "*" && request.method == "OPTIONS";
  const bool target_is_good = is_asterisk || (request.path.starts_with('/') && is_target(request.path));
  const bool is_good = is_token(request.method) && is_authority(request.authority) &&
                       target_is_good && (!is_extended || is_token(request.protocol)) &&
                       (request.scheme.empty() || request.scheme == "https" || request.scheme == "http");
  if (!is_good) return invalid("a request that cannot be written");
  if (request.length && !is_extended) add_length(*request.length);
  return add_fields(request.fields);
}

Status H2HeadWriter::write(const Response& response) {
  entries_.clear();
  entries_.reserve(response.fields.size() + 2);
  // RFC 8441 §5: what HTTP/1 answers with 101 is a 200 here.
  status_ = std::to_string(response.status == 101 ? 200 : response.status);
  if (status_.size() != 3) return invalid("a status that cannot be written");
  add(":status", status_);
  if (response.length && response.status >= 200 && response.status != 204) add_length(*response.length);
  return add_fields(response.fields);
}

Status H2HeadWriter::write(const Fields& trailers) {
  entries_.clear();
  return add_fields(trailers);
}

}  // namespace claw::http
