#include "gateway/fetch.h"

#include <array>

#include "base/clock.h"
#include "base/log.h"
#include "io/connector.h"
#include "io/stream.h"
#include "protocol/http/wire/h1.h"

namespace claw::gateway {

namespace {

constexpr std::size_t answer_bytes_max = 1024 * 1024;  // A token is some kilobytes.

// System roots: token endpoints are public. Made once; null only if the system has no roots.
Result<std::shared_ptr<io::TlsContext>> public_tls() {
  static const auto context = io::TlsContext::client({}, io::TlsTrust::chain_and_name);
  return context;
}

http::Request request_of(const vault::Exchange& exchange) {
  http::Request request;
  request.method = exchange.method;
  request.scheme = "https";
  request.authority =
      exchange.port == 443 ? exchange.host : exchange.host + ":" + std::to_string(exchange.port);
  request.path = exchange.path;
  for (const auto& [name, value] : exchange.fields) request.fields.add(name, value);
  if (!exchange.authorization.empty()) request.fields.add_secret("Authorization", exchange.authorization);
  request.has_body = !exchange.body.empty();
  if (request.has_body || exchange.method == "POST") request.length = exchange.body.size();
  return request;
}

}  // namespace

// One request and its answer. Calls back exactly once, unless it is destroyed first.
class Fetch final : public io::Watcher, private http::Reader {
 public:
  using Done = std::function<void(Result<FetchAnswer>)>;

  Fetch(io::Loop& loop, const vault::Exchange& exchange, std::uint32_t timeout_ms, Done done)
      : loop_(loop), done_(std::move(done)), host_(exchange.host), codec_(http::make_h1_client()) {
    protocol::Commands commands;
    const http::Output out{commands, protocol::Side::upstream, 0};
    const http::Request request = request_of(exchange);
    const http::StreamId stream = codec_->open(request, out);
    if (request.has_body) {
      codec_->body(stream, exchange.body.reveal(), out);
      codec_->end(stream, {}, out);
    }
    for (const protocol::Command& command : commands.list()) {
      if (const auto* send = std::get_if<protocol::Send>(&command)) unsent_.append(send->bytes());
    }
    timer_ = loop_.after_ms(timeout_ms, [this] {
      timer_ = 0;
      finish(Error{Code::timeout, "no answer in time from " + host_, {}});
    });
    connector_ = std::make_unique<io::Connector>(
        loop_, io::Address{exchange.host, exchange.port, {}}, io::Reach::anywhere, timeout_ms,
        [this](Result<io::Fd> socket) { connected(std::move(socket)); });
  }
  ~Fetch() override {
    if (timer_ != 0) loop_.cancel(timer_);
    wipe(unsent_);
  }

  void ready(io::Ready) override {
    if (shaking_) return shake_hands();
    if (stream_.flush().kind == io::IoResult::Kind::failed) return finish(lost());
    read();
  }

 private:
  Error lost() const { return {Code::unavailable, "connection to " + host_ + " lost", {}}; }

  void connected(Result<io::Fd> socket) {
    if (!socket) return finish(std::move(socket).error());
    auto context = public_tls();
    if (!context) return finish(std::move(context).error());
    stream_ = io::Stream(std::move(socket).value());
    watch_ = io::Watch(loop_, stream_.fd(), *this, true, true);
    stream_.start_tls(*context, host_);
    shaking_ = true;
  }

  void shake_hands() {
    const io::IoResult result = stream_.handshake();
    if (result.kind == io::IoResult::Kind::again) {
      return watch_.want(!result.again_on_write, result.again_on_write);
    }
    if (result.kind != io::IoResult::Kind::some) {
      return finish(Error{Code::unavailable, "TLS with " + host_ + " failed: " + result.why, {}});
    }
    shaking_ = false;
    const std::string_view piece = unsent_;
    if (stream_.send({&piece, 1}).kind == io::IoResult::Kind::failed) return finish(lost());
    wipe(unsent_);
    watch_.want(true, stream_.unsent() > 0);
  }

