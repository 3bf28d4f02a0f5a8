#include "protocol/spdy/codec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "protocol/spdy/peer_for_test.h"

namespace claw::spdy {
namespace {

using namespace std::string_literals;

struct Show {
  static std::string flags(bool is_fin) { return is_fin ? " fin" : ""; }
  static std::string text(const Headers& headers) {
    std::string text;
    for (const Header& header : headers) text += fmt::format(" {}={}", header.name, header.value);
    return text;
  }
  std::string operator()(const SynStream& f) const {
    return fmt::format("open {}{}{}{}", f.stream, flags(f.is_fin), f.is_one_way ? " one-way" : "",
                       text(f.headers));
  }
  std::string operator()(const SynReply& f) const {
    return fmt::format("reply {}{}{}", f.stream, flags(f.is_fin), text(f.headers));
  }
  std::string operator()(const MoreHeaders& f) const {
    return fmt::format("more {}{}{}", f.stream, flags(f.is_fin), text(f.headers));
  }
  std::string operator()(const Reset& f) const { return fmt::format("reset {} {}", f.stream, f.status); }
  std::string operator()(const WindowUpdate& f) const {
    return fmt::format("window {} {}", f.stream, f.bytes);
  }
  std::string operator()(const Ping& f) const { return fmt::format("ping {}", f.id); }
  std::string operator()(const GoAway& f) const { return fmt::format("goaway {} {}", f.last, f.status); }
  std::string operator()(const Settings&) const { return "settings"; }
  std::string operator()(const Piece& f) const {
    return fmt::format("data {}{} {}", f.stream, flags(f.is_fin), f.bytes);
  }
};

// All frames, a line each; pieces of one data frame put together again.
std::string read(std::string_view bytes, std::size_t slice = 1 << 20) {
  Decoder decoder;
  std::string lines;
  std::string data;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    decoder.feed(bytes.substr(at, slice));
    for (;;) {
      const auto frame = decoder.next();
      if (!frame) return lines + "! " + frame.error().what + "\n";
      if (!*frame) break;
      if (const Piece* piece = std::get_if<Piece>(&**frame)) {
        data += piece->bytes;
        if (!piece->is_fin) continue;
        lines += fmt::format("data {} {}\n", piece->stream, std::exchange(data, {}));
        continue;
      }
      lines += std::visit(Show(), **frame) + "\n";
    }
  }
  return lines;
}

std::string of(std::uint16_t type, std::uint8_t flags, std::initializer_list<std::uint32_t> numbers) {
  return Peer::control(type, flags, Peer::numbers(numbers));
}

TEST(SpdyCodec, every_frame_in_every_slicing) {
  Peer peer;
  const std::string bytes =
      peer.open(1, {{"streamtype", "error"}}) + peer.open(3, {{"streamtype", "stdin"}}, 3) + peer.reply(1) +
      peer.more(1, {{"a", "b"}}, 1) + Peer::data(1, "hello") + Peer::data(1, "") +
      Peer::data(1, std::string(300, 'x'), true) + Peer::reset(1, 5) + Peer::ping(1) + Peer::goaway(7) +
      of(4, 0, {2, 4, 100, 7, 65536}) + of(4, 1, {0}) + of(9, 0, {0, 1000}) + peer.reply(3, {{"x", ""}}, 1);
  const std::string expected = fmt::format(
      "open 1 streamtype=error\nopen 3 fin one-way streamtype=stdin\nreply 1\nmore 1 fin a=b\n"
      "data 1 hello{}\nreset 1 5\nping 1\ngoaway 7 0\nsettings\nsettings\nwindow 0 1000\nreply 3 fin x=\n",
      std::string(300, 'x'));
  for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
    EXPECT_EQ(read(bytes, slice), expected) << slice;
  }
}

TEST(SpdyCodec, cut_at_any_byte_it_waits) {
  Peer peer;
  const std::string bytes = peer.open(1, {{"streamtype", "data"}}) + Peer::ping(2) + peer.reply(1);
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    EXPECT_EQ(read(bytes.substr(0, end)).find('!'), std::string::npos) << end;
  }
}

TEST(SpdyCodec, data_is_passed_on_as_it_comes) {
  Decoder decoder;
  const std::string head = Peer::numbers({1, 0x00ffffff});
  decoder.feed(head);
  EXPECT_FALSE(decoder.next()->has_value());
  const std::string some(1000, 'd');
  for (int i = 0; i < 3; ++i) {
    decoder.feed(some);
    const auto frame = decoder.next();
    EXPECT_EQ(std::get<Piece>(**frame).bytes.data(), some.data());  // A view: nothing was kept.
    EXPECT_FALSE(decoder.next()->has_value());
  }
}

