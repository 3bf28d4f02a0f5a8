// Any bytes from an agent, in slices that the input chooses: no crash, a goal is a host and a port, nothing
// is granted after an error, and the login always comes before the goal where one is required.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/socks/socks.h"

namespace {

void converse(std::string_view bytes, std::size_t slice, bool require_login) {
  using namespace claw::socks;
  Server server(require_login);
  std::string kept;
  bool has_login = false;
  while (!bytes.empty()) {
    kept += bytes.substr(0, slice);
    bytes.remove_prefix(std::min(slice, bytes.size()));
    auto step = server.feed(kept);
    if (!step) {
      CLAW_CHECK(!server.feed("x").ok());
      return;
    }
    CLAW_CHECK(step->consumed == 0 || step->consumed == kept.size());
    kept.erase(0, step->consumed);
    if (step->login) {
      CLAW_CHECK(require_login && !step->login->user.empty() && !step->login->password.empty());
      has_login = true;
      const bool is_good = step->login->password.size() % 2 == 0;
      server.logged_in(is_good);
      if (!is_good) return;
    }
    if (step->goal) {
      CLAW_CHECK(has_login == require_login);
      CLAW_CHECK(step->goal->port != 0 && !step->goal->host.empty() && step->goal->host.size() <= 253);
      CLAW_CHECK(step->goal->host == claw::lower(step->goal->host));
      CLAW_CHECK(!server.feed("x").ok());
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(data + 1, data + size);
  converse(bytes, 1 + data[0] / 2, (data[0] & 1) != 0);
  converse(bytes, 1, (data[0] & 1) != 0);
  return 0;
}
