// nghttp2's session as an object that C++ may own: options, callbacks and an allocator that zeroes what it
// frees, for heads hold what the vault lent. The library is told bytes and asked for bytes; what it finds in
// them it tells a listener. Nothing here decides anything.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string_view>

#include "protocol/http/wire/h2.h"

namespace claw::http {

class H2Listener {
 public:
  virtual ~H2Listener() = default;
  virtual void on_head_begun(const nghttp2_frame& frame) = 0;
  virtual bool on_field(std::string_view name, std::string_view value) = 0;  // False gives the connection up.
  virtual void on_data(StreamId stream, std::string_view bytes) = 0;
  virtual void on_frame_read(const nghttp2_frame& frame) = 0;
  virtual void on_frame_due(const nghttp2_frame& frame) = 0;           // Its bytes are the next; never DATA.
  virtual void on_frame_written(const nghttp2_frame& frame) = 0;
  virtual void on_frame_dropped(const nghttp2_frame& frame) = 0;  // Submitted, and not to be sent any more.
  virtual void on_stream_closed(StreamId stream, std::uint32_t code) = 0;
  // How much of what is kept goes into the next DATA frame, with nghttp2's flags; or NGHTTP2_ERR_DEFERRED.
  virtual ssize_t choose_data(StreamId stream, std::size_t bytes_max, std::uint32_t& flags) = 0;
  virtual void write_data(StreamId stream, std::string_view frame_header, std::size_t bytes) = 0;
};

struct H2SessionEnd {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using H2Session = std::unique_ptr<nghttp2_session, H2SessionEnd>;

// With our SETTINGS and windows submitted. `listener` outlives it.
H2Session make_h2_session(bool is_server, const H2Limits& limits, H2Listener& listener);

// A body that the listener is asked for.
nghttp2_data_provider make_h2_body();

}  // namespace claw::http
