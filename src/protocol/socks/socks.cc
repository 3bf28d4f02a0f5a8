#include "protocol/socks/socks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/cursor.h"
#include "base/host.h"
#include "base/text.h"

namespace claw::socks {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t version_4 = 4;
constexpr std::uint8_t version_5 = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::uint8_t no_login = 0;
constexpr std::uint8_t user_and_password = 2;
constexpr std::uint8_t connect = 1;
constexpr std::uint8_t tor_resolve = 0xf0;

constexpr std::string_view accepted_no_login = "\x05\x00"sv;
constexpr std::string_view accepted_login = "\x05\x02"sv;
constexpr std::string_view no_method = "\x05\xff"sv;
constexpr std::string_view login_ok = "\x01\x00"sv;
constexpr std::string_view login_failed = "\x01\x01"sv;
constexpr std::string_view refused_4 = "\x00\x5b\x00\x00\x00\x00\x00\x00"sv;
constexpr std::uint8_t no_such_address_type = 8;

std::string reply(std::uint8_t code) {
  // The address we would be bound to is nobody's business (RFC 1928 §6).
  return std::string("\x05"sv) + static_cast<char>(code) + std::string("\0\1\0\0\0\0\0\0"sv);
}

std::uint8_t code_of(Answer answer) {
  switch (answer) {
    case Answer::granted: return 0;
    case Answer::failed: return 1;
    case Answer::not_allowed: return 2;
    case Answer::unreachable: return 4;
    case Answer::refused: return 5;
    case Answer::expired: return 6;
    case Answer::no_such_command: return 7;
  }
  return 1;
}

std::string ipv4_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. One that
// stands for an IPv4 address is written as that: else `::ffff:10.0.0.1` would pass a rule about 10.0.0.1.
std::string ipv6_text(std::string_view bytes) {
  constexpr std::string_view mapped = "\0\0\0\0\0\0\0\0\0\0\xff\xff"sv;
  if (bytes.starts_with(mapped)) return ipv4_text(Cursor(bytes.substr(mapped.size())).u32());
  std::array<std::uint16_t, 8> groups{};
  Cursor cursor(bytes);
  for (std::uint16_t& group : groups) group = cursor.u16();
  std::size_t gap = groups.size();
  std::size_t gap_groups = 1;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t end = i;
    while (end < groups.size() && groups[end] == 0) ++end;
    if (end - i > gap_groups) {
      gap = i;
      gap_groups = end - i;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == gap) {
      text += "::";
      i += gap_groups - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

// A log line, a principal's name: control bytes and broken UTF-8 have no place there.
bool is_user(std::string_view user) {
  return is_utf8(user) && std::none_of(user.begin(), user.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

struct Address {
  std::uint8_t type = 0;
  std::string_view bytes;
};

Address take_address(Cursor& cursor) {
  Address address{cursor.u8(), {}};
  if (address.type == 1) address.bytes = cursor.take(4);
  if (address.type == 3) address.bytes = cursor.take(cursor.u8());
  if (address.type == 4) address.bytes = cursor.take(16);
  return address;
}

Result<std::string> host_of(const Address& address) {
  if (address.type == 1) return ipv4_text(Cursor(address.bytes).u32());
  if (address.type == 4) return ipv6_text(address.bytes);
  std::string host = lower(address.bytes);
  if (host.ends_with('.')) host.pop_back();  // The root's dot names the same host.
  if (!is_ip4(host) && !is_host_name(host)) return invalid(quoted(address.bytes) + " is no host");
  return host;
}

}  // namespace

Error Server::fail(std::string_view last_words, Error error) {
  phase_ = Phase::done;
  refusal_ = last_words;
  return error;
}

Result<Server::Step> Server::feed(std::string_view bytes) {
  CLAW_CHECK(phase_ != Phase::judging);
  if (bytes.empty()) return Step{};
  switch (phase_) {
    case Phase::greeting: return greeting(bytes);
    case Phase::login: return login(bytes);
    case Phase::request: return request(bytes);
    case Phase::judging:
    case Phase::done: break;
  }
  return fail(reply(1), invalid("bytes before the answer"));
}

// RFC 1928 §3.
Result<Server::Step> Server::greeting(std::string_view bytes) {
  Cursor cursor(bytes);
  const std::uint8_t version = cursor.u8();
  if (version == version_4) {
    return fail(refused_4, {Code::unsupported, "SOCKS 4 is not served; use SOCKS 5", {}});
  }
  if (version != version_5) return fail({}, invalid("no SOCKS greeting"));
  const std::uint8_t count = cursor.u8();
  if (cursor.ok() && count == 0) return fail(no_method, invalid("a greeting without methods"));
  const std::string_view methods = cursor.take(count);
  if (!cursor.ok()) return Step{};
  // A client cannot know which method we take: what follows already was written for somebody else.
  if (cursor.left() != 0) return fail(no_method, invalid("bytes before the answer"));
  const char wanted = static_cast<char>(require_login_ ? user_and_password : no_login);
  if (methods.find(wanted) == methods.npos) {
    const std::string_view why = require_login_ ? "user name and password are required"
                                                : "only a login is offered, and none is wanted";
    return fail(no_method, {Code::denied, std::string(why), {}});
  }
  phase_ = require_login_ ? Phase::login : Phase::request;
  return Step{bytes.size(), std::string(require_login_ ? accepted_login : accepted_no_login), {}, {}};
}

// RFC 1929 §2.
Result<Server::Step> Server::login(std::string_view bytes) {
  Cursor cursor(bytes);
  if (cursor.u8() != login_version) return fail(login_failed, invalid("malformed login"));
  const std::uint8_t user_bytes = cursor.u8();
  const bool has_empty_user = cursor.ok() && user_bytes == 0;
  const std::string_view user = cursor.take(user_bytes);
  const std::uint8_t password_bytes = cursor.u8();
  if (has_empty_user || (cursor.ok() && password_bytes == 0)) {
    return fail(login_failed, invalid("an empty user name or password"));
  }
  const std::string_view password = cursor.take(password_bytes);
  if (!cursor.ok()) return Step{};
  if (cursor.left() != 0) return fail(login_failed, invalid("bytes before the answer"));
  if (!is_user(user)) return fail(login_failed, invalid("a user name with control bytes or no UTF-8"));
  phase_ = Phase::judging;
  return Step{bytes.size(), {}, Login{std::string(user), Secret(std::string(password))}, {}};
}

// RFC 1928 §4.
Result<Server::Step> Server::request(std::string_view bytes) {
  Cursor cursor(bytes);
  if (cursor.u8() != version_5) return fail(reply(1), invalid("malformed request"));
  const std::uint8_t command = cursor.u8();
  if (cursor.ok() && command != connect) {
    const char* what = (command & 0xfe) == tor_resolve ? "name resolution as Tor does it is not served"
                                                       : "only CONNECT is served";
    return fail(answer(Answer::no_such_command), {Code::unsupported, what, {}});
  }
  const std::uint8_t reserved = cursor.u8();
  if (cursor.ok() && reserved != 0) return fail(reply(1), invalid("malformed request"));
  const bool has_type = cursor.left() > 0;
  const Address address = take_address(cursor);
  if (has_type && address.type != 1 && address.type != 3 && address.type != 4) {
    return fail(reply(no_such_address_type), {Code::unsupported, "unknown type of address", {}});
  }
  const std::uint16_t port = cursor.u16();
  if (!cursor.ok()) return Step{};
  if (cursor.left() != 0) return fail(reply(1), invalid("bytes before the answer"));
  if (port == 0) return fail(reply(1), invalid("port 0"));
  Result<std::string> host = host_of(address);
  if (!host) return fail(reply(no_such_address_type), std::move(host).error());
  phase_ = Phase::done;
  return Step{bytes.size(), {}, {}, Goal{std::move(*host), port}};
}

std::string Server::logged_in(bool ok) {
  CLAW_CHECK(phase_ == Phase::judging);
  phase_ = ok ? Phase::request : Phase::done;
  return std::string(ok ? login_ok : login_failed);
}

std::string Server::answer(Answer answer) { return reply(code_of(answer)); }

std::string Server::refusal() const { return refusal_; }

}  // namespace claw::socks
