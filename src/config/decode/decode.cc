#include "config/decode/decode.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "config/kinds/kinds.h"

namespace claw::config {

namespace {

constexpr std::size_t version_digits =
    16;  // 64 bits: enough to tell policies apart, short enough to read out.

std::string version_of(const Sources& sources) {
  crypto::Sha256 hash;
  for (std::uint32_t i = 0; i < sources.count(); ++i) {
    const std::string_view text = sources.text(FileId{i});
    hash.update(fmt::format("{}:{} ", i, text.size()));  // So that no text can pass for two.
    hash.update(text);
  }
  return to_hex(crypto::view(hash.finish())).substr(0, version_digits);
}

// Whether decoding it makes sense; the checker has said why not.
bool is_sound(const Block& block) {
  const std::string_view kind = block.labels.empty() ? std::string_view() : block.labels.front().text;
  const BlockSpec* spec = find_block(document(), block.type, kind);
  return spec && block.labels.size() == spec->labels && spec->support != Support::refused;
}

}  // namespace

Assembly::Assembly(Sources& sources, Diagnostics& diagnostics, std::string folder)
    : sources_(sources),
      diagnostics_(diagnostics),
      folder_(std::move(folder)),
      symbols_(diagnostics),
      snapshot_(std::make_shared<Snapshot>()) {}

std::shared_ptr<const Snapshot> Assembly::assemble(std::span<const Block> files) {
  for (const Block& file : files) {
    const Fields fields(file);
    snapshot_->schema_version = static_cast<int>(fields.integer("schema_version", snapshot_->schema_version));
    for (const Block& block : file.blocks) symbols_.declare(block);
  }
  snapshot_->settings.state_dir = "~/.clawpatrol";
  const bool strict = snapshot_->schema_version >= 2;
  snapshot_->settings.unknown_host = strict ? UnknownHost::deny : UnknownHost::passthrough;
  each(files, "defaults", &Assembly::defaults);
  each(files, "gateway", &Assembly::gateway);
  const Settings& settings = snapshot_->settings;
  snapshot_->approvers.push_back(
      {"dashboard", "builtin", settings.approval_timeout_us, settings.require_approvers});
  each(files, "channel", &Assembly::channel);
  each(files, "approver", &Assembly::approver);
  each(files, "agent", &Assembly::agent);
  each(files, "credential", &Assembly::credential);
  each(files, "endpoint", &Assembly::endpoint);
  each(files, "listener", &Assembly::listener);
  each(files, "profile", &Assembly::profile);
  listener_profiles();
  each(files, "tunnel", &Assembly::tunnel_block);
  each(files, "budget", &Assembly::budget);
  each(files, "exporter", &Assembly::exporter);
  each(files, "telemetry", &Assembly::telemetry);
  each(files, "anomalies", &Assembly::anomalies);
  each(files, "tool", &Assembly::command_tool);
  each(files, "rule", &Assembly::rule);
  packs();
  compile();
  index_hosts();
  check_reachable();
  check_mcp_credentials(files);
  check_tool_names(files);
  for (const Endpoint& endpoint : snapshot_->endpoints) check_mcp_network(endpoint);
  check_retention();
  check_entrances(files);
  check_whole(files);
  snapshot_->version = version_of(sources_);
  return snapshot_;
}

void Assembly::each(std::span<const Block> files, std::string_view type,
                    void (Assembly::*decode)(const Block&)) {
  for (const Block& file : files) {
    for (const Block& block : file.blocks) {
      if (block.type == type && is_sound(block)) (this->*decode)(block);
    }
  }
}

std::string Assembly::path(const Fields& fields, std::string_view name) const {
  const std::string written = fields.text(name);
  const bool absolute = written.starts_with('/') || written.starts_with("~/");
  return written.empty() || absolute || folder_.empty() ? written : folder_ + "/" + written;
}

void Assembly::check_whole(std::span<const Block> files) {
  if (files.empty()) return;
  const Range start{files.front().range.file, 0, 0};
  if (snapshot_->schema_version < 2) {
    diagnostics_.warning(
        start, fmt::format("schema_version {} allows whatever no rule mentions", snapshot_->schema_version),
        "write `schema_version = 2` to deny it");
    check_transport(files);
  }
  if (snapshot_->endpoints.empty()) diagnostics_.warning(start, "no endpoint is declared: nothing can pass");
}

// The original refuses a gateway that no agent could reach; there, by a tunnel.
void Assembly::check_transport(std::span<const Block> files) {
  const Block* gateway = nullptr;
  for (const Block& file : files) {
    for (const Block& block : file.blocks) {
      if (block.type == "gateway") gateway = &block;
    }
  }
  const Range start{files.front().range.file, 0, 0};
  if (!gateway) return diagnostics_.error(start, "`gateway` is missing", "write `gateway {}`");
  const Fields fields(*gateway);
  const Block* wireguard = fields.nested("wireguard");
  if (wireguard && !wireguard->find("endpoint") && !fields.has("public_url")) {
    diagnostics_.error(head_of(*wireguard), "agents are not told where to dial",
                       "write `endpoint`, or the gateway's `public_url`");
  }
  if (wireguard || fields.nested("tailscale")) return;
  const bool listens =
      !snapshot_->settings.listeners.empty() ||
      std::any_of(snapshot_->endpoints.begin(), snapshot_->endpoints.end(),
                  [](const Endpoint& endpoint) { return !endpoint.entrance.listeners.empty(); });
  if (!listens) {
    diagnostics_.error(
        head_of(*gateway), "no agent could reach this gateway",
        "give an endpoint a `listen`, as in `listen = \"127.0.0.1:5432\"`, or write a `listener`");
  }
}

}  // namespace claw::config
