// Runs two collections of HTTP/1 bytes: the cases of a widely used parser, and ways to smuggle a request past
// a proxy. Whatever comes in: whole or byte by byte it is read the same, and what an upstream sees of it is
// as many requests as we saw, each with one framing. `-v` lists every case that is not as expected.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "base/corpora/corpora_for_test.h"
#include "base/json.h"
#include "protocol/http/wire/h1/relay_for_test.h"

namespace claw::http {
namespace {

using Failure = std::optional<std::string>;  // Nothing: as expected.

struct Difference {
  std::string_view says;  // What we say where that parser says nothing, or its words where we say nothing.
  std::string_view reason;
};

// Where we deliberately do something else.
constexpr Difference differences[] = {
    {"when no body is received", "that parser was told to expect no bodies"},
    {"request line is not `METHOD target HTTP/1.1`", "HTTP/0.9 is another protocol"},
    {"Data after `Connection: close`", "what follows the last message is not read at all"},
    {"Expected space after method", "methods are open: a rule may name any"},
    {"Invalid method for HTTP/x.x request", "methods are open: a rule may name any"},
    {"neither HTTP/1.1 nor HTTP/1.0", "other versions are other protocols"},
    {"first line has no HTTP version", "RTSP, ICE and HTTP/0.9 are other protocols"},
    {"status line does not begin with HTTP", "an answer has nothing before it, not even an empty line"},
    {"request target has bytes that must be percent-encoded", "fragments are not sent"},
    {"request target has no valid authority", "user names in a target are a disguise"},
    {"Host is not `host` or `host:port`", "a name no resolver could find"},
    {"request target `*` is for OPTIONS only", "RFC 9112 §3.2.4"},
    {"CONNECT with a body", "a tunnel's first bytes are not a body"},
    {"Transfer-Encoding is not `chunked`", "what we cannot decode nobody has judged"},
    {"Transfer-Encoding is said twice", "what we cannot decode nobody has judged"},
    {"Transfer-Encoding in HTTP/1.0", "read in as many ways as there are servers"},
    {"Content-Length and Transfer-Encoding", "the classic"},
    {"chunk size is not hexadecimal digits and CRLF", "chunk extensions are read in many ways"},
    {"may not be a trailer", "a trailer that could be merged into the head"},
    {"header line is folded", "folding is read in many ways"},
    {"switches protocols unasked", "the harness asked for no protocol"},
    {"without a body has a Transfer-Encoding", "RFC 9112 §6.1"},
};

bool is_deliberate(std::string_view text) {
  return std::any_of(std::begin(differences), std::end(differences),
                     [&](const Difference& each) { return text.find(each.says) != std::string_view::npos; });
}

Failure run_property(const std::string& bytes) {
  const std::string objection = objection_to_relaying(bytes, 1);
  return objection.empty() ? Failure() : objection;
}

std::string raw_of(const json::Value& row) {
  const auto raw = from_base64(row.text_or("raw_b64", ""));
  CLAW_CHECK(raw.ok());
  return *raw;
}

// Each case is one request with something after it that would be a second one for whoever believes the
// framing that was tampered with: an upstream may see one request or none.
Failure run_smuggling(const json::Value& row) {
  const std::string bytes = raw_of(row);
  Relay relay;
  relay.feed(bytes);
  if (relay.heads > 1) return "two requests";
  return run_property(bytes);
}

// That parser does not ask for a Host: gives each head of HTTP/1.1 that has none one, so that it is the rest
// of the head which is judged.
std::string with_hosts(std::string bytes) {
  constexpr std::string_view version = " HTTP/1.1\r\n";
  for (std::size_t at = bytes.find(version); at != std::string::npos; at = bytes.find(version, at)) {
    at += version.size();
    const std::size_t end = std::min(bytes.find("\r\n\r\n", at - 2), bytes.size());
    const std::string head = "\n" + lower(bytes.substr(at, end - at));
    if (head.find("\nhost") != std::string::npos) continue;
    const std::size_t line = bytes.rfind("\r\n", at - 3);
    const std::size_t start = line == std::string::npos ? 0 : line + 2;
    const std::size_t scheme = bytes.find("://", start);
    std::string host = "h";
    if (scheme < at) {
      const std::size_t from = scheme + 3;
      host = bytes.substr(from, bytes.find_first_of("/? ", from) - from);
    }
    bytes.insert(at, "Host: " + host + "\r\n");
  }
  return bytes;
}

// A request case: the error, if any, and how many messages were whole.
Failure run_request(const json::Value& row) {
  const std::string bytes = with_hosts(raw_of(row));
  if (const Failure failure = run_property(bytes)) return failure;
  Fed server(make_h1_server());
  server.events.then = [&](std::string_view event, StreamId stream) {
    if (event != "end" || server.events.ended > server.events.requests.size()) return;
    const Request& request = server.events.requests.back();
    Response response;
    response.has_body = false;
    if (!request.protocol.empty()) response.status = 101;
    response.protocol = request.protocol;
    server.codec->respond(stream, response, server.out);
    server.codec->upgrade(stream);
  };
  const bool accepted = server.feed(bytes);
  if (row.text_or("expect", "") == "reject") {
    // A line is judged when it is whole: one that never is was not accepted either.
    return accepted && !server.events.requests.empty() ? Failure("accepted: " + row.text_or("reason", "?"))
                                                       : Failure();
  }
  if (!accepted) return server.failed->what;
  const auto messages = row.int_or("messages", static_cast<std::int64_t>(server.events.ended));
  if (messages != static_cast<std::int64_t>(server.events.ended)) {
    return fmt::format("{} messages, not {}", server.events.ended, messages);
  }
  return std::nullopt;
}

// An answer is read by the client, with a new request whenever it can have one.
Failure run_response(const json::Value& row) {
  Fed client(make_h1_client());
  Request request;
  request.method = "GET";
  request.authority = "h";
  request.path = "/";
  for (const char byte : raw_of(row)) {
    if (client.codec->can_open()) client.codec->open(request, client.out);
    if (!client.feed({&byte, 1})) break;
  }
  if (row.text_or("expect", "") == "reject") {
    const bool accepted = !client.failed && !client.events.responses.empty();
    return accepted ? "accepted: " + row.text_or("reason", "?") : Failure();
  }
  return client.failed ? client.failed->what : Failure();
}

// Its lenient modes are not ours: there only the property is asked for.
Failure run_llhttp(const json::Value& row) {
  const std::string type = row.text_or("type", "");
  if (type == "request") return run_request(row);
  if (type == "response") return run_response(row);
  return type.starts_with("request") ? run_property(raw_of(row)) : Failure();
}

bool run(std::string_view name, Failure (*run_row)(const json::Value&), bool verbose) {
  std::ifstream file(fmt::format("{}/{}.jsonl", corpora_folder(), name));
  if (!file) return fmt::print("{}: skipped, the collection is not there\n", name), true;
  std::size_t passed = 0, known = 0, rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    const auto row = json::parse(line);
    CLAW_CHECK(row.ok());
    const Failure failure = run_row(*row);
    passed += failure ? 0 : 1;
    if (!failure) continue;
    const std::string text = row->text_or("name", "?") + ": " + *failure;
    const bool deliberate = is_deliberate(text);
    known += deliberate ? 1 : 0;
    if (verbose) fmt::print("{}: {}{}\n", name, deliberate ? "(deliberate) " : "", text);
  }
  fmt::print("{}: passed {} of {} ({} more differ deliberately)\n", name, passed, rows, known);
  return passed + known == rows;
}

}  // namespace
}  // namespace claw::http

int main(int argc, char** argv) {
  using namespace claw::http;
  const bool verbose = argc > 1 && std::string_view(argv[1]) == "-v";
  const bool parser = run("http1_llhttp", run_llhttp, verbose);
  const bool smuggling = run("http1_smuggling", run_smuggling, verbose);
  return parser && smuggling ? 0 : 1;
}
