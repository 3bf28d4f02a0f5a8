#include "protocol/http/wire/h1/encode.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "protocol/http/wire/chars.h"
#include "protocol/http/wire/names.h"
#include "protocol/http/wire/target.h"

namespace claw::http {

namespace {

// Room for lines of our own: start line, Host, framing, Connection.
constexpr std::size_t own_bytes = 192;

class HeadWriter {
 public:
  HeadWriter(const Fields& fields, std::size_t more) {
    bytes_.reserve(fields.bytes() + 4 * fields.size() + more + own_bytes);
  }

  HeadWriter& put(std::string_view text) {
    bytes_.append(text);
    return *this;
  }
  HeadWriter& number(std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    bytes_.append(digits.begin(), end);
    return *this;
  }
  void end_line() { bytes_.append("\r\n"); }
  void field(std::string_view name, std::string_view value) {
    is_good_ = is_good_ && is_token(name) && is_field_value(value);  // Else nobody may see it.
    put(name).put(": ").put(value).end_line();
  }

  void fields(const Fields& fields) {
    for (const Field each : fields) {
      if (meaning_of(each.name) == Meaning::end_to_end) field(each.name, each.value);
    }
  }
  void framing(Framing framing, std::optional<std::uint64_t> length) {
    if (framing == Framing::chunked) field("Transfer-Encoding", "chunked");
    else if (length) put("Content-Length: ").number(*length).end_line();
  }

  // Nothing, when a part of it would have read as more than a part.
  std::string finish() {
    end_line();
    if (is_good_) return std::move(bytes_);
    wipe(bytes_);  // A credential may be why.
    return {};
  }

 private:
  std::string bytes_;
  bool is_good_ = true;
};

bool expects_content(std::string_view method) {  // RFC 9110 §8.6: says its length even when there is none.
  return method == "POST" || method == "PUT" || method == "PATCH";
}

struct Reason {
  int status;
  std::string_view text;
};
constexpr Reason reasons[] = {
    {100, "Continue"}, {101, "Switching Protocols"}, {103, "Early Hints"}, {200, "OK"}, {201, "Created"},
    {202, "Accepted"}, {204, "No Content"}, {206, "Partial Content"}, {301, "Moved Permanently"},
    {302, "Found"}, {303, "See Other"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
    {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
    {404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
    {411, "Length Required"}, {412, "Precondition Failed"}, {413, "Content Too Large"},
    {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
    {421, "Misdirected Request"}, {422, "Unprocessable Content"}, {426, "Upgrade Required"},
    {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
    {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

}  // namespace

std::string_view reason_of(int status) {
  for (const Reason& reason : reasons) {
    if (reason.status == status) return reason.text;
  }
  return status < 400 ? "Other" : "Error";
}

std::string encode_request_head(const Request& request, Framing framing) {
  const std::string_view target = target_of(request);
  if (target.empty() || !is_token(request.method) || !is_authority(request.authority)) return {};
  if (!request.protocol.empty() && (framing != Framing::none || request.method == "CONNECT")) return {};
  HeadWriter head(request.fields, target.size() + request.authority.size());
  head.put(request.method).put(" ").put(target).put(" HTTP/1.1").end_line();
  head.field("Host", request.authority);
  head.fields(request.fields);
  std::optional<std::uint64_t> length;
  if (framing == Framing::length || (framing == Framing::none && request.length == 0u)) {
    length = request.length;
  }
  if (framing == Framing::none && expects_content(request.method)) length = 0;
  head.framing(framing, length);
  if (request.expects_continue && framing != Framing::none) head.field("Expect", "100-continue");
  if (!request.protocol.empty()) {
    head.field("Connection", "upgrade");
    head.field("Upgrade", request.protocol);
  }
  return head.finish();
}

std::string encode_response_head(const Response& response, const ResponseFraming& how) {
  if (response.status < 100 || response.status > 599) return {};
  HeadWriter head(response.fields, 0);
  head.put("HTTP/1.1 ").number(static_cast<std::uint64_t>(response.status)).put(" ");
  head.put(reason_of(response.status)).end_line();
  head.fields(response.fields);
  head.framing(how.framing, how.length);
  if (response.status == 101) {
    head.field("Connection", "upgrade");
    head.field("Upgrade", response.protocol);
  } else if (how.close) {
    head.field("Connection", "close");
  }
  return head.finish();
}

}  // namespace claw::http
