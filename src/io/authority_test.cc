// The authority's certificates read back as an agent sees them, and the handshakes agents have with them.
#include "io/authority.h"

#include <openssl/pem.h>

#include <set>
#include <thread>

#include "base/clock.h"
#include "io/tls/trial.h"

namespace claw::io {
namespace {

using namespace trial;  // NOLINT: a test's own words.

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;
constexpr std::int64_t some_time_us = 1'800'000'000LL * 1'000'000;

std::int64_t now_us() { return SystemClock().wall_us(); }

std::shared_ptr<Authority> make_authority(std::int64_t at_us, std::size_t leaves_max = 1024) {
  const auto pem = Authority::make(at_us);
  EXPECT_TRUE(pem.ok());
  auto opened = Authority::open(*pem, leaves_max);
  EXPECT_TRUE(opened.ok());
  return *opened;
}

Owned<X509> read_certificate(const std::string& pem) {
  return std::move(certificates_from_pem(pem).value().front());
}

// As OpenSSL prints one of its extensions; empty when it has none.
std::string shown(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return {};
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  X509_EXTENSION* extension = X509_get_ext(certificate, at);
  X509V3_EXT_print(out.get(), extension, 0, 0);
  const char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  const std::string critical = X509_EXTENSION_get_critical(extension) != 0 ? "critical " : "";
  return critical + std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  tm parts{};
  EXPECT_EQ(ASN1_TIME_to_tm(time, &parts), 1);
  return ::timegm(&parts);
}

// The leaf as somebody who connects sees it.
Owned<X509> leaf_of(std::shared_ptr<TlsContext> context) {
  auto [client, server] = pair_of_streams();
  server.start_tls(std::move(context), TlsStart{});
  const Owned<SSL_CTX> settings(SSL_CTX_new(TLS_client_method()));
  SSL* ssl = SSL_new(settings.get());
  SSL_set_fd(ssl, client.fd());
  for (int i = 0; i < 10; ++i) {
    SSL_connect(ssl);
    server.handshake();
  }
  Owned<X509> leaf(SSL_get1_peer_certificate(ssl));
  SSL_free(ssl);
  return leaf;
}

bool trusts(const std::string& roots, std::shared_ptr<TlsContext> context, const std::string& host) {
  auto [client, server] = pair_of_streams();
  const auto believing = TlsContext::client({}, TlsTrust::chain_and_name, TlsText{{}, {}, roots});
  EXPECT_TRUE(believing.ok());
  client.start_tls(*believing, TlsStart{host, {}, {}, {}});
  server.start_tls(std::move(context), TlsStart{});
  return shake_hands(client, server).empty();
}

TEST(Authority, is_what_a_trust_store_wants) {
  const auto pem = Authority::make(some_time_us);
  ASSERT_TRUE(pem.ok());
  const Owned<X509> made = read_certificate(pem->certificate);
  X509* ca = made.get();
  EXPECT_EQ(common_name_of(ca).substr(0, 15), "Claw Patrol CA ");
  EXPECT_EQ(common_name_of(ca).size(), 19u);
  EXPECT_EQ(shown(ca, NID_basic_constraints), "critical CA:TRUE, pathlen:0");
  EXPECT_EQ(shown(ca, NID_key_usage), "critical Certificate Sign, CRL Sign");
  EXPECT_NE(shown(ca, NID_subject_key_identifier), "");
  EXPECT_EQ(seconds_of(X509_get0_notBefore(ca)), 1'800'000'000 - 3600);
  EXPECT_EQ(seconds_of(X509_get0_notAfter(ca)), 1'800'000'000 + 3652LL * 86400);
  EXPECT_EQ(X509_verify(ca, X509_get0_pubkey(ca)), 1);
  EXPECT_TRUE(pem->key.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_NE(Authority::make(some_time_us)->certificate, pem->certificate);
}

TEST(Authority, a_leaf_is_for_one_name_and_for_servers_only) {
  const auto authority = make_authority(some_time_us);
  const Owned<X509> made = leaf_of(*authority->context_for("API.github.com", some_time_us));
  X509* leaf = made.get();
  ASSERT_NE(leaf, nullptr);
  EXPECT_EQ(common_name_of(leaf), "api.github.com");
  EXPECT_EQ(shown(leaf, NID_subject_alt_name), "DNS:api.github.com");
  EXPECT_EQ(shown(leaf, NID_ext_key_usage), "TLS Web Server Authentication");
  EXPECT_EQ(shown(leaf, NID_key_usage), "critical Digital Signature");
  EXPECT_EQ(shown(leaf, NID_basic_constraints), "critical CA:FALSE");
  const Owned<X509> ca = read_certificate(authority->certificate());
  EXPECT_EQ(shown(leaf, NID_authority_key_identifier).find(shown(ca.get(), NID_subject_key_identifier)), 0u);
  EXPECT_EQ(seconds_of(X509_get0_notBefore(leaf)), 1'800'000'000 - 3600);
  EXPECT_EQ(seconds_of(X509_get0_notAfter(leaf)), 1'800'000'000 + 14 * 86400);
  EXPECT_EQ(X509_verify(leaf, X509_get0_pubkey(ca.get())), 1);
  EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)), 256);
  EXPECT_EQ(X509_check_ca(leaf), 0);
}

TEST(Authority, addresses_and_long_names_have_their_own_form) {
  const auto authority = make_authority(some_time_us);
  const auto alternative = [&](const std::string& host) {
    const Owned<X509> leaf = leaf_of(*authority->context_for(host, some_time_us));
    return common_name_of(leaf.get()) + "|" + shown(leaf.get(), NID_subject_alt_name);
  };
  EXPECT_EQ(alternative("10.1.2.3"), "10.1.2.3|IP Address:10.1.2.3");
  EXPECT_EQ(alternative("::1"), "::1|IP Address:0:0:0:0:0:0:0:1");
  const std::string longest = std::string(31, 'a') + "." + std::string(30, 'a') + ".a";
  EXPECT_EQ(longest.size(), 64u);
  EXPECT_EQ(alternative(longest), longest + "|DNS:" + longest);
  EXPECT_EQ(alternative("a" + longest.substr(0, 31) + "." + longest),
            "|critical DNS:a" + longest.substr(0, 31) + "." + longest);
  EXPECT_EQ(alternative(longest + "a"), "|critical DNS:" + longest + "a");
}

TEST(Authority, every_serial_number_is_another) {
  const auto authority = make_authority(some_time_us, 1);
  std::set<std::string> serials;
  int longest = 0;
  for (int i = 0; i < 50; ++i) {
    const Owned<X509> leaf =
        leaf_of(*authority->context_for("h" + std::to_string(i) + ".test", some_time_us));
    const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf.get()), nullptr));
    EXPECT_EQ(BN_is_negative(number.get()), 0);
    longest = std::max(longest, BN_num_bits(number.get()));
    char* text = BN_bn2hex(number.get());
    serials.insert(text);
    OPENSSL_free(text);
  }
  EXPECT_EQ(serials.size(), 50u);
  EXPECT_EQ(longest, 128);
}

TEST(Authority, what_is_no_host_gets_no_certificate) {
  const auto authority = make_authority(some_time_us);
  const std::string long_label(64, 'a');
  std::string too_long;
  while (too_long.size() < 254) too_long += "abc.";
  too_long += "test";
  for (const std::string& host : std::vector<std::string>{"",
                                                          ".",
                                                          "a..b",
                                                          ".a",
                                                          "a.",
                                                          "-a.test",
                                                          "a-.test",
                                                          "*.test",
                                                          "a b",
                                                          "a,DNS:b.test",
                                                          "a\nb",
                                                          "a/b",
                                                          std::string("a\0.test", 7),
                                                          "b\xC3\xBC"
                                                          "cher.test",
                                                          "127.1",
                                                          "0x7f.1",
                                                          "2130706433",
                                                          "0x7f000001",
                                                          "1.2.3.4.5",
                                                          "01.2.3.4",
                                                          "256.1.1.1",
                                                          "fe80::1%eth0",
                                                          "[::1]",
                                                          "::g",
                                                          "a:80",
                                                          long_label,
                                                          too_long}) {
    EXPECT_FALSE(authority->context_for(host, some_time_us).ok()) << host;
  }
  for (const char* host : {"a", "localhost", "my_db.internal", "xn--bcher-kva.test", "1password.com", "::",
                           "2001:db8::1", "::ffff:1.2.3.4"}) {
    EXPECT_TRUE(authority->context_for(host, some_time_us).ok()) << host;
  }
}

TEST(Authority, a_leaf_is_kept_and_renewed_before_it_ends) {
  const auto authority = make_authority(some_time_us);
  const auto first = *authority->context_for("a.test", some_time_us);
  EXPECT_EQ(*authority->context_for("A.test", some_time_us + 9 * day_us), first);
  const auto second = *authority->context_for("a.test", some_time_us + 10 * day_us);
  EXPECT_NE(second, first);
  EXPECT_EQ(*authority->context_for("a.test", some_time_us + 11 * day_us), second);
  EXPECT_NE(*authority->context_for("a.test", some_time_us), second) << "the clock was put back";
  EXPECT_EQ(*authority->context_for("0:0::1", some_time_us), *authority->context_for("::1", some_time_us));
}

TEST(Authority, no_leaf_outlives_its_authority) {
  const auto authority = make_authority(some_time_us);
  const std::int64_t late_us = some_time_us + 3650 * day_us;
  const Owned<X509> leaf = leaf_of(*authority->context_for("a.test", late_us));
  EXPECT_EQ(seconds_of(X509_get0_notAfter(leaf.get())), 1'800'000'000 + 3652LL * 86400);
  EXPECT_FALSE(authority->context_for("a.test", some_time_us + 3652 * day_us).ok());
}

TEST(Authority, forgets_the_host_that_was_asked_for_longest_ago) {
  const auto authority = make_authority(some_time_us, 2);
  const auto ask = [&](const char* host) { return *authority->context_for(host, some_time_us); };
  const auto a = ask("a.test"), b = ask("b.test");
  EXPECT_EQ(ask("a.test"), a);
  ask("c.test");
  EXPECT_EQ(ask("a.test"), a);
  EXPECT_NE(ask("b.test"), b);
}

TEST(Authority, agents_that_trust_it_believe_its_leaves_and_only_for_their_host) {
  const auto authority = make_authority(now_us());
  const auto context = *authority->context_for("api.test", now_us());
  EXPECT_TRUE(trusts(authority->certificate(), context, "api.test"));
  EXPECT_TRUE(trusts(authority->certificate(), *authority->context_for("127.0.0.1", now_us()), "127.0.0.1"));
  EXPECT_FALSE(trusts(authority->certificate(), context, "other.test"));
  EXPECT_FALSE(trusts(make_authority(now_us())->certificate(), context, "api.test"));
}

TEST(Authority, a_ticket_of_one_host_does_not_open_another) {
  const auto authority = make_authority(now_us());
  const auto a = *authority->context_for("a.test", now_us()), b = *authority->context_for("b.test", now_us());
  const auto agent = *TlsContext::client({}, TlsTrust::encrypt_only);
  const auto resumed = [&](const std::shared_ptr<TlsContext>& host) {
    auto [client, server] = pair_of_streams();
    client.start_tls(agent, TlsStart{"said.test", {}, {}, "k"});
    server.start_tls(host, TlsStart{});
    EXPECT_EQ(shake_hands(client, server), "");
    send(server, "x");
    EXPECT_EQ(read_all(client), "x");  // The ticket comes before it.
    return client.is_resumed();
  };
  EXPECT_FALSE(resumed(a));
  EXPECT_TRUE(resumed(a));
  EXPECT_FALSE(resumed(b));
  EXPECT_TRUE(resumed(b));
  EXPECT_FALSE(resumed(a));
}

TEST(Authority, is_opened_only_whole) {
  const auto one = Authority::make(now_us()), other = Authority::make(now_us());
  const auto open = [](const std::string& certificate, const Secret& key) {
    return Authority::open({certificate, key.clone()}).ok();
  };
  EXPECT_TRUE(open(one->certificate, one->key));
  EXPECT_FALSE(open(one->certificate, other->key)) << "another's key";
  EXPECT_FALSE(open(one->certificate + other->certificate, one->key)) << "two certificates";
  EXPECT_FALSE(open("", one->key));
  EXPECT_FALSE(open(one->certificate, Secret("")));
  const Signed root = make_signed({"root"}, nullptr), leaf = make_signed({"leaf"}, &root);
  EXPECT_FALSE(open(leaf.pem(), to_pem(leaf.key.get()).value())) << "no authority";
  for (std::size_t i = 0; i < one->certificate.size() - 1; i += 7) {
    EXPECT_FALSE(open(one->certificate.substr(0, i), one->key)) << i;
  }
}

TEST(Authority, many_threads_ask_at_once) {
  const auto authority = make_authority(some_time_us, 8);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(
            authority->context_for("h" + std::to_string((i * (t + 1)) % 16) + ".test", some_time_us).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace claw::io
