// What io's tests have in common: two streams that are each other's peer, a handshake between them, and
// certificates an authority of the test signs. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <ctime>
#include <string>
#include <utility>

#include "io/stream.h"
#include "io/tls/certificate.h"

namespace claw::io::trial {

inline std::pair<Stream, Stream> pair_of_streams() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  return {Stream(Fd(ends[0])), Stream(Fd(ends[1]))};
}

inline IoResult send(Stream& stream, std::string_view bytes) { return stream.send({&bytes, 1}); }

inline std::string read_all(Stream& stream) {
  std::string out;
  char buffer[4096];
  for (;;) {
    const IoResult result = stream.read(buffer);
    if (result.kind != IoResult::Kind::some) return out;
    out.append(buffer, result.count);
  }
}

// Empty when both are done; otherwise why one of them failed.
inline std::string shake_hands(Stream& a, Stream& b) {
  bool done[2] = {false, false};
  Stream* sides[2] = {&a, &b};
  for (int i = 0; i < 40 && !(done[0] && done[1]); ++i) {
    if (done[i % 2]) continue;
    const IoResult result = sides[i % 2]->handshake();
    if (result.kind == IoResult::Kind::failed) return result.why;
    done[i % 2] = result.kind == IoResult::Kind::some;
  }
  return done[0] && done[1] ? "" : "it never ends";
}

struct Signed {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;
  std::string pem() const { return to_pem(certificate.get()).value(); }
  TlsText text() const { return {pem(), to_pem(key.get()).value(), {}}; }
};

// Made out to `names` (one CN each) by `issuer`, or by itself as an authority.
inline Signed make_signed(const std::vector<std::string>& names, const Signed* issuer,
                          std::int64_t valid_s = 3600) {
  Signed made{make_p256_key(), Owned<X509>(X509_new())};
  X509* certificate = made.certificate.get();
  const std::int64_t now_s = std::time(nullptr);
  EXPECT_TRUE(begin(certificate, {now_s - 7200, now_s + valid_s}));
  for (const std::string& name : names) EXPECT_TRUE(add_common_name(certificate, name));
  X509* by = issuer != nullptr ? issuer->certificate.get() : certificate;
  EVP_PKEY* key = issuer != nullptr ? issuer->key.get() : made.key.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  X509_set_pubkey(certificate, made.key.get());
  const char* constraints = issuer != nullptr ? "critical,CA:FALSE" : "critical,CA:TRUE";
  EXPECT_TRUE(add_extension(certificate, by, NID_basic_constraints, constraints));
  if (issuer == nullptr) EXPECT_TRUE(add_extension(certificate, by, NID_subject_key_identifier, "hash"));
  EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  return made;
}

}  // namespace claw::io::trial
