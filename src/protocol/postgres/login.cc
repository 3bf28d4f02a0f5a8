// The upstream's side of a login: lease, connect, encrypt, prove the leased password, collect the
// server's greeting. The agent hears of it when it is over.
#include "protocol/postgres/phase.h"

#include <algorithm>
#include <variant>

#include "base/text.h"
#include "base/writer.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Event;
using protocol::Received;
using protocol::Side;

class Login final : public Phase {
 public:
  Login(Seat seat, Parameters parameters) : Phase(std::move(seat)), parameters_(std::move(parameters)) {}

  void enter(Commands& out) override {
    out.ask(protocol::Lease{seat_.principal.agent, seat_.user, seat_.database});
  }
  void on(const Event& event, Commands& out) override;
  bool wants(Side side) const override {
    return side == Side::upstream && (step_ == Step::encryption || step_ >= Step::proof);
  }
  std::string_view state() const override { return "logging in upstream"; }

 private:
  enum class Step { lease, connection, encryption, handshake, proof, greeting };

  void on_leased(const protocol::Leased& leased, Commands& out);
  void on_connected(const protocol::Connected& connected, Commands& out);
  void on_encryption_answer(std::string_view bytes, Commands& out);
  void send_startup(Commands& out);
  bool on_frame(std::string_view bytes, Commands& out);
  bool on_message(Back type, std::string_view body, Commands& out);
  bool on_challenge(const Challenge& challenge, Commands& out);
  bool answer_cleartext(Commands& out);
  bool on_setting(std::string_view body, Commands& out);
  bool on_ready(std::string_view body, Commands& out);
  void note_search_path();
  bool refused(const Problem& problem, Commands& out);
  bool answer(Commands& out, std::string_view body) {
    return out.send(Side::upstream, encode(Front::password, body)), true;
  }
  bool broken(Commands& out, std::string_view what) {
    return fail(out, "08006", "upstream login failed: " + std::string(what)), false;
  }

  Step step_ = Step::lease;
  Parameters parameters_;
  std::shared_ptr<const action::Login> login_;  // Let go as soon as it is proven.
  std::string binding_;
  bool tls_ = false;
  bool proof_asked_ = false;
  bool proven_ = false;   // SCRAM only: the server has proved itself too.
  std::unique_ptr<ScramClient> scram_;
  std::string their_key_;
  Arrival arrival_;
};

void Login::on(const Event& event, Commands& out) {
  if (const auto* received = std::get_if<Received>(&event)) {
    if (received->side == Side::client) return;
    if (step_ == Step::encryption) return on_encryption_answer(received->bytes, out);
    while (on_frame(received->bytes.substr(out.consumed(Side::upstream)), out)) {}
  } else if (const auto* leased = std::get_if<protocol::Leased>(&event)) {
    on_leased(*leased, out);
  } else if (const auto* connected = std::get_if<protocol::Connected>(&event)) {
    on_connected(*connected, out);
  } else if (const auto* ready = std::get_if<protocol::TlsReady>(&event)) {
    if (ready->error) return void(broken(out, ready->error->what));
    tls_ = true;
    binding_ = ready->binding;
    send_startup(out);
  } else if (const auto* closed = std::get_if<protocol::PeerClosed>(&event)) {
    if (closed->side == Side::client) return close(out, "agent left during login");
    broken(out, "upstream closed the connection");
  } else if (std::holds_alternative<protocol::TimedOut>(event)) {
    broken(out, "no answer in time");
  }
}

void Login::on_leased(const protocol::Leased& leased, Commands& out) {
  if (leased.error) {
    return fail(out, leased.error->code == Code::limit ? "53300" : "28000", leased.error->what);
  }
  login_ = leased.login;
  seat_.credential = login_->credential;
  if (!login_->user.empty()) seat_.user = login_->user;
  if (!login_->database.empty()) seat_.database = login_->database;
  step_ = Step::connection;
  out.ask(protocol::Connect{});
}

void Login::on_connected(const protocol::Connected& connected, Commands& out) {
  if (connected.error) return void(broken(out, connected.error->what));
  if (seat_.options->sslmode == SslMode::disable) return send_startup(out);
  step_ = Step::encryption;
  out.send(Side::upstream, encode_ssl_request());
}

