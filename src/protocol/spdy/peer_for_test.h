// One side of a SPDY/3.1 connection that writes frames, with the zlib context that runs across them; and a
// few frames that nobody should write.
#pragma once

#define ZLIB_CONST
#include <zlib.h>

#include <string>
#include <string_view>

#include "base/check.h"
#include "base/writer.h"
#include "protocol/spdy/headers.h"
#include "protocol/spdy/message.h"

namespace claw::spdy {

class Peer {
 public:
  explicit Peer(std::string_view known = dictionary()) {
    CLAW_CHECK(deflateInit(&stream_, Z_BEST_COMPRESSION) == Z_OK);
    if (known.empty()) return;
    CLAW_CHECK(deflateSetDictionary(&stream_, bytes_of(known), static_cast<uInt>(known.size())) == Z_OK);
  }
  ~Peer() { deflateEnd(&stream_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  static std::string control(std::uint16_t type, std::uint8_t flags, std::string_view body,
                             std::uint16_t version = 3) {
    std::string out;
    Writer writer(out);
    writer.u16(static_cast<std::uint16_t>(0x8000 | version));
    writer.u16(type);
    writer.u32(std::uint32_t{flags} << 24 | static_cast<std::uint32_t>(body.size()));
    return out.append(body);
  }

  std::string open(StreamId stream, const Headers& headers, std::uint8_t flags = 0) {
    return control(1, flags, numbers({stream, 0}) + std::string(2, '\0') + block(headers));
  }
  std::string reply(StreamId stream, const Headers& headers = {}, std::uint8_t flags = 0) {
    return control(2, flags, numbers({stream}) + block(headers));
  }
  std::string more(StreamId stream, const Headers& headers, std::uint8_t flags = 0) {
    return control(8, flags, numbers({stream}) + block(headers));
  }
  static std::string data(StreamId stream, std::string_view bytes, bool is_fin = false) {
    return numbers({stream, (is_fin ? 1u << 24 : 0) | static_cast<std::uint32_t>(bytes.size())}) +
           std::string(bytes);
  }
  static std::string reset(StreamId stream, std::uint32_t status = 5) {
    return control(3, 0, numbers({stream, status}));
  }
  static std::string ping(std::uint32_t id) { return control(6, 0, numbers({id})); }
  static std::string goaway(StreamId last = 0) { return control(7, 0, numbers({last, 0})); }

  static std::string pairs(const Headers& headers) {
    std::string text = numbers({static_cast<std::uint32_t>(headers.size())});
    for (const Header& header : headers) {
      text += numbers({static_cast<std::uint32_t>(header.name.size())}) + header.name;
      text += numbers({static_cast<std::uint32_t>(header.value.size())}) + header.value;
    }
    return text;
  }
  std::string block(const Headers& headers) { return deflated(pairs(headers)); }
  std::string deflated(std::string_view text, int flush = Z_SYNC_FLUSH) {
    std::string out(text.size() + 1024, '\0');
    stream_.next_in = bytes_of(text);
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    CLAW_CHECK(deflate(&stream_, flush) >= Z_OK);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }
  static std::string numbers(std::initializer_list<std::uint32_t> numbers) {
    std::string out;
    for (const std::uint32_t number : numbers) Writer(out).u32(number);
    return out;
  }

 private:
  static const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

  z_stream stream_{};
};

}  // namespace claw::spdy
