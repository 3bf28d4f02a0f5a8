#include "protocol/postgres/speaker.h"

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"

namespace claw::postgres {
namespace {

using protocol::Side;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr MessageRow rows[] = {
    {Side::client, 'Q', "Query", "t", ""},
    {Side::client, 'P', "Parse", "tt", "\0\0"sv},
    {Side::client, 'B', "Bind", "b", ""},
    {Side::client, 'D', "Describe", "kt", ""},
    {Side::client, 'E', "Execute", "t", "\0\0\0\0"sv},
    {Side::client, 'C', "Close", "kt", ""},
    {Side::client, 'S', "Sync", "", ""},
    {Side::client, 'H', "Flush", "", ""},
    {Side::client, 'X', "Terminate", "", ""},
    {Side::client, 'd', "CopyData", "x", ""},
    {Side::client, 'c', "CopyDone", "", ""},
    {Side::client, 'f', "CopyFail", "t", ""},
    {Side::client, 'p', "Password", "x", ""},
    {Side::client, 'F', "FunctionCall", "x", ""},
    {Side::upstream, 'R', "Authentication", "x", ""},
    {Side::upstream, 'S', "ParameterStatus", "tt", ""},
    {Side::upstream, 'K', "BackendKeyData", "x", ""},
    {Side::upstream, 'Z', "ReadyForQuery", "k", ""},
    {Side::upstream, 'T', "RowDescription", "x", ""},
    {Side::upstream, 't', "ParameterDescription", "x", ""},
    {Side::upstream, 'n', "NoData", "", ""},
    {Side::upstream, 'D', "DataRow", "x", ""},
    {Side::upstream, 'C', "CommandComplete", "t", ""},
    {Side::upstream, 'I', "EmptyQueryResponse", "", ""},
    {Side::upstream, '1', "ParseComplete", "", ""},
    {Side::upstream, '2', "BindComplete", "", ""},
    {Side::upstream, '3', "CloseComplete", "", ""},
    {Side::upstream, 's', "PortalSuspended", "", ""},
    {Side::upstream, 'G', "CopyInResponse", "x", ""},
    {Side::upstream, 'H', "CopyOutResponse", "x", ""},
    {Side::upstream, 'd', "CopyData", "x", ""},
    {Side::upstream, 'c', "CopyDone", "", ""},
    {Side::upstream, 'E', "ErrorResponse", "p", ""},
    {Side::upstream, 'N', "NoticeResponse", "p", ""},
    {Side::upstream, 'A', "NotificationResponse", "x", ""},
    {Side::upstream, 'W', "CopyBothResponse", "x", ""},
    {Side::upstream, 'V', "FunctionCallResponse", "x", ""},
    {Side::upstream, 'v', "NegotiateProtocolVersion", "x", ""},
};

std::string framed(char type, std::string_view body) {
  std::string out(1, type);
  Writer writer(out);
  writer.u32(static_cast<std::uint32_t>(body.size() + 4));
  writer.bytes(body);
  return out;
}

std::string bind_body(const std::vector<std::string>& words) {
  std::string body;
  Writer writer(body);
  writer.text(words.at(1));
  writer.text(words.at(2));
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(words.size() - 3));
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (words[i] == "NULL") {
      writer.i32(-1);
      continue;
    }
    writer.u32(static_cast<std::uint32_t>(words[i].size()));
    writer.bytes(words[i]);
  }
  writer.u16(0);
  return body;
}

std::string problem_body(const std::vector<std::string>& words) {
  const std::string whole = encode_problem(Back::error_response, {"ERROR", words.at(1), words.at(2), {}});
  return whole.substr(header_bytes);
}

std::string body_of(const MessageRow& row, const std::vector<std::string>& words) {
  if (row.layout == "b") return bind_body(words);
  if (row.layout == "p") return problem_body(words);
  std::string body;
  Writer writer(body);
  std::size_t next = 1;
  for (const char field : row.layout) {
    const std::string word = next < words.size() ? words[next++] : "";
    field == 't' ? writer.text(word) : writer.bytes(word);
  }
  writer.bytes(row.tail);
  return body;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) c == '\n' ? out += "\\n" : c == '\0' ? out += "\\0" : out += c;
  return out + "\"";
}

std::string shown(const MessageRow& row, std::string_view body) {
  std::string line(row.name);
  Cursor cursor(body);
  if (row.layout == "p") {
    const auto problem = decode_problem(body);
    if (!problem) return line + " malformed";
    line += " " + std::string(problem->code) + " " + in_quotes(problem->message);
    return problem->hint.empty() ? line : line + " " + in_quotes(problem->hint);
  }
  if (row.layout == "b") {
    const auto bind = decode_bind(body);
    if (!bind) return line + " malformed";
    line += " " + in_quotes(bind->portal) + " " + in_quotes(bind->statement);
    for (const auto& value : bind->parameters) line += " " + (value ? in_quotes(*value) : "NULL");
    return line;
  }
  for (const char field : row.layout) {
    if (field == 't') line += " " + in_quotes(cursor.text());
    if (field == 'k') line += " " + std::string(cursor.take(1));
    if (field == 'x') line += " " + in_quotes(cursor.take(cursor.left()));
  }
  return line;
}

