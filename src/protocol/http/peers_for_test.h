// HTTP/2 on the test's side of a conversation: an agent or an upstream made of the same codecs, whose bytes
// go to and come from a Talk. They keep what they were told, by stream.
#pragma once

#include <map>
#include <string>

#include "protocol/http/talk_for_test.h"
#include "protocol/http/wire/h2.h"

namespace claw::http {

class Peer : public Reader {
 public:
  struct Heard {
    Request request;
    Response response;
    std::string body;
    Fields trailers;
    std::size_t responses = 0;
    std::size_t ends = 0;
    bool was_reset = false;
    Reset why = Reset::cancelled;
  };

  Peer(Talk& talk, std::unique_ptr<Codec> codec) : talk(talk), codec(std::move(codec)) {
    this->codec->start(out());
  }

  void on_request(StreamId stream, Request request) override {
    order.push_back(stream);
    heard[stream].request = std::move(request);
  }
  void on_response(StreamId stream, Response response) override {
    ++heard[stream].responses;
    heard[stream].response = std::move(response);
  }
  void on_body(StreamId stream, std::string_view bytes) override { heard[stream].body += bytes; }
  void on_end(StreamId stream, Fields trailers) override {
    ++heard[stream].ends;
    heard[stream].trailers = std::move(trailers);
  }
  void on_reset(StreamId stream, Reset why, std::string_view) override {
    heard[stream].was_reset = true;
    heard[stream].why = why;
  }

  Output out() { return {commands, protocol::Side::upstream, 0}; }
  std::string take() {
    std::string bytes;
    for (const protocol::Command& command : commands.list()) {
      bytes += std::get<protocol::Send>(command).bytes();
    }
    commands.clear();
    return bytes;
  }
  // Reads what is new in `from`. False: there was nothing.
  bool read(const std::string& from) {
    if (failed || seen >= from.size()) return false;
    const std::string bytes = from.substr(seen);
    seen = from.size();
    failed = !codec->feed(bytes, *this, out()).ok();
    return true;
  }

  Talk& talk;
  std::unique_ptr<Codec> codec;
  protocol::Commands commands;
  std::map<StreamId, Heard> heard;
  std::vector<StreamId> order;
  std::size_t seen = 0;
  bool failed = false;
};

class H2Upstream : public Peer {
 public:
  H2Upstream(Talk& talk, std::size_t number) : Peer(talk, make_h2_server()), number(number) {}

  bool sync() {
    bool moved = false;
    while (true) {
      const bool has_read = read(talk.upstreams[number].sent);
      const std::string bytes = take();
      if (!bytes.empty()) talk.upstream(number, bytes);
      if (!has_read && bytes.empty()) return moved;
      moved = true;
    }
  }
  void answer(StreamId stream, std::string_view body, int status = 200) {
    Response response;
    response.status = status;
    response.has_body = !body.empty();
    codec->respond(stream, response, out());
    if (body.empty()) return;
    codec->body(stream, body, out());
    codec->end(stream, {}, out());
  }

  std::size_t number;
};

class H2Agent : public Peer {
 public:
  explicit H2Agent(Talk& talk, H2Limits limits = {}) : Peer(talk, make_h2_client(limits)) {}

  // Until neither side has anything more to say; `up` are the upstreams that speak HTTP/2.
  void sync(std::vector<H2Upstream*> up = {}) {
    for (bool moved = true; moved && talk.closed.empty();) {
      moved = read(talk.to_agent);
      const std::string bytes = take();
      if (!bytes.empty()) talk.agent(bytes);
      moved |= !bytes.empty();
      for (H2Upstream* each : up) moved |= each->sync();
    }
    read(talk.to_agent);
  }
  static Request request(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.scheme = "http";
    request.authority = "api.test";
    request.version = 20;
    return request;
  }
  StreamId get(std::string path) { return codec->open(request("GET", std::move(path)), out()); }
  StreamId post(std::string path, std::string_view body, bool ends = true) {
    Request head = request("POST", std::move(path));
    head.has_body = true;
    const StreamId stream = codec->open(head, out());
    codec->body(stream, body, out());
    if (ends) codec->end(stream, {}, out());
    return stream;
  }
  void reset(StreamId stream) { codec->reset(stream, Reset::cancelled, out()); }
};

}  // namespace claw::http
