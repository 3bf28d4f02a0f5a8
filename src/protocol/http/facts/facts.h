// A request as facts: reads the canonical path, query, headers, cookies and, when it was gathered, the body,
// and makes the Subject that rules see. Also says in which form the target must be sent, so that the server
// reads what was judged. Pure; decides nothing. See README.md for what is not understood, and why.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "action/action.h"
#include "action/http.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

// A target read once, the way every server must read it: percent-decoding done once, dot segments resolved,
// doubled slashes folded. What two servers could still read differently is `why_not`.
struct Target {
  std::string send;      // Origin-form to send upstream, canonical: what was judged.
  std::string path;      // Decoded, without the query: `http.path`.
  std::string query;     // As sent, without the `?`.
  std::string why_not;   // Not empty: the action is not understood.
};
Result<Target> read_target(std::string_view origin_form);  // An error is a 400: no server would take it.

// Which facts some rule of the endpoint reads, so that no other is computed.
struct Needs {
  bool body = false;        // Any of the body's facts: the machine gathers it before it asks.
  bool json = false;
  bool form = false;
  bool graphql = false;
  bool object = false;      // Kubernetes: the object in the body.
  bool input = false;       // Kubernetes: what a command is given to read, before it runs.
  bool query = true;        // These as maps.
  bool headers = true;
  bool cookies = true;
};

// What the rules of an endpoint need, from whether some rule reads the fact at a slot.
Needs needs_of(action::Family family, const std::function<bool(std::uint32_t slot)>& reads);

// Whether the body of this request must be gathered before it is judged. A form is, even if no rule reads
// it: frameworks find another method in its `_method`.
bool wants_body(const Request& request, const Needs& needs, bool allow_override);

struct Body {
  std::string_view bytes;   // As sent, content encodings and all; framing undone.
  bool is_whole = true;     // False: longer than the endpoint's `body_buffer`; facts of it are unknown.
};

struct Asked {
  const Request& request;
  const Target& target;
  std::string_view scheme;  // `https`
  std::string_view host;    // Lower case, without a port: who was verified to be asked, not what was written.
  std::optional<Body> body; // Nothing: not gathered, because no rule reads it, or there is none.
  std::uint64_t decoded_bytes_max = 1024 * 1024;  // Of a compressed body.
  bool allow_override = false;  // Method-override headers do not make it not understood.
  std::optional<Body> input = {};  // Of a command, where it was taken in before it runs.
};

// Never null. What cannot be read is not understood, with a reason, never a guess.
std::shared_ptr<const action::Subject> read_request(const Asked& asked, const Needs& needs);

// The same before it becomes a subject, for the dialects of HTTP, which add facts of their own.
struct Reading {
  std::shared_ptr<action::HttpStorage> storage;
  action::HttpParts parts;  // Views into the storage.
  action::HttpWanted wanted;
};
Reading read_parts(const Asked& asked, const Needs& needs);
Reading read_line(const Request& request, const Target& target);  // Neither headers nor a body.

}  // namespace claw::http
