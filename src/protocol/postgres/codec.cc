#include "protocol/postgres/codec.h"

#include <charconv>

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::postgres {
namespace {

constexpr std::uint32_t cancel_code = 80'877'102;
constexpr std::uint32_t ssl_code = 80'877'103;
constexpr std::uint32_t gss_code = 80'877'104;
constexpr std::uint32_t cancel_key_bytes_max = 260;  // Protocol 3.2: process and up to 256 bytes of secret.

Error malformed(std::string_view message) {
  return invalid("malformed " + std::string(message) + " message");
}

Result<Startup> decode_parameters(std::uint16_t minor, Cursor cursor) {
  Startup startup{minor, {}};
  for (;;) {
    const std::string_view name = cursor.text();
    if (name.empty()) break;
    startup.parameters.emplace_back(name, cursor.text());
  }
  if (!cursor.done()) return malformed("startup");
  return startup;
}

Result<Opening> decode_opening_body(std::string_view body) {
  Cursor cursor(body);
  const std::uint32_t code = cursor.u32();
  if (code == ssl_code || code == gss_code) {
    if (!cursor.done()) return malformed("encryption request");
    return code == ssl_code ? Opening(SslRequest{}) : Opening(GssRequest{});
  }
  if (code == cancel_code) {
    if (cursor.left() < 8 || cursor.left() > cancel_key_bytes_max) return malformed("cancel request");
    return Opening(CancelRequest{cursor.rest()});
  }
  if (code >> 16 != 3) {
    return Error{Code::unsupported, "unsupported frontend protocol " + std::to_string(code >> 16) + "." +
                                        std::to_string(code & 0xffff) + ": server supports 3.0", {}};
  }
  CLAW_TRY(Startup startup, decode_parameters(static_cast<std::uint16_t>(code & 0xffff), cursor));
  return Opening(std::move(startup));
}

bool is_binary(const std::vector<std::uint16_t>& formats, std::size_t i) {
  if (formats.empty()) return false;  // All text; one format stands for all.
  return formats[formats.size() == 1 ? 0 : i] == 1;
}

bool read_formats(Cursor& cursor, std::vector<std::uint16_t>& formats) {
  const std::uint16_t count = cursor.u16();
  if (cursor.left() < std::size_t{count} * 2) return false;
  formats.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    formats.push_back(cursor.u16());
    if (formats.back() > 1) return false;
  }
  return true;
}

bool read_parameters(Cursor& cursor, const std::vector<std::uint16_t>& formats, Bind& bind) {
  const std::uint16_t count = cursor.u16();
  if (formats.size() > 1 && formats.size() != count) return false;
  if (cursor.left() < std::size_t{count} * 4) return false;
  bind.parameters.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    const std::int32_t size = cursor.i32();
    if (size == -1) {
      bind.parameters.emplace_back();
      continue;
    }
    if (size < 0 || static_cast<std::size_t>(size) > cursor.left()) return false;
    const std::string_view value = cursor.take(static_cast<std::size_t>(size));
    bind.parameters.emplace_back(is_binary(formats, i) ? "\\x" + to_hex(value) : std::string(value));
  }
  return true;
}

std::string framed(char type, std::string_view body) {
  std::string out;
  out.reserve(header_bytes + body.size());
  Writer writer(out);
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u32(static_cast<std::uint32_t>(body.size() + 4));
  writer.bytes(body);
  return out;
}

}  // namespace

Result<std::optional<Header>> decode_header(std::string_view bytes) {
  if (bytes.size() < header_bytes) return std::optional<Header>();
  Cursor cursor(bytes);
  const char type = static_cast<char>(cursor.u8());
  const std::uint32_t length = cursor.u32();
  if (length < 4 || length > frame_bytes_max) return invalid("invalid message length");
  return std::optional<Header>(Header{type, length - 4});
}

Result<std::optional<OpeningFrame>> decode_opening(std::string_view bytes) {
  if (bytes.size() < 4) return std::optional<OpeningFrame>();
  const std::uint32_t length = Cursor(bytes).u32();
  if (length < 8 || length > startup_bytes_max) return invalid("invalid length of startup packet");
  if (bytes.size() < length) return std::optional<OpeningFrame>();
  CLAW_TRY(Opening opening, decode_opening_body(bytes.substr(4, length - 4)));
  return std::optional<OpeningFrame>(OpeningFrame{std::move(opening), length});
}

Result<Query> decode_query(std::string_view body) {
  Cursor cursor(body);
  const Query query{cursor.text()};
  if (!cursor.done()) return malformed("Query");
  return query;
}

Result<Parse> decode_parse(std::string_view body) {
  Cursor cursor(body);
  Parse parse;
  parse.name = cursor.text();
  parse.text = cursor.text();
  const std::uint16_t types = cursor.u16();
  cursor.take(std::size_t{types} * 4);
  if (!cursor.done()) return malformed("Parse");
  return parse;
}

Result<Bind> decode_bind(std::string_view body) {
  Cursor cursor(body);
  Bind bind;
  bind.portal = cursor.text();
  bind.statement = cursor.text();
  std::vector<std::uint16_t> formats;
  std::vector<std::uint16_t> results;
  if (!read_formats(cursor, formats) || !read_parameters(cursor, formats, bind) ||
      !read_formats(cursor, results) || !cursor.done()) {
    return malformed("Bind");
  }
  return bind;
}

Result<Target> decode_target(std::string_view body) {
  Cursor cursor(body);
  const char kind = static_cast<char>(cursor.u8());
  const Target target{kind == 'P', cursor.text()};
  if (!cursor.done() || (kind != 'P' && kind != 'S')) return malformed("Describe or Close");
  return target;
}

