#include "protocol/tls/hello.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "base/writer.h"

namespace claw::tls {
namespace {

using namespace std::string_view_literals;

// A hello as an attacker would write it: every field can be set, lengths follow unless they are overridden.
struct Draft {
  std::uint16_t record_version = 0x0301;
  std::uint16_t version = 0x0303;
  std::string session_id = std::string(32, 's');
  std::string ciphers = std::string("\x13\x01\x13\x02", 4);
  std::string compressions = std::string(1, '\0');
  std::vector<std::pair<std::uint16_t, std::string>> extensions;
  bool has_extensions = true;
  std::string after_extensions;
};

std::string with_u8(std::string_view body) {
  return std::string(1, static_cast<char>(body.size())) + std::string(body);
}
std::string with_u16(std::string_view body) {
  std::string out;
  Writer(out).u16(static_cast<std::uint16_t>(body.size()));
  return out += body;
}

std::string sni(std::string_view host, char type = 0) {
  return with_u16(std::string(1, type) + with_u16(host));
}

std::string message_of(const Draft& draft) {
  std::string body;
  Writer writer(body);
  writer.u16(draft.version);
  writer.bytes(std::string(32, 'r'));
  writer.bytes(with_u8(draft.session_id) + with_u16(draft.ciphers) + with_u8(draft.compressions));
  std::string extensions;
  for (const auto& [type, text] : draft.extensions) {
    Writer(extensions).u16(type);
    extensions += with_u16(text);
  }
  if (draft.has_extensions) writer.bytes(with_u16(extensions));
  writer.bytes(draft.after_extensions);
  std::string message("\1", 1);
  Writer(message).u8(static_cast<std::uint8_t>(body.size() >> 16));
  Writer(message).u16(static_cast<std::uint16_t>(body.size()));
  return message + body;
}

std::string in_records(std::string_view message, std::size_t fragment_bytes, std::uint16_t version = 0x0301) {
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += fragment_bytes) {
    Writer writer(out);
    writer.u8(22);
    writer.u16(version);
    writer.bytes(with_u16(message.substr(at, fragment_bytes)));
  }
  return out;
}

std::string bytes_of(const Draft& draft) {
  return in_records(message_of(draft), 16 * 1024, draft.record_version);
}

Draft with(std::vector<std::pair<std::uint16_t, std::string>> extensions) {
  Draft draft;
  draft.extensions = std::move(extensions);
  return draft;
}

std::string name_of(const Draft& draft) {
  const auto hello = decode_hello(bytes_of(draft));
  if (!hello) return "! " + hello.error().what;
  return *hello ? (*hello)->server_name : "...";
}

std::string name_from(std::string_view host) { return name_of(with({{0, sni(host)}})); }
bool is_refused(const Draft& draft) { return name_of(draft).starts_with("! "); }

// What any prefix says: not yet until the end, or the error that the whole has, and never anything else.
void check_every_slice(const std::string& bytes) {
  const auto whole = decode_hello(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = decode_hello(std::string(bytes, 0, size));
    if (whole) {
      ASSERT_TRUE(part.ok()) << size << ": " << part.error().text();
      ASSERT_FALSE(part->has_value()) << size;
    } else if (!part) {
      EXPECT_EQ(part.error().text(), whole.error().text()) << size;
    } else {
      ASSERT_FALSE(part->has_value()) << size;
    }
  }
}

std::string recorded(const std::string& name) {
  std::ifstream file("testdata/" + name + ".hello", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Recorded {
  const char* name;
  const char* host;
  std::vector<std::string> alpn;
};

const std::vector<Recorded>& recordings() {
  static const std::vector<Recorded> all{
      {"curl", "api.example.com", {"h2", "http/1.1"}},
      {"curl_tls11", "api.example.com", {"h2", "http/1.1"}},
      {"java", "api.example.com", {"h2", "http/1.1"}},
      {"node", "api.example.com", {}},
      {"openssl", "db.internal.example", {}},
      {"openssl_no_name", "", {}},
      {"python", "api.example.com", {}},
      {"python_alpn", "api.example.com", {"h2", "http/1.1"}},
      {"python_tls12", "api.example.com", {}},
  };
  return all;
}

TEST(hello, reads_what_real_clients_say) {
  for (const Recorded& row : recordings()) {
    const std::string bytes = recorded(row.name);
    ASSERT_FALSE(bytes.empty()) << row.name;
    EXPECT_TRUE(is_tls(bytes));
    const auto hello = decode_hello(bytes);
    ASSERT_TRUE(hello.ok() && hello->has_value()) << row.name;
    EXPECT_EQ((*hello)->server_name, row.host) << row.name;
    EXPECT_EQ((*hello)->alpn, row.alpn) << row.name;
    EXPECT_FALSE((*hello)->has_ech) << row.name;
    check_every_slice(bytes);
  }
}

TEST(hello, reads_many_protocols) {
  for (const auto& [name, count] : {std::pair("python_many_alpn", 300u), std::pair("openssl_split", 60u)}) {
    const auto hello = decode_hello(recorded(name));
    ASSERT_TRUE(hello.ok() && hello->has_value()) << name;
    EXPECT_EQ((*hello)->alpn.size(), count) << name;
  }
}

TEST(hello, is_the_same_however_it_is_fragmented) {
  for (const Recorded& row : recordings()) {
    const std::string message = recorded(row.name).substr(5);
    for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 7u, 64u, 200u, 516u}) {
      const std::string bytes = in_records(message, size, 0x0303);
      const auto hello = decode_hello(bytes);
      ASSERT_TRUE(hello.ok() && hello->has_value()) << row.name << " by " << size;
      EXPECT_EQ((*hello)->server_name, row.host);
      EXPECT_EQ((*hello)->alpn, row.alpn);
    }
    check_every_slice(in_records(message, 100));
  }
}

TEST(hello, does_not_look_at_what_follows) {
  const std::string hello = bytes_of(with({{0, sni("a.example")}}));
  for (const std::string_view after : {"\x14\x03\x03\0\1\1"sv, "\x17\x03\x03"sv, "GET / HTTP/1.1"sv}) {
    const auto read = decode_hello(hello + std::string(after));
    ASSERT_TRUE(read.ok() && read->has_value());
    EXPECT_EQ((*read)->server_name, "a.example");
  }
}

TEST(hello, refuses_a_second_message_in_its_record) {
  const std::string message = message_of(with({{0, sni("a.example")}}));
  for (const std::string& more : {std::string(1, '\1'), message, message_of(with({{0, sni("b.example")}}))}) {
    const std::string bytes = in_records(message + more, 16 * 1024);
    EXPECT_FALSE(decode_hello(bytes).ok());
    check_every_slice(bytes);
  }
}

TEST(hello, folds_and_checks_the_name) {
  EXPECT_EQ(name_from("API.Example.COM"), "api.example.com");
  EXPECT_EQ(name_from("api.example.com."), "api.example.com");
  EXPECT_EQ(name_from("xn--bcher-kva.example"), "xn--bcher-kva.example");
  EXPECT_EQ(name_from("_service.a-b"), "_service.a-b");
  EXPECT_EQ(name_from("localhost"), "localhost");
  EXPECT_EQ(name_from("0xfeed.example"), "0xfeed.example");
  EXPECT_EQ(name_from("1.2.3.4.example"), "1.2.3.4.example");
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                              "." + std::string(61, 'd');
  EXPECT_EQ(name_from(longest), longest);
}

TEST(hello, refuses_names_that_are_no_hosts) {
  const std::string_view bad[] = {"",
                                  ".",
                                  "..",
                                  "a..b",
                                  ".a",
                                  "a.b..",
                                  "a b",
                                  "a\0b"sv,
                                  "a.example\0"sv,
                                  "*.example.com",
                                  "b\xc3\xbc"
                                  "cher.example",
                                  "\xd0\xb0pple.com",
                                  "a.example:443",
                                  "user@a.example",
                                  "a/b",
                                  "%61.example",
                                  "10.0.0.256",
                                  "010.0.0.1",
                                  "127.1",
                                  "2130706433",
                                  "0x7f000001",
                                  "0x7f.1",
                                  "0177.0.0.1",
                                  "a.0x",
                                  "::1",
                                  "[::1]",
                                  "fe80::1%eth0",
                                  "a.123",
                                  "a\r\nb",
                                  "a\xe3\x80\x82"
                                  "b"};
  for (const std::string_view host : bad) EXPECT_TRUE(name_from(host).starts_with("! ")) << host;
  EXPECT_TRUE(name_from(std::string(64, 'a') + ".example").starts_with("! "));
  std::string long_name = "a";
  while (long_name.size() < 254) long_name += ".a";
  EXPECT_TRUE(name_from(long_name).starts_with("! "));
}

TEST(hello, refuses_server_name_lists_with_anything_but_one_host) {
  const std::string one = std::string(1, '\0') + with_u16("a.example");
  const std::string other_type = std::string(1, '\1') + with_u16("b.example");
  EXPECT_TRUE(is_refused(with({{0, with_u16(one + one)}})));
  EXPECT_TRUE(is_refused(with({{0, with_u16(one + other_type)}})));
  EXPECT_TRUE(is_refused(with({{0, with_u16(other_type + one)}})));
  EXPECT_TRUE(is_refused(with({{0, sni("a.example", 1)}})));
  EXPECT_TRUE(is_refused(with({{0, ""}})));
  EXPECT_TRUE(is_refused(with({{0, with_u16("")}})));
  EXPECT_TRUE(is_refused(with({{0, with_u16(one) + "x"}})));
  EXPECT_TRUE(is_refused(with({{0, with_u16(one).substr(0, 8)}})));
}

TEST(hello, refuses_an_extension_twice) {
  EXPECT_TRUE(is_refused(with({{0, sni("a.example")}, {0, sni("b.example")}})));
  EXPECT_TRUE(is_refused(with({{0, sni("a.example")}, {0, sni("a.example")}})));
  EXPECT_TRUE(is_refused(with({{16, with_u16(with_u8("h2"))}, {43, ""}, {16, with_u16(with_u8("h2"))}})));
  EXPECT_TRUE(is_refused(with({{0xfe0d, "x"}, {0xfe0d, "x"}})));
  EXPECT_TRUE(is_refused(with({{0x1234, ""}, {0x1234, ""}})));
}

TEST(hello, passes_over_grease) {
  const auto hello = decode_hello(bytes_of(with({{0x0a0a, ""},
                                                 {0, sni("a.example")},
                                                 {16, with_u16(with_u8("\x8a\x8a") + with_u8("h2"))},
                                                 {0xfafa, std::string(1, '\0')}})));
  ASSERT_TRUE(hello.ok() && hello->has_value());
  EXPECT_EQ((*hello)->server_name, "a.example");
  EXPECT_EQ((*hello)->alpn, (std::vector<std::string>{"\x8a\x8a", "h2"}));
}

TEST(hello, says_when_something_is_encrypted) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0xfe0d, 0xfe08, 0xfe0a, 0xffce}) {
    for (const std::string_view body : {""sv, "\1"sv, "\0\0\1\0\1\x20 whatever"sv}) {
      const auto hello = decode_hello(bytes_of(with({{type, std::string(body)}, {0, sni("outer.example")}})));
      ASSERT_TRUE(hello.ok() && hello->has_value());
      EXPECT_TRUE((*hello)->has_ech);
      EXPECT_EQ((*hello)->server_name, "outer.example");
    }
  }
  EXPECT_TRUE(is_refused(with({{0xfd00, "\2\0\0"}})));  // The inner hello's, in the clear.
}

