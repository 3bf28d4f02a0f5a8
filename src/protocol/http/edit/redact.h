// Takes our secrets out of what an upstream answers: one pass over a stream of chunks, all secrets at once,
// also where one is spread over chunks. Holds back only bytes that may be the beginning of a secret, so that
// server-sent events are not delayed. Each hit becomes as many `*` as it was long: lengths stay true.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace claw::http {

class Patterns;  // Immutable, shared by the exchanges that leased the same credential.
// Secrets shorter than 6 bytes are not looked for: they would hit ordinary text. Each is looked for as it
// is, in base64 at all three alignments, percent-encoded, JSON-escaped and in hexadecimal.
std::shared_ptr<const Patterns> make_patterns(const std::vector<Secret>& secrets);

class Redactor {
 public:
  explicit Redactor(std::shared_ptr<const Patterns> patterns);
  ~Redactor();
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;

  // What may be passed on now: a view of `bytes` when nothing is held back or hidden, else of an own buffer,
  // valid until the next call.
  std::string_view pass(std::string_view bytes);
  // Where the stream may pause for long (events, messages): the part of what is held that tells nothing of a
  // secret, that is fewer than six bytes and than a quarter of it. What follows is hidden all the same.
  std::string_view release();
  std::string_view finish();     // What was held back, at the end of the message.
  std::size_t hits() const;

  static bool has_any(const Patterns& patterns, std::string_view text);
  static std::string whole(const Patterns& patterns, std::string_view text);  // For header values.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claw::http
