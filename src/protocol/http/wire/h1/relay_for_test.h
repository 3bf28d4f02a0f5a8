// A server codec and a client codec back to back, as in a proxy that allows everything: what an agent says,
// and what an upstream gets to see of it. read_strictly() is a second, slow and separate reading of that,
// which knows only what we ever write; the corpus and the fuzzers hold the codecs to it.
#pragma once

#include "protocol/http/wire/h1/events_for_test.h"

namespace claw::http {

class Relay final : public Events {
 public:
  Relay() : server_(make_h1_server()), client_(make_h1_client()) {}

  // As much as the server codec takes; false after an Error.
  bool feed(std::string_view bytes) {
    waiting_.append(bytes);
    for (bool more = !failed; more;) {
      const auto taken = server_->feed(waiting_, *this, to_agent_);
      if (!taken) {
        upstream += written(upstream_commands_);
        failed = taken.error();
        return false;
      }
      upstream += written(upstream_commands_);  // Views of what is erased next.
      waiting_.erase(0, *taken);
      more = answer() || (*taken > 0 && !waiting_.empty());
      if (server_->must_close()) more = false;
      upstream += written(upstream_commands_);
      written(agent_commands_);
    }
    return !failed;
  }

  void on_request(StreamId stream, Request request) override {
    Events::on_request(stream, request);
    ++heads;
    if (request.authority.empty()) request.authority = "no-host";
    is_connect_ = request.method == "CONNECT";  // Never goes on: the target is where we go ourselves.
    if (is_connect_) return;
    stream_ = client_->open(request, to_upstream_);
    CLAW_CHECK(stream_ != 0);
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    Events::on_body(stream, bytes);
    client_->body(stream_, bytes, to_upstream_);
  }
  void on_end(StreamId stream, Fields trailers) override {
    is_sent_ = true;
    if (!is_connect_) ++sent;
    client_->end(stream_, trailers, to_upstream_);
    Events::on_end(stream, std::move(trailers));
  }

  std::string upstream;  // All that was sent there.
  std::size_t heads = 0;
  std::size_t sent = 0;  // Whole requests that went there.
  std::optional<Error> failed;

 private:
  // The upstream's answer, once it has the whole request.
  bool answer() {
    if (!is_sent_) return false;
    is_sent_ = false;
    Events ignored;
    if (!is_connect_) {
      const auto taken = client_->feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ignored, to_upstream_);
      CLAW_CHECK(taken.ok() && client_->is_idle());
    }
    Response response;
    response.status = is_connect_ ? 403 : 200;
    response.has_body = false;
    server_->respond(static_cast<StreamId>(heads), response, to_agent_);
    return true;
  }

  std::unique_ptr<Codec> server_;
  std::unique_ptr<Codec> client_;
  protocol::Commands agent_commands_;
  protocol::Commands upstream_commands_;
  Output to_agent_{agent_commands_, protocol::Side::client};
  Output to_upstream_{upstream_commands_, protocol::Side::upstream};
  std::string waiting_;
  StreamId stream_ = 0;
  bool is_connect_ = false;
  bool is_sent_ = false;
};

struct StrictReading {
  std::size_t requests = 0;  // Whole ones.
  std::string bodies;        // Of those, without their framing.
  std::string problem;
};

namespace strict {

inline std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// The bytes of a chunked body from the front of `rest`, which is moved on; nothing when it is not whole.
inline std::optional<std::string> take_chunks(std::string_view& rest) {
  std::string body;
  while (true) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::size_t size = std::stoul(std::string(rest.substr(0, end)), nullptr, 16);
    if (size == 0) break;
    if (rest.size() < end + 2 + size + 2) return std::nullopt;
    body.append(rest.substr(end + 2, size));
    if (rest.substr(end + 2 + size, 2) != "\r\n") return std::nullopt;
    rest.remove_prefix(end + 2 + size + 2);
  }
  const std::size_t end = rest.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(end + 4);
  return body;
}

inline std::string_view value_of(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + name.size());
  return rest.substr(0, rest.find("\r\n"));
}

// What is wrong with a head, in the one spelling we write.
inline std::string objection_to(std::string_view head) {
  const std::string small = lower(head);
  const std::size_t lines = occurrences(head, "\r\n");
  if (occurrences(head, "\r") != lines || occurrences(head, "\n") != lines) return "a bare CR or LF";
  if (head.find('\0') != std::string_view::npos) return "a NUL";
  const std::string_view line = head.substr(0, head.find("\r\n"));
  if (occurrences(line, " ") != 2 || !line.ends_with(" HTTP/1.1")) return "an odd request line";
  if (occurrences(small, "\r\nhost: ") != 1) return "not one Host";
  const std::size_t lengths = occurrences(small, "\r\ncontent-length:");
  const std::size_t codings = occurrences(small, "\r\ntransfer-encoding:");
  if (lengths + codings > 1) return "more than one framing";
  if (codings != occurrences(head, "\r\nTransfer-Encoding: chunked\r\n")) return "another Transfer-Encoding";
  if (lengths != occurrences(head, "\r\nContent-Length: ")) return "another Content-Length";
  if (occurrences(small, "\r\nconnection:") > occurrences(head, "\r\nConnection: upgrade\r\nUpgrade: ")) {
    return "a Connection that is not ours";
  }
  return "";
}

}  // namespace strict

inline StrictReading read_strictly(std::string_view bytes) {
  StrictReading reading;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      reading.problem = "a head without an end";  // We write heads whole.
      return reading;
    }
    const std::string_view head = rest.substr(0, end + 2);
    rest.remove_prefix(end + 4);
    reading.problem = strict::objection_to(head);
    if (!reading.problem.empty()) return reading;
    if (head.find("\r\nTransfer-Encoding: ") != std::string_view::npos) {
      const auto body = strict::take_chunks(rest);
      if (!body) return reading;
      reading.bodies += *body;
    } else if (const std::string_view digits = strict::value_of(head, "\r\nContent-Length: ");
               !digits.empty()) {
      const std::size_t length = std::stoul(std::string(digits));
      if (rest.size() < length) return reading;
      reading.bodies += rest.substr(0, length);
      rest.remove_prefix(length);
    }
    ++reading.requests;
  }
  return reading;
}

// What is wrong with how `bytes` are relayed, read whole and in slices; empty when they are read the same,
// and the upstream sees as many requests as we saw, each in one framing, with what we saw as their bodies.
inline std::string objection_to_relaying(std::string_view bytes, std::size_t slice) {
  Relay whole, sliced;
  whole.feed(bytes);
  for (std::size_t at = 0; at < bytes.size() && !sliced.failed; at += slice) {
    sliced.feed(bytes.substr(at, slice));
  }
  if (whole.text() != sliced.text()) return "another reading in slices";
  if (whole.failed.has_value() != sliced.failed.has_value()) return "another end in slices";
  if (whole.failed && whole.failed->what != sliced.failed->what) return "another error in slices";
  for (const Relay* relay : {&whole, &sliced}) {
    const StrictReading strict = read_strictly(relay->upstream);
    if (!strict.problem.empty()) return "the upstream sees " + strict.problem;
    if (strict.requests != relay->sent) return "the upstream sees another number of requests";
    if (!relay->body.starts_with(strict.bodies)) return "the upstream sees other bodies";
    Relay again;
    if (!again.feed(relay->upstream)) return "what was sent is refused: " + again.failed->what;
    if (again.ended != relay->sent || again.body != relay->body) return "what was sent is read otherwise";
  }
  return "";
}

}  // namespace claw::http
