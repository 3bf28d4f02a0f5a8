#include "protocol/http/wire/h1/whole.h"

#include "protocol/http/wire/h1/encode.h"

namespace claw::http {

namespace {

class Collector final : public Reader {
 public:
  void on_response(StreamId, Response response) override {
    if (response.status < 200) return;
    whole_.status = response.status;
    whole_.fields = std::move(response.fields);
  }
  void on_body(StreamId, std::string_view bytes) override { whole_.body.append(bytes); }
  void on_end(StreamId, Fields) override { done_ = true; }
  void on_reset(StreamId, Reset, std::string_view) override {}

  bool done() const { return done_; }
  WholeResponse take() { return std::move(whole_); }

 private:
  WholeResponse whole_;
  bool done_ = false;
};

}  // namespace

Result<std::optional<WholeRequest>> decode_request(std::string_view bytes, std::size_t body_bytes_max) {
  HeadReader reader(HeadReader::Kind::request, {});
  CLAW_TRY(const std::size_t head_bytes, reader.feed(bytes));
  if (!reader.is_done()) return std::optional<WholeRequest>();
  if (reader.is_chunked()) return Error{Code::unsupported, "send a Content-Length", {}};
  const std::uint64_t length = reader.length().value_or(0);
  if (length > body_bytes_max) return Error{Code::limit, "body is longer than allowed", {}};
  const std::string_view body = bytes.substr(head_bytes);
  if (body.size() < length) return std::optional<WholeRequest>();
  return std::optional<WholeRequest>({reader.take_request(), std::string(body.substr(0, length))});
}

std::string encode(const WholeResponse& response) {
  Response head;
  head.status = response.status;
  head.fields = response.fields;
  return encode_response_head(head, {Framing::length, response.body.size(), true}) + response.body;
}

std::string encode(const WholeRequest& request) {
  Request head = request.head;
  head.length = request.body.size();
  head.has_body = true;
  head.fields.set("Connection", "close");  // The answer is read until the server closes.
  std::string bytes = encode_request_head(head, Framing::length);
  if (bytes.empty()) return bytes;
  // One question and one answer: the end of the connection is the end of the answer.
  constexpr std::string_view last = "\r\n";
  bytes.insert(bytes.size() - last.size(), "Connection: close\r\n");
  return bytes + request.body;
}

Result<WholeResponse> decode_response(std::string_view bytes) {
  protocol::Commands unsent;
  const Output nowhere{unsent, protocol::Side::upstream};
  Collector collector;
  const auto client = make_h1_client();
  Request asked;
  asked.method = "GET";
  asked.authority = "localhost";
  asked.path = "/";
  CLAW_CHECK(client->open(asked, nowhere) != 0);
  CLAW_TRY(const std::size_t taken, client->feed(bytes, collector, nowhere));
  client->peer_closed(collector);
  if (!collector.done() || taken != bytes.size()) return invalid("the answer is not a whole HTTP response");
  return collector.take();
}

}  // namespace claw::http
