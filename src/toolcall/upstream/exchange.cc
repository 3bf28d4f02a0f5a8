#include "toolcall/upstream/exchange.h"

namespace claw::toolcall::upstream {

Exchange::Exchange(io::Loop& loop, const outbound::Goal& goal, http::Request head, std::string body,
                   Told told)
    : told_(std::move(told)), codec_(http::make_h1_client()), alive_(std::make_shared<bool>(true)) {
  protocol::Commands commands;
  const http::Output out{commands, protocol::Side::upstream, 0};
  head.has_body = !body.empty();
  if (head.has_body) head.length = body.size();
  const http::StreamId stream = codec_->open(head, out);
  is_sayable_ = stream != 0;
  if (is_sayable_ && head.has_body) {
    codec_->body(stream, body, out);
    codec_->end(stream, {}, out);
  }
  for (const protocol::Command& command : commands.list()) {
    if (const auto* send = std::get_if<protocol::Send>(&command)) unsent_.append(send->bytes());
  }
  link_ = std::make_unique<outbound::Link>(loop, goal, *this);
}

Exchange::~Exchange() {
  *alive_ = false;
  wipe(unsent_);
}

void Exchange::connected() {
  if (!is_sayable_) return finish(invalid("a request that HTTP cannot say"));
  link_->send(std::exchange(unsent_, {}));
}

void Exchange::received(std::string_view bytes) {
  const std::shared_ptr<bool> alive = alive_;
  received_.append(bytes);
  protocol::Commands commands;
  auto consumed = codec_->feed(received_, *this, {commands, protocol::Side::upstream, 0});
  if (!*alive) return;
  if (!consumed) return finish(std::move(consumed).error());
  received_.erase(0, *consumed);
  if (ended_) finish(std::nullopt);
}

void Exchange::ended() {
  const std::shared_ptr<bool> alive = alive_;
  codec_->peer_closed(*this);
  if (!*alive) return;
  if (ended_) return finish(std::nullopt);
  finish(Error{Code::unavailable, "the connection was lost", {}});
}

void Exchange::failed(Error why) { finish(std::move(why)); }

void Exchange::on_response(http::StreamId, http::Response response) {
  if (response.status < 200 || has_head_) return;
  has_head_ = true;
  if (told_.head) told_.head(response);
}

void Exchange::on_body(http::StreamId, std::string_view bytes) {
  if (told_.body) told_.body(bytes);
}

void Exchange::on_end(http::StreamId, http::Fields) { ended_ = has_head_; }
void Exchange::on_reset(http::StreamId, http::Reset, std::string_view) {}

void Exchange::finish(std::optional<Error> why) {
  if (!told_.end) return;
  const auto end = std::exchange(told_.end, nullptr);
  told_.head = nullptr;
  told_.body = nullptr;
  end(std::move(why));
}

}  // namespace claw::toolcall::upstream
