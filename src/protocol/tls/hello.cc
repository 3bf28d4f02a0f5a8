#include "protocol/tls/hello.h"

#include <algorithm>

#include "base/cursor.h"
#include "base/host.h"
#include "base/text.h"

namespace claw::tls {
namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t client_hello = 1;
constexpr std::size_t record_header_bytes = 5;
constexpr std::size_t handshake_header_bytes = 4;
constexpr std::uint16_t fragment_bytes_max = 1 << 14;  // RFC 8446 §5.1.
constexpr std::size_t random_bytes = 32;
constexpr std::size_t session_id_bytes_max = 32;
constexpr std::uint8_t tls_major = 3;
constexpr std::uint16_t tls_1_0 = 0x0301;
constexpr std::uint16_t tls_1_2 = 0x0303;  // What TLS 1.3 says here, too.

enum Extension : std::uint16_t {
  server_name = 0,
  alpn = 16,
  ech_outer_extensions = 0xfd00,  // Only inside an encrypted hello (RFC 9849 §5.1).
  ech_draft_first = 0xfe08,       // Drafts 8 and later spoke under numbers of their own.
  ech = 0xfe0d,
  esni = 0xffce,                  // What came before ECH.
};

constexpr std::string_view here = "ClientHello";

Error wrong(std::string what) { return invalid(std::move(what), std::string(here)); }
Error unsupported(std::string what) { return {Code::unsupported, std::move(what), std::string(here)}; }

Result<std::string> read_server_name(std::string_view body) {
  Cursor cursor(body);
  const std::uint16_t list_bytes = cursor.u16();
  if (!cursor.ok() || cursor.left() != list_bytes) return wrong("malformed server name list");
  const std::uint8_t type = cursor.u8();
  const std::string_view name = cursor.take(cursor.u16());
  if (!cursor.ok()) return wrong("malformed server name list");
  // Two names, or a name of a kind nobody has defined: which of them would the upstream obey?
  if (cursor.left() != 0) return wrong("more than one server name");
  if (type != 0) return unsupported("server name of an unknown type");
  std::string host = lower(name);
  if (host.ends_with('.')) host.pop_back();
  // A literal has no place here (RFC 6066 §3), but many clients send one, and it means the same to everybody.
  if (!is_ip4(host) && !is_host_name(host)) return wrong("server name " + quoted(name) + " is no host name");
  return host;
}

Status read_alpn(std::string_view body, std::vector<std::string>& protocols) {
  Cursor cursor(body);
  const std::uint16_t list_bytes = cursor.u16();
  if (!cursor.ok() || cursor.left() != list_bytes || list_bytes == 0) return wrong("malformed ALPN list");
  while (cursor.left() > 0) {
    const std::string_view protocol = cursor.take(cursor.u8());
    if (!cursor.ok() || protocol.empty()) return wrong("malformed ALPN list");
    protocols.emplace_back(protocol);
  }
  return Done{};
}

Status read_extension(std::uint16_t type, std::string_view body, Hello& hello) {
  if (type == server_name) {
    CLAW_TRY(hello.server_name, read_server_name(body));
  } else if (type == alpn) {
    return read_alpn(body, hello.alpn);
  } else if (type == ech_outer_extensions) {
    return wrong("an extension of the inner hello in the outer one");
  } else if ((type >= ech_draft_first && type <= ech) || type == esni) {
    hello.has_ech = true;
  }
  return Done{};
}

Status read_extensions(std::string_view bytes, Hello& hello) {
  Cursor cursor(bytes);
  std::vector<std::uint16_t> seen;
  while (cursor.left() > 0) {
    const std::uint16_t type = cursor.u16();
    const std::string_view body = cursor.take(cursor.u16());
    if (!cursor.ok()) return wrong("malformed extension");
    seen.push_back(type);
    CLAW_TRY_DONE(read_extension(type, body, hello));
  }
  std::sort(seen.begin(), seen.end());
  // RFC 8446 §4.2 forbids a second one; readers differ in which of the two they believe.
  if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return wrong("an extension twice");
  return Done{};
}

// RFC 8446 §4.1.2; without any extensions it is an honest hello of TLS 1.2 or older.
Result<Hello> read_body(std::string_view body) {
  Cursor cursor(body);
  const std::uint16_t version = cursor.u16();
  cursor.take(random_bytes);
  const std::string_view session_id = cursor.take(cursor.u8());
  const std::string_view ciphers = cursor.take(cursor.u16());
  const std::string_view compressions = cursor.take(cursor.u8());
  if (!cursor.ok()) return wrong("cut short");
  if (version < tls_1_0 || version > tls_1_2) return unsupported("a version that is not TLS 1.0 to 1.3");
  if (session_id.size() > session_id_bytes_max) return wrong("session id too long");
  if (ciphers.empty() || ciphers.size() % 2 != 0) return wrong("malformed cipher suites");
  if (compressions.find('\0') == compressions.npos) return wrong("no null compression");
  Hello hello;
  if (cursor.left() == 0) return hello;
  const std::uint16_t extension_bytes = cursor.u16();
  if (!cursor.ok() || cursor.left() != extension_bytes) return wrong("extensions of a wrong length");
  CLAW_TRY_DONE(read_extensions(cursor.rest(), hello));
  return hello;
}

// What the first bytes of a record already tell, so that a stranger is refused at once.
Status check_record_start(std::string_view record) {
  if (record.empty()) return Done{};
  Cursor cursor(record);
  const std::uint8_t type = cursor.u8();
  if ((type & 0x80) != 0 && record.size() > 2 && record[2] == client_hello) {
    return unsupported("a hello of SSL 2.0");
  }
  if (type != handshake_record) return wrong("no TLS handshake record");
  const std::uint8_t major = cursor.u8();
  // The minor version says nothing (RFC 8446 §5.1): clients write 0, 1 or 3 whatever they speak.
  if (cursor.ok() && major != tls_major) return unsupported("a record version that is not TLS");
  const std::uint8_t minor = cursor.u8();
  static_cast<void>(minor);
  const std::uint16_t size = cursor.u16();
  if (!cursor.ok()) return Done{};
  // An empty fragment of a handshake is forbidden; a row of them would be work without end.
  if (size == 0 || size > fragment_bytes_max) return wrong("a record of a wrong length");
  return Done{};
}

// Joins records until the handshake message is whole: type, length and body; nothing while it is not.
Result<std::optional<std::string>> gather(std::string_view bytes) {
  std::string message;
  Cursor cursor(bytes);
  for (;;) {
    CLAW_TRY_DONE(check_record_start(cursor.rest()));
    if (cursor.left() < record_header_bytes) return std::optional<std::string>();
    cursor.take(record_header_bytes - 2);
    const std::uint16_t size = cursor.u16();
    const std::size_t begin = bytes.size() - cursor.left();
    // Counts the headers, too: what the caller must keep is bounded whatever the fragments.
    if (begin + size > hello_bytes_max) return Error{Code::limit, "too long", std::string(here)};
    const bool is_whole_record = cursor.left() >= size;
    message += cursor.take(std::min<std::size_t>(size, cursor.left()));
    Cursor header(message);
    const std::uint8_t type = header.u8();
    if (header.ok() && type != client_hello) return wrong("another handshake message comes first");
    const std::size_t body_bytes = (std::size_t{header.u8()} << 16) | header.u16();
    if (header.ok() && body_bytes > hello_bytes_max) return Error{Code::limit, "too long", std::string(here)};
    if (!is_whole_record) return std::optional<std::string>();
    if (!header.ok() || header.left() < body_bytes) continue;
    // The client must hear from the server before its next message: what shares the record is smuggled.
    if (header.left() > body_bytes) return wrong("more in the record than the hello");
    return std::optional<std::string>(std::move(message));
  }
}

}  // namespace

bool is_tls(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != handshake_record) return false;
  return bytes.size() < 2 || bytes[1] == tls_major;
}

Result<std::optional<Hello>> decode_hello(std::string_view bytes) {
  CLAW_TRY(const std::optional<std::string> message, gather(bytes));
  if (!message) return std::optional<Hello>();
  CLAW_TRY(Hello hello, read_body(std::string_view(*message).substr(handshake_header_bytes)));
  return std::optional<Hello>(std::move(hello));
}

}  // namespace claw::tls