void Login::on_encryption_answer(std::string_view bytes, Commands& out) {
  if (bytes.empty()) return;
  // Whatever came along in the clear would be taken for something said under TLS (CVE-2021-23222).
  if (bytes.size() > 1) return void(broken(out, "received unencrypted data after SSL response"));
  out.consume(Side::upstream, 1);
  if (bytes == "S") {
    step_ = Step::handshake;
    return out.ask(protocol::StartTls{Side::upstream});
  }
  if (bytes == "N" && seat_.options->sslmode == SslMode::prefer) return send_startup(out);
  broken(out, "upstream does not support TLS, and this endpoint requires it");
}

void Login::send_startup(Commands& out) {
  step_ = Step::proof;
  Parameters all = {{"user", seat_.user}, {"database", seat_.database}};
  all.insert(all.end(), parameters_.begin(), parameters_.end());
  out.send(Side::upstream, encode_startup(all));
}

bool Login::on_frame(std::string_view bytes, Commands& out) {
  const auto header = decode_header(bytes);
  if (!header) return broken(out, header.error().what);
  if (!*header) return false;
  if ((*header)->body > small_frame_bytes_max) return broken(out, "message is too long");
  if (bytes.size() < (*header)->whole()) return false;
  out.consume(Side::upstream, (*header)->whole());
  return on_message(static_cast<Back>((*header)->type), bytes.substr(header_bytes, (*header)->body), out);
}

bool Login::on_message(Back type, std::string_view body, Commands& out) {
  if (type == Back::error_response) {
    const auto problem = decode_problem(body);
    return problem ? refused(*problem, out) : broken(out, problem.error().what);
  }
  if (type == Back::notice_response) return true;  // Nobody is listening yet.
  if (step_ == Step::proof) {
    if (type != Back::authentication) return broken(out, "expected an authentication request");
    const auto challenge = decode_challenge(body);
    return challenge ? on_challenge(*challenge, out) : broken(out, challenge.error().what);
  }
  if (type == Back::parameter_status) return on_setting(body, out);
  if (type == Back::ready_for_query) return on_ready(body, out);
  if (type != Back::backend_key_data || body.size() < 8) {
    return broken(out, "unexpected message in the greeting");
  }
  their_key_ = body;
  return true;
}

bool Login::on_challenge(const Challenge& challenge, Commands& out) {
  using Kind = Challenge::Kind;
  const bool continues = challenge.kind == Kind::sasl_continue || challenge.kind == Kind::sasl_final;
  // One method, once: a second request after an answer fishes for the password in another form.
  if (challenge.kind != Kind::ok && !continues && std::exchange(proof_asked_, true)) {
    return broken(out, "upstream asked for proof twice");
  }
  switch (challenge.kind) {
    case Kind::ok:
      if (scram_ && !proven_) return broken(out, "upstream did not prove that it knows the password");
      login_.reset();
      scram_.reset();
      step_ = Step::greeting;
      return true;
    case Kind::cleartext:
      return answer_cleartext(out);
    case Kind::md5:
      if (challenge.body.size() != 4) return broken(out, "malformed md5 request");
      return answer(out,
                    std::string(md5_answer(seat_.user, login_->password, challenge.body).reveal()) + '\0');
    case Kind::sasl: {
      if (!offers(challenge.body, "SCRAM-SHA-256")) {
        return broken(out, "upstream offers no SASL mechanism we know");
      }
      scram_ =
          std::make_unique<ScramClient>(binding_, offers(challenge.body, "SCRAM-SHA-256-PLUS"), make_nonce());
      std::string body;
      Writer writer(body);
      writer.text(scram_->mechanism());
      writer.u32(static_cast<std::uint32_t>(scram_->first().size()));
      writer.bytes(scram_->first());
      return answer(out, body);
    }
    case Kind::sasl_continue: {
      if (!scram_) return broken(out, "unexpected SASL message");
      const auto proof = scram_->prove(challenge.body, login_->password);
      return proof ? answer(out, *proof) : broken(out, proof.error().what);
    }
    case Kind::sasl_final: {
      if (!scram_) return broken(out, "unexpected SASL message");
      const auto verified = scram_->verify(challenge.body);
      proven_ = verified.ok();
      return proven_ || broken(out, verified.error().what);
    }
  }
  return false;
}

