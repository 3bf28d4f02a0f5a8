// An endpoint that is an MCP server: where it is, what its tools are called here, and who looks at them
// first.
#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"
#include "config/tools/names.h"
#include "config/tools/programs.h"

namespace claw::config {

namespace {

constexpr std::size_t prefix_bytes_max =
    32;  // Clients take names of 64 bytes, and a tool has one of its own.
constexpr std::uint64_t held_bytes_max = 4ULL * 1024 * 1024;  // As of tool calls: they come that way.
constexpr std::uint64_t memory_bytes_min = 16ULL * 1024 * 1024;

// What the gateway's own tools begin with: a server must not look like them.
constexpr std::string_view own_prefixes[] = {"aws",  "clawpatrol", "clickhouse", "gcp",
                                             "github", "http",      "kubectl",    "postgres", "ssh"};

bool is_prefix(std::string_view text) {
  return !text.empty() && text.size() <= prefix_bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

void Assembly::mcp(const Fields& fields, Endpoint& endpoint) {
  if (endpoint.family != action::Family::mcp) return;
  mcp_place(fields, endpoint);
  mcp_prefix(fields, endpoint);
  mcp_network(fields, endpoint);
  McpSettings& mcp = endpoint.mcp;
  mcp.accepts_first = fields.text("pins") == "accept_first";
  mcp.reads_only = fields.texts("reads_only");
  mcp.destroys = fields.texts("destroys");
  for (const Node* node : fields.list("notify")) {
    if (const Symbol* symbol = symbols_.resolve(*node, "approver")) mcp.notify.push_back(symbol->name);
  }
  mcp.timeout_us = fields.duration_us("timeout", mcp.timeout_us);
  mcp.arguments_bytes_max = fields.bytes("body_buffer", mcp.arguments_bytes_max);
  mcp.result_bytes_max = fields.bytes("result_buffer", mcp.result_bytes_max);
  mcp.memory_bytes_max = fields.bytes("memory", mcp.memory_bytes_max);
  endpoint.http.scan_answers = fields.boolean("scan_answers", true);
  for (const std::string_view name : {"body_buffer", "result_buffer"}) {
    if (fields.bytes(name, 1) <= held_bytes_max) continue;
    diagnostics_.error(fields.range(name), "calls and results are held whole: 4MiB is the most");
  }
  if (mcp.memory_bytes_max < memory_bytes_min) {
    diagnostics_.error(fields.range("memory"), "no program starts with less than 16MiB");
  }
}

void Assembly::mcp_place(const Fields& fields, Endpoint& endpoint) {
  const bool has_url = fields.has("url");
  const bool has_command = fields.has("command");
  if (has_url == has_command) {
    const Range where = has_url ? fields.range("command") : head_of(fields.block());
    return diagnostics_.error(
        where, has_url ? "both `url` and `command`" : "neither `url` nor `command`",
        "`url = \"https://…\"` of a server, or `command = [\"PROGRAM\", …]` to run one");
  }
  for (const std::string_view name : {"ca_cert", "private_network"}) {
    if (has_command && fields.has(name)) {
      diagnostics_.error(fields.range(name), fmt::format("`{}` is for a server at a `url`", name));
    }
  }
  for (const std::string_view name : {"environment", "folders", "memory", "endpoints", "profile"}) {
    if (has_url && fields.has(name)) {
      diagnostics_.error(fields.range(name), fmt::format("`{}` is for a program that `command` runs", name));
    }
  }
  if (has_url) return mcp_url(fields, endpoint);
  McpSettings& mcp = endpoint.mcp;
  mcp.command = fields.texts("command");
  if (mcp.command.empty() || mcp.command.front().empty()) {
    return diagnostics_.error(fields.range("command"), "no program is named");
  }
  if (const Status there = check_sandbox(); !there) {
    diagnostics_.error(fields.range("command"),
                       fmt::format("programs run in a sandbox, and {}", there.error().what));
  }
  const auto program = find_program(mcp.command.front());
  if (!program) {
    diagnostics_.error(fields.range("command"), program.error().what,
                       "an absolute path, or one of the system's");
  }
  for (const Node* node : fields.list("folders")) {
    if (node->kind != Kind::string) continue;
    const std::string wrong = wrong_folder(node->text);
    if (wrong.empty()) mcp.folders.push_back(node->text);
    else diagnostics_.error(node->range, wrong);
  }
  const Node* environment = fields.find("environment");
  if (environment == nullptr) return;
  for (const Attribute& each : environment->members) mcp.environment.emplace(each.name, each.value.text);
}

void Assembly::mcp_url(const Fields& fields, Endpoint& endpoint) {
  const std::string url = fields.text("url");
  if (!check_service_url(url)) return;  // The checker has said so.
  const std::size_t begin = url.find("//") + 2;
  const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
  const Result<Origin> origin = parse_origin(url.substr(0, end));
  if (!origin) return diagnostics_.error(fields.range("url"), origin.error().what);
  endpoint.upstream = origin->place;
  endpoint.http.upstream_tls = origin->tls;
  endpoint.mcp.path = end == url.size() || url[end] == '?' ? "/" + url.substr(end) : url.substr(end);
  const bool is_address = is_ip_literal(endpoint.upstream.host) || is_loopback(endpoint.upstream.host);
  endpoint.http.private_network = fields.boolean("private_network", is_address);
  endpoint.http.roots_pem = fields.text("ca_cert");
  if (!fields.has("ca_cert")) return;
  if (!origin->tls) {
    diagnostics_.error(fields.range("ca_cert"), "there is nothing to verify without TLS",
                       "write `url = \"https://…\"`");
  } else if (endpoint.http.roots_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    diagnostics_.error(fields.range("ca_cert"), "`ca_cert` holds no certificate in PEM",
                       "`<<file:ca.pem>>` puts a file's text here");
  }
}

// Names are compared as clients have them, where a dot is an underscore: `a_b.c` would be `a.b_c`.
void Assembly::mcp_prefix(const Fields& fields, Endpoint& endpoint) {
  endpoint.mcp.prefix = fields.text("prefix", endpoint.name);
  const std::string& prefix = endpoint.mcp.prefix;
  const Range where = fields.has("prefix") ? fields.range("prefix") : head_of(fields.block());
  if (!is_prefix(prefix)) {
    return diagnostics_.error(where, fmt::format("{} is no prefix of names", quoted(prefix)),
                              "letters, digits, `-` and `_`, at most 32 of them");
  }
  if (std::ranges::find(own_prefixes, lower(prefix)) != std::end(own_prefixes)) {
    return diagnostics_.error(where, fmt::format("tools of `{}.` are the gateway's own", prefix),
                              "write another `prefix`");
  }
  for (const Endpoint& other : snapshot_->endpoints) {
    if (other.family != action::Family::mcp) continue;
    const std::string theirs = lower(other.mcp.prefix);
    const std::string ours = lower(prefix);
    if (theirs == ours) {
      diagnostics_.error(where, fmt::format("`{}` has this prefix already", other.typed),
                         "write another `prefix`");
    } else if (is_behind(theirs, ours) || is_behind(ours, theirs)) {
      diagnostics_.error(
          where,
          fmt::format("tools of this and of `{}` could have one name: clients write `{}.…` as `{}_…`",
                      other.typed, prefix, prefix),
          "write another `prefix`");
    }
  }
}

void Assembly::check_tool_names(std::span<const Block> files) {
  for (const Block& file : files) {
    for (const Block& block : file.blocks) {
      if (block.type != "tool" || block.labels.size() != 2) continue;
      const std::string name = lower(block.labels.back().text);
      for (const Endpoint& each : snapshot_->endpoints) {
        if (each.family != action::Family::mcp || !is_behind(name, lower(each.mcp.prefix))) continue;
        diagnostics_.error(block.labels.back().range,
                           fmt::format("a tool of `{}` could have this name: clients write `{}.…` as `{}_…`",
                                       each.typed, each.mcp.prefix, each.mcp.prefix),
                           "write another name, or another `prefix` there");
      }
    }
  }
}

// A program's pipes have no place for one; a login is found out from the one server it is for.
void Assembly::check_mcp_credentials(std::span<const Block> files) {
  for (const Block& file : files) {
    for (const Block& block : file.blocks) {
      if (block.type != "credential" || block.labels.size() != 2) continue;
      const auto found =
          std::ranges::find(snapshot_->credentials, block.labels.back().text, &Credential::name);
      if (found != snapshot_->credentials.end()) check_mcp_credential(block, *found);
    }
  }
}

void Assembly::check_mcp_credential(const Block& block, Credential& credential) {
  for (const std::string& typed : credential.endpoints) {
    const Endpoint* endpoint = snapshot_->endpoint(typed);
    if (endpoint == nullptr || endpoint->family != action::Family::mcp) continue;
    const bool is_program = !endpoint->mcp.command.empty();
    if (is_program && credential.kind != "passthrough") {
      diagnostics_.error(head_of(block),
                         fmt::format("`{}` is a program: nothing can be lent to its pipes", typed),
                         "let profiles reach it by `credential \"passthrough\" \"NAME\"`");
    }
    if (credential.kind == "mcp_oauth") {
      credential.settings["resource"] = Fields(*blocks_.at(typed)).text("url");
    }
  }
  if (credential.kind != "mcp_oauth") return;
  if (credential.endpoints.size() != 1) {
    diagnostics_.error(head_of(block), "a login is for one server", "write one `mcp_oauth` for each");
  } else if (!credential.settings["resource"].starts_with("https://")) {
    diagnostics_.error(head_of(block), "a person logs in by https, and this server's `url` is none");
  }
}

}  // namespace claw::config
