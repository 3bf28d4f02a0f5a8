// The agent's first packets: encryption, cancel or startup, and the proof of its token.
#include "protocol/postgres/phase.h"

#include <variant>

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"
#include "protocol/postgres/parameters.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Event;
using protocol::Received;
using protocol::Side;

class Greeting final : public Phase {
 public:
  using Phase::Phase;

  void on(const Event& event, Commands& out) override {
    if (const auto* received = std::get_if<Received>(&event)) return on_received(*received, out);
    if (const auto* ready = std::get_if<protocol::TlsReady>(&event)) return on_tls(*ready, out);
    if (std::holds_alternative<protocol::Started>(event)) {
      out.ask(protocol::SetTimer{login_timer, login_ms});
    } else if (std::holds_alternative<protocol::PeerClosed>(event)) {
      close(out, "agent left before it logged in");
    } else if (std::holds_alternative<protocol::TimedOut>(event)) {
      close(out, "agent did not log in in time");
    }
  }

  bool wants(Side side) const override { return side == Side::client && step_ != Step::tls; }
  std::string_view state() const override {
    return step_ == Step::packet ? "opening" : "authenticating agent";
  }

 private:
  enum class Step { packet, tls, password, sasl_first, sasl_final };

  void on_received(const Received& received, Commands& out);
  bool on_packet(std::string_view bytes, Commands& out);
  bool answer_encryption(bool ours_to_give, bool more_follows, Commands& out);
  bool on_startup(const Startup& startup, Commands& out);
  void on_tls(const protocol::TlsReady& ready, Commands& out);
  bool ask_for_token(Commands& out);
  bool on_password_frame(std::string_view bytes, Commands& out);
  bool on_password(std::string_view body, Commands& out);
  bool on_sasl_first(std::string_view body, Commands& out);
  bool on_sasl_final(std::string_view body, Commands& out);
  bool accept(const AgentToken& token, Commands& out);
  bool reject(Commands& out, std::string_view why);

  Step step_ = Step::packet;
  bool tls_ = false;
  bool asked_gss_ = false;
  Requested requested_;
  std::unique_ptr<ScramServer> scram_;
};

void Greeting::on_received(const Received& received, Commands& out) {
  bool more = received.side == Side::client;
  while (more && step_ != Step::tls) {
    const std::string_view bytes = received.bytes.substr(out.consumed(Side::client));
    more = step_ == Step::packet ? on_packet(bytes, out) : on_password_frame(bytes, out);
  }
}

// Each step consumes what it understood and says whether to look again.
bool Greeting::on_packet(std::string_view bytes, Commands& out) {
  auto frame = decode_opening(bytes);
  if (!frame) {
    return fail(out, frame.error().code == Code::unsupported ? "0A000" : "08P01", frame.error().what), false;
  }
  if (!*frame) return false;
  out.consume(Side::client, (*frame)->size);
  const bool more_follows = bytes.size() > (*frame)->size;
  if (std::holds_alternative<SslRequest>((*frame)->opening)) {
    return answer_encryption(seat_.options->client_tls && !tls_, more_follows, out);
  }
  if (std::holds_alternative<GssRequest>((*frame)->opening)) {
    if (asked_gss_) return fail(out, "08P01", "unexpected GSSENCRequest"), false;
    asked_gss_ = true;
    return answer_encryption(false, more_follows, out);
  }
  if (const auto* cancel = std::get_if<CancelRequest>(&(*frame)->opening)) {
    go_on(make_cancelling(seat_, std::string(cancel->key)));
    return false;
  }
  return on_startup(std::get<Startup>((*frame)->opening), out);
}

bool Greeting::answer_encryption(bool ours_to_give, bool more_follows, Commands& out) {
  // Bytes sent in the clear before the handshake must not be read as if they had come through it.
  if (more_follows) return fail(out, "08P01", "received unencrypted data after SSL request"), false;
  if (tls_) return fail(out, "08P01", "unexpected SSLRequest"), false;
  out.send(Side::client, ours_to_give ? "S" : "N");
  if (!ours_to_give) return true;
  step_ = Step::tls;
  out.ask(protocol::StartTls{Side::client});
  return false;
}

void Greeting::on_tls(const protocol::TlsReady& ready, Commands& out) {
  if (ready.error) return close(out, "agent's TLS failed: " + ready.error->what);
  tls_ = true;
  step_ = Step::packet;
}

