// A request as the gateway would read it: its head by the codec that reads agents, its facts by the
// endpoint's own reading of HTTP.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "gateway/plan.h"
#include "main/explain/question.h"
#include "protocol/http/dialect.h"
#include "protocol/http/wire/h1/whole.h"

namespace claw::verbs {

namespace {

// The place that an absolute target names, and the target from its path on.
struct Line {
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;
  std::string_view target;
};

Line read_line(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  Line line{text.substr(0, space), {}, {}, text.substr(std::min(space + 1, text.size()))};
  const std::size_t colon = line.target.find("://");
  if (line.target.starts_with('/') || colon == line.target.npos) return line;
  line.scheme = line.target.substr(0, colon);
  line.target.remove_prefix(colon + 3);
  const std::size_t end = std::min(line.target.find_first_of("/?"), line.target.size());
  line.authority = line.target.substr(0, end);
  line.target.remove_prefix(end);
  return line;
}

// As an agent would send it, without a body where it asks for an upgrade: what follows is not HTTP.
std::string written(const Line& line, const std::string& host, const Question& question) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", line.method,
                                 line.target.empty() ? "/" : line.target, host);
  bool upgrades = false;
  for (const std::string& header : question.headers) {
    upgrades = upgrades || lower(header).starts_with("upgrade:");
    text.append(header).append("\r\n");
  }
  if (upgrades) return text + "Connection: Upgrade\r\n\r\n";
  if (!question.body.empty()) text += fmt::format("Content-Length: {}\r\n", question.body.size());
  return text + "\r\n" + question.body;
}

Result<http::WholeRequest> read_head(const Line& line, const std::string& host, const Question& question) {
  CLAW_TRY(auto whole, http::decode_request(written(line, host, question), question.body.size()));
  if (!whole) return invalid("a request that does not end: is there a line break in a header?");
  return std::move(*whole);
}

// What is piped into a command, where a rule reads it and it has an end.
Result<std::optional<http::Body>> input_of(const http::Request& head, const http::Target& target,
                                           const http::Options& options, std::string_view piped) {
  if (head.protocol.empty()) return std::optional<http::Body>();
  const bool is_websocket = equals_ignoring_case(head.protocol, "websocket");
  const auto upgrade = options.dialect == nullptr ? nullptr : options.dialect->upgrade(head, target);
  if (options.dialect == nullptr ? !is_websocket : upgrade == nullptr) {
    return Error{Code::denied, "upgrades to " + quoted(head.protocol) + " are not relayed here", {}};
  }
  if (upgrade == nullptr || !options.needs.input) return std::optional<http::Body>();
  if (upgrade->input(options.body_bytes_max) == nullptr) return std::optional<http::Body>();
  const bool is_whole = piped.size() <= options.body_bytes_max;
  return std::optional<http::Body>({piped.substr(0, options.body_bytes_max), is_whole});
}

bool wants_body(const http::Request& head, const http::Target& target, const http::Options& options) {
  return options.dialect == nullptr ? http::wants_body(head, options.needs, options.allow_override)
                                    : options.dialect->wants_body(head, target, options.needs);
}

}  // namespace

bool is_request(std::string_view text) {
  const Line line = read_line(text);
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool is_path = line.target.starts_with('/') && !line.target.starts_with("/*");
  return !line.method.empty() && std::ranges::all_of(line.method, is_capital) &&
         text.find_first_of(" \t\r\n", line.method.size() + 1) == text.npos &&
         (is_path || line.scheme == "https" || line.scheme == "http");
}

Result<std::optional<config::HostPort>> place_of(std::string_view text) {
  const Line line = read_line(text);
  if (line.authority.empty()) return std::optional<config::HostPort>();
  CLAW_TRY(config::HostPort place, config::parse_host(line.authority));
  return std::optional(std::move(place));
}

Result<std::shared_ptr<const action::Subject>> subject_of_request(const config::Snapshot& policy,
                                                                  const config::Endpoint& endpoint,
                                                                  const Question& question) {
  const std::shared_ptr<const http::Options> options = gateway::http_options(policy, endpoint);
  const Line line = read_line(question.text);
  CLAW_TRY(const auto said, place_of(question.text));
  const config::HostPort place = said ? *said : gateway::own_host(endpoint);
  if (place.host.empty()) return invalid("which host? say the whole URL");
  CLAW_TRY(const http::WholeRequest request, read_head(line, place.host, question));
  const http::Request& head = request.head;
  CLAW_TRY(const http::Target target, http::read_target(head.path));
  http::Asked asked{head, target, options->upstream_tls ? "https" : "http", place.host, {}};
  asked.decoded_bytes_max = options->body_bytes_max;
  asked.allow_override = options->allow_override;
  CLAW_TRY(asked.input, input_of(head, target, *options, question.body));
  if (wants_body(head, target, *options)) {
    const bool is_whole = request.body.size() <= options->body_bytes_max;
    asked.body = http::Body{std::string_view(request.body).substr(0, options->body_bytes_max), is_whole};
  }
  return options->dialect == nullptr ? http::read_request(asked, options->needs)
                                     : options->dialect->read(asked, options->needs);
}

}  // namespace claw::verbs
