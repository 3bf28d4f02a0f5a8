// WebSockets: after a 101 both sides speak frames. Where a rule reads ws.* every message is an action of its
// own and goes on, as it came, only when it is allowed; a refused one ends the socket with 1008, because the
// two ends' compression would no longer agree.
#include <fmt/format.h>

#include "action/http.h"
#include "base/id.h"
#include "base/text.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;
using websocket::Opcode;

namespace {

constexpr std::uint16_t policy_violation = 1008;  // RFC 6455 §7.4.1, and so the others.
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t too_big = 1009;
constexpr std::size_t close_reason_bytes_max = 123;  // A control frame holds 125, two of them the code.

std::string fresh_mask() {
  std::string mask(4, '\0');
  fill_random(mask);
  return mask;
}

std::string_view name_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::text: return "text";
    case Opcode::binary: return "binary";
    case Opcode::close: return "close";
    case Opcode::ping: return "ping";
    case Opcode::pong: return "pong";
  }
  return "";
}

bool is_control(Opcode opcode) { return opcode != Opcode::text && opcode != Opcode::binary; }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; !what.empty() && (at = text.find(what, at)) != std::string::npos;
       at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// The frames to send for a message: those that came, unless a secret goes into it.
std::string frames_of(const Waiting& waiting, const action::Edits* edits, bool from_agent) {
  const websocket::Message& message = waiting.message;
  if (is_control(message.opcode)) {
    return encode(message.opcode, message.payload, from_agent ? fresh_mask() : std::string());
  }
  if (!from_agent || message.opcode != Opcode::text || !edits_messages(edits)) return message.frames;
  std::string text = message.payload;
  for (const action::Edit& edit : edits->list) {
    if (edit.kind == action::Edit::Kind::set_text) {
      text = replaced(std::move(text), edit.name, edit.value.reveal());
    }
  }
  std::string frames = encode(Opcode::text, text, fresh_mask());
  wipe(text);
  return frames;
}

}  // namespace

bool is_websocket(const Request& request) { return equals_ignoring_case(request.protocol, "websocket"); }

bool edits_messages(const action::Edits* edits) {
  return edits != nullptr && std::ranges::any_of(edits->list, [](const action::Edit& edit) {
           return edit.kind == action::Edit::Kind::set_text;
         });
}

void Session::upgrade(Exchange& exchange, Response response) {
  Link& link = *exchange.link;
  if (exchange.request.protocol.empty()) {
    link.codec->reset(exchange.up_stream, Reset::protocol, to_upstream(exchange));
    return fail(exchange, 502, "the upstream changed protocols unasked");
  }
  Status ready = exchange.input != nullptr ? exchange.input->check(response) : Status(Done{});
  if (ready) ready = read_messages_of(exchange, response);
  if (!ready) {
    link.codec->reset(exchange.up_stream, Reset::protocol, to_upstream(exchange));
    return fail(exchange, 502, ready.error().what);
  }
  const Dialect* dialect = exchange.options->dialect;
  exchange.status = response.status;
  exchange.answer_note = fmt::format("{} {}", response.status, exchange.request.protocol);
  if (dialect != nullptr) exchange.answer_note += dialect->note(response);
  if (exchange.upgrade != nullptr) {
    exchange.streams = exchange.upgrade->streams(response, exchange.options->recording);
  }
  exchange.answer_begun = true;
  exchange.stage = Stage::upgraded;
  strip(exchange, response.fields);
  if (exchange.input == nullptr) agree(exchange, std::move(response));
  link.codec->upgrade(exchange.up_stream);
  std::string words = exchange.input != nullptr ? exchange.input->take_words() : std::move(exchange.body);
  exchange.body.clear();
  exchange.held.release();
  exchange.input.reset();
  if (!words.empty()) relay_message_bytes(exchange, true, keep(std::move(words)));
}