// The untyped packets: `SSLRequest`, `GSSENCRequest`, `CancelRequest KEY`, `Startup NAME=VALUE…`.
std::optional<std::string> untyped(const std::vector<std::string>& words) {
  if (words[0] == "SSLRequest") return encode_ssl_request();
  if (words[0] == "GSSENCRequest") return "\0\0\0\x08\x04\xd2\x16\x30"s;
  if (words[0] == "CancelRequest") return encode_cancel(from_hex(words.at(1)).value());
  if (words[0] != "Startup") return std::nullopt;
  std::vector<std::pair<std::string, std::string>> parameters;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    parameters.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
  }
  return encode_startup(parameters);
}

std::string shown_opening(const Opening& opening) {
  if (std::holds_alternative<SslRequest>(opening)) return "SSLRequest";
  if (std::holds_alternative<GssRequest>(opening)) return "GSSENCRequest";
  if (const auto* cancel = std::get_if<CancelRequest>(&opening)) {
    return "CancelRequest " + to_hex(cancel->key);
  }
  std::string line = "Startup";
  for (const auto& [name, value] : std::get<Startup>(opening).parameters) {
    line += " " + std::string(name) + "=" + std::string(value);
  }
  return line;
}

}  // namespace

std::optional<MessageRow> row_named(Side from, std::string_view name) {
  for (const MessageRow& row : rows) {
    if (row.from == from && row.name == name) return row;
  }
  return std::nullopt;
}

std::optional<MessageRow> row_of(Side from, char type) {
  for (const MessageRow& row : rows) {
    if (row.from == from && row.type == type) return row;
  }
  return std::nullopt;
}

std::unique_ptr<protocol::Machine> make_test_machine() {
  Options options;
  options.sslmode = SslMode::disable;
  return make_test_machine(options);
}

std::unique_ptr<protocol::Machine> make_test_machine(const Options& options) {
  return std::make_unique<Machine>(std::make_shared<const Options>(options),
                                   action::Principal{"bot", "ops", "192.0.2.1:5"}, "session", "OURKEY88");
}

std::unique_ptr<protocol::Machine> make_idle_machine() {
  auto machine = make_test_machine();
  protocol::Commands out;
  machine->on(protocol::Received{Side::client, encode_startup({{"user", "ann"}})}, out);
  machine->on(protocol::Leased{{}, std::make_shared<action::Login>()}, out);
  machine->on(protocol::Connected{}, out);
  const std::string greeting = encode_challenge(Challenge::Kind::ok) + encode_status(Transaction::idle);
  machine->on(protocol::Received{Side::upstream, greeting}, out);
  return machine;
}

std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> words;
  bool in_text = false;
  bool in_word = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ' ' && !in_text) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      in_text = !in_text;
    } else if (c == '\\' && i + 1 < line.size() && (line[i + 1] == 'n' || line[i + 1] == '0')) {
      words.back() += line[++i] == 'n' ? '\n' : '\0';
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::string Speaker::encode(Side from, std::string_view line) {
  const std::vector<std::string> words = words_of_line(line);
  if (words.empty()) return {};
  if (auto bytes = untyped(words)) return *bytes;
  if (words[0] == "Bytes") return words.size() > 1 ? words[1] : "";
  if (words[0] == "Hex") return from_hex(words.at(1)).value();
  if (words[0] == "AuthenticationOk") return encode_challenge(Challenge::Kind::ok);
  const auto row = row_named(from, words[0]);
  return row ? framed(row->type, body_of(*row, words)) : "no such message";
}

std::vector<std::string> Speaker::decode(Side to, std::string& bytes) {
  std::vector<std::string> lines;
  const Side from = protocol::other(to);
  while (!bytes.empty()) {
    if (to == Side::client && (bytes == "S" || bytes == "N")) {  // The answer to an encryption request.
      lines.push_back(bytes);
      bytes.clear();
      break;
    }
    if (to == Side::upstream && !upstream_started_) {
      const auto frame = decode_opening(bytes);
      if (!frame || !*frame) break;
      lines.push_back(shown_opening((*frame)->opening));
      upstream_started_ = std::holds_alternative<Startup>((*frame)->opening);
      bytes.erase(0, (*frame)->size);
      continue;
    }
    const auto header = decode_header(bytes);
    if (!header || !*header || bytes.size() < (*header)->whole()) break;
    const auto row = row_of(from, (*header)->type);
    const std::string_view body = std::string_view(bytes).substr(header_bytes, (*header)->body);
    if (row && row->name == "Authentication" && body == "\0\0\0\0"sv) {
      lines.emplace_back("AuthenticationOk");
    } else {
      lines.push_back(row ? shown(*row, body) : "unknown message");
    }
    bytes.erase(0, (*header)->whole());
  }
  return lines;
}

}  // namespace claw::postgres