bool Login::answer_cleartext(Commands& out) {
  if (!tls_ && !seat_.options->upstream_cleartext) {
    return broken(out, "upstream asks for the password in the clear without TLS");
  }
  return answer(out, std::string(login_->password.reveal()) + '\0');
}

bool Login::on_setting(std::string_view body, Commands& out) {
  const auto setting = decode_setting(body);
  if (!setting) return broken(out, setting.error().what);
  constexpr std::size_t reported_max = 200;  // Servers report about fifteen.
  if (arrival_.reported.size() == reported_max) return broken(out, "too many parameters reported");
  if (setting->name == "default_transaction_read_only") arrival_.reports_read_only = true;
  arrival_.reported.emplace_back(std::string(setting->name), std::string(setting->value));
  return true;
}

bool Login::on_ready(std::string_view body, Commands& out) {
  const auto status = decode_status(body);
  if (!status || *status != Transaction::idle) {
    return broken(out, "unexpected transaction status in the greeting");
  }
  std::string greeting = encode_challenge(Challenge::Kind::ok);
  for (const auto& [name, value] : arrival_.reported) greeting += encode_setting(name, value);
  if (!their_key_.empty()) {
    greeting += encode(Back::backend_key_data, seat_.our_key);
    out.ask(protocol::KeepKey{seat_.our_key, their_key_});
  }
  greeting += encode_status(Transaction::idle);
  note_search_path();
  out.send(Side::client, std::move(greeting));
  out.ask(protocol::SetTimer{login_timer, 0});
  go_on(make_session(seat_, std::move(arrival_)));
  return false;
}

// Older servers do not report it, but what the agent set at startup outdoes what role and database have.
void Login::note_search_path() {
  constexpr std::string_view name = "search_path";
  if (std::ranges::find(arrival_.reported, name, &Parameters::value_type::first) != arrival_.reported.end()) {
    return;
  }
  const auto is_path = [&](const auto& each) { return equals_ignoring_case(each.first, name); };
  if (std::ranges::count_if(parameters_, is_path) != 1) return;  // Of two the server takes one: which?
  arrival_.reported.emplace_back(name, std::ranges::find_if(parameters_, is_path)->second);
}

// Class 28 tells of the gateway's own credential, which is not the agent's affair.
bool Login::refused(const Problem& problem, Commands& out) {
  const bool about_us = problem.code.starts_with("28");
  out.ask(protocol::Report{"upstream refused the login: " + printable(problem.message, 200)});
  if (about_us) {
    return fail(out, "28000", "upstream refused the gateway's credential for this endpoint"), false;
  }
  fail(out, problem.code.empty() ? "08006" : problem.code, problem.message);
  return false;
}

// A cancel request: the agent holds our key, the upstream wants its own.
class Cancelling final : public Phase {
 public:
  Cancelling(Seat seat, std::string key) : Phase(std::move(seat)), key_(std::move(key)) {}

  void enter(Commands& out) override { out.ask(protocol::FindKey{key_}); }
  void on(const Event& event, Commands& out) override {
    if (const auto* found = std::get_if<protocol::KeyFound>(&event)) {
      if (!found->theirs) return close(out, "cancel request with a key nobody holds");
      key_ = *found->theirs;
      out.ask(protocol::Connect{});
    } else if (const auto* connected = std::get_if<protocol::Connected>(&event)) {
      if (connected->error) return close(out, connected->error->what);
      out.send(Side::upstream, encode_cancel(key_));
      close(out, "cancel request passed on");
    } else if (std::holds_alternative<protocol::TimedOut>(event)) {
      close(out, "cancel request took too long");
    }
  }
  bool wants(Side) const override { return false; }
  std::string_view state() const override { return "cancelling"; }

 private:
  std::string key_;
};

}  // namespace

std::unique_ptr<Phase> make_login(Seat seat, Parameters parameters) {
  return std::make_unique<Login>(std::move(seat), std::move(parameters));
}

std::unique_ptr<Phase> make_cancelling(Seat seat, std::string key) {
  return std::make_unique<Cancelling>(std::move(seat), std::move(key));
}

}  // namespace claw::postgres
