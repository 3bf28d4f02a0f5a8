// SOCKS5 (RFC 1928) with user name and password (RFC 1929), the server's side, as a small machine of its
// own: bytes in, bytes out, and in the end where the agent wants to go. CONNECT only; SOCKS4, BIND and UDP
// are refused in SOCKS's own words. Nothing may follow the request before it is answered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::socks {

struct Login {
  std::string user;
  Secret password;
};

struct Goal {
  std::string host;  // A name in lower case, or an IP literal without brackets.
  std::uint16_t port = 0;
};

enum class Answer : std::uint8_t {
  granted, failed, not_allowed, unreachable, refused, expired, no_such_command,
};

class Server {
 public:
  explicit Server(bool require_login) : require_login_(require_login) {}

  struct Step {
    std::size_t consumed = 0;
    std::string send;           // Goes out at once.
    std::optional<Login> login; // Answer with logged_in() before more is fed.
    std::optional<Goal> goal;   // Answer with answer(); then SOCKS is over.
  };
  Result<Step> feed(std::string_view bytes);  // An error: close, after what `refusal()` says.
  std::string logged_in(bool ok);
  static std::string answer(Answer answer);
  std::string refusal() const;  // The last words of a conversation that failed here; may be empty.

 private:
  enum class Phase : std::uint8_t { greeting, login, judging, request, done };

  Result<Step> greeting(std::string_view bytes);
  Result<Step> login(std::string_view bytes);
  Result<Step> request(std::string_view bytes);
  Error fail(std::string_view last_words, Error error);

  bool require_login_;
  Phase phase_ = Phase::greeting;
  std::string refusal_;
};

}  // namespace claw::socks
