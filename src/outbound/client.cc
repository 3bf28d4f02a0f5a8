#include "outbound/client.h"

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "outbound/link.h"
#include "protocol/http/wire/h1.h"

namespace claw::outbound {

namespace {

http::Request head_of(const Request& request) {
  http::Request head;
  head.method = request.method;
  head.scheme = request.has_tls ? "https" : "http";
  const bool is_ip6 = request.host.find(':') != std::string::npos;
  head.authority = is_ip6 ? "[" + request.host + "]" : request.host;
  if (request.port != (request.has_tls ? 443 : 80)) head.authority += ":" + std::to_string(request.port);
  head.path = request.path.reveal();
  for (const auto& [name, value] : request.fields) head.fields.add(name, value);
  for (const auto& [name, value] : request.secret_fields) head.fields.add_secret(name, value);
  head.has_body = !request.body.empty();
  if (head.has_body || request.method == "POST") head.length = request.body.size();
  return head;
}

std::int64_t seconds_of(std::string_view text) {
  std::int64_t seconds = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return read.ec == std::errc() && seconds >= 0 ? seconds : -1;
}

}  // namespace

struct Client::Flight {
  virtual ~Flight() = default;
};

namespace {

// One request and its answer. Calls back exactly once, unless it is destroyed first.
class Fetch final : public LinkUser, private http::Reader {
 public:
  Fetch(io::Loop& loop, const Request& request, Client::Done done)
      : done_(std::move(done)), host_(request.host), answer_bytes_max_(request.answer_bytes_max),
        codec_(http::make_h1_client()) {
    protocol::Commands commands;
    const http::Output out{commands, protocol::Side::upstream, 0};
    http::Request head = head_of(request);
    const http::StreamId stream = codec_->open(head, out);
    wipe(head.path);
    is_sayable_ = stream != 0;
    if (is_sayable_ && !request.body.empty()) {
      codec_->body(stream, request.body.reveal(), out);
      codec_->end(stream, {}, out);
    }
    for (const protocol::Command& command : commands.list()) {
      if (const auto* send = std::get_if<protocol::Send>(&command)) unsent_.append(send->bytes());
    }
    link_ = std::make_unique<Link>(
        loop,
        Goal{request.host, request.port, request.reach, request.trust, request.has_tls, request.timeout_ms},
        *this);
  }
  ~Fetch() override { wipe(unsent_); }

 private:
  void connected() override {
    if (!is_sayable_) return finish(invalid("a request to " + host_ + " that HTTP cannot say"));
    link_->send(std::exchange(unsent_, {}));
  }

  void received(std::string_view bytes) override {
    received_.append(bytes);
    protocol::Commands commands;
    auto consumed = codec_->feed(received_, *this, {commands, protocol::Side::upstream, 0});
    if (!consumed) return finish(std::move(consumed).error());
    received_.erase(0, *consumed);
    if (answer_.body.size() > answer_bytes_max_) {
      return finish(Error{Code::limit, "the answer of " + host_ + " is too long", {}});
    }
    if (ended_) finish(std::move(answer_));
  }

  void ended() override {
    codec_->peer_closed(*this);
    if (ended_) return finish(std::move(answer_));
    finish(Error{Code::unavailable, "connection to " + host_ + " lost", {}});
  }

  void failed(Error why) override { finish(std::move(why)); }

  void on_response(http::StreamId, http::Response response) override {
    if (response.status < 200) return;
    answer_.status = response.status;
    if (const auto after = response.fields.find("Retry-After")) answer_.retry_after_s = seconds_of(*after);
    for (const http::Field field : response.fields) {
      if (!http::same_name(field.name, "WWW-Authenticate")) continue;
      answer_.challenge.append(answer_.challenge.empty() ? "" : ", ").append(field.value);
    }
  }
  void on_body(http::StreamId, std::string_view bytes) override { answer_.body.append(bytes); }
  void on_end(http::StreamId, http::Fields) override { ended_ = answer_.status != 0; }
  void on_reset(http::StreamId, http::Reset, std::string_view) override {}

