// Any bytes as a request head and as an answer. What is taken for a head reads the same however much of it
// has arrived, has one Host and at most one way to tell where its body ends, and holds no byte that could end
// a line.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/http/codec.h"

namespace {

using namespace claw::http;

void check(const Request& request) {
  std::size_t hosts = 0, framings = 0;
  CLAW_CHECK(request.method.find_first_of(" \r\n\t") == std::string::npos);
  CLAW_CHECK(request.target.find_first_of(" \r\n\t") == std::string::npos);
  for (const Field& field : request.fields) {
    CLAW_CHECK(!field.name.empty() && field.name.find_first_of(" \t\r\n:") == std::string::npos);
    CLAW_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    if (claw::equals_ignoring_case(field.name, "host")) ++hosts;
    if (claw::equals_ignoring_case(field.name, "content-length")) ++framings;
    if (claw::equals_ignoring_case(field.name, "transfer-encoding")) ++framings;
  }
  CLAW_CHECK(hosts == 1 || (hosts == 0 && request.minor_version == 0));
  CLAW_CHECK(framings <= 1 && request.fields.size() <= fields_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto head = decode_head(bytes);
  if (head && *head) {
    CLAW_CHECK((*head)->bytes <= bytes.size() && (*head)->bytes <= head_bytes_max + 4);
    check((*head)->request);
    const auto early = decode_head(std::string_view(bytes).substr(0, (*head)->bytes - 1));
    CLAW_CHECK(early.ok() && !*early);
    const auto alone = decode_head(std::string_view(bytes).substr(0, (*head)->bytes));
    CLAW_CHECK(alone.ok() && alone->has_value() && (*alone)->bytes == (*head)->bytes);
  }
  if (const auto answer = decode_answer(bytes)) CLAW_CHECK(answer->body.size() < bytes.size());
  return 0;
}
