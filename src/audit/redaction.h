// What is taken out of an action's record before it is written: the values of facts, and whatever a pattern
// finds. Each becomes `[redacted sha256:…]`, a keyed hash: equal values can still be told to be equal, and
// nobody without the journal's key can try guesses. Rules are judged by the real values; a record once
// written is never changed. It does not know where secrets are: credentials have no place in a record anyway.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/search/facts.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"
#include "cel/pattern.h"

namespace claw::audit {

class Redaction {
 public:
  // `sql.parameters`, `http.query.token`, or `re:PATTERN` (RE2). The error says what cannot be taken out.
  static Result<Redaction> of(const std::vector<std::string>& what);

  // The members of a record, `"kind":…}`, as they are written.
  std::string apply(std::string_view body, std::string_view key) const;
  // What belongs to no one fact: without what the patterns find.
  std::string clean_text(std::string_view text, std::string_view key) const;

  bool has_patterns() const { return !patterns_.empty(); }
  bool has_facts() const { return !fields_.empty() || !query_names_.empty(); }
  struct Match {
    std::size_t from = 0;
    std::size_t to = 0;
  };
  std::vector<Match> find(std::string_view text) const;  // Of all patterns, in order, none within another.

 private:
  std::vector<std::string> values_in(const Record& record) const;
  std::string without(std::string_view text, const std::vector<std::string>& values,
                      std::string_view key) const;
  void clean(json::Value& value, const std::vector<std::string>& values, std::string_view key) const;

  std::vector<std::uint8_t> fields_;
  std::vector<std::string> query_names_;
  std::vector<cel::Pattern> patterns_;
};

// Shorter values are taken out where they stand alone: taken out of every text, `1` would leave nothing.
constexpr std::size_t redacted_within_bytes_min = 4;

std::string redacted(std::string_view value, std::string_view key);  // `[redacted sha256:0123456789abcdef]`

// The key of those hashes, made of the journal's own, which nobody else has.
crypto::Digest redaction_key(std::string_view private_key);

}  // namespace claw::audit