bool Greeting::on_startup(const Startup& startup, Commands& out) {
  if (seat_.options->client_tls_required && !tls_) {
    return fail(out, "28000", "this endpoint takes encrypted connections only: use sslmode=require"), false;
  }
  auto requested = check_startup(startup);
  if (!requested) {
    return fail(out, requested.error().code == Code::invalid ? "08P01" : "0A000", requested.error().what),
           false;
  }
  requested_ = std::move(*requested);
  if (startup.minor > 0 || !requested_.unknown_extensions.empty()) {
    std::string body;
    Writer writer(body);
    writer.u32(3U << 16);  // The newest we speak is 3.0.
    writer.u32(static_cast<std::uint32_t>(requested_.unknown_extensions.size()));
    for (const std::string& name : requested_.unknown_extensions) writer.text(name);
    out.send(Side::client, encode(Back::negotiate_version, body));
  }
  seat_.user = requested_.user;
  seat_.database = requested_.database;
  if (seat_.options->authenticate_agents) return ask_for_token(out);
  go_on(make_login(seat_, std::move(requested_.settings)));
  return false;
}

bool Greeting::ask_for_token(Commands& out) {
  if (!seat_.options->tokens) return reject(out, "no agent has a token for this endpoint");
  if (seat_.options->cleartext_tokens && tls_) {
    step_ = Step::password;
    out.send(Side::client, encode_challenge(Challenge::Kind::cleartext));
    return true;
  }
  step_ = Step::sasl_first;
  constexpr std::string_view mechanisms("SCRAM-SHA-256\0", 15);
  out.send(Side::client, encode_challenge(Challenge::Kind::sasl, mechanisms));
  return true;
}

bool Greeting::on_password_frame(std::string_view bytes, Commands& out) {
  const auto header = decode_header(bytes);
  if (!header) return fail(out, "08P01", header.error().what), false;
  if (!*header) return false;
  if ((*header)->type == static_cast<char>(Front::terminate)) {
    return close(out, "agent left before it logged in"), false;
  }
  if ((*header)->type != static_cast<char>(Front::password)) {
    return fail(out, "08P01", "expected password response"), false;
  }
  if ((*header)->body > password_bytes_max) return fail(out, "08P01", "password response is too long"), false;
  if (bytes.size() < (*header)->whole()) return false;
  out.consume(Side::client, (*header)->whole());
  const std::string_view body = bytes.substr(header_bytes, (*header)->body);
  if (step_ == Step::password) return on_password(body, out);
  return step_ == Step::sasl_first ? on_sasl_first(body, out) : on_sasl_final(body, out);
}

bool Greeting::on_password(std::string_view body, Commands& out) {
  Cursor cursor(body);
  const std::string_view token = cursor.text();
  if (!cursor.done()) return fail(out, "08P01", "malformed password message"), false;
  const AgentToken* holder = seat_.options->tokens->holder_of(token);
  if (holder == nullptr) return reject(out, "no agent holds this token");
  return accept(*holder, out);
}

bool Greeting::on_sasl_first(std::string_view body, Commands& out) {
  Cursor cursor(body);
  const std::string_view mechanism = cursor.text();
  const std::uint32_t size = cursor.u32();
  const std::string_view message = cursor.take(size);
  if (!cursor.done() || mechanism != "SCRAM-SHA-256") {
    return fail(out, "08P01", "malformed SASL response"), false;
  }
  scram_ = std::make_unique<ScramServer>(*seat_.options->tokens, make_nonce());
  const auto challenge = scram_->challenge(message);
  if (!challenge) return fail(out, "08P01", challenge.error().what), false;
  step_ = Step::sasl_final;
  out.send(Side::client, encode_challenge(Challenge::Kind::sasl_continue, *challenge));
  return true;
}

bool Greeting::on_sasl_final(std::string_view body, Commands& out) {
  const auto accepted = scram_->accept(body);
  if (!accepted) {
    if (accepted.error().code == Code::denied) return reject(out, accepted.error().what);
    return fail(out, "08P01", accepted.error().what), false;
  }
  out.send(Side::client, encode_challenge(Challenge::Kind::sasl_final, accepted->server_final));
  return accept(*accepted->token, out);
}

bool Greeting::accept(const AgentToken& token, Commands& out) {
  static_cast<void>(out);
  seat_.principal.agent = token.agent;
  seat_.principal.profile = token.profile;
  go_on(make_login(seat_, std::move(requested_.settings)));
  return false;
}

bool Greeting::reject(Commands& out, std::string_view why) {
  out.ask(protocol::Report{"agent's token refused: " + std::string(why)});
  fail(out, "28P01", "agent token refused: use the token issued by this gateway as the password");
  return false;
}

}  // namespace

std::unique_ptr<Phase> make_opening(Seat seat) { return std::make_unique<Greeting>(std::move(seat)); }

}  // namespace claw::postgres
