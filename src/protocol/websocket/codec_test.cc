#include "protocol/websocket/codec.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "base/writer.h"
#include "protocol/websocket/frame.h"

namespace claw::websocket {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view mask = "\x37\xfa\x21\x3d"sv;

Decoder::Settings from_server() { return {false, {}, 1024 * 1024}; }

// A frame as anybody may write it: `first` is its first byte, the mask is put on if there is one.
std::string frame(unsigned first, std::string_view payload, std::string_view key = {}) {
  std::string out = encode(Opcode::binary, payload, key);
  out[0] = static_cast<char>(first);
  return out;
}

struct Read {
  std::vector<Message> messages;
  std::string error;
};

Read read(const Decoder::Settings& settings, std::string_view bytes, std::size_t slice = 1 << 20) {
  Decoder decoder(settings);
  Read read;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    decoder.feed(bytes.substr(at, slice));
    for (;;) {
      auto message = decoder.next();
      if (!message) {
        read.error = message.error().what;
        EXPECT_EQ(decoder.next().error().what, read.error);  // For good, whatever comes.
        decoder.feed("\x81\1x"sv);
        EXPECT_FALSE(decoder.next().ok());
        return read;
      }
      if (!*message) break;
      read.messages.push_back(std::move(**message));
    }
  }
  return read;
}

std::string told(const Read& read) {
  std::string out;
  for (const Message& message : read.messages) {
    out += std::to_string(static_cast<int>(message.opcode)) + " " + message.payload + "; ";
  }
  return out + (read.error.empty() ? "" : "! " + read.error);
}

std::string server_says(std::string_view bytes) { return told(read(from_server(), bytes)); }
std::string client_says(std::string_view bytes) { return told(read({}, bytes)); }

// The same for every slicing; what is cut short says nothing it would not have said whole.
void check_slices(const Decoder::Settings& settings, std::string_view bytes) {
  const std::string whole = told(read(settings, bytes));
  for (const std::size_t slice : {1u, 2u, 3u, 7u, 64u}) EXPECT_EQ(told(read(settings, bytes, slice)), whole);
  for (std::size_t size = 0; size < bytes.size() && size < 400; ++size) {
    const Read cut = read(settings, bytes.substr(0, size));
    EXPECT_TRUE(whole.starts_with(told({cut.messages, ""})));
    EXPECT_TRUE(cut.error.empty() || whole.ends_with("! " + cut.error));
  }
}

