#include "serve/connection.h"

#include <array>

#include "base/json.h"
#include "protocol/http/wire/h1.h"
#include "protocol/http/wire/h2.h"
#include "protocol/tls/hello.h"

namespace claw::serve {

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr int reads_max = 4;  // In a row, before others have their turn.
constexpr std::size_t fields_bytes_max = 32 * 1024;

http::H1Limits h1_limits() {
  http::H1Limits limits;
  limits.head_bytes_max = fields_bytes_max;
  limits.target_bytes_max = 8 * 1024;
  return limits;
}

http::H2Limits h2_limits() {
  http::H2Limits limits;
  limits.streams_max = 32;  // A page's requests; each may bring a body.
  limits.head_bytes_max = fields_bytes_max;
  limits.window_bytes = 64 * 1024;
  limits.connection_window_bytes = 256 * 1024;
  return limits;
}

}  // namespace

Connection::Connection(Server& server, Server::Door& door, io::Fd socket, Caller caller)
    : server_(server), door_(door), stream_(std::move(socket)), caller_(std::move(caller)) {
  opened_us_ = heard_us_ = taken_us_ = server_.loop_.clock().monotonic_us();
}

Connection::~Connection() = default;

void Connection::begin() {
  watch_ = io::Watch(server_.loop_, stream_.fd(), *this, true, false);
  if (!door_.options.terms) start_codec("");
}

// A second look is cheap: sweeping once a second is exact enough for limits of many.
bool Connection::is_overdue(std::int64_t now_us) const {
  const Limits& limits = door_.options.limits;
  const auto over = [now_us](std::int64_t since_us, std::uint32_t ms) {
    return now_us - since_us > std::int64_t{ms} * 1000;
  };
  if (codec_ == nullptr) return over(opened_us_, limits.begin_ms);
  if (stream_.unsent() > 0 && over(taken_us_, limits.stalled_ms)) return true;
  if (reading_us_ != 0 && over(reading_us_, limits.request_ms)) return true;
  for (const auto& [stream, exchange] : exchanges_) {
    if (!exchange.complete && !exchange.answered && over(exchange.began_us, limits.request_ms)) return true;
  }
  return exchanges_.empty() && over(heard_us_, limits.idle_ms);
}

void Connection::ready(io::Ready what) {
  const auto alive = shared_from_this();  // Answering may end us.
  if (closed_) return;
  if (handshaking_) return shake_hands();
  if (codec_ == nullptr) return look_at_hello();
  if (what.writable) {
    const std::size_t before = stream_.unsent();
    if (stream_.flush().kind == io::IoResult::Kind::failed) return close();
    if (stream_.unsent() < before) taken_us_ = server_.loop_.clock().monotonic_us();
    pump();
  }
  if (ending_ && what.hung_up) return close();
  if (!closed_ && !ending_ && (what.readable || what.hung_up)) read();
  settle();
}

// Which certificate is shown depends on whom the client asks for.
void Connection::look_at_hello() {
  std::array<char, 16 * 1024> buffer;
  const io::IoResult result = stream_.read(buffer);
  if (result.kind == io::IoResult::Kind::again) return;
  if (result.kind != io::IoResult::Kind::some) return close();
  input_.append(buffer.data(), result.count);
  const auto hello = tls::decode_hello(input_);
  if (!hello || input_.size() > tls::hello_bytes_max) return close();
  if (!hello->has_value()) return;
  auto context = door_.options.terms((*hello)->server_name);
  if (!context) return close();
  io::TlsStart start;
  start.alpn = {"h2", "http/1.1"};
  start.prefix = std::move(input_);
  start.only_newest = true;
  input_.clear();
  stream_.start_tls(std::move(*context), std::move(start));
  handshaking_ = true;
  shake_hands();
}

void Connection::shake_hands() {
  const io::IoResult result = stream_.handshake();
  if (result.kind == io::IoResult::Kind::again) {
    return watch_.want(!result.again_on_write, result.again_on_write);
  }
  if (result.kind != io::IoResult::Kind::some) return close();
  handshaking_ = false;
  caller_.is_tls = true;
  start_codec(stream_.protocol());
  watch_.want(true, false);
  if (stream_.has_buffered()) read();
  settle();
}

