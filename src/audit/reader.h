// Reads a segment frame by frame and checks the chain while it reads. It tells an end from an unfinished
// tail and both from damage: the writer stores a frame's length last, so whatever a killed process leaves
// behind is an unfinished tail, and anything else that does not fit was changed afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/chain.h"
#include "audit/format.h"
#include "base/json.h"

namespace claw::audit {

enum class Step {
  record,   // payload() is the next one, and its hash is right.
  end,      // Nothing but zeroes, or nothing at all, follows.
  torn,     // What follows is one unfinished frame.
  corrupt,  // What follows does not fit the chain.
};

// What was passed over to go on behind damage.
struct Gap {
  std::size_t offset = 0;  // Where the bytes that do not fit begin,
  std::size_t bytes = 0;   // and how many there are.
};

class Reader {
 public:
  // `previous` is the hash of the frame before the first of `bytes`; views returned point into `bytes`.
  Reader(std::string_view bytes, const crypto::Digest& previous) : bytes_(bytes), chain_(previous) {}

  Step next();

  // After `corrupt` or `torn`: goes on at the next frame that continues the chain, either from the hash that
  // the damaged frame still carries or from that of a frame in between. What follows is what was written
  // after one another; that it is the gateway's own is not proven, and Verifier does not go this way.
  // Nothing: there is no such place.
  std::optional<Gap> pick_up();
  std::string_view payload() const { return payload_; }
  const crypto::Digest& last() const { return chain_.last(); }  // Hash of the last good frame.
  std::size_t used() const { return used_; }                    // Bytes up to the end of the last good frame.
  std::size_t left() const;                                     // Bytes after it that are not zero padding.

 private:
  struct Frame {
    std::string_view hash;
    std::string_view payload;
  };
  std::optional<Frame> frame_at(std::size_t offset) const;
  bool extends(std::string_view payload, std::string_view hash);
  bool continues(const Frame& frame, std::string_view hash);
  void go_on_at(std::size_t offset, std::string_view hash);

  std::string_view bytes_;
  std::string_view payload_;
  std::size_t hashed_ = 0;  // Bytes, by pick_up().
  bool by_digest_ = false;  // The format of the frame before: 2.
  Chain chain_;
  std::size_t used_ = 0;
};

// The header of a segment, before its hash can be checked: it says which hash to begin with.
Result<Header> peek_header(std::string_view segment);

// What every record has.
struct Record {
  std::uint64_t seq = 0;
  std::int64_t time_us = 0;
  std::string kind;
  json::Value members;
};
Result<Record> parse_record(std::string_view payload);

}  // namespace claw::audit
