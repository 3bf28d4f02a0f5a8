// Whatever somebody types as a search is read or refused, and what is read can be asked of any record.
#include "audit/search/term.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const std::string_view input(bytes);
  const std::size_t half = std::min(input.find('\n'), input.size());
  const auto query = claw::audit::parse_query(input.substr(0, half));
  if (!query) return 0;
  CLAW_CHECK(query->terms.size() <= claw::audit::terms_max);
  const auto record = claw::audit::parse_record(half < input.size() ? input.substr(half + 1) : "");
  if (!record) return 0;
  const std::uint64_t marks = claw::audit::fulfilled(query->terms, *record);
  CLAW_CHECK(query->terms.size() == 64 || marks >> query->terms.size() == 0);
  (void)claw::audit::has_words(claw::audit::words_of(query->text), *record);
  return 0;
}