// What the agent is told is the upgrade of its own version of HTTP.
void Session::agree(Exchange& exchange, Response response) {
  const bool is_http2 = codec_->version() == 20;
  response.status = is_http2 ? 200 : 101;
  response.protocol = is_http2 ? "" : exchange.request.protocol;
  response.has_body = is_http2;
  if (is_http2) response.fields.remove("Sec-WebSocket-Accept");
  codec_->respond(exchange.stream, response, to_agent());
  codec_->upgrade(exchange.stream);
}

// With an extension that was not offered the two ends would read the same frames differently, and we with
// one of them.
Status Session::read_messages_of(Exchange& exchange, const Response& response) {
  if (!is_websocket(exchange.request)) return Done{};
  const auto extensions = response.fields.find("Sec-WebSocket-Extensions");
  if (extensions && !exchange.request.fields.find("Sec-WebSocket-Extensions")) {
    return invalid("the upstream uses a WebSocket extension that was not offered");
  }
  const bool is_read = exchange.options->judges_messages || edits_messages(exchange.edits.get());
  if (!is_read && !exchange.redactor) return Done{};
  if (response.fields.count("Sec-WebSocket-Extensions") > 1) {
    return invalid("extensions in more than one field");
  }
  CLAW_TRY(const auto negotiated, websocket::read_extensions(extensions.value_or("")));
  const std::size_t asked = exchange.options->body_bytes_max;
  const std::size_t most =
      std::min(is_read ? asked : std::max(asked, searched_message_bytes_max), message_bytes_ceiling);
  using Settings = websocket::Decoder::Settings;
  exchange.messages = std::make_unique<Messages>(
      Messages{{websocket::Decoder(Settings{true, negotiated.client, most}), {}},
               {websocket::Decoder(Settings{false, negotiated.server, most}), {}}});
  return Done{};
}

void Session::relay_message_bytes(Exchange& exchange, bool from_agent, std::string_view bytes) {
  (from_agent ? exchange.bytes_up : exchange.bytes_down) += bytes.size();
  if (exchange.streams != nullptr) {
    const Status read = exchange.streams->feed(from_agent, bytes);
    for (Heard& heard : exchange.streams->take_heard()) {
      out_->ask(protocol::Keep{exchange.ticket, heard.channel, std::move(heard.bytes), heard.left_out});
    }
    if (!read) return break_off(exchange, read.error().what);
  }
  if (exchange.messages != nullptr) {
    (from_agent ? exchange.messages->up : exchange.messages->down).decoder.feed(bytes);
    return read_messages(exchange, from_agent);
  }
  if (!from_agent) return pass_answer(exchange, bytes);
  exchange.link->codec->body(exchange.up_stream, bytes, to_upstream(exchange));
}

void Session::read_messages(Exchange& exchange, bool from_agent) {
  Direction& direction = from_agent ? exchange.messages->up : exchange.messages->down;
  while (exchange.stage == Stage::upgraded && !direction.is_full()) {
    auto next = direction.decoder.next();
    if (!next) {
      const std::uint16_t code = next.error().code == Code::limit ? too_big : protocol_error;
      return close_socket(exchange, code, next.error().what);
    }
    if (!next->has_value()) break;
    websocket::Message& message = **next;
    // Held back, they would have the other end think that nobody is there.
    if (message.opcode == Opcode::ping || message.opcode == Opcode::pong) {
      pass_message(exchange, {0, true, std::move(message)}, from_agent);
      continue;
    }
    direction.waiting_bytes += message.payload.size() + message.frames.size();
    Waiting& waiting = direction.waiting.emplace_back();
    waiting.decided = is_control(message.opcode) || !exchange.options->judges_messages;
    if (!waiting.decided) {
      waiting.ticket = ++last_ticket_;
      action::Action action;
      action.subject = action::make_websocket_subject(
          exchange.subject, {from_agent, name_of(message.opcode), message.payload, true});
      action.context = context_of(exchange);
      out_->ask(protocol::Decide{waiting.ticket, std::move(action), exchange.route});
    }
    waiting.message = std::move(message);
  }
  release_messages(exchange, from_agent);
}

