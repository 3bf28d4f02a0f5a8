// Compressed messages through the decoder, made by zlib's own deflate; and the inflater by itself.
#include "protocol/websocket/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "protocol/websocket/codec.h"

namespace claw::websocket {
namespace {

using namespace std::string_view_literals;

// A sender: keeps its context, unless told to forget, and leaves off the four bytes of the tail.
class Deflater {
 public:
  explicit Deflater(int window_bits, bool forgets = false) : forgets_(forgets) {
    EXPECT_EQ(deflateInit2(&stream_, 9, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string message(std::string text, int flush = Z_SYNC_FLUSH) {
    std::string out(text.size() + text.size() / 100 + 100, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, flush);
    out.resize(out.size() - stream_.avail_out);
    if (out.empty()) return std::string(1, '\0');  // Flushed twice with nothing between: zlib says nothing.
    if (flush == Z_SYNC_FLUSH) out.resize(out.size() - 4);
    if (forgets_ || flush == Z_FINISH) deflateReset(&stream_);
    return out;
  }

 private:
  z_stream stream_{};
  bool forgets_;
};

std::string compressed_frame(std::string_view payload) {
  std::string out = encode(Opcode::text, payload);
  out[0] = '\xc1';
  return out;
}

Decoder::Settings settings(int window_bits = 15, bool no_context_takeover = false) {
  return {false, {true, no_context_takeover, window_bits}, 1024 * 1024};
}

std::string read(Decoder& decoder, std::string_view bytes) {
  decoder.feed(bytes);
  auto message = decoder.next();
  if (!message) return "! " + message.error().what;
  return *message ? (*message)->payload : "...";
}

std::string read_one(std::string_view payload) {
  Decoder decoder(settings());
  return read(decoder, compressed_frame(payload));
}

// RFC 7692 §7.2.3.
TEST(inflate, reads_the_examples_of_the_rfc) {
  Decoder decoder(settings());
  EXPECT_EQ(read(decoder, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"sv), "Hello");
  EXPECT_EQ(read(decoder, "\xc1\x05\xf2\x00\x11\x00\x00"sv), "Hello");  // By the context of the first.
  EXPECT_EQ(read(decoder, "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"sv), "Hello");  // Two fragments.
  EXPECT_EQ(read(decoder, "\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv), "Hello");  // Stored.
  EXPECT_EQ(read(decoder, "\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv), "Hello");  // A last block.
  EXPECT_EQ(read(decoder, "\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv), "Hello");
  EXPECT_EQ(read(decoder, "\xc1\x01\x00"sv), "");
  EXPECT_EQ(read(decoder, "\x81\x05Hello"sv), "Hello");  // Not every message is compressed.
}

TEST(inflate, keeps_the_context_or_forgets_it) {
  for (const int bits : {9, 10, 15}) {
    for (const bool forgets : {false, true}) {
      Deflater sender(bits, forgets);
      Decoder decoder(settings(bits, forgets));
      for (int i = 0; i < 50; ++i) {
        const std::string text = "{\"n\":" + std::to_string(i) + std::string(40 * i, 'x') + "}";
        EXPECT_EQ(read(decoder, compressed_frame(sender.message(text))), text);
      }
    }
  }
}

TEST(inflate, refers_to_nothing_that_was_forgotten) {
  Decoder decoder(settings(15, true));
  EXPECT_EQ(read(decoder, "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"sv), "Hello");
  EXPECT_EQ(read(decoder, "\xc1\x05\xf2\x00\x11\x00\x00"sv), "! payload is no deflate stream");
}

TEST(inflate, refers_to_nothing_beyond_the_window) {
  std::mt19937 random(3);
  std::string noise(600, '\0');
  for (char& c : noise) c = static_cast<char>('a' + random() % 26);
  Deflater sender(15);
  const std::string first = compressed_frame(sender.message(noise));
  const std::string second = compressed_frame(sender.message(noise));
  Decoder wide(settings(15));
  EXPECT_EQ(read(wide, first), noise);
  EXPECT_EQ(read(wide, second), noise);
  Decoder narrow(settings(8));
  EXPECT_EQ(read(narrow, first), noise);
  EXPECT_TRUE(read(narrow, second).starts_with("! "));
}

TEST(inflate, allows_a_last_block_and_nothing_behind_it) {
  const std::string last = Deflater(15).message("Hello", Z_FINISH);
  Decoder decoder(settings());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read(decoder, compressed_frame(last + '\0')), "Hello");
  const std::string_view behind = "! payload goes on behind its last deflate block";
  EXPECT_EQ(read_one(last), behind);
  EXPECT_EQ(read_one(last + "\1"), behind);
  EXPECT_EQ(read_one(last + std::string(2, '\0')), behind);
  EXPECT_EQ(read_one(last + last + '\0'), behind);
  EXPECT_EQ(read_one(last + std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)), behind);
}

TEST(inflate, a_message_ends_where_a_block_ends) {
  const std::string whole = Deflater(15).message("The quick brown fox jumps over the lazy dog");
  EXPECT_EQ(read_one(whole), "The quick brown fox jumps over the lazy dog");
  for (std::size_t size = 1; size + 1 < whole.size(); ++size) {
    EXPECT_TRUE(read_one(whole.substr(0, size)).starts_with("! ")) << size;
  }
  EXPECT_TRUE(read_one(std::string("\x00\x05\x00\xfa\xff\x48", 6)).starts_with("! "));  // A stored block cut.
}

// An empty message is one byte (RFC 7692 §7.2.3.6). Of none at all zlib makes half a block, and misreads the
// message after it; others take it for empty.
TEST(inflate, refuses_a_payload_of_nothing) {
  EXPECT_EQ(read_one(""), "! payload does not end with a deflate block");
  EXPECT_EQ(read_one("\0"sv), "");
}

TEST(inflate, refuses_what_is_no_deflate_stream) {
  EXPECT_TRUE(read_one("\xff\xff\xff\xff"sv).starts_with("! "));
  EXPECT_TRUE(read_one("\x78\x9c\xf3\x48\xcd\xc9\xc9\x07\x00"sv).starts_with("! "));  // zlib's header.
  EXPECT_TRUE(read_one("\x1f\x8b\x08\x00\x00\x00\x00\x00"sv).starts_with("! "));      // gzip's.
}

TEST(inflate, text_is_utf8_once_it_is_inflated) {
  EXPECT_EQ(read_one(Deflater(15).message("gr\xc3\xbc\xc3\x9f")), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(read_one(Deflater(15).message("\xff\xfe")), "! text is not UTF-8");
}

TEST(inflate, wants_the_bit_on_the_first_frame_only) {
  Decoder decoder(settings());
  decoder.feed("\x41\x03\xf2\x48\xcd"sv);
  EXPECT_EQ(read(decoder, "\xc0\x04\xc9\xc9\x07\x00"sv), "! compression bit within a message");
}

TEST(inflate, stops_a_bomb_at_the_limit) {
  Deflater sender(15);
  const std::string bomb = sender.message(std::string(64 * 1024 * 1024, '0'));
  ASSERT_LT(bomb.size(), 100'000u);
  Decoder decoder(settings());
  decoder.feed(compressed_frame(bomb));
  const auto message = decoder.next();
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().code, Code::limit);

  std::string out;
  Inflater inflater(15);
  const Status status = inflater.add(bomb, out, 1000);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::limit);
  EXPECT_LE(out.capacity(), 4096u);
}

TEST(inflate, a_message_may_be_exactly_as_long_as_the_limit) {
  for (const std::size_t more : {0u, 1u}) {
    Decoder::Settings exact = settings();
    exact.message_bytes_max = 20'000;
    Decoder decoder(exact);
    const std::string text(20'000 + more, 'x');
    const std::string got = read(decoder, compressed_frame(Deflater(15).message(text)));
    EXPECT_EQ(got, more == 0 ? text : "! message too long when inflated");
  }
}

// Blocks that hold nothing make no output to count: the wire's own bytes are counted, too.
TEST(inflate, empty_blocks_have_a_limit) {
  std::string nothing;
  for (int i = 0; i < 300'000; ++i) nothing += "\0\0\0\xff\xff"sv;
  EXPECT_EQ(read_one(nothing), "! message too long");
}

// What is relayed is `frames`, so a receiver with the same settings must read from them what was judged.
TEST(inflate, what_is_relayed_reads_the_same) {
  std::mt19937 random(11);
  for (const bool forgets : {false, true}) {
    Deflater sender(12, forgets);
    Decoder here(settings(12, forgets));
    Decoder there(settings(12, forgets));
    for (int i = 0; i < 200; ++i) {
      std::string text;
      while (random() % 30 != 0) text += "word" + std::to_string(random() % 50);
      const std::string payload = sender.message(text);
      const std::size_t cut = random() % (payload.size() + 1);
      std::string one = encode(Opcode::text, std::string_view(payload).substr(0, cut));
      one[0] = '\x41';
      std::string two = encode(Opcode::text, std::string_view(payload).substr(cut));
      two[0] = '\x80';
      here.feed(one + encode(Opcode::ping, "p") + two);
      ASSERT_EQ((*here.next())->opcode, Opcode::ping);
      const auto message = here.next();
      ASSERT_TRUE(message.ok() && *message);
      ASSERT_EQ((*message)->payload, text);
      ASSERT_EQ((*message)->frames, one + two);
      ASSERT_EQ(read(there, (*message)->frames), text);
    }
  }
}

// Where what comes out fills the inflater's buffer exactly, it asks once more for what is not there.
TEST(Inflater, messages_of_every_length_about_its_buffers_are_whole) {
  std::mt19937 random(7);
  std::string noise(3 * 16 * 1024 + 8, '\0');
  for (char& c : noise) c = static_cast<char>(' ' + random() % 95);
  for (const std::size_t base : {16 * 1024, 32 * 1024, 48 * 1024}) {
    for (std::size_t size = base - 8; size <= base + 8; ++size) {
      for (const std::string& text : {noise.substr(0, size), std::string(size, 'a')}) {
        Deflater deflater(15);
        Decoder decoder(settings());
        EXPECT_EQ(read(decoder, compressed_frame(deflater.message(text))), text) << size;
        EXPECT_EQ(read(decoder, compressed_frame(deflater.message("more"))), "more") << size;
      }
    }
  }
}

}  // namespace
}  // namespace claw::websocket
