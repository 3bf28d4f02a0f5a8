#include "protocol/http/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace claw::http {

namespace {

bool is_token_char(char c) {  // RFC 9110 §5.6.2.
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_value_char(char c) {  // RFC 9110 §5.5: visible, space, tab and bytes above ASCII.
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::string_view trim_field(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Status read_request_line(std::string_view line, Request& request) {
  const auto parts = split(line, ' ');
  if (parts.size() != 3) return invalid("request line is not `METHOD target HTTP/1.1`");
  if (!is_token(parts[0])) return invalid("method is not a token");
  const auto is_target_char = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; };
  if (parts[1].empty() || !std::all_of(parts[1].begin(), parts[1].end(), is_target_char)) {
    return invalid("request target has control bytes");
  }
  if (parts[2] != "HTTP/1.1" && parts[2] != "HTTP/1.0") return invalid("not HTTP/1.1 or HTTP/1.0");
  request.method = parts[0];
  request.target = parts[1];
  request.minor_version = parts[2].back() - '0';
  return Done{};
}

Status read_field(std::string_view line, Request& request) {
  if (line.front() == ' ' || line.front() == '\t') return invalid("header line is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return invalid("header line has no colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_field(line.substr(colon + 1));
  if (!is_token(name)) return invalid("header name is not a token");
  if (!std::all_of(value.begin(), value.end(), is_value_char)) {
    return invalid("header value has control bytes");
  }
  if (request.fields.size() >= fields_max) return Error{Code::limit, "more than 100 header fields", {}};
  request.fields.push_back({std::string(name), std::string(value)});
  return Done{};
}

// Exactly one way to tell where the body ends, or none.
Status read_framing(Request& request) {
  std::size_t hosts = 0, lengths = 0, codings = 0;
  for (const Field& field : request.fields) {
    if (equals_ignoring_case(field.name, "host")) ++hosts;
    if (equals_ignoring_case(field.name, "content-length")) {
      ++lengths;
      const char* end = field.value.data() + field.value.size();
      const bool digits =
          !field.value.empty() && field.value.find_first_not_of("0123456789") == std::string::npos;
      const auto parsed = std::from_chars(field.value.data(), end, request.content_length);
      if (!digits || parsed.ec != std::errc{} || parsed.ptr != end) {
        return invalid("Content-Length is not a number");
      }
    }
    if (equals_ignoring_case(field.name, "transfer-encoding")) {
      ++codings;
      if (!equals_ignoring_case(field.value, "chunked")) return invalid("Transfer-Encoding is not `chunked`");
      request.chunked = true;
    }
  }
  if (hosts > 1 || (hosts == 0 && request.minor_version == 1)) return invalid("not exactly one Host");
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return invalid("body length is ambiguous");
  if (codings > 0 && request.minor_version == 0) return invalid("Transfer-Encoding in HTTP/1.0");
  return Done{};
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

}  // namespace

const std::string* Request::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (equals_ignoring_case(field.name, name)) return &field.value;
  }
  return nullptr;
}

Result<std::optional<Head>> decode_head(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const std::string_view seen = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end);
  if (seen.size() > head_bytes_max) return Error{Code::limit, "request head is longer than 32 KiB", {}};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool bare_lf = seen[i] == '\n' && (i == 0 || seen[i - 1] != '\r');
    const bool bare_cr = seen[i] == '\r' && i + 1 < seen.size() && seen[i + 1] != '\n';
    if (bare_lf || bare_cr) return invalid("line does not end in CRLF");
  }
  if (end == std::string_view::npos) return std::optional<Head>();

  Head head;
  head.bytes = end + 4;
  std::string_view rest = seen;
  for (bool first = true; first || !rest.empty(); first = false) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 2);
    if (first) CLAW_TRY_DONE(read_request_line(line, head.request));
    else CLAW_TRY_DONE(read_field(line, head.request));
  }
  CLAW_TRY_DONE(read_framing(head.request));
  return std::optional<Head>(std::move(head));
}

std::string encode(const Response& response) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  for (const Field& field : response.fields) out += fmt::format("{}: {}\r\n", field.name, field.value);
  out += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", response.body.size());
  return out + response.body;
}

Result<Answer> decode_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == std::string_view::npos || bytes.size() < 12) {
    return invalid("the answer is not HTTP");
  }
  Answer answer;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  answer.body = bytes.substr(end + 4);
  return answer;
}

}  // namespace claw::http
