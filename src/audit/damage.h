// What was done to a journal, read from what is left of it: a changed byte, a record taken out, put in or put
// elsewhere, an end cut off. It explains where a chain breaks to a person who has to act; that it breaks is
// the verifier's to say, and an explanation proves nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/reader.h"

namespace claw::audit {

struct Damage {
  // `changed`, `hash_changed`, `length_changed`, `removed`, `inserted`, `reordered`, `truncated`,
  // `other_key`, `segment_missing`, `header_changed`, `emptied`, `unreadable`
  std::string kind;
  std::uint64_t segment = 0;
  std::size_t offset = 0;    // Of the first byte that does not fit.
  std::uint64_t after = 0;   // The last record before it;
  std::uint64_t before = 0;  // the first behind it that continues a chain; 0: there is none.
  std::string what;          // A sentence.
  std::string advice;        // What to do now.
};

// The place where `bytes` stop continuing the chain: behind record `after`, whose hash is `last`.
Damage explain_break(std::string_view bytes, std::size_t offset, const crypto::Digest& last,
                     std::uint64_t after);

// Whether bytes that look like one unfinished record are more than that: a record is whole but for its
// length, or others continue behind it. Nobody's death leaves such a tail.
bool hides_records(std::string_view bytes, std::size_t offset, const crypto::Digest& last);

std::string advice_for(std::string_view kind);

}  // namespace claw::audit
