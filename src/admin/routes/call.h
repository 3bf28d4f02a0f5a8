// One call of the operators' API once it is known who calls: what a route is given and what it answers with.
// Routes say what they need and nothing else; who may call them is said once, in the table of routes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/message.h"
#include "base/json.h"
#include "base/result.h"
#include "operators/session.h"

namespace claw::admin {

// What the server hands us and takes back.
using serve::Answer, serve::Asked, serve::Caller, serve::Flow, serve::Reply, serve::Way;

// Whoever calls. Without a person it is nobody, or the metrics address.
struct Who {
  std::string person;
  operators::Role role = operators::Role::viewer;
  std::vector<std::string> groups;
  std::string cookie;                         // As it was sent; empty: none, or on the Unix socket.
  std::string token;                          // An API token, as it was sent.
  std::optional<operators::Session> session;  // Of that cookie.
  std::optional<operators::Bearer> bearer;    // Of a token.
  bool on_socket = false;                     // An admin by the operating system's word.

  bool is_somebody() const { return !person.empty(); }
  bool may(operators::Scope scope) const;
  bool is_fresh(std::int64_t wall_us) const;
};

struct Call {
  const http::Request& head;
  std::map<std::string, std::string, std::less<>> params;  // Of the path: `id`, `name`, `slot`.
  std::vector<std::pair<std::string, std::string>> query;
  std::string text;   // The body as it came,
  json::Value body;   // and as JSON; null where there was none.
  Caller caller;
  Who who;

  std::string param(std::string_view name) const;
  std::string ask(std::string_view name) const;  // Of the query; empty when it is not there.
  // Within the bounds, or an error that names it.
  Result<std::int64_t> number(std::string_view name, std::int64_t otherwise, std::int64_t most) const;
  operators::From from() const { return {caller.address}; }
};

// Answers.
Answer json_answer(std::string body, int status = 200);
Answer done();
Answer problem(int status, std::string_view code, std::string_view what, std::int64_t retry_after_s = 0);
Answer problem(const Error& error);  // By the error's code.
std::string time_text(std::int64_t wall_us);

// An object written member by member: `Written out; out.writer.member(…); return out.answer();`
class Written {
 public:
  Written() : writer(text) { writer.begin_object(); }
  Answer answer() { return writer.end_object(), json_answer(std::move(text)); }
  std::string text;
  json::Writer writer;
};

// Errors: not an object, unknown members, members of the wrong type.
struct Member {
  enum class Kind : std::uint8_t { text, texts, integer, boolean, object };
  std::string_view name;
  Kind kind = Kind::text;
  bool required = false;
};
Status check_body(const json::Value& body, std::initializer_list<Member> members);
std::vector<std::string> texts_of(const json::Value& body, std::string_view name);

}  // namespace claw::admin
