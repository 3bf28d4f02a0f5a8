// Any bytes, in slices that the first byte chooses: the same content or the same refusal as in one piece.
#include <cstdint>

#include "base/check.h"
#include "protocol/http/edit/aws_chunked.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(bytes), size);
  const std::string_view body = all.substr(1);
  const std::size_t slice = bytes[0] % 17 + 1;
  const claw::Result<std::string> whole = claw::http::unwrap_aws_chunked(body);
  claw::http::AwsChunked chunks;
  std::string out;
  bool is_sound = true;
  for (std::size_t at = 0; is_sound && at < body.size(); at += slice) {
    is_sound = chunks.feed(body.substr(at, slice), out).ok();
  }
  CLAW_CHECK((is_sound && chunks.is_done()) == whole.ok());
  CLAW_CHECK(!whole || *whole == out);
  CLAW_CHECK(out.size() <= body.size());
  return 0;
}
