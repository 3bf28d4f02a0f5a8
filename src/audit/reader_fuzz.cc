// Whatever a file holds, reading it neither crashes nor calls a record proven that the key did not sign. Half
// of the inputs are bytes as they are; the other half are payloads, one a line, which are put into a chain
// that holds, so that what stands behind the hashes is reached too.
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/verify.h"
#include "base/text.h"
#include "base/writer.h"

namespace {

using namespace claw;
using namespace claw::audit;

std::string public_key() { return std::string(32, 'k'); }

Header header_of(std::uint8_t choice) {
  Header header;
  header.segment = 1 + (choice & 3);
  header.public_key = public_key();
  return header;
}

void append_frame(std::string& segment, Chain& chain, std::string_view payload) {
  Writer writer(segment);
  writer.u32(static_cast<std::uint32_t>(payload.size()));
  writer.bytes(crypto::view(chain.extend(payload)));
  writer.bytes(payload);
}

std::string sealed(std::uint8_t choice, std::string_view payloads) {
  std::string segment, header;
  Chain chain;
  append_header(header, header_of(choice));
  append_frame(segment, chain, header);
  for (const std::string_view payload : split(payloads, '\n')) {
    if (!payload.empty()) append_frame(segment, chain, payload);
  }
  return segment;
}

Findings verified(std::string_view segment) {
  Verifier verifier({public_key()});
  verifier.segment(segment);
  return verifier.finish();
}

// Going on behind damage: it always gets further, what it goes on with continues, and it has an end.
void read_on(std::string_view bytes) {
  Reader reader(bytes, {});
  for (;;) {
    const std::size_t before = reader.used();
    const Step step = reader.next();
    if (step == Step::end) return;
    if (step != Step::record) {
      const std::optional<Gap> gap = reader.pick_up();
      if (!gap) return;
      CLAW_CHECK(gap->offset == before && gap->bytes > 0 && gap->offset + gap->bytes == reader.used());
      CLAW_CHECK(reader.next() == Step::record);
    }
    CLAW_CHECK(reader.used() > before && reader.used() <= bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const Findings raw = verified(bytes);
  CLAW_CHECK(raw.checkpoints == 0);
  CLAW_CHECK(raw.unfinished_bytes <= bytes.size());
  read_on(bytes);
  if (bytes.empty()) return 0;
  const auto choice = static_cast<std::uint8_t>(bytes.front());
  const std::string segment = sealed(choice, std::string_view(bytes).substr(1));
  const Findings findings = verified(segment);
  std::string damaged = segment;
  damaged[choice * damaged.size() / 256] ^= 1;
  read_on(damaged);
  CLAW_CHECK(findings.checkpoints == 0 && findings.signed_through == 0 && findings.unfinished_bytes == 0);
  if (findings.intact()) CLAW_CHECK(findings.last == findings.records);
  return 0;
}