TEST(SpdyCodec, a_frame_of_another_length_is_refused) {
  const std::string lengths = "! SPDY control frame of a wrong length or with flags\n";
  EXPECT_EQ(read(of(3, 0, {1})), lengths);
  EXPECT_EQ(read(of(3, 0, {1, 5, 0})), lengths);
  EXPECT_EQ(read(of(3, 1, {1, 5})), lengths);
  EXPECT_EQ(read(of(7, 0, {1})), lengths);
  EXPECT_EQ(read(of(9, 0, {1, 2, 3})), lengths);
  EXPECT_EQ(read(of(6, 0, {1, 2})), "! SPDY ping that makes no sense\n");
  EXPECT_EQ(read(of(6, 1, {1})), "! SPDY ping that makes no sense\n");
  EXPECT_EQ(read(of(6, 0, {0})), "! SPDY ping that makes no sense\n");
  EXPECT_EQ(read(of(4, 0, {2, 4, 100})), "! SPDY settings of a wrong length\n");
  EXPECT_EQ(read(of(4, 0, {0x20000000})), "! SPDY settings of a wrong length\n");
  EXPECT_EQ(read(of(4, 0, {})), "! SPDY settings of a wrong length\n");
  EXPECT_EQ(read(of(4, 2, {0})), "! SPDY settings of a wrong length\n");
  EXPECT_EQ(read(of(1, 0, {1})), "! SPDY stream with a parent or a certificate\n");
  EXPECT_EQ(read(of(2, 0, {1})), "! SPDY headers that do not end with their frame\n");
  EXPECT_EQ(read(of(2, 0, {})), "! SPDY frame of no stream\n");
}

TEST(SpdyCodec, numbers_that_make_no_sense_are_refused) {
  Peer peer;
  const std::string block = peer.block({});
  const auto open = [&](std::uint32_t stream, std::uint32_t parent, std::string_view rest,
                        std::uint8_t flags) {
    return read(Peer::control(1, flags, Peer::numbers({stream, parent}) + std::string(rest) + block));
  };
  EXPECT_EQ(open(1, 0, "\xe0\0"s, 0), "open 1\n");
  EXPECT_EQ(open(0, 0, "\0\0"s, 0), "! SPDY frame of no stream\n");
  EXPECT_EQ(open(0x80000001, 0, "\0\0"s, 0), "! SPDY frame of no stream\n");
  EXPECT_EQ(open(3, 1, "\0\0"s, 0), "! SPDY stream with a parent or a certificate\n");
  EXPECT_EQ(open(3, 0, "\0\1"s, 0), "! SPDY stream with a parent or a certificate\n");
  EXPECT_EQ(open(3, 0, "\0\0"s, 4), "! SPDY flags that are not defined\n");
  EXPECT_EQ(read(Peer::control(2, 2, Peer::numbers({1}) + block)), "! SPDY flags that are not defined\n");
  EXPECT_EQ(read(Peer::numbers({0, 1}) + "x"), "! SPDY frame of no stream\n");
  EXPECT_EQ(read(Peer::numbers({1, 0x02000001}) + "x"), "! SPDY flags that are not defined\n");
  EXPECT_EQ(read(of(3, 0, {0, 5})), "! SPDY frame of no stream\n");
  EXPECT_EQ(read(of(3, 0, {1, 0})), "! SPDY reset without a reason\n");
  EXPECT_EQ(read(of(7, 0, {0x80000000, 0})), "! SPDY frame of no stream\n");
  EXPECT_EQ(read(of(9, 0, {1, 0})), "! SPDY window that makes no sense\n");
  EXPECT_EQ(read(of(9, 0, {1, 0x80000000})), "! SPDY window that makes no sense\n");
}

TEST(SpdyCodec, versions_types_and_lengths_that_are_not_read) {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0, 1, 2, 4, 0x7fff}) {
    EXPECT_EQ(read(Peer::control(6, 0, Peer::numbers({1}), version)), "! not SPDY version 3\n");
  }
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 5, 10, 11, 0xffff}) {
    EXPECT_EQ(read(of(type, 0, {1})), "! SPDY frame of a type that is not read\n");
  }
  // Refused before its bytes have come.
  EXPECT_EQ(read(Peer::control(1, 0, "").substr(0, 4) + "\0\xff\xff\xff"s),
            "! SPDY control frame too long\n");
  for (const char* stranger :
       {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\0\x01"}) {
    EXPECT_EQ(read(std::string(stranger) + std::string(20, '\0')).find("open"), std::string::npos);
  }
}

TEST(SpdyCodec, an_error_is_for_good) {
  Decoder decoder;
  const std::string strange = of(5, 0, {1});
  decoder.feed(strange);
  EXPECT_FALSE(decoder.next().ok());
  const std::string ping = Peer::ping(1);
  decoder.feed(ping);
  EXPECT_FALSE(decoder.next().ok());
}

}  // namespace
}  // namespace claw::spdy
