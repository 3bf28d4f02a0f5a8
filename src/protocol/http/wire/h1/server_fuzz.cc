// Any bytes from an agent. However they are cut they are read the same; what an upstream is sent for them is
// as many requests as were read, each with one framing; and a machine that pauses and answers from inside the
// callbacks reads nothing else.
#include "protocol/http/wire/h1/relay_for_test.h"

namespace {

using namespace claw::http;

// Answers at the first chance, or at the last, or gives up, as the input says.
void read_with_a_busy_machine(std::string_view bytes, unsigned mood) {
  Fed server(make_h1_server());
  const auto respond = [&](StreamId stream) {
    Response response;
    response.status = mood % 5 == 0 ? 101 : 200;
    if (mood % 5 == 0) response.protocol = server.events.requests.back().protocol;
    response.has_body = mood % 3 != 0;
    if (mood % 7 == 0) response.length = 3;
    server.codec->respond(stream, response, server.out);
    if (mood % 5 == 0) server.codec->upgrade(stream);
    server.codec->body(stream, "abc", server.out);
    server.codec->end(stream, {}, server.out);
  };
  server.events.then = [&](std::string_view event, StreamId stream) {
    CLAW_CHECK(stream == server.events.requests.size());
    server.codec->pause(stream, (mood & 1) != 0 && event == "body", server.out);
    if (event == "request" && (mood & 2) != 0) respond(stream);
    if (event == "body" && (mood & 4) != 0) respond(stream);
    if (event == "body" && (mood & 48) == 48) server.codec->reset(stream, Reset::internal, server.out);
    if (event == "end") respond(stream);
  };
  for (std::size_t before = bytes.size() + 1; server.feed(bytes) && server.waiting.size() < before;
       bytes = {}) {
    before = server.waiting.size();
    server.codec->pause(static_cast<StreamId>(server.events.requests.size()), false, server.out);
  }
  if (server.failed) server.codec->goodbye(*server.failed, server.out);
  else server.codec->peer_closed(server.events);
  server.said();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string input(data, data + size);
  if (input.empty()) return 0;
  const unsigned mood = static_cast<unsigned char>(input.front());
  const std::string_view bytes = std::string_view(input).substr(1);
  const std::string objection = objection_to_relaying(bytes, 1 + mood % 16);
  if (!objection.empty()) fmt::print(stderr, "{}\n", objection);
  CLAW_CHECK(objection.empty());
  read_with_a_busy_machine(bytes, mood);
  return 0;
}
