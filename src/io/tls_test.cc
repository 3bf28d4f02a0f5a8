// Handshakes over a socketpair: what is offered, what is proved, what is resumed, and what goes over the
// wire.
#include "io/tls.h"

#include <fcntl.h>
#include <unistd.h>

#include "io/tls/trial.h"

namespace claw::io {
namespace {

using namespace trial;  // NOLINT: a test's own words.

std::shared_ptr<TlsContext> careless() { return *TlsContext::client({}, TlsTrust::encrypt_only); }

std::string reads_raw(const Stream& stream, std::size_t most) {
  std::string bytes(most, '\0');
  const ssize_t got = ::recv(stream.fd(), bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

// A file that goes with it.
class TextFile {
 public:
  explicit TextFile(std::string_view text) : path_(::testing::TempDir() + "claw_XXXXXX") {
    const Fd file(::mkstemp(path_.data()));
    EXPECT_EQ(::write(file.number(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  ~TextFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Tls, carries_bytes_both_ways_and_binds_to_the_certificate) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), "db.internal");
  server.start_tls(*TlsContext::self_signed("db.internal"), "");
  ASSERT_EQ(shake_hands(client, server), "");
  const std::string big(300'000, 'y');
  send(client, big);
  std::string got;
  while (got.size() < big.size()) {
    got += read_all(server);
    client.flush();
  }
  EXPECT_TRUE(got == big);
  EXPECT_EQ(client.peer_end_point().size(), 32u);
  EXPECT_EQ(server.peer_end_point(), "");
}

TEST(Tls, a_certificate_nobody_vouches_for_is_refused) {
  auto [client, server] = pair_of_streams();
  client.start_tls(*TlsContext::client({}, TlsTrust::chain_and_name), "db.internal");
  server.start_tls(*TlsContext::self_signed("db.internal"), "");
  EXPECT_NE(shake_hands(client, server), "");
}

TEST(Tls, missing_files_are_named) {
  const auto context = TlsContext::server({"/nonexistent/cert.pem", "/nonexistent/key.pem", {}});
  ASSERT_FALSE(context.ok());
  EXPECT_NE(context.error().what.find("/nonexistent/cert.pem"), std::string::npos);
}

// `1.2.3` is neither a name nor an address; it used to be taken for one and stop the process.
TEST(Tls, a_host_that_cannot_be_checked_is_refused) {
  for (const char* host : {"", "1.2.3", "a b", "*.test"}) {
    auto [client, server] = pair_of_streams();
    client.start_tls(*TlsContext::client({}, TlsTrust::chain_and_name), host);
    server.start_tls(*TlsContext::self_signed("db.internal"), "");
    EXPECT_NE(shake_hands(client, server).find("no host"), std::string::npos) << host;
  }
}

// However much of the hello was looked at before, the session is the same.
TEST(Tls, begins_with_what_was_already_read) {
  const auto context = *TlsContext::self_signed("db.internal");
  for (std::size_t looked_at = 0;; ++looked_at) {
    auto [client, server] = pair_of_streams();
    client.start_tls(careless(), "db.internal");
    ASSERT_EQ(client.handshake().kind, IoResult::Kind::again);
    const std::string prefix = reads_raw(server, looked_at);
    if (prefix.size() < looked_at) break;
    server.start_tls(context, TlsStart{{}, {}, prefix, {}});
    ASSERT_EQ(shake_hands(client, server), "") << looked_at;
    EXPECT_FALSE(server.has_buffered());
    send(client, "hello");
    EXPECT_EQ(read_all(server), "hello");
    ASSERT_LT(looked_at, 2000u);
  }
}

// They are read as what they are, the next record, and not skipped.
TEST(Tls, bytes_after_the_hello_belong_to_the_handshake) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), "db.internal");
  client.handshake();
  const std::string hello = reads_raw(server, 65536);
  server.start_tls(*TlsContext::self_signed("db.internal"), TlsStart{{}, {}, hello + "no record", {}});
  EXPECT_TRUE(server.has_buffered());
  EXPECT_NE(shake_hands(client, server), "");
}

std::string negotiated(const std::vector<std::string>& agent, const std::vector<std::string>& ours) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), TlsStart{"a.test", agent, {}, {}});
  server.start_tls(*TlsContext::self_signed("a.test"), TlsStart{{}, ours, {}, {}});
  const std::string why = shake_hands(client, server);
  if (!why.empty()) return "failed";
  EXPECT_EQ(client.protocol(), server.protocol());
  return server.protocol();
}

TEST(Tls, alpn_goes_by_our_order_and_never_guesses) {
  EXPECT_EQ(negotiated({"http/1.1", "h2"}, {"h2", "http/1.1"}), "h2");
  EXPECT_EQ(negotiated({"http/1.1", "h2"}, {"http/1.1"}), "http/1.1");
  EXPECT_EQ(negotiated({}, {"h2", "http/1.1"}), "");
  EXPECT_EQ(negotiated({"h2"}, {}), "");
  EXPECT_EQ(negotiated({"h2"}, {"http/1.1"}), "failed");
  EXPECT_EQ(negotiated({"h2c", "h22"}, {"h2"}), "failed");
}

