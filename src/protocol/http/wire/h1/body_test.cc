#include "protocol/http/wire/h1/body.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

struct ReadBody {
  std::string body;
  std::size_t taken = 0;
  bool done = false;
  bool failed = false;
};

ReadBody read_body(Framing framing, std::uint64_t length, std::string_view bytes) {
  BodyReader reader(H1Limits{});
  reader.start(framing, length);
  ReadBody got;
  while (!got.done) {
    const auto step = reader.next(bytes.substr(got.taken));
    if (!step) {
      got.failed = true;
      break;
    }
    got.body += step->body;
    got.taken += step->taken;
    got.done = step->done;
    if (step->taken == 0) break;
  }
  return got;
}

TEST(H1Body, takes_what_is_its_own_and_no_byte_more) {
  EXPECT_EQ(read_body(Framing::length, 3, "abcdef").body, "abc");
  EXPECT_EQ(read_body(Framing::length, 3, "abcdef").taken, 3u);
  const ReadBody chunked = read_body(Framing::chunked, 0, "3\r\nabc\r\n0\r\n\r\nGET");
  EXPECT_TRUE(chunked.done);
  EXPECT_EQ(chunked.body, "abc");
  EXPECT_EQ(chunked.taken, 13u);
  EXPECT_TRUE(read_body(Framing::none, 0, "abc").done);
  EXPECT_FALSE(read_body(Framing::until_close, 0, "abc").done);
}

TEST(H1Body, the_largest_chunk_is_counted_and_a_larger_one_refused) {
  EXPECT_FALSE(read_body(Framing::chunked, 0, "fffffffffffffff\r\nx").failed);
  EXPECT_FALSE(read_body(Framing::chunked, 0, "000000000000001\r\nx").failed);
  EXPECT_TRUE(read_body(Framing::chunked, 0, "0000000000000001\r\nx").failed);
  EXPECT_TRUE(read_body(Framing::chunked, 0, "10000000000000000").failed);
}

TEST(H1Body, what_is_written_chunked_is_read_back) {
  for (const std::size_t size : {1u, 9u, 10u, 15u, 16u, 255u, 256u, 70'000u}) {
    protocol::Commands commands;
    const Output out{commands, protocol::Side::upstream};
    BodyWriter writer;
    writer.start(Framing::chunked, 0);
    const std::string body(size, 'x');
    EXPECT_TRUE(writer.body(body, out));
    EXPECT_TRUE(writer.end({}, out));
    std::string bytes;
    for (const auto& command : commands.list()) bytes += std::get<protocol::Send>(command).bytes();
    const ReadBody got = read_body(Framing::chunked, 0, bytes);
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(got.taken, bytes.size());
  }
}

}  // namespace
}  // namespace claw::http
