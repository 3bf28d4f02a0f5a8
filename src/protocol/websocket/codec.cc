#include "protocol/websocket/codec.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"
#include "protocol/websocket/frame.h"
#include "protocol/websocket/inflate.h"

namespace claw::websocket {
namespace {

// Small fragments cost headers and time; a stream of words, each flushed, stays far below.
constexpr std::size_t fragments_max = 16 * 1024;
constexpr std::size_t message_bytes_ceiling = 1 << 30;  // zlib and we count in 32 bits.
constexpr std::size_t idle_buffer_bytes_max = 16 * 1024;  // A connection that waits keeps no more.
constexpr std::size_t close_reason_bytes_max = control_payload_bytes_max - 2;

Error too_long(std::string what) { return {Code::limit, std::move(what), {}}; }

Status check_close(std::string_view payload) {
  if (payload.empty()) return Done{};
  Cursor cursor(payload);
  const std::uint16_t code = cursor.u16();
  if (!cursor.ok() || !is_close_code(code)) return invalid("close frame without a valid code");
  if (!is_utf8(cursor.rest())) return invalid("close reason is not UTF-8");
  return Done{};
}

}  // namespace

struct Decoder::State {
  explicit State(Settings wanted) : settings(wanted) {}

  Status admit(const Frame& frame) const;
  Result<Message> control(const Frame& frame, std::string_view bytes);
  Status add(const Frame& frame, std::string_view bytes);
  Result<Message> finish();
  Result<std::optional<Message>> step();

  Settings settings;
  std::unique_ptr<Inflater> inflater;  // Made for the first compressed message: it holds 40 KiB.
  std::string buffer;
  std::size_t consumed = 0;  // Of the buffer.
  std::optional<Error> failed;
  bool is_closed = false;

  std::optional<Message> open;  // The message whose last frame has not come.
  bool is_compressed = false;
  std::size_t wire_bytes = 0;  // Of its payload, as it came.
  std::size_t fragments = 0;
};

Decoder::Decoder(Settings settings) : state_(std::make_unique<State>(settings)) {
  CLAW_CHECK(settings.message_bytes_max <= message_bytes_ceiling);
}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

void Decoder::feed(std::string_view bytes) {
  State& state = *state_;
  if (state.failed) return;
  state.buffer.erase(0, state.consumed);
  state.consumed = 0;
  if (state.buffer.empty() && state.buffer.capacity() > idle_buffer_bytes_max) state.buffer = std::string();
  state.buffer.append(bytes);
}

Result<std::optional<Message>> Decoder::next() {
  State& state = *state_;
  if (state.failed) return *state.failed;
  Result<std::optional<Message>> result = state.step();
  if (!result) {
    state.failed = result.error();
    state.buffer = std::string();
    state.open.reset();
  }
  return result;
}

Result<std::optional<Message>> Decoder::State::step() {
  for (;;) {
    const std::string_view rest = std::string_view(buffer).substr(consumed);
    CLAW_TRY(const std::optional<Frame> frame, decode_frame(rest, settings.from_client));
    if (!frame) return std::optional<Message>();
    CLAW_TRY_DONE(admit(*frame));  // Before its payload has come: a length too large is not waited for.
    const std::uint64_t frame_bytes = frame->header_bytes + frame->payload_bytes;
    if (rest.size() < frame_bytes) return std::optional<Message>();
    consumed += frame_bytes;
    const std::string_view bytes = rest.substr(0, frame_bytes);
    if (frame->is_control()) {
      CLAW_TRY(Message message, control(*frame, bytes));
      return std::optional<Message>(std::move(message));
    }
    CLAW_TRY_DONE(add(*frame, bytes));
    if (!frame->is_final) continue;
    CLAW_TRY(Message message, finish());
    return std::optional<Message>(std::move(message));
  }
}

Status Decoder::State::admit(const Frame& frame) const {
  if (is_closed) return invalid("frame after a close frame");
  if (frame.is_control()) return Done{};
  const bool continues = frame.opcode == 0;
  if (continues && !open) return invalid("continuation of nothing");
  if (!continues && open) return invalid("a new message within another");
  if (frame.is_compressed && continues) return invalid("compression bit within a message");
  if (frame.is_compressed && !settings.deflate.enabled) return invalid("compressed, which was not agreed");
  const std::size_t before = open ? wire_bytes : 0;
  if (frame.payload_bytes > settings.message_bytes_max - before) return too_long("message too long");
  if (open && fragments >= fragments_max) return too_long("message in too many fragments");
  return Done{};
}

Result<Message> Decoder::State::control(const Frame& frame, std::string_view bytes) {
  Message message{static_cast<Opcode>(frame.opcode), {}, std::string(bytes)};
  append_unmasked(message.payload, bytes.substr(frame.header_bytes), frame.mask);
  if (message.opcode == Opcode::close) {
    CLAW_TRY_DONE(check_close(message.payload));
    is_closed = true;
  }
  return message;
}

Status Decoder::State::add(const Frame& frame, std::string_view bytes) {
  if (!open) {
    open.emplace().opcode = static_cast<Opcode>(frame.opcode);
    is_compressed = frame.is_compressed;
    wire_bytes = 0;
    fragments = 0;
  }
  ++fragments;
  wire_bytes += frame.payload_bytes;
  open->frames.append(bytes);
  const std::string_view payload = bytes.substr(frame.header_bytes);
  if (!is_compressed) {
    append_unmasked(open->payload, payload, frame.mask);
    return Done{};
  }
  std::string unmasked;
  append_unmasked(unmasked, payload, frame.mask);
  if (!inflater) inflater = std::make_unique<Inflater>(settings.deflate.window_bits);
  return inflater->add(unmasked, open->payload, settings.message_bytes_max);
}

Result<Message> Decoder::State::finish() {
  Message message = std::move(*open);
  open.reset();
  if (is_compressed) {
    CLAW_TRY_DONE(inflater->finish(message.payload, settings.message_bytes_max));
    if (settings.deflate.no_context_takeover) inflater->forget();
  }
  if (message.opcode == Opcode::text && !is_utf8(message.payload)) return invalid("text is not UTF-8");
  return message;
}

std::string encode(Opcode opcode, std::string_view payload, std::string_view mask) {
  CLAW_CHECK(mask.empty() || mask.size() == 4);
  CLAW_CHECK(opcode < Opcode::close || payload.size() <= control_payload_bytes_max);
  const std::uint8_t masked = mask.empty() ? 0 : 0x80;
  std::string out;
  out.reserve(payload.size() + 14);
  Writer writer(out);
  writer.u8(static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(opcode)));
  if (payload.size() < 126) {
    writer.u8(static_cast<std::uint8_t>(masked | payload.size()));
  } else if (payload.size() <= 0xffff) {
    writer.u8(masked | 126);
    writer.u16(static_cast<std::uint16_t>(payload.size()));
  } else {
    writer.u8(masked | 127);
    writer.u64(payload.size());
  }
  if (mask.empty()) return out.append(payload);
  writer.bytes(mask);
  append_unmasked(out, payload, {mask[0], mask[1], mask[2], mask[3]});
  return out;
}

std::string encode_close(std::uint16_t code, std::string_view reason, std::string_view mask) {
  CLAW_CHECK(is_close_code(code));
  std::string payload;
  Writer(payload).u16(code);
  std::string text = is_utf8(reason) ? std::string(reason) : printable(reason, close_reason_bytes_max);
  if (text.size() > close_reason_bytes_max) {
    std::size_t end = close_reason_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // Whole characters.
    text.resize(end);
  }
  return encode(Opcode::close, payload + text, mask);
}

}  // namespace claw::websocket