struct Resumption {
  std::shared_ptr<TlsContext> client = careless();
  std::shared_ptr<TlsContext> server = *TlsContext::self_signed("a.test");

  bool operator()(const std::string& host, const std::string& key, bool with_answer = true) {
    auto [agent, upstream] = pair_of_streams();
    agent.start_tls(client, TlsStart{host, {}, {}, key});
    upstream.start_tls(server, TlsStart{});
    EXPECT_EQ(shake_hands(agent, upstream), "");
    if (with_answer) {
      send(upstream, "x");
      EXPECT_EQ(read_all(agent), "x");  // The tickets come before it.
    }
    EXPECT_EQ(agent.peer_end_point().size(), 32u) << "the certificate is known in a resumed session as well";
    return agent.is_resumed();
  }
};

TEST(Tls, a_client_resumes_what_it_had_with_the_same_peer_only) {
  Resumption resumes;
  EXPECT_FALSE(resumes("a.test", "a.test:443"));
  EXPECT_TRUE(resumes("a.test", "a.test:443"));
  EXPECT_FALSE(resumes("a.test", "a.test:8443"));
  EXPECT_FALSE(resumes("b.test", "a.test:443"));
  EXPECT_FALSE(resumes("a.test", ""));
  resumes.client = careless();
  EXPECT_FALSE(resumes("a.test", "a.test:443")) << "another context, another trust";
}

TEST(Tls, a_ticket_is_shown_once) {
  Resumption resumes;
  EXPECT_FALSE(resumes("a.test", "k"));  // Brings two tickets.
  EXPECT_TRUE(resumes("a.test", "k", false));
  EXPECT_TRUE(resumes("a.test", "k", false));
  EXPECT_FALSE(resumes("a.test", "k", false));
}

// The upstream has another key now: the session is begun anew and nobody notices.
TEST(Tls, an_unknown_ticket_is_no_failure) {
  Resumption resumes;
  EXPECT_FALSE(resumes("a.test", "k"));
  resumes.server = *TlsContext::self_signed("a.test");
  EXPECT_FALSE(resumes("a.test", "k"));
  EXPECT_TRUE(resumes("a.test", "k"));
}

struct Agents {
  Signed root = make_signed({"agents"}, nullptr);
  TextFile roots{root.pem()};

  std::string name(AgentProof proof, const Signed* agent, const Signed* sent_by = nullptr) {
    const auto context = TlsContext::server_with_client_ca({{}, {}, roots.path()}, proof);
    EXPECT_TRUE(context.ok());
    auto [client, server] = pair_of_streams();
    TlsText text = agent != nullptr ? agent->text() : TlsText{};
    if (sent_by != nullptr) text.certificate += sent_by->pem();
    client.start_tls(*TlsContext::client({}, TlsTrust::encrypt_only, text), TlsStart{});
    server.start_tls(*context, TlsStart{});
    EXPECT_EQ(server.peer_common_name(), "") << "nothing is proved before the handshake";
    if (const std::string why = shake_hands(client, server); !why.empty()) return "refused: " + why;
    // In TLS 1.3 a client is done before its certificate is judged.
    EXPECT_EQ(client.peer_common_name(), "") << "nobody vouches for the server here";
    return server.peer_common_name();
  }
};

TEST(Tls, agents_are_known_by_a_certificate_of_the_right_authority) {
  Agents agents;
  const Signed oncall = make_signed({"oncall"}, &agents.root);
  EXPECT_EQ(agents.name(AgentProof::required, &oncall), "oncall");
  EXPECT_EQ(agents.name(AgentProof::optional, &oncall), "oncall");
  EXPECT_EQ(agents.name(AgentProof::optional, nullptr), "");
  EXPECT_TRUE(agents.name(AgentProof::required, nullptr).starts_with("refused"));
}

TEST(Tls, a_certificate_that_proves_nothing_never_passes) {
  Agents agents;
  const Signed others = make_signed({"agents"}, nullptr), forged = make_signed({"oncall"}, &others);
  const Signed self_made = make_signed({"oncall"}, nullptr);
  const Signed expired = make_signed({"oncall"}, &agents.root, -60);
  const Signed oncall = make_signed({"oncall"}, &agents.root), below = make_signed({"admin"}, &oncall);
  for (const AgentProof proof : {AgentProof::optional, AgentProof::required}) {
    EXPECT_TRUE(agents.name(proof, &forged).starts_with("refused"));
    EXPECT_TRUE(agents.name(proof, &forged, &others).starts_with("refused"));
    EXPECT_TRUE(agents.name(proof, &self_made).starts_with("refused"));
    EXPECT_TRUE(agents.name(proof, &expired).starts_with("refused"));
    EXPECT_TRUE(agents.name(proof, &below, &oncall).starts_with("refused")) << "an agent is no authority";
  }
}