TEST(hello, refuses_malformed_alpn) {
  EXPECT_TRUE(is_refused(with({{16, ""}})));
  EXPECT_TRUE(is_refused(with({{16, with_u16("")}})));
  EXPECT_TRUE(is_refused(with({{16, with_u16(with_u8(""))}})));
  EXPECT_TRUE(is_refused(with({{16, with_u16("\5h2")}})));
  EXPECT_TRUE(is_refused(with({{16, with_u16(with_u8("h2")) + "x"}})));
}

TEST(hello, needs_no_extensions) {
  Draft draft;
  draft.has_extensions = false;
  EXPECT_EQ(name_of(draft), "");
  draft.after_extensions = std::string(1, '\0');  // Half a length.
  EXPECT_TRUE(is_refused(draft));
  draft.has_extensions = true;  // A byte behind the extensions.
  EXPECT_TRUE(is_refused(draft));
}

TEST(hello, checks_the_fixed_fields) {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0x0301, 0x0302, 0x0303}) {
    Draft draft;
    draft.version = version;
    EXPECT_EQ(name_of(draft), "");
  }
  for (const std::uint16_t version :
       std::initializer_list<std::uint16_t>{0x0000, 0x0002, 0x0200, 0x0300, 0x0304, 0x7f1c, 0xfefd, 0xfeff}) {
    Draft draft;
    draft.version = version;
    EXPECT_TRUE(is_refused(draft)) << version;
  }
  Draft draft;
  draft.session_id = std::string(33, 's');
  EXPECT_TRUE(is_refused(draft));
  draft = {};
  draft.ciphers = "";
  EXPECT_TRUE(is_refused(draft));
  draft.ciphers = "abc";
  EXPECT_TRUE(is_refused(draft));
  draft = {};
  draft.compressions = "";
  EXPECT_TRUE(is_refused(draft));
  draft.compressions = "\1";
  EXPECT_TRUE(is_refused(draft));
}

