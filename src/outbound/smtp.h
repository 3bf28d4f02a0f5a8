// Submission of a message (RFC 6409, 5321): TLS first, who we are second, the message last. The conversation
// is pure, lines in and lines out; client.h has the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace claw::outbound {

struct Mail {
  std::string from;             // Bare addresses: `gateway@example.com`.
  std::vector<std::string> to;
  std::string text;             // RFC 5322, lines end in CRLF.
};

struct MailServer {
  enum class Security : std::uint8_t {
    tls,       // From the first byte (RFC 8314), port 465.
    starttls,  // Asked for, and insisted on, port 587.
    none,      // Only to this machine: no password is sent.
  };
  std::string host;
  std::uint16_t port = 587;
  Security security = Security::starttls;
  std::string user;     // Empty: no AUTH.
  std::string ca_file;  // In place of the system's roots.
  std::uint32_t timeout_ms = 30'000;
};

// A mail address that can stand in an SMTP command and a header without changing either.
bool is_mail_address(std::string_view text);

class Submission {
 public:
  struct Step {
    std::string send;       // To be written now; may hold the password: wipe it.
    bool start_tls = false; // After that; then tls_ready().
    bool done = false;      // The server has taken the message.
  };

  Submission(Mail mail, MailServer::Security security, std::string user, Secret password);
  ~Submission();

  // All that was read. Errors: Code::denied (a 5xx answer: asking again would not help), Code::unavailable
  // (a 4xx answer), Code::invalid (no SMTP), Code::unsupported (no STARTTLS, or no AUTH that we speak).
  Result<Step> feed(std::string_view bytes);
  Result<Step> tls_ready();

 private:
  enum class State : std::uint8_t { greeting, hello, starttls, secured, auth, password, sender, recipient,
                                    data, text, done };
  Result<std::optional<Step>> take(std::string line);
  Result<Step> answered(int code, const std::vector<std::string>& lines);
  Result<Step> after_hello(const std::vector<std::string>& lines);
  Result<Step> authenticate(const std::vector<std::string>& lines);
  Step command(State next, std::string line);
  Step next_recipient();

  Mail mail_;
  MailServer::Security security_;
  std::string user_;
  Secret password_;
  State state_ = State::greeting;
  bool has_tls_ = false;
  std::size_t recipients_ = 0;
  std::string unread_;
  std::vector<std::string> lines_;
};

}  // namespace claw::outbound