// In order: a message that is held keeps those behind it.
void Session::release_messages(Exchange& exchange, bool from_agent) {
  Direction& direction = from_agent ? exchange.messages->up : exchange.messages->down;
  while (!direction.waiting.empty() && direction.waiting.front().decided) {
    const Waiting waiting = std::move(direction.waiting.front());
    direction.waiting.pop_front();
    direction.waiting_bytes -= waiting.message.payload.size() + waiting.message.frames.size();
    pass_message(exchange, waiting, from_agent);
    if (waiting.ticket != 0) out_->ask(protocol::Record{waiting.ticket, Ending::ok, -1, "relayed"});
  }
}

void Session::pass_message(Exchange& exchange, const Waiting& waiting, bool from_agent) {
  const std::string_view frames = keep(frames_of(waiting, exchange.edits.get(), from_agent));
  if (from_agent) {
    const protocol::Ticket ticket = waiting.ticket != 0 ? waiting.ticket : exchange.ticket;
    return exchange.link->codec->body(exchange.up_stream, frames, {*out_, exchange.link->side, ticket});
  }
  pass_answer(exchange, frames);
  // Whole: an end that may be the beginning of a secret must not wait for the next message.
  if (exchange.redactor) {
    codec_->body(exchange.stream, keep(std::string(exchange.redactor->finish())), to_agent());
  }
}

bool Session::on_message_decided(Exchange& exchange, const protocol::Decided& decided) {
  for (Direction* direction : {&exchange.messages->up, &exchange.messages->down}) {
    for (Waiting& waiting : direction->waiting) {
      if (waiting.ticket != decided.ticket || waiting.decided) continue;
      if (!decided.verdict.allowed()) {
        waiting.ticket = 0;
        close_socket(exchange, policy_violation, decided.verdict.reason);
        return true;
      }
      waiting.decided = true;
      const bool from_agent = direction == &exchange.messages->up;
      release_messages(exchange, from_agent);
      read_messages(exchange, from_agent);
      return true;
    }
  }
  return false;
}

void Session::close_socket(Exchange& exchange, std::uint16_t code, std::string_view reason) {
  if (exchange.stage != Stage::upgraded) return;
  const std::string_view brief = reason.substr(0, close_reason_bytes_max);
  codec_->body(exchange.stream, keep(websocket::encode_close(code, brief)), to_agent());
  exchange.link->codec->body(exchange.up_stream, keep(websocket::encode_close(code, {}, fresh_mask())),
                             to_upstream(exchange));
  end_socket(exchange, true);
}

// What makes no sense is not passed on, and whoever sent it is not heard any more.
void Session::break_off(Exchange& exchange, std::string_view why) {
  out_->ask(protocol::Report{fmt::format("not {} as it must be: {}", exchange.request.protocol, why)});
  exchange.link->codec->reset(exchange.up_stream, Reset::protocol, to_upstream(exchange));
  codec_->reset(exchange.stream, Reset::protocol, to_agent());
  finish(exchange, Ending::failed, why);
  if (codec_->version() == 11) end("the upgraded connection made no sense");
}

// One side has ended it; the other is told, and that is all.
void Session::end_socket(Exchange& exchange, bool from_agent) {
  exchange.stage = Stage::open;  // Nothing more is relayed.
  exchange.link->codec->end(exchange.up_stream, {}, to_upstream(exchange));
  exchange.link->is_gone = exchange.link->codec->version() == 11;
  codec_->end(exchange.stream, {}, to_agent());
  finish(exchange, Ending::ok, from_agent ? "ended by the agent" : "ended by the upstream");
  if (codec_->version() == 11) end("the upgraded connection has ended");
}

void Session::withdraw_messages(Exchange& exchange) {
  if (exchange.messages == nullptr) return;
  for (Direction* direction : {&exchange.messages->up, &exchange.messages->down}) {
    for (Waiting& waiting : direction->waiting) {
      if (waiting.ticket == 0) continue;
      if (waiting.decided) {
        out_->ask(protocol::Record{waiting.ticket, Ending::cancelled, -1, "the WebSocket ended before it"});
      } else {
        out_->ask(protocol::Withdraw{waiting.ticket});
      }
    }
    direction->waiting.clear();
    direction->waiting_bytes = 0;
  }
}

}  // namespace claw::http
