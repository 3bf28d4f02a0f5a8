// What a codec tells, as text that tests compare: one line an event, with the pieces of a body put together,
// so that any slicing of the same bytes gives the same text. What it writes is collected as bytes.
#pragma once

#include <fmt/format.h>

#include <functional>

#include "base/text.h"
#include "protocol/http/wire/h1.h"

namespace claw::http {

class Events : public Reader {
 public:
  // What the test does from inside a callback, told which.
  std::function<void(std::string_view event, StreamId stream)> then = [](std::string_view, StreamId) {};

  void on_request(StreamId stream, Request request) override {
    std::string line = fmt::format("request {} {} {}|{}|{}", stream, request.method, request.scheme,
                                   request.authority, request.path);
    if (!request.protocol.empty()) line += " protocol=" + request.protocol;
    if (request.expects_continue) line += " expects-continue";
    if (request.is_absolute) line += " absolute";
    if (request.version != 11) line += fmt::format(" version={}", request.version);
    add(line + describe(request.has_body, request.length, request.fields));
    requests.push_back(std::move(request));
    then("request", stream);
  }
  void on_response(StreamId stream, Response response) override {
    std::string line = fmt::format("response {} {}", stream, response.status);
    if (!response.protocol.empty()) line += " protocol=" + response.protocol;
    add(line + describe(response.has_body, response.length, response.fields));
    responses.push_back(std::move(response));
    then("response", stream);
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    const std::string start = fmt::format("body {} ", stream);
    if (!in_body_) add(start);
    in_body_ = true;
    for (const char byte : bytes) append_byte(lines.back(), byte);
    body.append(bytes);
    then("body", stream);
  }
  void on_end(StreamId stream, Fields trailers) override {
    add(fmt::format("end {}{}", stream, describe_fields(trailers)));
    ++ended;
    then("end", stream);
  }
  void on_reset(StreamId stream, Reset, std::string_view detail) override {
    add(fmt::format("reset {} {}", stream, detail));
    then("reset", stream);
  }

  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  std::vector<std::string> lines;
  std::vector<Request> requests;
  std::vector<Response> responses;
  std::string body;  // Of all messages.
  std::size_t ended = 0;

 private:
  void add(std::string line) {
    in_body_ = false;
    lines.push_back(std::move(line));
  }
  // Byte by byte, so that a character cut in two is shown like one that was not.
  static void append_byte(std::string& line, char byte) {
    if (byte >= 0x20 && byte < 0x7F) line += byte;
    else line += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  static std::string describe_fields(const Fields& fields) {
    std::string text;
    for (const Field field : fields) {
      text += fmt::format(" [{}: {}]", printable(field.name, 200), printable(field.value, 200));
    }
    return text;
  }
  static std::string describe(bool has_body, std::optional<std::uint64_t> length, const Fields& fields) {
    std::string text = has_body ? " has-body" : "";
    if (length) text += fmt::format(" length={}", *length);
    return text + describe_fields(fields);
  }

  bool in_body_ = false;
};

// What was written since the last time, as the peer will see it.
inline std::string written(protocol::Commands& commands) {
  std::string bytes;
  for (const protocol::Command& command : commands.list()) {
    bytes += std::get<protocol::Send>(command).bytes();
  }
  commands.clear();
  return bytes;
}

// A codec and the buffer of a pump before it: what is not consumed is offered again with what comes.
class Fed {
 public:
  explicit Fed(std::unique_ptr<Codec> made, protocol::Side side = protocol::Side::client)
      : codec(std::move(made)), out{commands, side} {
    codec->start(out);
  }

  // False after an Error, which ends reading.
  bool feed(std::string_view bytes) {
    waiting.append(bytes);
    if (failed) return false;
    auto taken = codec->feed(waiting, events, out);
    if (!taken) {
      failed = std::move(taken).error();
      return false;
    }
    waiting.erase(0, *taken);
    return true;
  }
  bool feed_sliced(std::string_view bytes, std::size_t slice) {
    for (std::size_t at = 0; at < bytes.size(); at += slice) {
      if (!feed(bytes.substr(at, slice))) return false;
    }
    return true;
  }
  std::string said() { return written(commands); }

  std::unique_ptr<Codec> codec;
  protocol::Commands commands;
  Output out;
  Events events;
  std::string waiting;
  std::optional<Error> failed;
};

}  // namespace claw::http
