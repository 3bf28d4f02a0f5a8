// A client that reads HTTP/2 from any server, with requests under way. Oracles as in server_fuzz.cc, and no
// answer to what was not asked.
#include "base/check.h"
#include "protocol/http/wire/h2/script_for_test.h"

namespace {

using namespace claw::http;
using namespace claw::http::trial;

std::string run(std::string_view bytes, std::size_t slice, std::uint8_t habits) {
  H2Limits limits;
  limits.head_bytes_max = 2000;
  limits.window_bytes = 4000;
  limits.unsent_bytes_max = 3000;
  limits.control_frames_max = 50;
  Side client = {make_h2_client(limits), claw::protocol::Side::upstream};
  Codec& codec = *client.codec;
  codec.start(client.out());
  std::vector<StreamId> asked = {codec.open(ask("GET", "/"), client.out(1)),
                                 codec.open(ask("HEAD", "/"), client.out(2)),
                                 codec.open(ask("POST", "/", true), client.out(3))};
  codec.body(asked[2], std::string(2500, 'x'), client.out(3));
  client.heard.when_response = [&](StreamId id, const Response& response) {
    CLAW_CHECK(std::find(asked.begin(), asked.end(), id) != asked.end());
    CLAW_CHECK(response.status >= 100 && response.status <= 599);
    CLAW_CHECK(!response.fields.find("content-length") && !response.fields.find("connection"));
    if ((habits & 1) != 0) codec.pause(id, true, client.out());
    if ((habits & 2) != 0 && response.status >= 400) codec.reset(id, Reset::cancelled, client.out());
    if (!response.protocol.empty()) codec.upgrade(id);
  };
  client.heard.when_body = [&](StreamId id, std::string_view piece) {
    CLAW_CHECK(id != asked[1]);
    codec.body(asked[2], piece, client.out(3));
  };
  client.heard.when_end = [&](StreamId) {
    if ((habits & 4) != 0) codec.end(asked[2], {}, client.out(3));
    if (asked.size() > 8 || !codec.can_open()) return;
    Request request = ask("GET", "/next");
    if ((habits & 8) != 0) request.protocol = "websocket";
    asked.push_back(codec.open(request, client.out(4)));
  };
  const auto status = client.feed(bytes, slice);
  if (!status) codec.goodbye(status.error(), client.out());
  const std::string written = client.take();
  static_cast<void>(frames_of(written));
  codec.peer_closed(client.heard);
  CLAW_CHECK(codec.must_close());
  for (const auto& [id, message] : client.heard.messages) {
    CLAW_CHECK(std::find(asked.begin(), asked.end(), id) != asked.end());
  }
  return told(client.heard) + written + (status ? "" : status.error().what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script({reinterpret_cast<const char*>(data), size});
  const std::uint8_t habits = script.byte();
  const std::size_t slice = 1 + script.byte();
  const std::string bytes = script.bytes({});
  const std::string whole = run(bytes, bytes.size() + 1, habits);
  CLAW_CHECK(run(bytes, slice, habits) == whole);
  return 0;
}
