// A segment of a journal made in memory, frame by frame, for tests that cut it, change it and put it together
// in the wrong order. The real writer is store::Journal; both write the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/chain.h"
#include "audit/format.h"
#include "audit/record.h"
#include "base/crypto.h"
#include "base/writer.h"

namespace claw::audit {

constexpr std::int64_t tape_time_us = 1'800'000'000'000'000;

class Tape {
 public:
  explicit Tape(std::uint64_t segment = 1, std::uint64_t first = 1, const crypto::Digest& previous = {})
      : last_(previous), seq_(first) {
    std::string header;
    append_header(header, {segment, first, previous, tape_time_us, key().public_key});
    frame(header);
  }
  void note(std::string_view text) {
    std::string payload;
    append_head(payload, seq_++, tape_time_us);
    append_body(payload, Gateway{"started", "test", text});
    frame(payload);
  }
  void remove(std::uint64_t removed, std::string_view hash) {
    std::string payload;
    append_head(payload, seq_++, tape_time_us);
    append_body(payload, Gateway{"removed", "test", "", removed, hash});
    frame(payload);
  }
  void checkpoint() {
    const std::uint64_t through = seq_ - 1;
    const std::string bytes = signed_bytes(through, last_);
    std::string payload;
    append_head(payload, seq_++, tape_time_us);
    append_checkpoint_body(payload,
                           {through, last_, *crypto::sign_ed25519(key().private_key, bytes)});
    frame(payload);
  }
  static const crypto::KeyPair& key() {
    static const crypto::KeyPair pair = crypto::generate_ed25519();
    return pair;
  }
  const std::string& bytes() const { return bytes_; }
  const crypto::Digest& last() const { return last_; }
  std::uint64_t next() const { return seq_; }
  const std::vector<std::size_t>& starts() const { return starts_; }  // Of its frames, the header's first.

 private:
  void frame(std::string payload) {
    payload.resize((payload.size() + 3) / 4 * 4, ' ');
    starts_.push_back(bytes_.size());
    Writer w(bytes_);
    w.u32(static_cast<std::uint32_t>(payload.size()));
    last_ = Chain(last_).extend(payload);
    w.bytes(crypto::view(last_));
    w.bytes(payload);
  }
  crypto::Digest last_;
  std::uint64_t seq_;
  std::string bytes_;
  std::vector<std::size_t> starts_;
};

}  // namespace claw::audit
