#include "protocol/http/wire/h2/session.h"

#include <malloc.h>
#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/check.h"

namespace claw::http {

namespace {

H2Listener& listener_of(void* user) { return *static_cast<H2Listener*>(user); }

std::string_view view_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// NOLINTBEGIN(cppcoreguidelines-no-malloc): this is the allocator.
void free_zeroed(void* block, void*) {
  if (block != nullptr) explicit_bzero(block, malloc_usable_size(block));
  std::free(block);
}
void* allocate(std::size_t size, void*) { return std::malloc(size); }
void* allocate_zeroed(std::size_t count, std::size_t size, void*) { return std::calloc(count, size); }
void* reallocate(void* block, std::size_t size, void* user) {
  void* larger = std::malloc(size);
  if (larger == nullptr || block == nullptr) return larger;
  std::memcpy(larger, block, std::min(size, malloc_usable_size(block)));
  free_zeroed(block, user);
  return larger;
}
// NOLINTEND(cppcoreguidelines-no-malloc)

int begin_head(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  listener_of(user).on_head_begun(*frame);
  return 0;
}

constexpr nghttp2_on_header_callback take_field =
    [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_bytes,
       const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* user) {
      const bool go_on = listener_of(user).on_field(view_of(name, name_bytes), view_of(value, value_bytes));
      return go_on ? 0 : static_cast<int>(NGHTTP2_ERR_CALLBACK_FAILURE);
    };

// Without this nghttp2 leaves such a field out and lets the rest pass: not what was sent.
constexpr nghttp2_on_invalid_header_callback refuse_field =
    [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t, const std::uint8_t*,
       std::size_t, std::uint8_t, void*) { return static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE); };

int take_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
              std::size_t size, void* user) {
  listener_of(user).on_data(static_cast<StreamId>(stream), view_of(bytes, size));
  return 0;
}

int take_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  listener_of(user).on_frame_read(*frame);
  return 0;
}

int before_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  listener_of(user).on_frame_due(*frame);
  return 0;
}

int after_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  listener_of(user).on_frame_written(*frame);
  return 0;
}

int drop_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
  listener_of(user).on_frame_dropped(*frame);
  return 0;
}

int close_stream(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) {
  listener_of(user).on_stream_closed(static_cast<StreamId>(stream), code);
  return 0;  // Anything else leaks the stream in this version (CVE-2023-35945).
}

int write_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* frame_header, std::size_t size,
               nghttp2_data_source*, void* user) {
  listener_of(user).write_data(static_cast<StreamId>(frame->hd.stream_id), view_of(frame_header, 9), size);
  return 0;
}

constexpr nghttp2_data_source_read_callback choose_data =
    [](nghttp2_session*, std::int32_t stream, std::uint8_t*, std::size_t bytes_max, std::uint32_t* flags,
       nghttp2_data_source*, void* user) {
      *flags |= NGHTTP2_DATA_FLAG_NO_COPY;  // write_data() puts it behind its header.
      return listener_of(user).choose_data(static_cast<StreamId>(stream), bytes_max, *flags);
    };

using Callbacks = std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>;
using Option = std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)>;

Callbacks make_callbacks() {
  nghttp2_session_callbacks* made = nullptr;
  CLAW_CHECK(nghttp2_session_callbacks_new(&made) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, begin_head);
  nghttp2_session_callbacks_set_on_header_callback(made, take_field);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, refuse_field);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, take_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, take_frame);
  nghttp2_session_callbacks_set_before_frame_send_callback(made, before_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, after_frame);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(made, drop_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, close_stream);
  nghttp2_session_callbacks_set_send_data_callback(made, write_data);
  return {made, nghttp2_session_callbacks_del};
}

Option make_option(const H2Limits& limits) {
  nghttp2_option* made = nullptr;
  CLAW_CHECK(nghttp2_option_new(&made) == 0);
  nghttp2_option_set_no_auto_window_update(made, 1);  // Windows open as the machine takes what came.
  nghttp2_option_set_no_closed_streams(made, 1);      // No memory of streams that are done.
  nghttp2_option_set_max_reserved_remote_streams(made, 0);
  nghttp2_option_set_max_settings(made, 32);
  nghttp2_option_set_max_outbound_ack(made, 100);  // Written at the end of every feed(): few are ever kept.
  // What was read within its limit can be written, with what the vault adds.
  nghttp2_option_set_max_send_header_block_length(made, 4 * limits.head_bytes_max);
  return {made, nghttp2_option_del};
}

void submit_settings(nghttp2_session* session, bool is_server, const H2Limits& limits) {
  std::vector<nghttp2_settings_entry> entries = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes_max)},
  };
  if (is_server) {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max});
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    entries.push_back(
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});  // A tree of priorities is a thing to attack.
  } else {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0});
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  CLAW_CHECK(nghttp2_submit_settings(session, 0, entries.data(), entries.size()) == 0);
  const auto window = static_cast<std::int32_t>(limits.connection_window_bytes);
  CLAW_CHECK(nghttp2_session_set_local_window_size(session, 0, 0, window) == 0);
}

}  // namespace

H2Session make_h2_session(bool is_server, const H2Limits& limits, H2Listener& listener) {
  static const Callbacks callbacks = make_callbacks();  // Copied into each session.
  const Option option = make_option(limits);
  nghttp2_mem memory = {nullptr, allocate, free_zeroed, allocate_zeroed, reallocate};
  const auto make = is_server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  nghttp2_session* made = nullptr;
  CLAW_CHECK(make(&made, callbacks.get(), &listener, option.get(), &memory) == 0);
  submit_settings(made, is_server, limits);
  return H2Session(made);
}

nghttp2_data_provider make_h2_body() {
  nghttp2_data_provider body = {};
  body.read_callback = choose_data;
  return body;
}

}  // namespace claw::http
