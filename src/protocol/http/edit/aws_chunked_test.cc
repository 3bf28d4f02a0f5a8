#include "protocol/http/edit/aws_chunked.h"

#include <gtest/gtest.h>

namespace claw::http {

namespace {

const std::string whole =
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
    std::string(0x10000, 'a') +
    "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
    std::string(0x400, 'b') +
    "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";

const std::string with_trailers =
    "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:63bd\r\n\r\n";

}  // namespace

TEST(aws_chunked, the_documented_upload_is_its_content) {
  EXPECT_EQ(unwrap_aws_chunked(whole).value(), std::string(0x10000, 'a') + std::string(0x400, 'b'));
  EXPECT_EQ(unwrap_aws_chunked(with_trailers).value(), "hello");
  EXPECT_EQ(unwrap_aws_chunked("0\r\n\r\n").value(), "");
}

TEST(aws_chunked, any_slicing_gives_the_same) {
  for (std::size_t slice = 1; slice <= with_trailers.size(); ++slice) {
    AwsChunked chunks;
    std::string out;
    for (std::size_t at = 0; at < with_trailers.size(); at += slice) {
      ASSERT_TRUE(chunks.feed(std::string_view(with_trailers).substr(at, slice), out).ok());
    }
    EXPECT_TRUE(chunks.is_done());
    EXPECT_EQ(out, "hello");
  }
}

TEST(aws_chunked, cut_off_anywhere_it_is_refused) {
  for (std::size_t size = 0; size < with_trailers.size(); ++size) {
    EXPECT_FALSE(unwrap_aws_chunked(with_trailers.substr(0, size)).ok()) << size;
  }
}

TEST(aws_chunked, what_makes_no_sense_is_refused) {
  for (const std::string bad :
       {"5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n", "\r\nhello", "x\r\n", "-1\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n",
        "5\r;\r\nhello\r\n0\r\n\r\n", "ffffffffffffffffff\r\n", "fffffffffff\r\n", "0\r\n\r\nmore"}) {
    EXPECT_FALSE(unwrap_aws_chunked(bad).ok()) << bad;
  }
}

TEST(aws_chunked, lines_without_end_are_refused) {
  EXPECT_EQ(unwrap_aws_chunked(std::string(chunk_head_bytes_max + 1, '0')).error().code, Code::limit);
  std::string trailers = "0\r\n";
  while (trailers.size() < chunk_trailer_bytes_max + 100) trailers += "x-amz-checksum-crc32:AAAA\r\n";
  EXPECT_EQ(unwrap_aws_chunked(trailers + "\r\n").error().code, Code::limit);
}

}  // namespace claw::http
