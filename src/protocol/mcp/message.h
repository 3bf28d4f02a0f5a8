// JSON-RPC 2.0 as the Model Context Protocol has it: requests, notifications and answers, read strictly and
// written plainly, by servers and clients alike. A body is one message, or a batch where the version has
// them. What makes no sense is told with the code of its error and the id it is an answer to, where that
// could be read. Which methods there are is not known here.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace claw::mcp {

struct Id {  // A string or an integer; null, fractions and floats are none.
  std::variant<std::int64_t, std::string> value;
  auto operator<=>(const Id&) const = default;
  bool operator==(const Id&) const = default;
  std::string json() const;
};

struct Request {
  Id id;
  std::string method;
  json::Value params;  // An object, or null: it had none.
};
struct Notification {
  std::string method;
  json::Value params;
};
struct Reply {
  Id id;
  json::Value result;  // An object.
};
struct Failure {
  std::optional<Id> id;  // None: the other side could not read what it is about.
  std::int64_t code = 0;
  std::string message;
  json::Value data;      // Null: none.
};
using Message = std::variant<Request, Notification, Reply, Failure>;

// What went wrong, as a Failure has it. The last three are of version 2026-07-28.
namespace code {
constexpr std::int64_t parse = -32700;
constexpr std::int64_t invalid_request = -32600;
constexpr std::int64_t no_such_method = -32601;
constexpr std::int64_t invalid_params = -32602;
constexpr std::int64_t internal = -32603;
constexpr std::int64_t no_such_resource = -32002;  // Before 2026-07-28; since then invalid_params.
constexpr std::int64_t refused = -32000;  // Implementation-defined: a rule, a person, or no room.
constexpr std::int64_t header_mismatch = -32020;
constexpr std::int64_t lacks_capability = -32021;
constexpr std::int64_t unsupported_version = -32022;
}  // namespace code

struct Limits {
  std::size_t bytes_max = 4 * 1024 * 1024;  // What the HTTP server takes of a body too.
  std::size_t depth_max = 64;               // Of the whole message: far beyond any tool's arguments.
  std::size_t batch_max = 32;               // Messages of a batch; clients that batch send a handful.
  std::size_t id_bytes_max = 256;           // A UUID with a name before it.
  std::size_t method_bytes_max = 128;
};

struct Wrong {  // Why it is no message, for an error of the protocol.
  std::int64_t code = code::invalid_request;
  std::string what;
  std::optional<Id> id = {};
};

struct Packet {
  std::vector<Message> messages;  // At least one.
  bool is_batch = false;
};

// One message. Duplicate keys, other members than the specification's and bad UTF-8 are refused.
std::variant<Message, Wrong> parse(std::string_view text, const Limits& limits = {});
// A body: a batch is taken where `batches` says so, and refused whole for one wrong message in it.
std::variant<Packet, Wrong> parse_body(std::string_view text, bool batches, const Limits& limits = {});

std::string format(const Message& message);
// The same where params, results and data are JSON already; empty params and data are left out.
std::string format_request(const Id& id, std::string_view method, std::string_view params = {});
std::string format_notification(std::string_view method, std::string_view params = {});
std::string format_reply(const Id& id, std::string_view result);
std::string format_failure(const std::optional<Id>& id, std::int64_t code, std::string_view message,
                           std::string_view data = {});

// A member of `_meta` of these params; null: there is none.
const json::Value* meta(const json::Value& params, std::string_view name);
// An id where a value is one.
std::optional<Id> id_of(const json::Value& value);

}  // namespace claw::mcp