Result<Execute> decode_execute(std::string_view body) {
  Cursor cursor(body);
  const Execute execute{cursor.text()};
  cursor.u32();  // Rows wanted: the server's affair.
  if (!cursor.done()) return malformed("Execute");
  return execute;
}

Result<Problem> decode_problem(std::string_view body) {
  Cursor cursor(body);
  Problem problem;
  for (;;) {
    const char field = static_cast<char>(cursor.u8());
    if (field == 0) break;
    const std::string_view text = cursor.text();
    if (field == 'S') problem.severity = text;
    if (field == 'C') problem.code = text;
    if (field == 'M') problem.message = text;
    if (field == 'H') problem.hint = text;
  }
  if (!cursor.done()) return malformed("ErrorResponse");
  return problem;
}

Result<Setting> decode_setting(std::string_view body) {
  Cursor cursor(body);
  Setting setting;
  setting.name = cursor.text();
  setting.value = cursor.text();
  if (!cursor.done()) return malformed("ParameterStatus");
  return setting;
}

Result<std::string_view> decode_tag(std::string_view body) {
  Cursor cursor(body);
  const std::string_view tag = cursor.text();
  if (!cursor.done()) return malformed("CommandComplete");
  return tag;
}

Result<Transaction> decode_status(std::string_view body) {
  if (body == "I") return Transaction::idle;
  if (body == "T") return Transaction::open;
  if (body == "E") return Transaction::failed;
  return malformed("ReadyForQuery");
}

Result<Challenge> decode_challenge(std::string_view body) {
  Cursor cursor(body);
  const std::uint32_t kind = cursor.u32();
  if (!cursor.ok()) return malformed("Authentication");
  for (const auto known :
       {Challenge::Kind::ok, Challenge::Kind::cleartext, Challenge::Kind::md5, Challenge::Kind::sasl,
        Challenge::Kind::sasl_continue, Challenge::Kind::sasl_final}) {
    if (static_cast<std::uint32_t>(known) == kind) return Challenge{known, cursor.rest()};
  }
  return Error{Code::unsupported, "authentication method " + std::to_string(kind) + " is not supported", {}};
}

std::int64_t rows_of(std::string_view tag) {
  const std::size_t space = tag.rfind(' ');
  if (space == std::string_view::npos) return -1;
  const std::string_view digits = tag.substr(space + 1);
  std::int64_t rows = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  return error == std::errc() && end == digits.data() + digits.size() ? rows : -1;
}

std::string encode(Front type, std::string_view body) { return framed(static_cast<char>(type), body); }
std::string encode(Back type, std::string_view body) { return framed(static_cast<char>(type), body); }

namespace {
std::string untyped(std::uint32_t code, std::string_view body) {
  std::string out;
  Writer writer(out);
  writer.u32(static_cast<std::uint32_t>(8 + body.size()));
  writer.u32(code);
  writer.bytes(body);
  return out;
}
}  // namespace

std::string encode_startup(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string body;
  Writer writer(body);
  for (const auto& [name, value] : parameters) {
    writer.text(name);
    writer.text(value);
  }
  writer.u8(0);
  return untyped(3U << 16, body);
}

std::string encode_ssl_request() { return untyped(ssl_code, {}); }
std::string encode_cancel(std::string_view key) { return untyped(cancel_code, key); }
std::string encode_status(Transaction status) {
  const char byte = static_cast<char>(status);
  return encode(Back::ready_for_query, std::string_view(&byte, 1));
}

std::string encode_setting(std::string_view name, std::string_view value) {
  std::string body;
  Writer writer(body);
  writer.text(name);
  writer.text(value);
  return encode(Back::parameter_status, body);
}

std::string encode_challenge(Challenge::Kind kind, std::string_view rest) {
  std::string body;
  Writer writer(body);
  writer.u32(static_cast<std::uint32_t>(kind));
  writer.bytes(rest);
  return encode(Back::authentication, body);
}

std::string encode_problem(Back type, const Problem& problem) {
  std::string body;
  Writer writer(body);
  const std::string position = problem.position == 0 ? "" : std::to_string(problem.position);
  const std::pair<char, std::string_view> fields[] = {{'S', problem.severity}, {'V', problem.severity},
                                                      {'C', problem.code}, {'M', problem.message},
                                                      {'H', problem.hint}, {'P', position}};
  for (const auto& [field, text] : fields) {
    if (text.empty()) continue;
    writer.u8(static_cast<std::uint8_t>(field));
    for (const char byte : text) {
      if (byte != '\0') writer.u8(static_cast<std::uint8_t>(byte));  // A NUL would end the field early.
    }
    writer.u8(0);
  }
  writer.u8(0);
  return encode(type, body);
}

std::string encode_housekeeping(std::string_view sql) {
  std::string parse;
  std::string bind;
  std::string execute;
  std::string close;
  Writer parsing(parse);
  parsing.text(reserved_name), parsing.text(sql), parsing.u16(0);
  Writer binding(bind);
  binding.text(reserved_name), binding.text(reserved_name);
  binding.u16(0), binding.u16(0), binding.u16(0);
  Writer executing(execute);
  executing.text(reserved_name), executing.u32(0);
  Writer closing(close);
  closing.u8('P'), closing.text(reserved_name);
  std::string all = encode(Front::parse, parse) + encode(Front::bind, bind) + encode(Front::execute, execute);
  return all + encode(Front::close, close) + encode_close_housekeeping();
}

std::string encode_close_housekeeping() {
  std::string close;
  Writer closing(close);
  closing.u8('S'), closing.text(reserved_name);
  return encode(Front::close, close);
}

}  // namespace claw::postgres
