// What a kubernetes endpoint says beyond what every endpoint of HTTP does: the API server, the EKS cluster
// its tokens are for, and as whom reads are sent.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"

namespace claw::config {

namespace {

// Whoever is in it may do everything, whatever the cluster's roles say.
constexpr std::string_view all_powers = "system:masters";

// Of an Impersonate- field: its value is one line, and no two servers must trim it differently.
bool is_field_value(std::string_view text) {
  const auto is_visible = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7F; };
  return !text.empty() && text.front() != ' ' && text.back() != ' ' && std::ranges::all_of(text, is_visible);
}

// As AWS names clusters and regions.
bool is_aws_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

// Agents that go through a proxy name the server as it is; it may be among `hosts` too.
void Assembly::server_host(const Fields& fields, Endpoint& endpoint) {
  if (!fields.has("hosts") && !fields.has("server")) {
    diagnostics_.error(head_of(fields.block()), "`hosts` or `server` is missing");
  }
  if (!fields.has("server")) return;
  const Result<Origin> server = parse_server(fields.text("server"));
  if (!server) return;  // The checker has said so.
  HostPort host = server->place;
  const std::uint16_t usual = server->tls ? 443 : 80;
  const auto is_it = [&](const HostPort& each) {
    return each.host == host.host && (each.port == 0 ? usual : each.port) == host.port;
  };
  if (std::ranges::any_of(endpoint.hosts, is_it)) return;
  if (host.port == usual && server->tls) host.port = 0;  // As it is written by whoever leaves it out.
  endpoint.hosts.push_back(std::move(host));
}

void Assembly::kubernetes(const Fields& fields, Endpoint& endpoint) {
  KubernetesSettings& settings = endpoint.kubernetes;
  settings = {fields.text("cluster_name"), fields.text("region"), fields.text("read_as_user"),
              fields.texts("read_as_groups"), fields.boolean("record_streams", true),
              fields.boolean("record_input", fields.boolean("record_streams", true))};
  for (const std::string_view name : {"cluster_name", "region"}) {
    if (!fields.has(name) || (!fields.text(name).empty() && is_aws_name(fields.text(name)))) continue;
    diagnostics_.error(fields.range(name), fmt::format("{} is no name of AWS", quoted(fields.text(name))),
                       "letters, digits, `-` and `_`");
  }
  if (fields.has("cluster_name") != fields.has("region")) {
    const bool has_name = fields.has("cluster_name");
    diagnostics_.error(fields.range(has_name ? "cluster_name" : "region"),
                       fmt::format("`{}` is missing", has_name ? "region" : "cluster_name"),
                       "an EKS cluster has both");
  }
  if (settings.record_input && !settings.record_streams) {
    diagnostics_.error(fields.range("record_input"), "`record_streams` is off: no input is recorded either",
                       "leave out `record_input`");
  }
  read_as(fields);
}

void Assembly::read_as(const Fields& fields) {
  if (fields.has("read_as_groups") && !fields.has("read_as_user")) {
    diagnostics_.error(fields.range("read_as_groups"), "`read_as_user` is missing",
                       "Kubernetes knows no groups without a user");
  }
  for (const std::string_view name : {"read_as_user", "read_as_groups"}) {
    for (const Node* node : fields.list(name)) {
      if (node->kind != Kind::string) continue;
      if (!is_field_value(node->text)) {
        diagnostics_.error(node->range, fmt::format("{} cannot stand in a header", quoted(node->text)));
      } else if (node->text == all_powers) {
        diagnostics_.error(node->range,
                           fmt::format("`{}` may do everything: reads could write", all_powers),
                           "name a group that is bound to the role `view`");
      }
    }
  }
}

// A token of EKS is signed for one cluster in one region; the agent is not asked which.
void Assembly::eks(const Node& binding, const Block& endpoint, const Credential& credential) {
  const Fields fields(endpoint);
  const auto report = [&](const std::string& text, const std::string& hint) {
    snapshot_->schema_version >= 2 ? diagnostics_.error(binding.range, text, hint)
                                   : diagnostics_.warning(binding.range, text, hint);
  };
  const std::string name = fmt::format("kubernetes.{}", endpoint.labels.back().text);
  if (fields.text("cluster_name").empty() || fields.text("region").empty()) {
    return report(fmt::format("`{}` does not say which EKS cluster it is", name),
                  "write its `cluster_name` and `region`");
  }
  const auto has_other = [&](const std::string& setting, std::string_view wanted) {
    const auto found = credential.settings.find(setting);
    return found != credential.settings.end() && found->second != wanted;
  };
  if (has_other("service", "sts")) {
    report(fmt::format("`{}` is for the service `{}`, and a token of EKS is of `sts`", credential.name,
                       credential.settings.at("service")),
           "declare another credential for the cluster");
  } else if (has_other("region", fields.text("region"))) {
    report(fmt::format("`{}` is for the region `{}`, and the cluster is in `{}`", credential.name,
                       credential.settings.at("region"), fields.text("region")),
           "declare another credential for the cluster");
  }
}

}  // namespace claw::config