TEST(hello, takes_any_record_version_of_tls) {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0x0300, 0x0301, 0x0303, 0x0304}) {
    Draft draft;
    draft.record_version = version;
    EXPECT_EQ(name_of(draft), "") << version;
  }
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0x0002, 0x0200, 0xfeff}) {
    Draft draft;
    draft.record_version = version;
    EXPECT_TRUE(is_refused(draft)) << version;
  }
}

// Whose length fields lie: each byte of the message that says a length, one more and one less.
TEST(hello, refuses_lengths_that_lie) {
  const std::string good = bytes_of(with({{0, sni("a.example")}, {16, with_u16(with_u8("h2"))}}));
  const std::size_t session = 5 + 4 + 2 + 32;
  const std::size_t ciphers = session + 1 + 32 + 1;
  const std::size_t extensions = ciphers + 1 + 4 + 2 + 1;
  const std::size_t first = extensions + 4;
  for (const std::size_t at : {ciphers, extensions, first, first + 2, first + 5, first + 18, first + 20,
                               first + 21}) {
    for (const int change : {-1, 1}) {
      std::string bad = good;
      bad.at(at) = static_cast<char>(bad.at(at) + change);
      const auto hello = decode_hello(bad);
      EXPECT_FALSE(hello.ok() && hello->has_value()) << at << " by " << change;
      check_every_slice(bad);
    }
  }
}