void Connection::start_codec(const std::string& protocol) {
  codec_ = protocol == "h2" ? http::make_h2_server(h2_limits()) : http::make_h1_server(h1_limits());
  codec_->start(out());
  send_out();
}

void Connection::read() {
  for (int i = 0; i < reads_max && !closed_ && !ending_; ++i) {
    if (!read_some()) return;
  }
}

bool Connection::read_some() {
  if (input_.size() > unread_bytes_max) return false;
  std::array<char, 16 * 1024> buffer;
  const io::IoResult result = stream_.read(buffer);
  if (result.kind == io::IoResult::Kind::again) return false;
  if (result.kind != io::IoResult::Kind::some) {
    close();  // Who has nothing more to say has left: nobody waits for an answer behind a half shut socket.
    return false;
  }
  heard_us_ = server_.loop_.clock().monotonic_us();
  input_.append(buffer.data(), result.count);
  feed();
  return !closed_ && (result.count == buffer.size() || stream_.has_buffered());
}

// Requests are handed over between two readings, never from within one.
void Connection::feed() {
  if (feeding_) return;
  feeding_ = true;
  while (!closed_ && !ending_) {
    answered_ = false;
    const auto used = codec_->feed(input_, *this, out());
    if (!used) {
      codec_->goodbye(used.error(), out());
      ending_ = true;
      exchanges_.clear();
      send_out();
      break;
    }
    input_.erase(0, *used);
    if (!send_out()) break;
    hand_over();
    if (input_.empty() || (*used == 0 && !answered_)) break;
  }
  feeding_ = false;
  const bool waits = !exchanges_.empty() && !closed_ && codec_->version() != 20;  // For the answer before it.
  if (input_.empty() || waits) reading_us_ = 0;
  else if (reading_us_ == 0) reading_us_ = server_.loop_.clock().monotonic_us();
}

void Connection::on_request(http::StreamId stream, http::Request request) {
  Exchange& exchange = exchanges_[stream];
  exchange.began_us = server_.loop_.clock().monotonic_us();
  const bool invites = request.expects_continue && request.has_body;
  exchange.head = std::move(request);
  if (invites) {
    http::Response go_on;
    go_on.status = 100;
    go_on.has_body = false;
    codec_->respond(stream, go_on, out());
  }
}

void Connection::on_body(http::StreamId stream, std::string_view bytes) {
  const auto found = exchanges_.find(stream);
  if (found == exchanges_.end() || found->second.answered) return;
  Exchange& exchange = found->second;
  if (exchange.body.size() + bytes.size() > body_bytes_max ||
      bodies_bytes_ + bytes.size() > bodies_bytes_max) {
    exchange.body.clear();
    exchange.complete = true;  // Refused once feed() has returned.
    exchange.handed = true;
    exchange.rest = "too long";
    return;
  }
  bodies_bytes_ += bytes.size();
  exchange.body += bytes;
}

void Connection::on_end(http::StreamId stream, http::Fields) {
  const auto found = exchanges_.find(stream);
  if (found != exchanges_.end()) found->second.complete = true;
}

void Connection::on_reset(http::StreamId stream, http::Reset, std::string_view) { exchanges_.erase(stream); }

// Requests that are whole go to whoever answers; not from within feed(), which is not to be entered twice.
void Connection::hand_over() {
  std::vector<http::StreamId> due;
  for (auto& [stream, exchange] : exchanges_) {
    if (exchange.complete && !exchange.answered && (!exchange.handed || !exchange.rest.empty())) {
      due.push_back(stream);
    }
  }
  for (const http::StreamId stream : due) {
    const auto found = exchanges_.find(stream);
    if (found == exchanges_.end() || closed_) continue;
    Exchange& exchange = found->second;
    if (!exchange.rest.empty()) {
      exchange.rest.clear();
      refuse(stream, 413);
      continue;
    }
    exchange.handed = true;
    bodies_bytes_ -= std::min(bodies_bytes_, exchange.body.size());
    exchange.waiting = std::make_shared<Exchange::Left>();
    Asked asked{exchange.head, std::move(exchange.body), caller_, exchange.waiting};
    exchange.body.clear();
    server_.handler_(std::move(asked), [weak = weak_from_this(), stream](Answer made) {
      if (const auto self = weak.lock()) self->answer(stream, std::move(made));
    });
  }
}

