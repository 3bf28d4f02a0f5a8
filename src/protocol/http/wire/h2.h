// HTTP/2 by RFC 9113 over nghttp2, which is bytes in and bytes out and so may be a codec; only h2/ knows it.
// Limits against the known attacks (rapid reset, CONTINUATION and SETTINGS floods, window starvation, header
// bombs) are here, with reasons; passing one ends the connection with GOAWAY, or one request with 431.
#pragma once

#include <memory>

#include "protocol/http/wire/codec.h"

namespace claw::http {

struct H2Limits {
  std::uint32_t streams_max = 128;                 // At once; what browsers and SDKs expect to get.
  std::size_t head_bytes_max = 64 * 1024;
  std::size_t fields_max = 128;
  std::uint32_t window_bytes = 256 * 1024;         // A stream's; what a paused stream may cost us.
  std::uint32_t connection_window_bytes = 1024 * 1024;
  std::size_t unsent_bytes_max = 256 * 1024;       // Kept for one stream whose window is shut.
  std::uint32_t resets_max = 200;                  // By the peer, per 10,000 streams opened and at the start.
  std::uint32_t control_frames_max = 1000;         // PING, SETTINGS, PRIORITY, empty DATA without progress.
};

std::unique_ptr<Codec> make_h2_server(H2Limits limits = {});
std::unique_ptr<Codec> make_h2_client(H2Limits limits = {});

}  // namespace claw::http
