// Any bytes in any encoding: no crash, the limit holds, and the same comes out whatever the slicing.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/http/content/content.h"

namespace {

constexpr std::string_view encodings[] = {"gzip",    "deflate",       "br",       "zstd",
                                          "gzip,br", "deflate, gzip", "zstd,zstd"};
constexpr std::uint64_t bytes_max = 256 * 1024;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  if (size < 2) return 0;
  const std::string input(bytes, bytes + size);
  const std::string_view encoding = encodings[bytes[0] % std::size(encodings)];
  const std::size_t step = 1 + bytes[1] % 64;
  const std::string_view packed = std::string_view(input).substr(2);
  const auto whole = http::decode_content(encoding, packed, bytes_max);
  if (whole) CLAW_CHECK(whole->size() <= bytes_max);
  auto decoder = http::ContentDecoder::make(encoding);
  CLAW_CHECK(decoder.ok());
  std::string out;
  bool good = true;
  for (std::size_t at = 0; at < packed.size() && good && out.size() <= bytes_max; at += step) {
    good = (*decoder)->feed(packed.substr(at, step), out).ok();
  }
  if (out.size() > bytes_max) return 0;
  good = good && (*decoder)->finish(out).ok();
  // The ratio is watched as bytes come, so a slicing may see a bomb's peak that the whole does not.
  if (good) CLAW_CHECK(whole.ok() && *whole == out);
  return 0;
}
