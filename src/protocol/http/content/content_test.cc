#include "protocol/http/content/content.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "protocol/http/content/unpackers.h"

namespace claw::http {
namespace {

std::string deflated(std::string_view bytes, int bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in(bytes);
  std::string out(deflateBound(&stream, in.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string gzipped(std::string_view bytes) { return deflated(bytes, 15 + 16); }
std::string zlibbed(std::string_view bytes) { return deflated(bytes, 15); }
std::string raw_deflated(std::string_view bytes) { return deflated(bytes, -15); }

std::string brotlied(std::string_view bytes) {
  std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size()) + 64;
  std::string out(size, '\0');
  EXPECT_TRUE(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, bytes.size(),
                                    reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}

std::string zstded(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 5));
  return out;
}

struct Coding {
  std::string_view name;
  std::string (*pack)(std::string_view);
};
const Coding codings[] = {{"gzip", gzipped}, {"x-gzip", gzipped}, {"deflate", zlibbed},
                          {"deflate", raw_deflated}, {"br", brotlied}, {"zstd", zstded}, {"GZip", gzipped}};

constexpr std::uint64_t roomy = 64 * 1024 * 1024;

std::string text_of(std::size_t bytes) {  // Compresses well, but not like a bomb.
  std::string text;
  for (std::uint32_t i = 0; text.size() < bytes; ++i) text += std::to_string(i * 2654435761U) + ',';
  return text;
}

std::string outcome(std::string_view encoding, std::string_view bytes, std::uint64_t most = roomy) {
  const auto decoded = decode_content(encoding, bytes, most);
  return decoded ? *decoded : "! " + std::string(name_of(decoded.error().code));
}

// Fed in pieces of `step` bytes.
std::string sliced(std::string_view encoding, std::string_view bytes, std::size_t step) {
  auto decoder = ContentDecoder::make(encoding);
  if (!decoder) return "! " + std::string(name_of(decoder.error().code));
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    if (const Status fed = (*decoder)->feed(bytes.substr(0, step), out); !fed) {
      return "! " + std::string(name_of(fed.error().code));
    }
  }
  const Status finished = (*decoder)->finish(out);
  return finished ? out : "! " + std::string(name_of(finished.error().code));
}

TEST(content, every_encoding_comes_undone_in_every_slicing) {
  const std::string text = text_of(70'000);
  for (const Coding& coding : codings) {
    const std::string packed = coding.pack(text);
    EXPECT_EQ(outcome(coding.name, packed), text) << coding.name;
    for (const std::size_t step : {1U, 2U, 3U, 7U, 1000U}) {
      EXPECT_EQ(sliced(coding.name, packed, step), text) << coding.name << " by " << step;
    }
  }
}

TEST(content, lists_are_undone_from_the_last_to_the_first) {
  EXPECT_EQ(outcome("gzip, br", brotlied(gzipped("inner"))), "inner");
  EXPECT_EQ(outcome("deflate,identity, zstd,", zstded(zlibbed("inner"))), "inner");
  EXPECT_EQ(sliced("br,gzip,zstd", zstded(gzipped(brotlied("inner"))), 1), "inner");
  EXPECT_EQ(outcome("gzip,gzip,gzip,gzip", "x"), "! limit");
}

TEST(unpacker, takes_nothing_past_the_end_and_says_so) {
  for (const std::string_view name : {"deflate", "br"}) {
    const auto unpacker = make_unpacker(name);
    const std::string packed = (name == "br" ? brotlied("text") : zlibbed("text")) + "rest";
    std::string_view left = packed;
    std::string out;
    for (int i = 0; i < 10; ++i) out += unpacker->step(left).value();
    EXPECT_EQ(out, "text");
    EXPECT_EQ(left, "rest");
    EXPECT_TRUE(unpacker->is_done());
    EXPECT_FALSE(unpacker->has_more());
  }
  EXPECT_EQ(make_unpacker("compress"), nullptr);
}

TEST(content, none_and_identity_pass) {
  EXPECT_EQ(outcome("", "plain"), "plain");
  EXPECT_EQ(outcome("identity", "plain"), "plain");
  EXPECT_EQ(outcome("", "plain", 4), "! limit");
  EXPECT_TRUE(is_known_encoding("gzip, br"));
  EXPECT_TRUE(is_known_encoding(""));
}

TEST(content, what_is_not_known_is_not_guessed) {
  for (const std::string_view name : {"compress", "gzip;q=1", "aws-chunked", "gzip br", "*", "sdch"}) {
    EXPECT_FALSE(is_known_encoding(name)) << name;
    EXPECT_EQ(outcome(name, "x"), "! unsupported") << name;
  }
}

TEST(content, an_empty_body_is_empty_in_any_encoding) {
  for (const Coding& coding : codings) {
    EXPECT_EQ(outcome(coding.name, ""), "");
    EXPECT_EQ(outcome(coding.name, coding.pack("")), "") << coding.name;
  }
}

TEST(content, a_stream_cut_at_any_byte_is_an_error) {
  for (const Coding& coding : codings) {
    const std::string packed = coding.pack("a text that is long enough to be cut in many places");
    for (std::size_t size = 1; size < packed.size(); ++size) {
      EXPECT_EQ(outcome(coding.name, std::string_view(packed).substr(0, size)), "! invalid")
          << coding.name << " at " << size;
    }
  }
}

TEST(content, something_after_the_end_is_an_error) {
  for (const Coding& coding : codings) {
    const std::string packed = coding.pack("text");
    EXPECT_EQ(outcome(coding.name, packed + "x"), "! invalid") << coding.name;
    EXPECT_EQ(outcome(coding.name, packed + std::string(1, '\0')), "! invalid") << coding.name;
    EXPECT_EQ(sliced(coding.name, packed + "hidden", 1), "! invalid") << coding.name;
  }
  EXPECT_EQ(outcome("deflate", zlibbed("a") + zlibbed("b")), "! invalid");
  EXPECT_EQ(outcome("br", brotlied("a") + brotlied("b")), "! invalid");
}

TEST(content, members_of_gzip_and_frames_of_zstd_are_one_text) {
  EXPECT_EQ(outcome("gzip", gzipped("one ") + gzipped("two")), "one two");
  EXPECT_EQ(sliced("gzip", gzipped("one ") + gzipped("") + gzipped("two"), 1), "one two");
  EXPECT_EQ(outcome("zstd", zstded("one ") + zstded("two")), "one two");
  EXPECT_EQ(sliced("zstd", zstded("one ") + zstded("two"), 1), "one two");
  const std::string cut = gzipped("one ") + gzipped("two").substr(0, 12);
  EXPECT_EQ(outcome("gzip", cut), "! invalid");
}

TEST(content, a_flipped_byte_is_noticed_by_what_has_a_checksum) {
  const std::string text = text_of(1000);
  for (const Coding& coding : {Coding{"gzip", gzipped}, Coding{"deflate", zlibbed}}) {
    std::string packed = coding.pack(text);
    packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x10);
    EXPECT_EQ(outcome(coding.name, packed), "! invalid") << coding.name;
  }
}

TEST(content, a_bomb_is_stopped_by_its_ratio_and_by_its_size) {
  const std::string zeros(8 * 1024 * 1024, '\0');
  for (const Coding& coding : codings) {
    const std::string packed = coding.pack(zeros);
    EXPECT_EQ(outcome(coding.name, packed), "! limit") << coding.name;
    EXPECT_EQ(sliced(coding.name, packed, 512), "! limit") << coding.name;
    EXPECT_EQ(outcome(coding.name, coding.pack(text_of(5000)), 4999), "! limit") << coding.name;
    EXPECT_EQ(outcome(coding.name, coding.pack(std::string(5000, 'a')), 5000), std::string(5000, 'a'));
  }
  EXPECT_EQ(outcome("gzip,gzip", gzipped(gzipped(zeros))), "! limit");
}

TEST(content, small_texts_may_compress_as_well_as_they_like) {
  const std::string blanks(60 * 1024, ' ');
  EXPECT_EQ(outcome("br", brotlied(blanks)), blanks);
}

TEST(content, a_window_larger_than_http_allows_is_refused) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string text = text_of(1000);
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer made{out.data(), out.size(), 0};
  ASSERT_EQ(ZSTD_isError(ZSTD_compressStream2(context, &made, &in, ZSTD_e_flush)), 0U);
  in = {text.data(), 0, 0};
  ZSTD_compressStream2(context, &made, &in, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  EXPECT_EQ(outcome("zstd", std::string_view(out).substr(0, made.pos)), "! invalid");
}

}  // namespace
}  // namespace claw::http
