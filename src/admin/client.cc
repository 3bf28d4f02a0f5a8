#include "admin/client.h"

#include <fmt/format.h>

#include "io/call.h"
#include "protocol/http/codec.h"

namespace claw::admin {

namespace {
constexpr std::uint32_t call_ms_max = 10'000;
}

Result<json::Value> call(const std::string& socket, std::string_view method, std::string_view path,
                         std::string_view body) {
  const std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                                          method, path, body.size(), body);
  CLAW_TRY(const std::string raw, io::call_unix(socket, request, call_ms_max));
  CLAW_TRY(const http::Answer answer, http::decode_answer(raw));
  CLAW_TRY(json::Value value, json::parse(answer.body));
  if (answer.status == 200) return value;
  const Code code = answer.status == 404   ? Code::not_found
                    : answer.status == 403 ? Code::denied
                                           : Code::unavailable;
  return Error{code, value.text_or("error", fmt::format("the gateway answered {}", answer.status)), {}};
}

}  // namespace claw::admin
