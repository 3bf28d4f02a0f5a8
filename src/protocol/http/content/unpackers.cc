#include "protocol/http/content/unpackers.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <limits>

#include "base/check.h"

namespace claw::http {
namespace {

constexpr std::size_t block_bytes = 16 * 1024;  // What one step makes at most, whatever it is given.
using Block = std::array<char, block_bytes>;

// The libraries do not change what they read; zlib's type only fails to say so.
Bytef* zlib_bytes(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }

// gzip (RFC 1952) may have several members one after the other. `deflate` is zlib (RFC 1950), and by an old
// misreading raw (RFC 1951): the first two bytes tell, as they do for every browser.
class Inflater final : public Unpacker {
 public:
  enum class Form { gzip, deflate };
  explicit Inflater(Form form) : form_(form) {}
  ~Inflater() override {
    if (is_open_) inflateEnd(&stream_);
  }

  Result<std::string_view> step(std::string_view& bytes) override {
    if (ended_ && (form_ != Form::gzip || bytes.empty())) return std::string_view();
    if (!is_open_ && !open(bytes)) return std::string_view();
    if (ended_) restart();
    if (head_given_ < head_.size()) {  // The bytes that told the form, first.
      std::string_view head = std::string_view(head_).substr(head_given_);
      const std::size_t before = head.size();
      CLAW_TRY(const std::string_view made, inflate_some(head));
      head_given_ += before - head.size();
      return made;
    }
    return inflate_some(bytes);
  }
  bool has_more() const override { return full_ || (is_open_ && !ended_ && head_given_ < head_.size()); }
  bool is_done() const override { return ended_; }

 private:
  // False: more bytes are needed to tell raw deflate from zlib.
  bool open(std::string_view& bytes) {
    int bits = 15 + 16;  // gzip alone.
    if (form_ == Form::deflate) {
      const std::size_t wanted = std::min(2 - head_.size(), bytes.size());
      head_.append(bytes.substr(0, wanted));
      bytes.remove_prefix(wanted);
      if (head_.size() < 2) return false;
      const unsigned first = static_cast<unsigned char>(head_[0]);
      const unsigned both = first << 8 | static_cast<unsigned char>(head_[1]);
      bits = (first & 15) == 8 && both % 31 == 0 ? 15 : -15;
    }
    CLAW_CHECK(inflateInit2(&stream_, bits) == Z_OK);
    is_open_ = true;
    return true;
  }

  void restart() {
    CLAW_CHECK(inflateReset(&stream_) == Z_OK);
    ended_ = false;
  }

  Result<std::string_view> inflate_some(std::string_view& bytes) {
    const std::string_view given = bytes.substr(0, std::numeric_limits<uInt>::max());
    stream_.next_in = zlib_bytes(given.data());
    stream_.avail_in = static_cast<uInt>(given.size());
    stream_.next_out = zlib_bytes(block_.data());
    stream_.avail_out = static_cast<uInt>(block_.size());
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) {
      return invalid("a compressed body that does not decode");
    }
    bytes.remove_prefix(given.size() - stream_.avail_in);
    ended_ = answer == Z_STREAM_END;
    full_ = !ended_ && stream_.avail_out == 0;
    return std::string_view(block_.data(), block_.size() - stream_.avail_out);
  }

  Form form_;
  z_stream stream_{};
  Block block_;
  std::string head_;
  std::size_t head_given_ = 0;
  bool is_open_ = false;
  bool ended_ = false;
  bool full_ = false;
};

class Brotli final : public Unpacker {  // RFC 7932.
 public:
  Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) { CLAW_CHECK(state_ != nullptr); }
  ~Brotli() override { BrotliDecoderDestroyInstance(state_); }

  Result<std::string_view> step(std::string_view& bytes) override {
    if (ended_) return std::string_view();
    std::size_t in_left = bytes.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t out_left = block_.size();
    auto* out = reinterpret_cast<std::uint8_t*>(block_.data());
    const auto answer = BrotliDecoderDecompressStream(state_, &in_left, &in, &out_left, &out, nullptr);
    if (answer == BROTLI_DECODER_RESULT_ERROR) return invalid("a compressed body that does not decode");
    bytes.remove_prefix(bytes.size() - in_left);
    ended_ = answer == BROTLI_DECODER_RESULT_SUCCESS;
    full_ = answer == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    return std::string_view(block_.data(), block_.size() - out_left);
  }
  bool has_more() const override { return full_; }
  bool is_done() const override { return ended_; }

 private:
  BrotliDecoderState* state_;
  Block block_;
  bool ended_ = false;
  bool full_ = false;
};

class Zstd final : public Unpacker {  // RFC 8878; frames may follow each other, as gzip's members.
 public:
  static constexpr int window_log_max = 23;  // RFC 9659: 8 MiB is what HTTP may ask of a reader.
  Zstd() : stream_(ZSTD_createDStream()) {
    CLAW_CHECK(stream_ != nullptr);
    CLAW_CHECK(ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_log_max)) == 0);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  Result<std::string_view> step(std::string_view& bytes) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer out{block_.data(), block_.size(), 0};
    const std::size_t answer = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(answer) != 0) return invalid("a compressed body that does not decode");
    bytes.remove_prefix(in.pos);
    if (in.pos > 0 || out.pos > 0) ended_ = answer == 0;
    full_ = !ended_ && out.pos == out.size;
    return std::string_view(block_.data(), out.pos);
  }
  bool has_more() const override { return full_; }
  bool is_done() const override { return ended_; }

 private:
  ZSTD_DStream* stream_;
  Block block_;
  bool ended_ = false;
  bool full_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_unpacker(std::string_view encoding) {
  if (encoding == "gzip") return std::make_unique<Inflater>(Inflater::Form::gzip);
  if (encoding == "deflate") return std::make_unique<Inflater>(Inflater::Form::deflate);
  if (encoding == "br") return std::make_unique<Brotli>();
  if (encoding == "zstd") return std::make_unique<Zstd>();
  return nullptr;
}

}  // namespace claw::http
