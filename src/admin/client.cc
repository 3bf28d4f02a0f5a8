#include "admin/client.h"

#include <fmt/format.h>

#include "base/text.h"
#include "io/call.h"
#include "protocol/http/wire/h1/whole.h"

namespace claw::admin {

namespace {
constexpr std::uint32_t call_ms_max = 10'000;
}

Result<json::Value> call(const std::string& socket, std::string_view method, std::string_view path,
                         std::string_view body) {
  http::WholeRequest request;
  request.head.method = method;
  request.head.authority = "localhost";
  request.head.path = path;
  request.body = body;
  const std::string bytes = http::encode(request);
  if (bytes.empty()) return invalid("no such path can be asked for: " + quoted(path));
  CLAW_TRY(const std::string raw, io::call_unix(socket, bytes, call_ms_max));
  CLAW_TRY(const http::WholeResponse answer, http::decode_response(raw));
  CLAW_TRY(json::Value value, json::parse(answer.body));
  if (answer.status == 200) return value;
  const Code code = answer.status == 404   ? Code::not_found
                    : answer.status == 403 ? Code::denied
                                           : Code::unavailable;
  return Error{code, value.text_or("error", fmt::format("the gateway answered {}", answer.status)), {}};
}

}  // namespace claw::admin
