#include "protocol/postgres/auth.h"

#include <charconv>

#include "base/cursor.h"
#include "base/id.h"
#include "base/text.h"
#include "protocol/postgres/prep/saslprep.h"

namespace claw::postgres {
namespace {

constexpr std::size_t nonce_bytes = 18;

struct Keys {
  crypto::Digest client;
  crypto::Digest stored;
  crypto::Digest server;
};

Keys derive(std::string_view password, std::string_view salt, int iterations) {
  const Secret prepared = saslprep(password);
  const Secret salted = crypto::pbkdf2_sha256(prepared.reveal(), salt, iterations);
  Keys keys;
  keys.client = crypto::hmac_sha256(salted.reveal(), "Client Key");
  keys.stored = crypto::sha256(crypto::view(keys.client));
  keys.server = crypto::hmac_sha256(salted.reveal(), "Server Key");
  return keys;
}

std::string exclusive_or(std::string_view a, std::string_view b) {
  std::string out(a);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
  return out;
}

// The value of the attribute `name` at the front of `text`, which is moved past it and its comma.
Result<std::string_view> attribute(std::string_view& text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') {
    return invalid(std::string("malformed SCRAM message: attribute ") + name + " expected");
  }
  const std::size_t comma = text.find(',');
  const std::string_view value = text.substr(2, comma == std::string_view::npos ? comma : comma - 2);
  text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  return value;
}

Result<int> iterations_of(std::string_view digits) {
  int count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size() || count < 1 || count > iterations_max) {
    return invalid("SCRAM iteration count out of range");
  }
  return count;
}

}  // namespace

void AgentTokens::add(std::string agent, std::string profile, std::string_view token) {
  const Keys keys = derive(token, salt, iterations);
  agents.push_back({std::move(agent), std::move(profile), keys.stored, keys.server});
}

const AgentToken* AgentTokens::holder_of(std::string_view token) const {
  const Keys keys = derive(token, salt, iterations);
  for (const AgentToken& candidate : agents) {
    if (crypto::equal(crypto::view(keys.stored), crypto::view(candidate.stored_key))) return &candidate;
  }
  return nullptr;
}

std::string make_nonce() {
  std::string bytes(nonce_bytes, '\0');
  fill_random(bytes);
  return to_base64(bytes);
}

Result<std::string> ScramServer::challenge(std::string_view client_first) {
  // We offer no channel binding: `n` and `y` (the client could, and believes we cannot) are true of us.
  if (!client_first.starts_with("n,,") && !client_first.starts_with("y,,")) {
    return invalid("malformed SCRAM message: channel binding or authorization identity not supported");
  }
  gs2_header_ = client_first.substr(0, 3);
  client_first_bare_ = client_first.substr(3);
  std::string_view rest = client_first_bare_;
  CLAW_TRY_DONE(attribute(rest, 'n'));
  CLAW_TRY(const std::string_view client_nonce, attribute(rest, 'r'));
  if (client_nonce.empty()) return invalid("malformed SCRAM message: empty nonce");
  nonce_ = std::string(client_nonce) + nonce_;
  server_first_ =
      "r=" + nonce_ + ",s=" + to_base64(tokens_.salt) + ",i=" + std::to_string(tokens_.iterations);
  return server_first_;
}

