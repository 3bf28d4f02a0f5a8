// A server that reads HTTP/2 from anybody, and answers. The input is a script of frames, well formed or not,
// behind a good preface, or any bytes at all. Oracles: the order of events that codec.h promises (the reader
// checks it), every request told is one HTTP/1 could carry, what is kept stays within limits, what we write
// is whole frames, and the same bytes have the same effect however they were cut.
#include "base/check.h"
#include "protocol/http/wire/h2/script_for_test.h"

namespace {

using namespace claw::http;
using namespace claw::http::trial;

void check(const Request& request) {
  CLAW_CHECK(!request.method.empty() && !request.authority.empty() && !request.path.empty());
  CLAW_CHECK(request.authority.find_first_of("@/ ") == std::string::npos);
  CLAW_CHECK(request.path.find_first_of(" #\r\n") == std::string::npos);
  CLAW_CHECK(request.method != "CONNECT" || !request.protocol.empty());
  CLAW_CHECK(request.fields.count("cookie") <= 1 && !request.fields.find("host") &&
             !request.fields.find("content-length") && !request.fields.find("transfer-encoding") &&
             !request.fields.find("connection"));
  for (const Field field : request.fields) {
    CLAW_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

// What was told and written, as text to compare.
std::string run(std::string_view bytes, std::size_t slice, std::uint8_t habits) {
  H2Limits limits;
  limits.streams_max = 5;
  limits.head_bytes_max = 2000;
  limits.window_bytes = 4000;
  limits.unsent_bytes_max = 3000;
  limits.resets_max = 5;
  limits.control_frames_max = 50;
  Side server = {make_h2_server(limits), claw::protocol::Side::client};
  Codec& codec = *server.codec;
  codec.start(server.out());
  std::map<StreamId, std::size_t> held;
  server.heard.when_request = [&](StreamId id, const Request& request) {
    check(request);
    if ((habits & 1) != 0) codec.pause(id, true, server.out());
    if ((habits & 2) != 0 && id % 3 == 0) codec.reset(id, Reset::refused, server.out());
    if ((habits & 4) != 0) {
      codec.respond(id, answer(request.protocol.empty() ? 200 : 101, true), server.out());
    }
    if ((habits & 4) != 0 && !request.protocol.empty()) codec.upgrade(id);
  };
  server.heard.when_body = [&](StreamId id, std::string_view piece) {
    held[id] += piece.size();
    if ((habits & 1) != 0) CLAW_CHECK(held[id] <= 2 * 65'535);
    codec.body(id, piece, server.out());
  };
  server.heard.when_end = [&](StreamId id) {
    codec.respond(id, answer(200, true), server.out());
    codec.body(id, std::string(2500, 'x'), server.out());
    if ((habits & 8) != 0) codec.end(id, server.heard.at(id).trailers, server.out());
  };
  const auto status = server.feed(bytes, slice);
  if (!status) codec.goodbye(status.error(), server.out());
  const std::string written = server.take();
  static_cast<void>(frames_of(written));
  codec.peer_closed(server.heard);
  CLAW_CHECK(codec.must_close());
  return told(server.heard) + written + (status ? "" : status.error().what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script({reinterpret_cast<const char*>(data), size});
  const std::uint8_t habits = script.byte();
  const std::size_t slice = 1 + script.byte();
  const std::string bytes = script.bytes(preface);
  const std::string whole = run(bytes, bytes.size() + 1, habits);
  CLAW_CHECK(run(bytes, slice, habits) == whole);
  return 0;
}
