// Where the body of an HTTP/1 message ends (RFC 9112 §6-7): read as it arrives, without copying, and written.
// Chunk extensions are refused both ways: nobody needs them, and they are read in many ways.
#pragma once

#include "protocol/http/wire/h1/head.h"

namespace claw::http {

enum class Framing : std::uint8_t { none, length, chunked, until_close };

class BodyReader {
 public:
  explicit BodyReader(const H1Limits& limits) : trailers_(HeadReader::Kind::trailers, limits) {}
  void start(Framing framing, std::uint64_t length);

  // One step over the front of the input: what it took, which part of that is body, whether it is whole now.
  // Nothing taken and not done: it needs more.
  struct Step {
    std::size_t taken = 0;
    std::string_view body;
    bool done = false;
  };
  Result<Step> next(std::string_view bytes);
  Fields take_trailers() { return trailers_.take_trailers(); }
  int refusal() const { return trailers_.refusal(); }
  Framing framing() const { return framing_; }
  std::uint64_t left() const { return left_; }  // Of the body by its length, or of a chunk.

 private:
  enum class Part : std::uint8_t { size, data, data_end, trailers };
  Result<Step> next_chunked(std::string_view bytes);
  Result<Step> read_size(std::string_view bytes);
  Step take_body(std::string_view bytes);

  Framing framing_ = Framing::none;
  Part part_ = Part::size;
  std::uint64_t left_ = 0;  // Of the body, or of this chunk.
  HeadReader trailers_;
};

class BodyWriter {
 public:
  // With `none`, what is given goes nowhere: the answer to a HEAD.
  void start(Framing framing, std::uint64_t length);
  // False: more than was announced; nothing of it was written, and the message cannot be ended well.
  bool body(std::string_view bytes, Output out);
  bool end(const Fields& trailers, Output out);

 private:
  Framing framing_ = Framing::none;
  std::uint64_t left_ = 0;
};

}  // namespace claw::http