Result<ScramServer::Accepted> ScramServer::accept(std::string_view client_final) {
  const std::size_t proof_at = client_final.rfind(",p=");
  if (proof_at == std::string_view::npos) return invalid("malformed SCRAM message: no proof");
  const std::string_view without_proof = client_final.substr(0, proof_at);
  std::string_view rest = client_final;
  CLAW_TRY(const std::string_view binding, attribute(rest, 'c'));
  CLAW_TRY(const std::string_view nonce, attribute(rest, 'r'));
  CLAW_TRY(const std::string proof, from_base64(client_final.substr(proof_at + 3)));
  if (binding != to_base64(gs2_header_) || nonce != nonce_ || proof.size() != sizeof(crypto::Digest)) {
    return invalid("SCRAM exchange does not match");
  }
  const std::string message = client_first_bare_ + "," + server_first_ + "," + std::string(without_proof);
  for (const AgentToken& candidate : tokens_.agents) {
    const crypto::Digest signature = crypto::hmac_sha256(crypto::view(candidate.stored_key), message);
    const std::string client_key = exclusive_or(proof, crypto::view(signature));
    if (!crypto::equal(crypto::view(crypto::sha256(client_key)), crypto::view(candidate.stored_key))) {
      continue;
    }
    const crypto::Digest answer = crypto::hmac_sha256(crypto::view(candidate.server_key), message);
    return Accepted{&candidate, "v=" + to_base64(crypto::view(answer))};
  }
  return Error{Code::denied, "no agent holds this token", {}};
}

ScramClient::ScramClient(std::string binding, bool server_offers_plus, std::string nonce)
    : binding_(std::move(binding)), plus_(server_offers_plus && !binding_.empty()), nonce_(std::move(nonce)) {
  // `y` lets a server that does offer PLUS notice that somebody took it off its list.
  gs2_header_ = plus_ ? "p=tls-server-end-point,," : binding_.empty() ? "n,," : "y,,";
  first_bare_ = "n=,r=" + nonce_;
}

std::string_view ScramClient::mechanism() const { return plus_ ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"; }

Result<std::string> ScramClient::prove(std::string_view server_first, const Secret& password) {
  // Each proof costs as many iterations as the server likes; a hostile one would ask without end.
  if (!expected_signature_.empty()) return invalid("upstream asked for proof twice");
  std::string_view rest = server_first;
  CLAW_TRY(const std::string_view nonce, attribute(rest, 'r'));
  CLAW_TRY(const std::string_view salt_text, attribute(rest, 's'));
  CLAW_TRY(const std::string_view iterations_text, attribute(rest, 'i'));
  if (!nonce.starts_with(nonce_) || nonce.size() == nonce_.size()) return invalid("SCRAM nonce is not ours");
  CLAW_TRY(const std::string salt, from_base64(salt_text));
  CLAW_TRY(const int iterations, iterations_of(iterations_text));
  const Keys keys = derive(password.reveal(), salt, iterations);
  const std::string channel = plus_ ? gs2_header_ + binding_ : gs2_header_;
  const std::string without_proof = "c=" + to_base64(channel) + ",r=" + std::string(nonce);
  const std::string message = first_bare_ + "," + std::string(server_first) + "," + without_proof;
  const crypto::Digest signature = crypto::hmac_sha256(crypto::view(keys.stored), message);
  const std::string proof = exclusive_or(crypto::view(keys.client), crypto::view(signature));
  expected_signature_ = crypto::view(crypto::hmac_sha256(crypto::view(keys.server), message));
  return without_proof + ",p=" + to_base64(proof);
}

Status ScramClient::verify(std::string_view server_final) const {
  std::string_view rest = server_final;
  CLAW_TRY(const std::string_view text, attribute(rest, 'v'));
  CLAW_TRY(const std::string signature, from_base64(text));
  if (expected_signature_.empty() || !crypto::equal(signature, expected_signature_)) {
    return invalid("upstream could not prove that it knows the password");
  }
  return Done{};
}

bool offers(std::string_view mechanisms, std::string_view name) {
  Cursor cursor(mechanisms);
  for (std::string_view next = cursor.text(); !next.empty(); next = cursor.text()) {
    if (next == name) return true;
  }
  return false;
}

Secret md5_answer(std::string_view user, const Secret& password, std::string_view salt) {
  const Secret joined(std::string(password.reveal()).append(user));
  const Secret salted(crypto::md5_hex(joined.reveal()).append(salt));
  return Secret("md5" + crypto::md5_hex(salted.reveal()));
}

}  // namespace claw::postgres