TEST(Tls, a_name_that_could_be_read_in_two_ways_is_none) {
  Agents agents;
  const Signed two = make_signed({"oncall", "admin"}, &agents.root);
  EXPECT_EQ(agents.name(AgentProof::required, &two), "");
  const Signed none = make_signed({}, &agents.root);
  EXPECT_EQ(agents.name(AgentProof::required, &none), "");
  const Signed cut = make_signed({std::string("admin\0.test", 11)}, &agents.root);
  EXPECT_EQ(agents.name(AgentProof::required, &cut), "");
}

TEST(Tls, agents_need_an_authority_of_their_own) {
  EXPECT_FALSE(TlsContext::server_with_client_ca({}, AgentProof::required).ok());
  EXPECT_FALSE(TlsContext::server_with_client_ca({{}, {}, "/nonexistent/ca.pem"}, AgentProof::required).ok());
}

TEST(Tls, text_that_is_no_certificate_is_refused) {
  const Signed root = make_signed({"root"}, nullptr), one = make_signed({"a"}, &root),
               two = make_signed({"b"}, &root);
  const auto client = [](TlsText text) { return TlsContext::client({}, TlsTrust::chain, text).ok(); };
  EXPECT_TRUE(client({{}, {}, root.pem() + one.pem()}));
  EXPECT_FALSE(client({{}, {}, "nothing here"}));
  EXPECT_FALSE(client({{}, {}, root.pem() + root.pem().substr(0, 200)})) << "the second is cut off";
  EXPECT_FALSE(client({{}, {}, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}));
  EXPECT_TRUE(client({one.pem(), to_pem(one.key.get()).value(), {}}));
  EXPECT_FALSE(client({one.pem(), to_pem(two.key.get()).value(), {}})) << "another's key";
  EXPECT_FALSE(client({one.pem(), Secret(), {}}));
  // An encrypted key would have the library ask whoever sits at the terminal.
  EXPECT_FALSE(
      client({one.pem(),
              Secret("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAc"
                     "\n-----END ENCRYPTED PRIVATE KEY-----\n"),
              {}}));
  const TextFile file(one.pem());
  EXPECT_FALSE(TlsContext::client({file.path(), file.path(), {}}, TlsTrust::chain, one.text()).ok());
}

// Sizes of the records that wait to be read, which is what was written at once.
std::vector<std::size_t> records_on_the_wire(const Stream& stream) {
  const std::string raw = reads_raw(stream, 1 << 20);
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; at + 5 <= raw.size(); at += 5 + sizes.back()) {
    sizes.push_back(static_cast<std::size_t>(static_cast<unsigned char>(raw[at + 3])) << 8 |
                    static_cast<unsigned char>(raw[at + 4]));
  }
  return sizes;
}

TEST(Tls, small_pieces_share_a_record) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), "a.test");
  server.start_tls(*TlsContext::self_signed("a.test"), "");
  ASSERT_EQ(shake_hands(client, server), "");
  reads_raw(client, 1 << 20);  // Tickets.
  const std::string head(300, 'h'), body(200, 'b'), large(40'000, 'l');
  const std::string_view small[] = {head, "", body};
  server.send(small);
  EXPECT_EQ(records_on_the_wire(client), std::vector<std::size_t>{500 + 17});
  const std::string_view mixed[] = {head, large, body};
  server.send(mixed);
  EXPECT_EQ(server.unsent(), 0u);
  EXPECT_EQ(records_on_the_wire(client),
            (std::vector<std::size_t>{16384 + 17, 16384 + 17, 40'500 - 32768 + 17}));
}

TEST(Tls, a_slow_reader_gets_all_of_it_in_order) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), "a.test");
  server.start_tls(*TlsContext::self_signed("a.test"), "");
  ASSERT_EQ(shake_hands(client, server), "");
  std::string expected, got;
  for (int i = 0; i < 400; ++i) {
    const std::string head = std::to_string(i) + "|", body(static_cast<std::size_t>(i * 37 % 20'000), 'x');
    const std::string_view pieces[] = {head, body, "\n"};
    ASSERT_EQ(server.send(pieces).kind, IoResult::Kind::some);
    expected += head + body + "\n";
    if (i % 7 != 0) continue;
    char buffer[3000];
    const IoResult read = client.read(buffer);
    got.append(buffer, read.count);
    server.flush();
  }
  EXPECT_GT(server.unsent(), 0u);
  while (got.size() < expected.size()) {
    got += read_all(client);
    ASSERT_NE(server.flush().kind, IoResult::Kind::failed);
  }
  EXPECT_TRUE(got == expected);
}

TEST(Tls, a_peer_that_has_gone_is_an_error_and_no_signal) {
  auto [client, server] = pair_of_streams();
  client.start_tls(careless(), "a.test");
  server.start_tls(*TlsContext::self_signed("a.test"), "");
  ASSERT_EQ(shake_hands(client, server), "");
  client.close();
  EXPECT_EQ(send(server, "x").kind, IoResult::Kind::failed);
}

}  // namespace
}  // namespace claw::io