TEST(hello, has_a_limit_whatever_the_fragments) {
  const std::string padding(hello_bytes_max, 'p');
  Draft draft = with({{21, padding.substr(0, 30 * 1024)}, {0, sni("a.example")}});
  EXPECT_EQ(name_of(draft), "a.example");
  const auto chopped = decode_hello(in_records(message_of(draft), 20));  // The headers make it too long.
  ASSERT_FALSE(chopped.ok());
  EXPECT_EQ(chopped.error().code, Code::limit);
  // A length that will pass the limit is refused before a byte of the body has come.
  EXPECT_EQ(decode_hello("\x16\x03\x01\0\4\1\1\0\0"sv).error().code, Code::limit);
  EXPECT_EQ(decode_hello("\x16\x03\x01\x40\0\1\xff\xff\xff"sv).error().code, Code::limit);
}

TEST(hello, refuses_records_of_wrong_sizes_and_kinds) {
  EXPECT_FALSE(decode_hello("\x16\x03\x01\0\0"sv).ok());
  EXPECT_FALSE(decode_hello("\x16\x03\x01\x40\x01"sv).ok());
  EXPECT_FALSE(decode_hello("\x16\x03\x01\0\x04\x02\0\0\0"sv).ok());  // A ServerHello.
  const std::string message = message_of(with({{0, sni("a.example")}}));
  const std::string first = in_records(message.substr(0, 40), 40);
  const std::string second = in_records(message.substr(40), 1024);
  for (const std::string_view between :
       {"\x15\x03\x01\0\2\1\0"sv, "\x14\x03\x01\0\1\1"sv, "\x16\x03\x01\0\0"sv}) {
    EXPECT_FALSE(decode_hello(first + std::string(between) + second).ok());
  }
}

TEST(hello, refuses_strangers_at_their_first_bytes) {
  const std::string_view strangers[] = {"GET / HTTP/1.1\r\n"sv,
                                        "PRI * HTTP/2.0"sv,
                                        "SSH-2.0-x"sv,
                                        "\x05\x01\x00"sv,
                                        "\0\0\0\x08\x04\xd2\x16\x2f"sv,
                                        "\x80\x2e\x01\x00\x02\x00\x15"sv,
                                        "\x15\x03\x01\0\2\2\x28"sv,
                                        "\x17\x03\x03\0\1x"sv,
                                        "\0"sv,
                                        "\xff"sv};
  for (const std::string_view bytes : strangers) {
    EXPECT_FALSE(is_tls(bytes));
    EXPECT_FALSE(decode_hello(bytes).ok()) << to_hex(bytes);
    EXPECT_FALSE(decode_hello(bytes.substr(0, 1)).ok() && decode_hello(bytes).ok());
  }
  EXPECT_EQ(decode_hello("\x80\x2e\x01\x03\x01"sv).error().what, "a hello of SSL 2.0");
  EXPECT_TRUE(is_tls("\x16"sv));
  EXPECT_TRUE(is_tls("\x16\x03"sv));
  EXPECT_FALSE(is_tls("\x16\x02"sv));
  EXPECT_FALSE(is_tls(""sv));
  EXPECT_FALSE(decode_hello("\x16\xfe"sv).ok());
  EXPECT_TRUE(decode_hello(""sv).ok());
}

TEST(hello, never_repeats_a_name_raw) {
  const auto bad = decode_hello(bytes_of(with({{0, sni("a\x1b[2J\n.example")}})));
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().text().find('\x1b'), std::string::npos);
  EXPECT_EQ(bad.error().text().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace claw::tls
