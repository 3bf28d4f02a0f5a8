#include "protocol/http/content/content.h"

#include <vector>

#include "base/text.h"
#include "protocol/http/content/unpackers.h"

namespace claw::http {
namespace {

// The encodings of a Content-Encoding list in the order they were applied; `identity` is none.
Result<std::vector<std::string>> encodings_of(std::string_view list) {
  std::vector<std::string> names;
  for (const std::string_view piece : split(list, ',')) {
    std::string name = lower(trim(piece));
    if (name.empty() || name == "identity") continue;
    if (name == "x-gzip") name = "gzip";  // RFC 9110 §8.4.1.3.
    if (!make_unpacker(name)) {
      return Error{Code::unsupported, "a content encoding that is not known: " + quoted(name), {}};
    }
    if (names.size() == encodings_max) return Error{Code::limit, "too many content encodings in a list", {}};
    names.push_back(std::move(name));
  }
  return names;
}

// The ratio of all that came out to all that went in. One per layer: a small bomb may hide in a big wrapping.
class Watch {
 public:
  Status see(std::uint64_t in, std::uint64_t out) {
    in_ += in;
    out_ += out;
    if (out_ > expansion_free_bytes && out_ / expansion_ratio_max > in_) {
      return Error{Code::limit, "a body that expands like a bomb", {}};
    }
    return Done{};
  }

 private:
  static constexpr std::uint64_t expansion_free_bytes = 64 * 1024;
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
};

// One layer: bytes in, at most a block out at a time, handed to whatever comes next.
class Layer {
 public:
  explicit Layer(std::unique_ptr<Unpacker> unpacker) : unpacker_(std::move(unpacker)) {}

  template <class Next>
  Status feed(std::string_view bytes, Next next) {
    if (!bytes.empty()) any_ = true;
    while (!bytes.empty() || unpacker_->has_more()) {
      const std::size_t before = bytes.size();
      CLAW_TRY(const std::string_view made, unpacker_->step(bytes));
      CLAW_TRY_DONE(watch_.see(before - bytes.size(), made.size()));
      if (!made.empty()) CLAW_TRY_DONE(next(made));
      if (made.empty() && before == bytes.size()) break;
    }
    if (!bytes.empty()) return invalid("something after the end of a compressed body");
    return Done{};
  }

  // An empty body is an empty body, whatever it says: no encoder makes it, many clients send it.
  Status finish() const {
    if (any_ && !unpacker_->is_done()) return invalid("a compressed body that was cut");
    return Done{};
  }

 private:
  std::unique_ptr<Unpacker> unpacker_;
  Watch watch_;
  bool any_ = false;
};

class Layers final : public ContentDecoder {
 public:
  Layers(const std::vector<std::string>& names, std::uint64_t bytes_max) : bytes_max_(bytes_max) {
    for (auto name = names.rbegin(); name != names.rend(); ++name) layers_.emplace_back(make_unpacker(*name));
  }

  Status feed(std::string_view bytes, std::string& out) override { return pass(0, bytes, out); }

  Status finish(std::string&) override {
    for (const Layer& layer : layers_) CLAW_TRY_DONE(layer.finish());
    return Done{};
  }

 private:
  Status pass(std::size_t layer, std::string_view bytes, std::string& out) {
    if (layer == layers_.size()) {
      if (bytes.size() > bytes_max_ - made_) return Error{Code::limit, "a body that decodes to too much", {}};
      made_ += bytes.size();
      out += bytes;
      return Done{};
    }
    return layers_[layer].feed(bytes, [&](std::string_view made) { return pass(layer + 1, made, out); });
  }

  std::vector<Layer> layers_;  // The last that was applied first.
  std::uint64_t bytes_max_;
  std::uint64_t made_ = 0;
};

}  // namespace

bool is_known_encoding(std::string_view content_encoding) { return encodings_of(content_encoding).ok(); }

Result<std::string> decode_content(std::string_view content_encoding, std::string_view bytes,
                                   std::uint64_t bytes_max) {
  CLAW_TRY(const std::vector<std::string> names, encodings_of(content_encoding));
  Layers layers(names, bytes_max);
  std::string out;
  CLAW_TRY_DONE(layers.feed(bytes, out));
  CLAW_TRY_DONE(layers.finish(out));
  return out;
}

Result<std::unique_ptr<ContentDecoder>> ContentDecoder::make(std::string_view content_encoding) {
  CLAW_TRY(const std::vector<std::string> names, encodings_of(content_encoding));
  return std::unique_ptr<ContentDecoder>(std::make_unique<Layers>(names, UINT64_MAX));
}

}  // namespace claw::http
