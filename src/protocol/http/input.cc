// Commands whose input a rule reads: the agent gets its 101 from us, what it sends is kept until its input
// has ended, and the command runs only once it was judged with it. Then it is an upgrade like any other.
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

// What we have agreed to is all that the upstream is offered.
void Session::take_input(Exchange& exchange) {
  Response response = exchange.input->accept();
  if (const auto spoken = response.fields.find("Sec-WebSocket-Protocol")) {
    exchange.request.fields.set("Sec-WebSocket-Protocol", *spoken);
  }
  agree(exchange, std::move(response));
  if (!exchange.body.empty()) on_input(exchange, keep(std::exchange(exchange.body, {})));
}

void Session::on_input(Exchange& exchange, std::string_view bytes) {
  if (exchange.stage >= Stage::draining) return;
  auto has_ended = exchange.input->feed(bytes);
  if (!has_ended) {
    if (exchange.stage == Stage::deciding) out_->ask(protocol::Withdraw{exchange.ticket});
    return refuse_input(exchange, 400, action::refuse(has_ended.error().what));
  }
  std::string replies = exchange.input->take_replies();
  if (!replies.empty()) codec_->body(exchange.stream, keep(std::move(replies)), to_agent());
  if (*has_ended && exchange.stage == Stage::gathering) decide(exchange);
}

void Session::refuse_input(Exchange& exchange, int status, const action::Verdict& why) {
  if (exchange.link != nullptr && exchange.link->codec != nullptr) {
    exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
  }
  codec_->body(exchange.stream, keep(exchange.input->refusal(status, why)), to_agent());
  codec_->end(exchange.stream, {}, to_agent());
  finish(exchange, Ending::failed, why.reason);
  if (codec_->version() == 11) end("its command did not run");
}

}  // namespace claw::http
