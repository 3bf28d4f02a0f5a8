// Any answer, any slices, secrets out of the input itself: what comes out is as long as what went in, is the
// same for any slicing, and spells no secret any more.
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/http/edit/redact.h"
#include "protocol/http/edit/spellings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claw;
  if (size < 4) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t slice = 1 + data[0] % 32;
  std::string_view rest = input.substr(2);
  const std::size_t first = std::min<std::size_t>(6 + data[1] % 16, rest.size());
  std::vector<Secret> secrets;
  secrets.emplace_back(std::string(rest.substr(0, first)));
  secrets.emplace_back(std::string(rest.substr(first / 2, first)));
  const std::string text(rest);

  const auto patterns = http::make_patterns(secrets);
  const std::string whole = http::Redactor::whole(*patterns, text);
  CLAW_CHECK(whole.size() == text.size());
  for (std::size_t i = 0; i < text.size(); ++i) CLAW_CHECK(whole[i] == text[i] || whole[i] == '*');
  for (const Secret& secret : secrets) {
    if (secret.size() < 6) continue;
    for (const Secret& spelling : http::spellings_of(secret.reveal())) {
      const std::size_t at = text.find(spelling.reveal());
      if (at != text.npos) CLAW_CHECK(whole.substr(at, spelling.size()) == std::string(spelling.size(), '*'));
    }
  }
  http::Redactor redactor(patterns);
  std::string sliced;
  for (std::size_t at = 0; at < text.size(); at += slice) sliced += redactor.pass(text.substr(at, slice));
  sliced += redactor.finish();
  CLAW_CHECK(sliced == whole);
  return 0;
}
