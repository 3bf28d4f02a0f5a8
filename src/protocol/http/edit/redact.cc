#include "protocol/http/edit/redact.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "protocol/http/edit/spellings.h"

namespace claw::http {
namespace {

constexpr std::size_t secret_bytes_min = 6;  // Shorter ones would hit ordinary text.
// Looking at every 16th pair is as fast as memory; a wider stride only fills the filter.
constexpr std::size_t stride_max = 16;
constexpr std::size_t buckets = 256;

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A pair of bytes within a pattern, by which one is recognised.
struct Place {
  std::uint16_t pattern = 0;
  std::uint16_t offset = 0;
};
std::uint32_t packed(Place place) { return std::uint32_t{place.pattern} << 16 | place.offset; }
Place unpacked(std::uint32_t bits) {
  return {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits & 0xffff)};
}

unsigned pair_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(text[at])) |
         static_cast<unsigned>(static_cast<unsigned char>(text[at + 1])) << 8;
}
std::size_t bucket_of(unsigned pair) { return pair * 0x9e37U >> 8 & (buckets - 1); }

// What the tables say about the patterns goes with them; volatile, as nobody reads it afterwards.
template <class Values>
void scrub(Values& values) {
  for (auto& value : values) {
    volatile auto* const place = &value;
    *place = 0;
  }
}

void hide(std::string& text, Range range) {
  const std::size_t size = range.end - range.begin;
  text.replace(range.begin, size, size, '*');
}

}  // namespace

// A pattern's first `stride + 1` bytes hold `stride` pairs. Wherever it begins in a text, exactly one of them
// lies at a multiple of the stride: so looking only there finds each occurrence, and once. A bit for each of
// the 65536 pairs says whether to look closer.
class Patterns {
 public:
  explicit Patterns(std::vector<Secret> patterns);
  ~Patterns();
  Patterns(const Patterns&) = delete;
  Patterns& operator=(const Patterns&) = delete;

  bool empty() const { return patterns_.empty(); }
  void find(std::string_view text, std::vector<Range>& found) const;
  std::size_t first_partial(std::string_view text) const;
  std::size_t first_telling(std::string_view text) const;

 private:
  void check(std::string_view text, std::size_t at, std::vector<Range>& found) const;
  bool may_begin(unsigned pair) const { return (filter_[pair / 64] >> (pair % 64) & 1) != 0; }

  std::vector<Secret> patterns_;
  std::size_t stride_ = stride_max;
  std::array<std::uint64_t, 65536 / 64> filter_{};
  std::array<std::uint32_t, buckets + 1> starts_{};  // Of each bucket's places.
  std::vector<std::uint32_t> places_;                // Pattern and offset, 16 bits each.
};

Patterns::Patterns(std::vector<Secret> patterns) : patterns_(std::move(patterns)) {
  CLAW_CHECK(patterns_.size() <= 0xffff);
  for (const Secret& pattern : patterns_) stride_ = std::min(stride_, pattern.size() - 1);
  const auto each_pair = [&](auto&& visit) {
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      for (std::size_t offset = 0; offset < stride_; ++offset) {
        visit(pair_at(patterns_[i].reveal(), offset),
              Place{static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(offset)});
      }
    }
  };
  each_pair([&](unsigned pair, Place) {
    filter_[pair / 64] |= std::uint64_t{1} << (pair % 64);
    ++starts_[bucket_of(pair) + 1];
  });
  for (std::size_t i = 0; i < buckets; ++i) starts_[i + 1] += starts_[i];
  places_.resize(starts_[buckets]);
  std::array<std::uint32_t, buckets + 1> next = starts_;
  each_pair([&](unsigned pair, Place place) { places_[next[bucket_of(pair)]++] = packed(place); });
}

Patterns::~Patterns() {
  scrub(filter_);
  scrub(starts_);
  scrub(places_);
}

void Patterns::find(std::string_view text, std::vector<Range>& found) const {
  if (empty()) return;
  for (std::size_t at = 0; at + 1 < text.size(); at += stride_) {
    if (may_begin(pair_at(text, at))) check(text, at, found);
  }
}

void Patterns::check(std::string_view text, std::size_t at, std::vector<Range>& found) const {
  const std::size_t bucket = bucket_of(pair_at(text, at));
  for (std::uint32_t i = starts_[bucket]; i < starts_[bucket + 1]; ++i) {
    const Place place = unpacked(places_[i]);
    const std::string_view pattern = patterns_[place.pattern].reveal();
    if (text[at] != pattern[place.offset] || place.offset > at) continue;
    const std::size_t begin = at - place.offset;
    if (text.substr(begin, pattern.size()) == pattern) found.push_back({begin, begin + pattern.size()});
  }
}

