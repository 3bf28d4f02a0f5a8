#include "protocol/http/wire/codec.h"

namespace claw::http {

// A codec tells a server of requests and a client of responses: the other is our own mistake.
void Reader::on_request(StreamId, Request) {
  constexpr bool reads_requests = false;
  CLAW_CHECK(reads_requests);
}

void Reader::on_response(StreamId, Response) {
  constexpr bool reads_responses = false;
  CLAW_CHECK(reads_responses);
}

}  // namespace claw::http
