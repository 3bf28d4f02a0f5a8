#include "protocol/spdy/headers.h"

#include <gtest/gtest.h>

#include "protocol/spdy/peer_for_test.h"

namespace claw::spdy {
namespace {

using namespace std::string_literals;

std::string shown(const Result<Headers>& headers) {
  if (!headers) return "! " + headers.error().what;
  std::string text;
  for (const Header& header : *headers) text += header.name + "=" + header.value + ";";
  return text;
}

TEST(SpdyHeaders, the_dictionary_is_the_drafts) {
  EXPECT_EQ(dictionary().size(), 1423u);
  const auto* bytes = reinterpret_cast<const Bytef*>(dictionary().data());
  EXPECT_EQ(adler32(adler32(0, nullptr, 0), bytes, 1423), 0xe3c6a7c2u);
}

TEST(SpdyHeaders, the_context_runs_across_blocks) {
  Peer peer;
  HeaderReader reader;
  const std::string first = peer.block({{"streamtype", "error"}, {"port", "8080"}});
  const std::string second = peer.block({{"streamtype", "data"}, {"port", "8080"}});
  EXPECT_LT(second.size(), first.size());
  EXPECT_EQ(shown(reader.read(first)), "streamtype=error;port=8080;");
  EXPECT_EQ(shown(reader.read(second)), "streamtype=data;port=8080;");
  EXPECT_EQ(shown(reader.read(peer.block({}))), "");
  HeaderReader late;
  EXPECT_FALSE(late.read(second).ok());
}

TEST(SpdyHeaders, what_two_readers_could_read_differently_is_refused) {
  const auto read = [](const std::string& text) {
    Peer peer;
    HeaderReader reader;
    return shown(reader.read(peer.deflated(text)));
  };
  const auto pairs = [](const Headers& headers) { return Peer::pairs(headers); };
  EXPECT_EQ(read(pairs({{"a", "1"}, {"b", ""}})), "a=1;b=;");
  EXPECT_EQ(read(pairs({{"a", "1\0002"s}})), "a=1\0002;"s);
  EXPECT_EQ(read(pairs({{"a", "1"}, {"a", "2"}})), "! SPDY header twice");
  for (const char* name : {"", "A", "streamType", "a b", "a\n", "\xc5\xbf"}) {
    EXPECT_EQ(read(pairs({{name, "1"}})), "! SPDY header that makes no sense") << name;
  }
  for (const std::string& value : {"\0"s, "\0001"s, "1\0"s, "1\0\0002"s}) {
    EXPECT_EQ(read(pairs({{"a", value}})), "! SPDY header that makes no sense");
  }
  const std::string one = pairs({{"a", "1"}});
  EXPECT_EQ(read(one + "x"), "! SPDY header block of another length than it says");
  for (std::size_t end = 0; end < one.size(); ++end) {
    EXPECT_EQ(read(one.substr(0, end)), "! SPDY header block of another length than it says") << end;
  }
  EXPECT_EQ(read("\xff\xff\xff\xff"), "! too many headers in a SPDY frame");
  EXPECT_EQ(read("\0\0\0\1\xff\xff\xff\xff"s + "a"), "! SPDY header block of another length than it says");
}

// A reader that stops at the last header would find the rest at the head of the next block.
TEST(SpdyHeaders, a_block_ends_with_its_frame) {
  const std::string text = Peer::pairs({{"a", "1"}});
  const auto read = [](std::string_view block) {
    HeaderReader reader;
    return shown(reader.read(block));
  };
  Peer whole;
  const std::string block = whole.deflated(text);
  for (std::size_t end = 0; end < block.size(); ++end) {
    EXPECT_TRUE(read(block.substr(0, end)).starts_with("! ")) << end;
  }
  EXPECT_TRUE(read(block + "x").starts_with("! "));
  Peer ended;
  EXPECT_EQ(read(ended.deflated(text, Z_FINISH)), "! SPDY headers that end their compression");
  int refused = 0;
  for (std::size_t size = 1; size < 20; ++size) {  // By chance, some end on a whole byte.
    Peer unaligned;
    const std::string some =
        unaligned.deflated(Peer::pairs({{"a", std::string(size, 'x')}}), Z_PARTIAL_FLUSH);
    if (read(some) == "! SPDY headers that do not end with their frame") ++refused;
  }
  EXPECT_GT(refused, 0);
  Peer strange("another dictionary");
  EXPECT_EQ(read(strange.deflated(text)), "! SPDY headers with another dictionary");
  Peer plain("");
  EXPECT_EQ(read(plain.deflated(text)), "! SPDY headers that do not end with their frame");
  EXPECT_EQ(read("\x78\xbb" + std::string(20, 'z')), "! SPDY headers with another dictionary");
}

TEST(SpdyHeaders, a_bomb_is_not_inflated) {
  Peer peer;
  HeaderReader reader;
  const std::string block = peer.deflated(std::string(1 << 20, 'x'));
  EXPECT_LT(block.size(), 4096u);
  EXPECT_EQ(shown(reader.read(block)), "! SPDY headers too long when inflated");
  Peer next;
  HeaderReader again;
  const std::string value(header_block_bytes_max - 13, 'v');  // Three lengths, and a name.
  EXPECT_EQ(shown(again.read(next.block({{"a", value}}))), "a=" + value + ";");
  EXPECT_FALSE(again.read(next.block({{"a", value + "v"}})).ok());
}

}  // namespace
}  // namespace claw::spdy