  void finish(Result<Answer> answer) {
    if (done_) std::exchange(done_, nullptr)(std::move(answer));
  }

  Client::Done done_;
  std::string host_;
  std::size_t answer_bytes_max_;
  std::unique_ptr<http::Codec> codec_;
  std::unique_ptr<Link> link_;
  std::string unsent_;
  std::string received_;
  Answer answer_;
  bool is_sayable_ = false;
  bool ended_ = false;
};

// One message handed to a mail server.
class Delivery final : public LinkUser {
 public:
  Delivery(io::Loop& loop, Mail mail, const MailServer& server, Secret password, Client::Delivered done)
      : done_(std::move(done)),
        host_(server.host),
        submission_(std::move(mail), server.security, server.user, std::move(password)) {
    auto trust = trust_of(server.ca_file);
    if (trust) trust_ = std::move(*trust);
    else trouble_ = std::move(trust).error();
    const bool tls = server.security == MailServer::Security::tls;
    link_ = std::make_unique<Link>(
        loop, Goal{server.host, server.port, reach_of(server.host), trust_, tls, server.timeout_ms}, *this);
  }

 private:
  void connected() override {
    if (trouble_) return finish(std::move(*trouble_));
    if (shaking_) step(submission_.tls_ready());
    shaking_ = false;
  }
  void received(std::string_view bytes) override { step(submission_.feed(bytes)); }
  void ended() override { finish(Error{Code::unavailable, "connection to " + host_ + " lost", {}}); }
  void failed(Error why) override { finish(std::move(why)); }

  void step(Result<Submission::Step> step) {
    if (!step) return finish(Error{step.error().code, host_ + ": " + step.error().what, {}});
    if (!step->send.empty()) link_->send(std::move(step->send));
    if (step->done) return finish(Done{});
    if (!step->start_tls) return;
    shaking_ = true;
    link_->start_tls();
  }

  void finish(Status status) {
    if (done_) std::exchange(done_, nullptr)(std::move(status));
  }

  Client::Delivered done_;
  std::string host_;
  Submission submission_;
  std::shared_ptr<io::TlsContext> trust_;
  std::optional<Error> trouble_;
  std::unique_ptr<Link> link_;
  bool shaking_ = false;
};

}  // namespace

Client::Client(io::Loop& loop) : loop_(loop) {}

Client::~Client() = default;

void Client::send(const Request& request, Done done) {
  struct HttpFlight final : Flight {
    std::unique_ptr<Fetch> fetch;
  };
  const std::uint64_t number = ++last_;
  auto flight = std::make_shared<HttpFlight>();
  flights_.emplace(number, flight);
  flight->fetch = std::make_unique<Fetch>(
      loop_, request, [this, number, done = std::move(done)](Result<Answer> answer) {
        land(number);
        done(std::move(answer));
      });
}

void Client::deliver(Mail mail, const MailServer& server, Secret password, Delivered done) {
  struct MailFlight final : Flight {
    std::unique_ptr<Delivery> delivery;
  };
  const std::uint64_t number = ++last_;
  auto flight = std::make_shared<MailFlight>();
  flights_.emplace(number, flight);
  flight->delivery = std::make_unique<Delivery>(loop_, std::move(mail), server, std::move(password),
                                                [this, number, done = std::move(done)](Status status) {
                                                  land(number);
                                                  done(std::move(status));
                                                });
}

// It is among the callers still: it goes when they have returned.
void Client::land(std::uint64_t number) {
  auto found = flights_.extract(number);
  if (!found.empty()) loop_.post([flight = std::move(found.mapped())] {});
}

Result<Answer> send_now(const Request& request) {
  const SystemClock clock;
  io::Loop loop(clock);
  Result<Answer> result = Error{Code::unavailable, "not asked", {}};
  Client client(loop);
  client.send(request, [&](Result<Answer> answer) {
    result = std::move(answer);
    loop.stop();
  });
  loop.run();
  return result;
}

}  // namespace claw::outbound
