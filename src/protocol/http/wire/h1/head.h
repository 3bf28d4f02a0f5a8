// Reads the head of an HTTP/1 request or response, or trailers, line by line as they arrive (RFC 9112 §2-5).
// Lines are taken as they become whole, so every byte is looked at once however it is cut. It takes out what
// belongs to the connection, keeps what was said there, and refuses what two readers could read differently.
// Both codecs and whole.h use it; bodies are body.h's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/http/wire/h1.h"

namespace claw::http {

class HeadReader {
 public:
  enum class Kind : std::uint8_t { request, response, trailers };
  HeadReader(Kind kind, const H1Limits& limits) : kind_(kind), limits_(limits) {}

  // Takes whole lines off the front and returns how many bytes they were. The rest must be there again, at
  // the front, when more has come. After an Error the connection has lost its place; refusal() says with
  // which status.
  Result<std::size_t> feed(std::string_view bytes);
  bool is_done() const { return done_; }
  bool has_begun() const { return head_bytes_ > 0 || searched_ > 0; }
  int refusal() const { return refusal_; }
  void reset();

  // When done; each may be taken once.
  Request take_request();
  Response take_response();  // `has_body` is for the reader of the body to say.
  Fields take_trailers() { return std::move(fields_); }

  bool is_chunked() const { return chunked_; }
  std::optional<std::uint64_t> length() const { return length_; }
  bool wants_close() const { return close_ || version_ == 10; }

 private:
  Error refuse(int status, std::string what);
  std::size_t bytes_max() const;
  Status check_first_byte(char byte);
  Status read_line(std::string_view line);
  Status read_request_line(std::string_view line);
  Status read_status_line(std::string_view line);
  Status read_version(std::string_view text);
  Status read_field(std::string_view line);
  Status read_meaning(std::string_view name, std::string_view value);
  Status read_length(std::string_view value);
  Status read_coding(std::string_view value);
  Status read_connection(std::string_view value);
  Status finish();
  Status finish_request();
  Status check_host();
  bool may_upgrade() const;

  Kind kind_;
  H1Limits limits_;
  bool started_ = false;     // The first line has been read.
  bool skipped_ = false;     // So has the one empty line that may be before it.
  bool done_ = false;
  std::size_t searched_ = 0;  // Of the line that is not whole yet: no line feed in here.
  std::size_t head_bytes_ = 0;
  std::size_t lines_ = 0;
  int refusal_ = 400;

  int status_ = 0;
  int version_ = 11;
  Fields fields_;
  Request request_;  // What the target said.
  std::string host_;
  std::size_t hosts_ = 0;
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  bool close_ = false;
  bool asks_upgrade_ = false;  // Connection names Upgrade.
  std::size_t upgrades_ = 0;
  std::string upgrade_;
  bool expects_ = false;
  std::vector<std::string> named_;  // By Connection: fields that go no further.
};

}  // namespace claw::http
