#include "cel/pattern.h"

#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace claw::cel {

Result<Pattern> Pattern::compile(std::string_view pattern) {
  if (pattern.size() > pattern_bytes_max)
    return Error{Code::limit, fmt::format("a pattern is longer than {} bytes", pattern_bytes_max), {}};
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory_bytes_max);
  auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) return invalid(fmt::format("bad pattern: {}", printable(compiled->error(), 200)));
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  return compiled_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

int Pattern::groups() const { return compiled_->NumberOfCapturingGroups(); }

bool Pattern::find(std::string_view text, std::size_t from, std::span<std::string_view> found) const {
  std::vector<re2::StringPiece> pieces(found.size());
  const bool ok = compiled_->Match({text.data(), text.size()}, from, text.size(), re2::RE2::UNANCHORED,
                                   pieces.data(), static_cast<int>(pieces.size()));
  for (std::size_t i = 0; ok && i < found.size(); ++i) found[i] = {pieces[i].data(), pieces[i].size()};
  return ok;
}

}  // namespace claw::cel
