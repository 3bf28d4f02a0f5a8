// Any text, as a configuration: loads or is refused with a reason, and never with a Snapshot beside errors.
#include "base/check.h"
#include "base/json.h"
#include "config/load.h"

namespace {

constexpr std::size_t text_bytes_max = 64 * 1024;  // Longer inputs only make each run slower.

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t count) {
  if (count == 0 || count > text_bytes_max) return 0;
  const std::string text(bytes + 1, bytes + count);
  const bool yaml = bytes[0] % 4 == 0;
  const claw::config::LoadResult loaded = claw::config::load_text(yaml ? "a.yaml" : "a.hcl", text);
  CLAW_CHECK((loaded.snapshot == nullptr) == loaded.diagnostics.has_errors());
  loaded.report();
  if (loaded.snapshot) CLAW_CHECK(claw::json::parse(loaded.snapshot->to_json()).ok());
  return 0;
}
