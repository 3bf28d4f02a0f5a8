// Proves a whole journal, offline, with nothing but its bytes and the public key: the chain, every
// checkpoint's signature, the numbering, and that segments continue each other. What it cannot see is a
// journal cut off at the end together with its last checkpoints; for that, give it an anchor noted elsewhere.
// Of the first place that does not hold it says what seems to have been done there (damage.h).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/damage.h"
#include "audit/reader.h"

namespace claw::audit {

// A point of the chain known from outside: the gateway logs one at every checkpoint.
struct Anchor {
  std::uint64_t seq = 0;
  crypto::Digest hash{};
};

struct Findings {
  std::vector<std::string> problems;   // In order; empty: the journal is intact.
  std::optional<Damage> damage;        // The first of them.
  std::uint64_t records = 0;
  std::uint64_t first = 0;             // Greater than 1 where older segments were removed.
  std::uint64_t removed_through = 0;   // Records up to here the gateway removed itself, as it wrote down.
  std::uint64_t emptied = 0;           // Records whose content left, as the gateway wrote down.
  std::uint64_t last = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t signed_through = 0;    // Records up to here are proven by a signature.
  std::size_t unfinished_bytes = 0;    // Of records being written when a gateway died.
  bool closed = false;                 // The last record is the checkpoint of an orderly stop.
  crypto::Digest hash{};               // Of the last record: an anchor for next time.
  bool intact() const { return problems.empty(); }
};

class Verifier {
 public:
  // `public_keys`: those trusted to sign, 32 bytes each.
  explicit Verifier(std::vector<std::string> public_keys, std::optional<Anchor> anchor = {});
  void expect(const Anchor& anchor) { anchors_.push_back(anchor); }  // One more.

  // Segments in order. An unfinished tail is no problem: what belonged to the chain before it is what the
  // next segment's header continues.
  void segment(std::string_view bytes);
  Findings finish();

 private:
  struct Link {
    std::uint64_t seq;
    crypto::Digest hash;
  };
  bool begin(std::string_view bytes);
  void record(const Reader& reader);
  void checkpoint(const Record& record);
  void removal(const Record& record);
  void problem(std::string what);
  void problem(std::string what, Damage damage);
  void damaged(std::string_view kind, std::string what);
  void broken(std::string_view bytes, const Reader& reader);
  void missed();
  void gone(std::uint64_t seq);
  void unexplained();

  std::vector<std::string> public_keys_;
  std::vector<Anchor> anchors_;
  std::uint64_t anchored_ = 0;  // How many were met.
  Findings findings_;
  Header header_;
  std::vector<Range> gone_;    // Records without their content, and
  std::vector<Range> told_;    // those the gateway says it emptied.
  std::string before_first_;   // Hash of the record before the first, in hexadecimal.
  crypto::Digest last_{};
  bool started_ = false;
  bool lost_ = false;          // The chain cannot be followed any further.
  std::deque<Link> unsigned_;  // Since the last checkpoint; what the next one may speak of.
};

}  // namespace claw::audit
