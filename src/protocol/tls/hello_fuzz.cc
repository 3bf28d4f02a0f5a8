// Any bytes as the beginning of a connection: no crash; a name that comes out is a host's name in lower case;
// every prefix says "not yet" or what the whole says.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/tls/hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claw::tls;
  if (size > 2048) return 0;
  const std::string bytes(data, data + size);
  const auto whole = decode_hello(bytes);
  if (whole && *whole) {
    const Hello& hello = **whole;
    CLAW_CHECK(is_tls(bytes));
    CLAW_CHECK(hello.server_name == claw::lower(hello.server_name) && hello.server_name.size() <= 253);
    CLAW_CHECK(hello.server_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
               std::string::npos);
    CLAW_CHECK(!hello.server_name.ends_with('.') && !hello.server_name.starts_with('.'));
  }
  bool is_settled = false;
  for (std::size_t part = 0; part < size; part += 1 + part / 16) {
    const auto early = decode_hello(std::string(bytes, 0, part));
    if (is_settled) CLAW_CHECK(!early || *early);
    if (early && !*early) continue;
    is_settled = true;
    CLAW_CHECK(early.ok() == whole.ok());
    if (early) CLAW_CHECK((*early)->server_name == (*whole)->server_name && (*early)->alpn == (*whole)->alpn);
  }
  return 0;
}
