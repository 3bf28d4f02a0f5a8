// The messages of the Postgres protocol, version 3, as plain structs: what codec.h makes of bytes and
// the machine thinks in. Text is a view of the frame it was decoded from. Nothing here knows how a
// message is judged; what becomes of each one is the table in table.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace claw::postgres {

// The type bytes (protocol-message-formats). A byte without a row in table.h is refused.
enum class Front : char {
  bind = 'B', close = 'C', copy_data = 'd', copy_done = 'c', copy_fail = 'f', describe = 'D', execute = 'E',
  flush = 'H', function_call = 'F', parse = 'P', password = 'p', query = 'Q', sync = 'S', terminate = 'X',
};

enum class Back : char {
  authentication = 'R', backend_key_data = 'K', bind_complete = '2', close_complete = '3',
  command_complete = 'C', copy_both_response = 'W', copy_data = 'd', copy_done = 'c', copy_in_response = 'G',
  copy_out_response = 'H', data_row = 'D', empty_query_response = 'I', error_response = 'E',
  function_call_response = 'V', negotiate_version = 'v', no_data = 'n', notice_response = 'N',
  notification_response = 'A', parameter_description = 't', parameter_status = 'S', parse_complete = '1',
  portal_suspended = 's', ready_for_query = 'Z', row_description = 'T',
};

enum class Transaction : char {
  idle = 'I',
  open = 'T',
  failed = 'E'
};  // Of the transaction, in ReadyForQuery.

// The first message of a connection has no type byte.
struct SslRequest {};
struct GssRequest {};
struct CancelRequest { std::string_view key; };  // Process and secret, as BackendKeyData gave them.
struct Startup {
  std::uint16_t minor = 0;
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
};
using Opening = std::variant<SslRequest, GssRequest, CancelRequest, Startup>;

struct Query { std::string_view text; };
struct Parse { std::string_view name, text; };
struct Bind {
  std::string_view portal, statement;
  std::vector<std::optional<std::string>> parameters;  // Text as it is; binary as `\x…`; nothing is NULL.
};
struct Target { bool portal; std::string_view name; };  // Of Describe and Close.
struct Execute { std::string_view portal; };

struct Problem {  // What an ErrorResponse or NoticeResponse says.
  std::string_view severity, code, message, hint;
  std::uint32_t position = 0;  // Of a syntax error: the character, counted from 1.
};

struct Setting { std::string_view name, value; };  // ParameterStatus.

struct Challenge {  // Authentication.
  enum class Kind : std::uint32_t {
    ok = 0,
    cleartext = 3,
    md5 = 5,
    sasl = 10,
    sasl_continue = 11,
    sasl_final = 12
  };
  Kind kind = Kind::ok;
  std::string_view body;  // The md5 salt, the list of mechanisms, SCRAM's own message.
};

}  // namespace claw::postgres
