// Subjects of HTTP requests from what a protocol has read: the one place where http.* facts are made, for
// live requests, for dialects of HTTP and for fixtures. Everything derived is derived here (maps, media
// type, cookies, JSON, forms, GraphQL, gRPC, method overrides), so that all of them judge alike.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "action/action.h"
#include "action/body/form.h"
#include "action/requests.h"
#include "base/json.h"
#include "cel/arena.h"

namespace claw::action {

constexpr std::size_t graphql_batch_max = 100;  // Operations in one request; each is judged as a part.

// Keeps what the facts of one request point into. Made before the request is read, so that its text is
// decoded straight into the arena, and handed to the subject with it.
struct HttpStorage {
  HttpStorage() {}  // Not defaulted: the arena is not to be zeroed.
  cel::Arena arena;
  std::string body;         // Content encodings undone.
  json::Value document;
  json::Value operations;   // GraphQL inside a form.
  std::shared_ptr<const void> more;
};

// What some rule reads; the rest of a body is not looked at, maps are not made, and these facts are unknown.
struct HttpWanted {
  bool body = true;
  bool json = true;
  bool form = true;
  bool graphql = true;
  bool query = true;    // As a map, of whichever name.
  bool headers = true;
  bool cookies = true;
};

// All views are into the storage, or live as long as it. Each `…_why_not`, when not empty, makes the facts
// that depend on that piece unknown and the action not understood.
struct HttpParts {
  std::string_view method;                      // As sent.
  std::string_view scheme;
  std::string_view host;                        // Lower case, without a port.
  std::string_view path;                        // Decoded, canonical.
  std::string_view target;                      // Path and query as they go upstream; ASCII. For the record.
  std::span<const std::string_view> segments;   // Decoded, each on its own.
  std::span<const Named> query;                 // Decoded.
  std::span<const Named> headers;               // As sent.
  std::string_view body;                        // Content encodings undone; empty when it was not gathered.
  bool has_body = false;                        // There is one, gathered or not.
  bool is_gathered = false;
  bool is_truncated = false;
  bool allows_override = false;
  std::string path_why_not;
  std::string query_why_not;
  std::string body_why_not;
};

std::shared_ptr<const Subject> make_http_subject(const HttpParts& parts, std::shared_ptr<HttpStorage> storage,
                                                 const HttpWanted& wanted);

// Plain values as a protocol would have read them: fixtures.
struct Gathered {
  std::shared_ptr<HttpStorage> storage;
  HttpParts parts;
};
Gathered gather(HttpRequest request);

// What another reading of HTTP adds: the facts of its own family, which follow HTTP's in the schema.
struct DialectReading {
  Family family = Family::k8s;
  std::string summary;              // One line for people.
  std::string bound;                // Of the text that a person allows, what target and body do not show.
  std::string verb;
  bool reads_only = false;
  cel::Value destructive;
  cel::Value query;                 // The map of it, where it is a fact of the dialect too.
  std::span<cel::Value> facts;      // In slot order; the first is the verb.
  std::string why_not;
  std::string unread;               // As of a Subject.
  std::string_view unread_hint;
  std::string record_json;          // Members for the record, each behind a comma; may be empty.
};
std::shared_ptr<const Subject> make_dialect_subject(DialectReading reading, const HttpParts& parts,
                                                    std::shared_ptr<HttpStorage> storage,
                                                    const HttpWanted& wanted);

struct WebSocketMessage {
  bool from_client = true;
  std::string_view opcode = "text";  // `text`, `binary`, `close`, `ping`, `pong`.
  std::string_view payload;          // Unmasked, inflated; copied.
  bool is_whole = true;
};
// A message is an action of its own, with the http facts of the request that opened its WebSocket.
std::shared_ptr<const Subject> make_websocket_subject(std::shared_ptr<const Subject> upgrade,
                                                      const WebSocketMessage& message);

}  // namespace claw::action