void Connection::refuse(http::StreamId stream, int status) {
  Answer made;
  made.status = status;
  made.fields.add("Content-Type", "application/json");
  made.body = R"({"error":"the request is too long","code":"limit"})";
  answer(stream, std::move(made));
}

void Connection::answer(http::StreamId stream, Answer made) {
  const auto found = exchanges_.find(stream);
  if (closed_ || found == exchanges_.end() || found->second.answered) return;
  Exchange& exchange = found->second;
  exchange.answered = true;
  answered_ = true;
  http::Response response;
  response.status = made.status;
  response.fields = std::move(made.fields);
  const bool is_head = exchange.head.method == "HEAD";
  exchange.has_body = !is_head && (made.flow != nullptr || !made.body.empty());
  response.has_body = exchange.has_body;
  if (made.flow == nullptr) response.length = made.body.size();
  codec_->respond(stream, response, out());
  if (exchange.has_body) {
    exchange.rest = std::move(made.body);
    exchange.flow = std::move(made.flow);
  }
  exchange.flow_ended = exchange.flow == nullptr;
  if (exchange.flow != nullptr) {
    exchange.flow->on_more([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->pump(), self->settle();
    });
  }
  pump();
  if (feeding_ || closed_) return;
  feed();  // What waited behind it.
  settle();
}

void Connection::pump() {
  if (closed_ || codec_ == nullptr) return;
  for (auto at = exchanges_.begin(); at != exchanges_.end();) {
    const bool over = at->second.answered && pump(at->first, at->second);
    if (closed_) return;
    if (!over) {
      ++at;
      continue;
    }
    at = exchanges_.erase(at);
    heard_us_ = server_.loop_.clock().monotonic_us();
  }
  send_out();
}

// True: the exchange is over.
bool Connection::pump(http::StreamId stream, Exchange& exchange) {
  if (!exchange.has_body) return true;
  for (;;) {
    if (exchange.sent == exchange.rest.size()) {
      exchange.rest.clear();
      exchange.sent = 0;
      if (!exchange.flow_ended) exchange.flow_ended = !exchange.flow->take(exchange.rest);
      if (exchange.rest.empty() && exchange.flow_ended) {
        codec_->end(stream, {}, out());
        send_out();
        return true;
      }
      if (exchange.rest.empty()) return false;
    }
    if (!codec_->can_write(stream) || stream_.unsent() > unsent_bytes_max) return false;
    const std::string_view piece = std::string_view(exchange.rest).substr(exchange.sent, chunk_bytes);
    codec_->body(stream, piece, out());
    exchange.sent += piece.size();
    if (!send_out()) return false;
  }
}

// False: the connection has ended.
bool Connection::send_out() {
  if (closed_) return false;
  std::vector<std::string_view> pieces;
  for (const protocol::Command& command : commands_.list()) {
    if (const auto* send = std::get_if<protocol::Send>(&command)) pieces.push_back(send->bytes());
  }
  const bool was_empty = stream_.unsent() == 0;
  const bool failed = !pieces.empty() && stream_.send(pieces).kind == io::IoResult::Kind::failed;
  if (was_empty) taken_us_ = server_.loop_.clock().monotonic_us();
  commands_.clear();
  if (failed) close();
  return !failed;
}

void Connection::settle() {
  if (closed_ || handshaking_ || codec_ == nullptr) return;
  const bool is_over = ending_ || codec_->must_close();
  if (is_over && exchanges_.empty() && stream_.unsent() == 0) return close();
  watch_.want(!ending_ && input_.size() <= unread_bytes_max, stream_.unsent() > 0);
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  watch_.reset();
  exchanges_.clear();
  stream_.close();
  server_.finish(*this);
}

}  // namespace claw::serve