  // All there is: what TLS has read already, the loop does not announce again.
  void read() {
    watch_.want(true, stream_.unsent() > 0);
    std::array<char, 16 * 1024> buffer;
    while (true) {
      const io::IoResult result = stream_.read(buffer);
      if (result.kind == io::IoResult::Kind::again) return;
      if (result.kind == io::IoResult::Kind::some) {
        if (!take({buffer.data(), result.count})) return;
        continue;
      }
      codec_->peer_closed(*this);
      return ended_ ? finish(std::move(answer_)) : finish(lost());
    }
  }

  // False: it is over, and this may be gone with it.
  bool take(std::string_view bytes) {
    received_.append(bytes);
    protocol::Commands commands;
    auto consumed = codec_->feed(received_, *this, {commands, protocol::Side::upstream, 0});
    if (!consumed) return finish(std::move(consumed).error()), false;
    received_.erase(0, *consumed);
    if (answer_.body.size() > answer_bytes_max) {
      return finish(Error{Code::limit, "the answer of " + host_ + " is too long", {}}), false;
    }
    if (ended_) return finish(std::move(answer_)), false;
    return true;
  }

  void on_response(http::StreamId, http::Response response) override {
    if (response.status >= 200) answer_.status = response.status;
  }
  void on_body(http::StreamId, std::string_view bytes) override { answer_.body.append(bytes); }
  void on_end(http::StreamId, http::Fields) override { ended_ = answer_.status != 0; }
  void on_reset(http::StreamId, http::Reset, std::string_view) override {}

  void finish(Result<FetchAnswer> answer) {
    watch_.reset();
    if (done_) std::exchange(done_, nullptr)(std::move(answer));
  }

  io::Loop& loop_;
  Done done_;
  std::string host_;
  std::unique_ptr<http::Codec> codec_;
  std::string unsent_;
  std::string received_;
  io::Stream stream_;
  io::Watch watch_;
  std::unique_ptr<io::Connector> connector_;
  io::TimerId timer_ = 0;
  FetchAnswer answer_;
  bool shaking_ = false;
  bool ended_ = false;
};

struct Fetcher::Flight {
  vault::Exchange exchange;
  std::unique_ptr<Fetch> fetch;
  std::vector<std::function<void(Status)>> waiting;
};

Fetcher::Fetcher(io::Loop& loop, vault::Vault& vault) : loop_(loop), vault_(vault) {}

Fetcher::~Fetcher() = default;

void Fetcher::fetch(vault::Exchange exchange, std::function<void(Status)> done) {
  const std::string entry = exchange.entry;
  std::unique_ptr<Flight>& flight = flights_[entry];
  if (flight == nullptr) {
    flight = std::make_unique<Flight>();
    flight->exchange = std::move(exchange);
    flight->fetch = std::make_unique<Fetch>(
        loop_, flight->exchange, fetch_ms_max,
        [this, entry](const Result<FetchAnswer>& answer) { finished(entry, answer); });
  }
  flight->waiting.push_back(std::move(done));
}

void Fetcher::finished(const std::string& entry, const Result<FetchAnswer>& answer) {
  auto found = flights_.extract(entry);
  if (found.empty()) return;
  std::shared_ptr<Flight> flight = std::move(found.mapped());
  Status status = Done{};
  if (!answer) status = answer.error();
  else status = vault_.exchanged(flight->exchange, answer->status, answer->body);
  for (const std::string& warning : vault_.take_warnings()) log::warning("credential", {{"why", warning}});
  for (const auto& done : flight->waiting) done(status);
  loop_.post([flight] {});  // Its fetch is still among the callers.
}

Result<FetchAnswer> fetch_now(const vault::Exchange& exchange, std::uint32_t timeout_ms) {
  const SystemClock clock;
  io::Loop loop(clock);
  Result<FetchAnswer> result = Error{Code::unavailable, "not asked", {}};
  Fetch fetch(loop, exchange, timeout_ms, [&](Result<FetchAnswer> answer) {
    result = std::move(answer);
    loop.stop();
  });
  loop.run();
  return result;
}

}  // namespace claw::gateway
