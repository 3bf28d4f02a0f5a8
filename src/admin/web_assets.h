// The dashboard's files as they are in the binary: what `web/build.mjs` made of `web/` when this was built.
// Every file is compressed already (gzip), since every browser takes it so and nothing else asks for them.
// The paths begin with a slash; `/` itself is not among them: serve `/index.html` for it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace claw::admin {

struct WebAsset {
  std::string_view path;          // `/index.html`, `/assets/main-6QK2WJ3C.js`
  std::string_view content_type;  // With its charset.
  std::span<const std::uint8_t> gzip;
  bool is_hashed;                 // The name has a digest of the content: may be kept for ever.
};

std::span<const WebAsset> web_assets();  // In the order of their paths.

}  // namespace claw::admin
