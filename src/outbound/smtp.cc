#include "outbound/smtp.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/host.h"
#include "base/text.h"

namespace claw::outbound {

namespace {

constexpr std::size_t line_bytes_max = 4 * 1024;  // RFC 5321 §4.5.3.1.5 says 512; some greet at length.
constexpr std::size_t lines_max = 100;            // Of one answer.
constexpr std::size_t address_bytes_max = 254;    // RFC 5321 §4.5.3.1.3.

bool is_atom(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && !text.starts_with('.') && !text.ends_with('.') &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  marks.find(c) != std::string_view::npos;
         });
}

// A line of the message that is a dot alone would end it (RFC 5321 §4.5.2).
std::string stuffed(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && c == '.') out += '.';
    out += c;
    at_start = c == '\n';
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out + ".\r\n";
}

// What an EHLO answer offers; `AUTH PLAIN LOGIN` by its first word.
std::optional<std::string> offer(const std::vector<std::string>& lines, std::string_view word) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string line = upper(lines[i]);
    if (line == word || line.starts_with(std::string(word) + " ")) return line;
  }
  return std::nullopt;
}

bool offers(const std::string& auth, std::string_view mechanism) {
  for (const std::string_view word : split(auth, ' ')) {
    if (word == mechanism) return true;
  }
  return false;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && text.size() <= address_bytes_max && is_atom(text.substr(0, at)) &&
         is_host_name(text.substr(at + 1));
}

Submission::Submission(Mail mail, MailServer::Security security, std::string user, Secret password)
    : mail_(std::move(mail)),
      security_(security),
      user_(std::move(user)),
      password_(std::move(password)),
      has_tls_(security == MailServer::Security::tls) {}

Submission::~Submission() = default;

Result<Submission::Step> Submission::feed(std::string_view bytes) {
  unread_.append(bytes);
  Step step;
  while (true) {
    const std::size_t end = unread_.find('\n');
    if (end == std::string::npos) break;
    std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    CLAW_TRY(std::optional<Step> next, take(std::move(line)));
    if (!next) continue;
    // Whatever came with the answer to STARTTLS was not said by who has the key (RFC 3207 §4.2).
    if (!unread_.empty()) return invalid("the mail server speaks out of turn");
    return std::move(*next);
  }
  if (unread_.size() > line_bytes_max) return Error{Code::limit, "a line of the mail server is too long", {}};
  return step;
}

Result<std::optional<Submission::Step>> Submission::take(std::string line) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool has_code = line.size() >= 3 && std::all_of(line.begin(), line.begin() + 3, is_digit);
  const bool is_last = line.size() == 3 || (line.size() > 3 && line[3] == ' ');
  if (!has_code || (!is_last && line[3] != '-')) return invalid("this is no mail server");
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  lines_.push_back(line.size() > 4 ? line.substr(4) : "");
  if (lines_.size() > lines_max) return Error{Code::limit, "an answer of the mail server is too long", {}};
  if (!is_last) return std::optional<Step>();
  const std::vector<std::string> lines = std::exchange(lines_, {});
  CLAW_TRY(Step step, answered(code, lines));
  return std::optional<Step>(std::move(step));
}

Result<Submission::Step> Submission::answered(int code, const std::vector<std::string>& lines) {
  const bool wants_more = state_ == State::auth || state_ == State::password || state_ == State::data;
  const bool is_good = code / 100 == 2 || (wants_more && code / 100 == 3);
  if (!is_good) {
    const Code why = code / 100 == 4 ? Code::unavailable : code / 100 == 5 ? Code::denied : Code::invalid;
    return Error{why, fmt::format("the mail server says {} {}", code, printable(lines.back(), 200)), {}};
  }
  switch (state_) {
    case State::greeting: return command(State::hello, "EHLO clawpatrol");
    case State::hello: return after_hello(lines);
    case State::starttls: {
      Step step;
      step.start_tls = true;
      return step;
    }
    case State::secured: return after_hello(lines);
    case State::auth:
      if (code / 100 == 2) return command(State::sender, "MAIL FROM:<" + mail_.from + ">");
      return command(State::password, to_base64(user_));
    case State::password:
      if (code / 100 == 2) return command(State::sender, "MAIL FROM:<" + mail_.from + ">");
      return command(State::password, to_base64(password_.reveal()));
    case State::sender: return next_recipient();
    case State::recipient: return next_recipient();
    case State::data: {
      state_ = State::text;
      Step step;
      step.send = stuffed(mail_.text);
      return step;
    }
    case State::text: {
      state_ = State::done;
      Step step;
      step.send = "QUIT\r\n";
      step.done = true;
      return step;
    }
    case State::done: return Step{};
  }
  check_failed("every state has an answer", __FILE__, __LINE__);
}

Result<Submission::Step> Submission::after_hello(const std::vector<std::string>& lines) {
  if (security_ == MailServer::Security::starttls && !has_tls_) {
    if (!offer(lines, "STARTTLS")) return Error{Code::unsupported, "the mail server has no STARTTLS", {}};
    return command(State::starttls, "STARTTLS");
  }
  if (user_.empty()) return command(State::sender, "MAIL FROM:<" + mail_.from + ">");
  return authenticate(lines);
}

Result<Submission::Step> Submission::authenticate(const std::vector<std::string>& lines) {
  if (!has_tls_) return Error{Code::denied, "a password is not sent without TLS", {}};
  const std::string auth = offer(lines, "AUTH").value_or("");
  if (offers(auth, "PLAIN")) {  // RFC 4616.
    std::string plain = '\0' + user_ + '\0' + std::string(password_.reveal());
    Step step = command(State::auth, "AUTH PLAIN " + to_base64(plain));
    wipe(plain);
    return step;
  }
  if (offers(auth, "LOGIN")) return command(State::auth, "AUTH LOGIN");
  return Error{Code::unsupported, "the mail server offers neither AUTH PLAIN nor AUTH LOGIN", {}};
}

Submission::Step Submission::command(State next, std::string line) {
  state_ = next;
  Step step;
  step.send = std::move(line) + "\r\n";
  return step;
}

Submission::Step Submission::next_recipient() {
  if (recipients_ == mail_.to.size()) return command(State::data, "DATA");
  return command(State::recipient, "RCPT TO:<" + mail_.to[recipients_++] + ">");
}

Result<Submission::Step> Submission::tls_ready() {
  has_tls_ = true;
  return command(State::secured, "EHLO clawpatrol");
}

}  // namespace claw::outbound