// RFC 6455 §5.7.
TEST(codec, reads_the_examples_of_the_rfc) {
  EXPECT_EQ(server_says("\x81\x05\x48\x65\x6c\x6c\x6f"sv), "1 Hello; ");
  EXPECT_EQ(client_says("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv), "1 Hello; ");
  EXPECT_EQ(server_says("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"sv), "1 Hello; ");
  EXPECT_EQ(server_says("\x89\x05\x48\x65\x6c\x6c\x6f"sv), "9 Hello; ");
  EXPECT_EQ(client_says("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv), "10 Hello; ");
  check_slices(from_server(), "\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f\x89\x01p\x88\0"sv);
  check_slices(from_server(), "\x81\x05\x48\x65\x6c\x6c\x6f\x81\x02\xff\xff"sv);
  check_slices(from_server(), "\x01\x03\x48\x65\x6c\x81\x02\x6c\x6f"sv);
  const std::string medium = "\x82\x7e\x01" + std::string(1, '\0') + std::string(256, 'm');
  EXPECT_EQ(server_says(medium), "2 " + std::string(256, 'm') + "; ");
  const std::string large = "\x82\x7f" + std::string("\0\0\0\0\0\1\0\0", 8) + std::string(65536, 'l');
  EXPECT_EQ(server_says(large), "2 " + std::string(65536, 'l') + "; ");
}

TEST(codec, reads_what_it_writes_at_every_length) {
  for (const std::size_t size : {0u, 1u, 3u, 4u, 31u, 32u, 33u, 125u, 126u, 127u, 65535u, 65536u, 65537u}) {
    const std::string payload(size, 'p');
    const Read plain = read(from_server(), encode(Opcode::text, payload));
    ASSERT_EQ(plain.messages.size(), 1u);
    EXPECT_EQ(plain.messages[0].payload, payload);
    const std::string masked = encode(Opcode::binary, payload, mask);
    const Read from_client = read({}, masked, 1000);
    ASSERT_EQ(from_client.messages.size(), 1u);
    EXPECT_EQ(from_client.messages[0].payload, payload);
    EXPECT_EQ(from_client.messages[0].frames, masked);
  }
}

TEST(codec, keeps_a_messages_frames_as_they_came) {
  const std::string one = frame(0x01, "frag", mask);
  const std::string ping = frame(0x89, "are you there", "abcd"sv);
  const std::string two = frame(0x00, "", mask);
  const std::string three = frame(0x80, "ment", "\0\0\0\0"sv);
  const Read all = read({}, one + ping + two + three + ping);
  ASSERT_EQ(told(all), "9 are you there; 1 fragment; 9 are you there; ");
  EXPECT_EQ(all.messages[0].frames, ping);
  EXPECT_EQ(all.messages[1].frames, one + two + three);
  check_slices({}, one + ping + two + three + ping);
}

TEST(codec, holds_each_side_to_its_mask) {
  EXPECT_EQ(client_says("\x81\x05Hello"sv), "! frame without a mask");
  EXPECT_EQ(server_says("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv), "! masked frame");
  EXPECT_EQ(client_says("\x89\0"sv), "! frame without a mask");
}

TEST(codec, refuses_reserved_bits_and_opcodes) {
  for (const unsigned bits : {0x10u, 0x20u, 0x30u}) {
    EXPECT_EQ(server_says(frame(0x81 | bits, "x")), "! reserved bit set");
    EXPECT_EQ(server_says(frame(0x89 | bits, "x")), "! reserved bit set");
  }
  EXPECT_EQ(server_says(frame(0xc1, "x")), "! compressed, which was not agreed");
  for (const unsigned opcode : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u}) {
    EXPECT_EQ(server_says(frame(0x80 | opcode, "x")), "! undefined opcode");
  }
}

TEST(codec, refuses_lengths_that_are_not_the_shortest) {
  EXPECT_EQ(server_says("\x82\x7e\0\x7d"sv), "! length not in its shortest form");
  EXPECT_EQ(server_says("\x82\x7f\0\0\0\0\0\0\xff\xff"sv), "! length not in its shortest form");
  EXPECT_EQ(server_says("\x82\x7f\x80\0\0\0\0\0\0\0"sv), "! length out of range");
  EXPECT_EQ(server_says("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"sv), "! length out of range");
}

TEST(codec, refuses_control_frames_that_are_long_or_in_pieces) {
  EXPECT_EQ(server_says(frame(0x89, std::string(125, 'p'))), "9 " + std::string(125, 'p') + "; ");
  EXPECT_EQ(server_says(frame(0x89, std::string(126, 'p'))), "! control frame too long");
  EXPECT_EQ(server_says(frame(0x09, "p")), "! fragmented control frame");
  EXPECT_EQ(server_says(frame(0x08, "")), "! fragmented control frame");
  EXPECT_EQ(server_says(frame(0xc9, "p")), "! compressed control frame");
}

TEST(codec, refuses_fragments_out_of_order) {
  EXPECT_EQ(server_says(frame(0x80, "x")), "! continuation of nothing");
  EXPECT_EQ(server_says(frame(0x00, "x")), "! continuation of nothing");
  EXPECT_EQ(server_says(frame(0x01, "x") + frame(0x81, "y")), "! a new message within another");
  EXPECT_EQ(server_says(frame(0x01, "x") + frame(0x02, "y")), "! a new message within another");
  EXPECT_EQ(server_says(frame(0x81, "x") + frame(0x80, "y")), "1 x; ! continuation of nothing");
}

TEST(codec, wants_utf8_in_text_and_only_there) {
  const std::string_view good[] = {"", "gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x90\xbe", "\xce\xba\xe1\xbd\xb9",
                                   "\xef\xbf\xbf"};
  for (const std::string_view text : good) {
    EXPECT_EQ(server_says(frame(0x81, text)), "1 " + std::string(text) + "; ");
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {  // A character may be cut by a fragment.
      EXPECT_EQ(server_says(frame(0x01, text.substr(0, cut)) + frame(0x80, text.substr(cut))),
                "1 " + std::string(text) + "; ");
    }
  }
  const std::string_view bad[] = {"\x80", "\xff",         "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                  "\xc3", "a\xf0\x9f\x90"};
  for (const std::string_view text : bad) {
    EXPECT_EQ(server_says(frame(0x81, text)), "! text is not UTF-8");
    EXPECT_EQ(server_says(frame(0x01, text) + frame(0x80, "")), "! text is not UTF-8");
    EXPECT_EQ(server_says(frame(0x82, text)), "2 " + std::string(text) + "; ");
  }
}

std::string close_with(unsigned code, std::string_view reason = {}) {
  std::string payload;
  Writer(payload).u16(static_cast<std::uint16_t>(code));
  return frame(0x88, payload + std::string(reason));
}

TEST(codec, checks_how_it_is_closed) {
  EXPECT_EQ(server_says(frame(0x88, "")), "8 ; ");
  EXPECT_EQ(server_says(frame(0x88, "\x03")), "! close frame without a valid code");
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u,
                              1014u, 3000u, 3999u, 4000u, 4999u}) {
    EXPECT_TRUE(read(from_server(), close_with(code, "bye")).error.empty()) << code;
  }
  for (const unsigned code :
       {0u, 1u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65535u}) {
    EXPECT_EQ(server_says(close_with(code)), "! close frame without a valid code") << code;
  }
  EXPECT_EQ(server_says(close_with(1000, "\xff")), "! close reason is not UTF-8");
  EXPECT_EQ(server_says(close_with(1000) + frame(0x81, "x")).substr(4), "; ! frame after a close frame");
  EXPECT_EQ(server_says(close_with(1000) + frame(0x89, "x")).substr(4), "; ! frame after a close frame");
}

TEST(codec, a_message_has_a_limit_before_it_has_come) {
  Decoder::Settings settings = from_server();
  settings.message_bytes_max = 1000;
  const auto says = [&](std::string_view bytes) {
    Decoder decoder(settings);
    decoder.feed(bytes);
    const auto message = decoder.next();
    if (message.ok()) return *message ? "message" : "not yet";
    return message.error().code == Code::limit ? "limit" : "!";
  };
  EXPECT_STREQ(says(frame(0x82, std::string(1000, 'x'))), "message");
  EXPECT_STREQ(says(frame(0x82, std::string(1001, 'x')).substr(0, 4)), "limit");
  EXPECT_STREQ(says("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"sv), "limit");
  EXPECT_STREQ(says(frame(0x02, std::string(999, 'x')) + frame(0x80, "y")), "message");
  EXPECT_STREQ(says(frame(0x02, std::string(999, 'x')) + frame(0x80, "yz")), "limit");
  std::string empty_fragments = frame(0x02, "");
  for (int i = 0; i < 20'000; ++i) empty_fragments += frame(0x00, "");
  EXPECT_STREQ(says(empty_fragments), "limit");
  // Control frames between them are not kept.
  std::string pings = frame(0x02, std::string(999, 'x'));
  for (int i = 0; i < 100; ++i) pings += frame(0x89, std::string(100, 'p'));
  EXPECT_TRUE(read(settings, pings + frame(0x80, "y")).error.empty());
}

TEST(codec, writes_closes_that_may_stand) {
  const auto reason = [](std::string_view text) {
    const Read all = read(from_server(), encode_close(1008, text));
    EXPECT_EQ(all.messages.size(), 1u) << all.error;
    return all.messages.empty() ? "!" : all.messages[0].payload.substr(2);
  };
  EXPECT_EQ(to_hex(encode_close(1008, "rule x")), "880803f072756c652078");
  EXPECT_EQ(reason(""), "");
  EXPECT_EQ(reason(std::string(123, 'r')), std::string(123, 'r'));
  EXPECT_EQ(reason(std::string(200, 'r')), std::string(123, 'r'));
  EXPECT_EQ(reason(std::string(122, 'r') + "\xc3\xbc"), std::string(122, 'r'));
  EXPECT_EQ(reason("\xff!"), "\\xff!");
  EXPECT_LE(reason(std::string(500, '\xff')).size(), 123u);
  EXPECT_EQ(client_says(encode_close(1000, "x", mask)).substr(0, 2), "8 ");
}

TEST(codec, strangers_are_refused) {
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\r\n\r\n"sv, "HTTP/1.1 200 OK\r\n"sv, "\x16\x03\x01\2\0\1"sv, "SSH-2.0-x\r\n"sv,
        "\0\0\0\x08\x04\xd2\x16\x2f"sv}) {
    EXPECT_TRUE(client_says(bytes).starts_with("! ")) << bytes;
    EXPECT_TRUE(server_says(bytes).starts_with("! ")) << bytes;
  }
}

TEST(codec, can_be_moved) {
  Decoder first({});
  first.feed(encode(Opcode::text, "Hello", mask).substr(0, 3));
  Decoder second(std::move(first));
  second.feed(encode(Opcode::text, "Hello", mask).substr(3));
  EXPECT_EQ((*second.next())->payload, "Hello");
}

TEST(frame, unmasks_at_any_length) {
  for (std::size_t size = 0; size < 100; ++size) {
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);
    std::string out = "before";
    append_unmasked(out, payload, {'a', 'b', 'c', 'd'});
    ASSERT_EQ(out.size(), size + 6);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(out[i + 6], static_cast<char>(payload[i] ^ "abcd"[i % 4]));
    }
  }
}

}  // namespace
}  // namespace claw::websocket
