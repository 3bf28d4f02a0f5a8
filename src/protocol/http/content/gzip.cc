#include "protocol/http/content/gzip.h"

#include <zlib.h>

#include "base/check.h"

namespace claw::http {

namespace {

constexpr int level = 3;             // Records repeat themselves: more costs time and gains little.
constexpr int window_bits = 15 + 16;  // The largest, with gzip's own head and end.
constexpr int memory_level = 8;
constexpr std::size_t bytes_max = 1U << 30;  // zlib counts in 32 bits.

}  // namespace

std::string gzip(std::string_view bytes) {
  CLAW_CHECK(bytes.size() <= bytes_max);
  z_stream stream{};
  CLAW_CHECK(deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CLAW_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace claw::http
