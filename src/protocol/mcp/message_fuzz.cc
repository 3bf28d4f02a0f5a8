// Any bytes as a message, a batch and a stream of events: no crash; what was taken is written and read again
// as the same; the same events for any slicing.
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/mcp/events.h"
#include "protocol/mcp/message.h"

namespace {

using namespace claw;
using namespace claw::mcp;

std::string events_of(std::string_view stream, std::size_t slice) {
  EventReader reader(4096);
  std::string out;
  for (std::size_t at = 0; at < stream.size(); at += slice) {
    reader.feed(stream.substr(at, slice));
    for (;;) {
      const auto next = reader.next();
      if (!next.ok()) return out + "!";
      if (!next->has_value()) break;
      out += **next + "\n";
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string input(data + 1, data + size);
  const auto body = parse_body(input, data[0] % 2 == 0);
  if (const Packet* packet = std::get_if<Packet>(&body)) {
    CLAW_CHECK(!packet->messages.empty() && packet->messages.size() <= Limits{}.batch_max);
    for (const Message& each : packet->messages) {
      const std::string text = format(each);
      const auto again = parse(text);
      CLAW_CHECK(std::holds_alternative<Message>(again));
      CLAW_CHECK(format(std::get<Message>(again)) == text);
    }
  }
  CLAW_CHECK(events_of(input, 1 + data[0] % 64) == events_of(input, 1 << 20) || input.size() > 4096);
  return 0;
}
