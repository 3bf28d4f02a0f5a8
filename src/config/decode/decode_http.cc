// What an endpoint whose protocol is HTTP says of its upstream and of what may pass.
#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/decode/packs.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

UpstreamHttp upstream_http(std::string_view written) {
  if (written == "1.1") return UpstreamHttp::http1;
  return written == "2" ? UpstreamHttp::http2 : UpstreamHttp::automatic;
}

// What says where requests really go.
std::string_view upstream_name(const Endpoint& endpoint) {
  return endpoint.kind == "kubernetes" ? "server" : "upstream";
}

bool only_wildcards(const std::vector<HostPort>& hosts) {
  return std::all_of(hosts.begin(), hosts.end(), [](const HostPort& host) { return is_wildcard(host.host); });
}

}  // namespace

void Assembly::http(const Fields& fields, Endpoint& endpoint) {
  if (endpoint.kind != "https" && endpoint.kind != "kubernetes") return;
  HttpSettings& http = endpoint.http;
  http_upstream(fields, endpoint);
  http.upstream_http = upstream_http(fields.text("upstream_http"));
  http.set_cookie = fields.text("set_cookie") == "pass" ? SetCookie::pass : SetCookie::strip;
  http.scan_answers = fields.boolean("scan_answers", true);
  http.method_override = fields.boolean("method_override", false);
  // Whoever writes an address has said where; a name may be made to point anywhere.
  const bool address = is_ip_literal(endpoint.upstream.host) || is_loopback(endpoint.upstream.host);
  http.private_network = fields.boolean("private_network", address);
  http.roots_pem = fields.text("ca_cert");
  if (fields.has("ca_cert") && http.roots_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    diagnostics_.error(fields.range("ca_cert"), "`ca_cert` holds no certificate in PEM",
                       "`<<file:ca.pem>>` puts a file's text here");
  }
  http_clear_text(fields, endpoint);
  repositories(fields, endpoint);
  if (endpoint.kind == "kubernetes") kubernetes(fields, endpoint);
  const std::string_view upstream = upstream_name(endpoint);
  if (fields.has("listen") && !fields.has(upstream) && only_wildcards(endpoint.hosts)) {
    diagnostics_.error(fields.range("listen"), "agents that connect here do not say which host they mean",
                       fmt::format("write `{} = \"https://…\"`, or a host without a `*`", upstream));
  }
}

void Assembly::http_upstream(const Fields& fields, Endpoint& endpoint) {
  const std::string_view name = upstream_name(endpoint);
  if (!fields.has(name)) return;
  const std::string written = fields.text(name);
  const Result<Origin> origin = name == "server" ? parse_server(written) : parse_origin(written);
  if (origin) {
    endpoint.upstream = origin->place;
    endpoint.http.upstream_tls = origin->tls;
  }
}

void Assembly::http_clear_text(const Fields& fields, const Endpoint& endpoint) {
  if (endpoint.http.upstream_tls) return;
  const std::string_view upstream = upstream_name(endpoint);
  if (fields.has("ca_cert")) {
    diagnostics_.error(fields.range("ca_cert"), "there is nothing to verify without TLS",
                       fmt::format("write `{} = \"https://…\"`", upstream));
  }
  if (is_loopback(endpoint.upstream.host)) return;
  diagnostics_.warning(fields.range(upstream), "credentials and answers cross the network in clear text",
                       fmt::format("write `{} = \"https://{}\"`", upstream, endpoint.upstream.host));
}

// The names become part of the pack's conditions, so they are of nothing but what GitHub's names are.
void Assembly::repositories(const Fields& fields, const Endpoint& endpoint) {
  const bool guarded =
      std::count(endpoint.packs.begin(), endpoint.packs.end(), std::string(repositories_pack)) > 0;
  if (fields.has("repositories") && !guarded) {
    diagnostics_.error(
        fields.range("repositories"),
        fmt::format("`repositories` is for the pack `{}`, which is not used", repositories_pack),
        fmt::format("write `use = [\"{}\"]`", repositories_pack));
  }
  if (fields.has("repositories") && fields.list("repositories").empty()) {
    diagnostics_.error(fields.range("repositories"), "no repository is named");
  }
  for (const Node* node : fields.list("repositories")) {
    if (node->kind != Kind::string || is_repository(node->text)) continue;
    diagnostics_.error(node->range, fmt::format("{} is no repository", quoted(node->text)),
                       "`owner/name` or `owner/*`");
  }
}

}  // namespace claw::config
