// Any bytes from an upstream, in answer to one of several requests. However they are cut they are read the
// same; no answer is told after an error; and what is written to the agent for an answer is read back as that
// answer.
#include "protocol/http/wire/h1/events_for_test.h"

namespace {

using namespace claw::http;

Request request_of(unsigned kind) {
  Request request;
  request.method = kind % 4 == 1 ? "HEAD" : kind % 4 == 2 ? "POST" : "GET";
  request.authority = "a";
  request.path = "/";
  request.has_body = kind % 4 == 2;
  if (kind % 4 == 3) request.protocol = "websocket";
  return request;
}

struct Client : Fed {
  explicit Client(unsigned kind) : Fed(make_h1_client(), claw::protocol::Side::upstream) {
    codec->open(request_of(kind), out);
    if (kind & 8) codec->end(1, {}, out);
    events.then = [this](std::string_view event, StreamId stream) {
      CLAW_CHECK(stream == 1);
      if (event == "response" && events.responses.back().status == 101) codec->upgrade(1);
    };
  }
};

// The bytes an agent is sent for this answer, as a client reads them.
void write_and_read_back(const Client& client, unsigned kind) {
  Fed server(make_h1_server());
  const bool is_head = kind % 4 == 1;
  server.feed(is_head ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const Response& answer = client.events.responses.back();
  if (answer.status < 200) return;
  server.codec->respond(1, answer, server.out);
  if (answer.has_body) {
    server.codec->body(1, client.events.body, server.out);
    server.codec->end(1, {}, server.out);
  }
  CLAW_CHECK(server.codec->is_idle());
  Client again(kind % 4 == 2 ? 0 : kind);
  CLAW_CHECK(again.feed(server.said()) && again.events.ended == 1);
  CLAW_CHECK(again.events.body == client.events.body);
  CLAW_CHECK(again.events.responses.size() == 1 && again.events.responses[0].status == answer.status);
  CLAW_CHECK(again.events.responses[0].fields.bytes() == answer.fields.bytes());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string input(data, data + size);
  if (input.empty()) return 0;
  const unsigned kind = static_cast<unsigned char>(input.front());
  const std::string_view bytes = std::string_view(input).substr(1);
  Client whole(kind), sliced(kind);
  whole.feed(bytes);
  sliced.feed_sliced(bytes, 1 + kind / 16);
  CLAW_CHECK(whole.events.text() == sliced.events.text());
  CLAW_CHECK(whole.failed.has_value() == sliced.failed.has_value());
  CLAW_CHECK(!whole.failed || whole.failed->what == sliced.failed->what);
  if (!whole.failed) {
    CLAW_CHECK(whole.codec->must_close() == sliced.codec->must_close());
    whole.codec->peer_closed(whole.events);
    if (whole.events.ended == 1 && !whole.events.lines.back().starts_with("reset")) {
      write_and_read_back(whole, kind);
    }
  }
  CLAW_CHECK(whole.events.ended <= 1);
  return 0;
}