// Where the first beginning of a pattern lies that the end of `text` cuts off; the text's size when none
// does.
std::size_t Patterns::first_partial(std::string_view text) const {
  std::size_t first = text.size();
  for (const Secret& secret : patterns_) {
    const std::string_view pattern = secret.reveal();
    std::size_t at = text.size() - std::min(text.size(), pattern.size() - 1);
    for (; at < first; ++at) {
      at = text.find(pattern.front(), at);
      if (at >= first) break;
      if (pattern.starts_with(text.substr(at))) first = at;
    }
  }
  return first;
}

// The same for beginnings so long that they would tell something of the secret.
std::size_t Patterns::first_telling(std::string_view text) const {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    for (const Secret& secret : patterns_) {
      const std::size_t telling = std::clamp<std::size_t>(secret.size() / 4, 1, secret_bytes_min);
      if (rest.size() >= telling && secret.reveal().starts_with(rest)) return at;
    }
  }
  return text.size();
}

std::shared_ptr<const Patterns> make_patterns(const std::vector<Secret>& secrets) {
  std::vector<Secret> patterns;
  for (const Secret& secret : secrets) {
    if (secret.size() < secret_bytes_min) continue;
    for (Secret& spelling : spellings_of(secret.reveal())) {
      const bool is_known = std::any_of(patterns.begin(), patterns.end(), [&](const Secret& pattern) {
        return pattern.reveal() == spelling.reveal();
      });
      if (!is_known) patterns.push_back(std::move(spelling));
    }
  }
  return std::make_shared<const Patterns>(std::move(patterns));
}

struct Redactor::State {
  explicit State(std::shared_ptr<const Patterns> all) : patterns(std::move(all)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    wipe(held);
    wipe(out);
  }

  std::shared_ptr<const Patterns> patterns;
  std::string held;            // As it came: it may yet turn out to be a secret.
  std::size_t held_shown = 0;   // So many of its first bytes have been passed on already, see release().
  std::size_t held_hidden = 0;  // So many of its first bytes belong to a secret that was found already.
  std::string out;
  std::vector<Range> found;
  std::size_t hits = 0;
};

Redactor::Redactor(std::shared_ptr<const Patterns> patterns)
    : state_(std::make_unique<State>(std::move(patterns))) {
  CLAW_CHECK(state_->patterns != nullptr);
}
Redactor::~Redactor() = default;
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;

std::string_view Redactor::pass(std::string_view bytes) {
  State& state = *state_;
  if (bytes.empty() || state.patterns->empty()) return bytes;
  const std::size_t old = state.held.size();
  std::string_view text = bytes;
  if (old != 0) {
    state.out = state.held;
    text = state.out.append(bytes);
  }
  state.found.clear();
  state.patterns->find(text, state.found);
  const std::size_t keep = state.patterns->first_partial(text);
  const std::size_t shown = std::exchange(state.held_shown, 0);
  if (shown > keep) state.held_shown = shown - keep;
  state.held = text.substr(keep);
  if (old == 0 && state.found.empty()) return bytes.substr(0, keep);

  if (old == 0) state.out = bytes;
  std::size_t hidden_to = state.held_hidden;
  hide(state.out, {0, hidden_to});
  for (const Range range : state.found) {
    if (range.end > old) ++state.hits;  // Others lie within what was held, and were counted when it came.
    hide(state.out, range);
    if (range.begin < keep) hidden_to = std::max(hidden_to, range.end);  // Later ones are found again.
  }
  state.held_hidden = hidden_to > keep ? hidden_to - keep : 0;
  return keep > shown ? std::string_view(state.out).substr(shown, keep - shown) : std::string_view();
}

std::string_view Redactor::release() {
  State& state = *state_;
  const std::size_t end = state.patterns->first_telling(state.held);
  if (end <= state.held_shown) return {};
  state.out = state.held;
  hide(state.out, {0, std::min(state.held_hidden, state.out.size())});
  const std::size_t shown = std::exchange(state.held_shown, end);
  return std::string_view(state.out).substr(shown, end - shown);
}

std::string_view Redactor::finish() {
  State& state = *state_;
  state.out = state.held;
  state.found.clear();
  state.patterns->find(state.out, state.found);
  hide(state.out, {0, state.held_hidden});
  for (const Range range : state.found) hide(state.out, range);
  wipe(state.held);
  state.held_hidden = 0;
  return std::string_view(state.out).substr(std::exchange(state.held_shown, 0));
}

std::size_t Redactor::hits() const { return state_->hits; }

bool Redactor::has_any(const Patterns& patterns, std::string_view text) {
  std::vector<Range> found;
  patterns.find(text, found);
  return !found.empty();
}

std::string Redactor::whole(const Patterns& patterns, std::string_view text) {
  std::vector<Range> found;
  patterns.find(text, found);
  std::string out(text);
  for (const Range range : found) hide(out, range);
  return out;
}

}  // namespace claw::http
