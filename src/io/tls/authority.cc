#include "io/authority.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/crypto.h"
#include "base/id.h"
#include "io/tls/settings.h"

namespace claw::io {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_s = 24 * 3600;
constexpr std::int64_t authority_valid_s =
    3652 * day_s;  // Ten years: it is put into images and trust stores.
constexpr std::int64_t leaf_valid_s = 14 * day_s;         // Short: what a stolen leaf key is worth ends soon.
constexpr std::int64_t early_s = 3600;                    // Agents' clocks may be behind ours.

Error cannot(std::string_view what) {
  return Error{Code::unavailable, fmt::format("cannot make {}: {}", what, last_openssl_error()), {}};
}

Owned<X509_EXTENSION> extension(X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, nullptr, 0);
  return Owned<X509_EXTENSION>(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
}

bool is_authority(X509* certificate) {
  return X509_check_ca(certificate) == 1 &&
         (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0 &&
         (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
}

std::int64_t end_of(const X509* certificate) {
  tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return ::timegm(&end);
}

}  // namespace

struct Authority::Inner {
  struct Made {
    std::string host;
    Validity validity;
    std::shared_ptr<TlsContext> context;
  };

  std::string pem;
  Owned<X509> certificate;
  std::int64_t until_s = 0;
  Owned<EVP_PKEY> key;
  std::shared_ptr<EVP_PKEY> leaf_key;
  std::vector<Owned<X509_EXTENSION>> extensions;  // The same in every leaf.
  std::shared_ptr<SSL_CTX> settings;              // Making these costs more than all the rest of a leaf.
  std::size_t leaves_max = 0;

  std::mutex mutex;  // Guards what follows.
  std::list<Made> made;  // Latest asked for first.
  std::unordered_map<std::string, std::list<Made>::iterator> by_host;

  bool prepare();
  Owned<X509> sign(const CertifiedHost& host, const Validity& validity) const;
  std::shared_ptr<TlsContext> find(const std::string& host, std::int64_t now_s);
  void keep(Made leaf);
};

bool Authority::Inner::prepare() {
  settings = make_settings(TlsRole::server);
  SSL_CTX_set_num_tickets(settings.get(), 1);  // A second would only be for clients that race.
  leaf_key = std::shared_ptr<EVP_PKEY>(make_p256_key().release(), FreeOpenssl());
  extensions.push_back(extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE"));
  extensions.push_back(extension(certificate.get(), NID_key_usage, "critical,digitalSignature"));
  extensions.push_back(extension(certificate.get(), NID_ext_key_usage, "serverAuth"));
  extensions.push_back(extension(certificate.get(), NID_authority_key_identifier, "keyid:always"));
  return leaf_key != nullptr && std::none_of(extensions.begin(), extensions.end(),
                                             [](const auto& each) { return each == nullptr; });
}

// Null when the library cannot.
Owned<X509> Authority::Inner::sign(const CertifiedHost& host, const Validity& validity) const {
  Owned<X509> leaf(X509_new());
  if (leaf == nullptr) return nullptr;
  bool done = begin(leaf.get(), validity) && add_host(leaf.get(), host) &&
              X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate.get())) == 1 &&
              X509_set_pubkey(leaf.get(), leaf_key.get()) == 1;
  for (const auto& each : extensions) done = done && X509_add_ext(leaf.get(), each.get(), -1) == 1;
  done = done && X509_sign(leaf.get(), key.get(), EVP_sha256()) > 0;
  return done ? std::move(leaf) : nullptr;
}

std::shared_ptr<TlsContext> Authority::Inner::find(const std::string& host, std::int64_t now_s) {
  const std::lock_guard lock(mutex);
  const auto found = by_host.find(host);
  if (found == by_host.end()) return nullptr;
  const Made& leaf = *found->second;
  const std::int64_t life_s = leaf.validity.until_s - leaf.validity.from_s;
  // A clock that was put back counts as expired: the agent's may be right.
  if (now_s < leaf.validity.from_s || leaf.validity.until_s - now_s < life_s / 3) return nullptr;
  made.splice(made.begin(), made, found->second);
  return leaf.context;
}

// Two threads may have made the same leaf at once; the later one stays, both are good.
void Authority::Inner::keep(Made leaf) {
  const std::lock_guard lock(mutex);
  if (const auto found = by_host.find(leaf.host); found != by_host.end()) {
    made.erase(found->second);
    by_host.erase(found);
  }
  made.push_front(std::move(leaf));
  by_host.emplace(made.front().host, made.begin());
  if (made.size() <= leaves_max) return;
  by_host.erase(made.back().host);
  made.pop_back();
}

Authority::Authority(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
Authority::~Authority() = default;

Result<AuthorityPem> Authority::make(std::int64_t now_us) {
  const std::int64_t now_s = now_us / second_us;
  const Owned<EVP_PKEY> key = make_p256_key();
  const Owned<X509> made(X509_new());
  if (key == nullptr || made == nullptr) return cannot("an authority");
  X509* authority = made.get();
  const bool done =
      begin(authority, {now_s - early_s, now_s + authority_valid_s}) &&
      add_common_name(authority, "Claw Patrol CA " + random_hex(2)) &&
      X509_set_issuer_name(authority, X509_get_subject_name(authority)) == 1 &&
      X509_set_pubkey(authority, key.get()) == 1 &&
      add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(authority, authority, NID_subject_key_identifier, "hash") &&
      X509_sign(authority, key.get(), EVP_sha256()) > 0;
  if (!done) return cannot("an authority");
  AuthorityPem pem;
  CLAW_TRY(pem.certificate, to_pem(authority));
  CLAW_TRY(pem.key, to_pem(key.get()));
  return pem;
}

Result<std::shared_ptr<Authority>> Authority::open(const AuthorityPem& pem, std::size_t leaves_max) {
  CLAW_CHECK(leaves_max > 0);
  auto inner = std::make_unique<Inner>();
  inner->leaves_max = leaves_max;
  CLAW_TRY(auto certificates, certificates_from_pem(pem.certificate));
  if (certificates.size() != 1) return invalid("the authority's certificate must stand alone");
  inner->certificate = std::move(certificates.front());
  CLAW_TRY(inner->key, key_from_pem(pem.key));
  if (!is_authority(inner->certificate.get())) return invalid("this certificate is not an authority's");
  if (X509_check_private_key(inner->certificate.get(), inner->key.get()) != 1) {
    return invalid("the authority's key is not the one of its certificate");
  }
  inner->until_s = end_of(inner->certificate.get());
  CLAW_TRY(inner->pem,
           to_pem(inner->certificate.get()));  // Only what agents must have, whatever was beside it.
  if (!inner->prepare()) return cannot("the key of the leaves");
  return std::shared_ptr<Authority>(new Authority(std::move(inner)));
}

Result<std::shared_ptr<TlsContext>> Authority::context_for(const std::string& host, std::int64_t now_us) {
  CLAW_TRY(const CertifiedHost certified, certified_host(host));
  // An address has many spellings and one meaning; no name begins with `=`.
  const std::string key = certified.ip.empty() ? certified.text : "=" + certified.ip;
  const std::int64_t now_s = now_us / second_us;
  if (auto found = inner_->find(key, now_s)) return found;
  const Validity validity{now_s - early_s, std::min(now_s + leaf_valid_s, inner_->until_s)};
  if (validity.until_s <= now_s) {
    return Error{Code::unavailable, "the authority's certificate has expired: make a new one", {}};
  }
  Owned<X509> leaf = inner_->sign(certified, validity);
  if (leaf == nullptr) return cannot("a certificate for `" + certified.text + "`");
  auto made = std::make_unique<TlsContext::Inner>();
  made->settings = inner_->settings;
  made->role = TlsRole::server;
  made->leaf = {std::move(leaf), inner_->leaf_key, std::string(crypto::view(crypto::sha256(key)))};
  std::shared_ptr<TlsContext> context(new TlsContext(std::move(made)));
  inner_->keep({key, validity, context});
  return context;
}

const std::string& Authority::certificate() const { return inner_->pem; }

}  // namespace claw::io
