// From checked blocks to a Snapshot: names are resolved, defaults filled in, what fits nothing else is
// refused, rules are compiled. One Assembly makes one Snapshot; load() is its only user. The steps are
// spread over decode_*.cc by subject.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/decode/fields.h"
#include "config/decode/sugar.h"
#include "config/decode/symbols.h"
#include "config/diagnostic.h"
#include "config/snapshot.h"

namespace claw::config {

constexpr int schema_version_max = 2;

class Assembly {
 public:
  // `folder` is what relative paths in the configuration are relative to.
  Assembly(Sources& sources, Diagnostics& diagnostics, std::string folder);

  // Reports what is wrong; the Snapshot is of use only when nothing is.
  std::shared_ptr<const Snapshot> assemble(std::span<const Block> files);

 private:
  // A rule on its way: `snapshot_->rules[index]` and what the policy compiler needs beside it.
  struct Draft {
    std::size_t index = 0;
    const Block* block = nullptr;
    policy::RuleSource source;
    std::vector<Segment> segments;  // Of the condition: what came from where in the file.
  };
  struct PackText;

  // decode.cc
  void each(std::span<const Block> files, std::string_view type, void (Assembly::*decode)(const Block&));
  std::string path(const Fields& fields, std::string_view name) const;
  void check_whole(std::span<const Block> files);
  void check_entrances(std::span<const Block> files);
  void check_transport(std::span<const Block> files);

  // decode_gateway.cc
  void gateway(const Block& block);
  void gateway_parts(const Fields& fields);
  void resolver(const Fields& fields);
  void limits(const Fields& fields);
  void vault(const Fields& fields);
  void keep(const Fields& fields);
  void check_retention();
  std::shared_ptr<const audit::Redaction> redaction(const Fields& fields,
                                                    std::vector<std::string> everywhere);
  void defaults(const Block& block);

  // decode_admin.cc
  void admin(const Fields& fields);
  void admin_listener(const Fields& fields, const Fields& gateway);
  void oidc(const Block& block);
  void public_url(const Fields& fields);

  // decode_endpoint.cc
  void endpoint(const Block& block);
  void hosts(const Fields& fields, Endpoint& endpoint);
  void upstream_tls(const Fields& fields, Endpoint& endpoint);
  void tunnel(const Fields& fields, Endpoint& endpoint);
  void tools(const Fields& fields, Endpoint& endpoint);
  void tunnel_block(const Block& block);

  // tools/decode_command.cc
  void command_tool(const Block& block);
  void tool_folders(const Fields& fields, CommandTool& tool);
  void tool_command(const Fields& fields, CommandTool& tool);
  void tool_words(const Fields& fields, CommandTool& tool);
  void tool_bounds(const Fields& fields, CommandTool& tool);
  void tool_endpoint(const Fields& fields, const std::string& typed);

  // decode_http.cc
  void http(const Fields& fields, Endpoint& endpoint);
  void http_upstream(const Fields& fields, Endpoint& endpoint);
  void http_clear_text(const Fields& fields, const Endpoint& endpoint);
  void repositories(const Fields& fields, const Endpoint& endpoint);

  // decode_mcp.cc
  void mcp(const Fields& fields, Endpoint& endpoint);
  void mcp_place(const Fields& fields, Endpoint& endpoint);
  void mcp_url(const Fields& fields, Endpoint& endpoint);
  void mcp_prefix(const Fields& fields, Endpoint& endpoint);
  void check_mcp_credentials(std::span<const Block> files);
  void check_tool_names(std::span<const Block> files);
  void check_mcp_credential(const Block& block, Credential& credential);

  // tools/decode_mcp_network.cc
  void mcp_network(const Fields& fields, Endpoint& endpoint);
  void check_mcp_network(const Endpoint& endpoint);
  void check_program_ports(const Range& where, const std::vector<std::string>& endpoints);

  // decode_kubernetes.cc
  void server_host(const Fields& fields, Endpoint& endpoint);
  void kubernetes(const Fields& fields, Endpoint& endpoint);
  void read_as(const Fields& fields);
  void eks(const Node& binding, const Block& endpoint, const Credential& credential);

  // decode_listener.cc
  void claim(const HostPort& address, const Range& range);
  void listeners(const Fields& fields, Entrance& entrance);
  void entrance(const Fields& fields, Endpoint& endpoint);
  void entrance_identity(const Fields& fields, Entrance& entrance);
  void entrance_tls(const Fields& fields, Entrance& entrance);
  void listener(const Block& block);
  void client_ca(const Fields& fields, ProxyListener& listener);
  void transparent(const Fields& fields, Entrance& entrance);
  void listener_profiles();

  // decode_credential.cc
  void credential(const Block& block);
  void settings(const Fields& fields, Credential& credential);
  void role(const Fields& fields, const Credential& credential);
  void bindings(const Fields& fields, Credential& credential);

  // decode_profile.cc
  void profile(const Block& block);
  void member(const Node& node, Profile& profile);
  void check_choices(const Block& block, const Profile& profile);
  void check_inline(const Block& block, const Profile& profile);
  void agent(const Block& block);
  void index_hosts();
  void check_reachable();

  // decode_people.cc
  const Symbol* credential_of(const Fields& fields, std::string_view kind);
  void channel(const Block& block);
  void mail(const Fields& fields, channel::Settings& channel);
  void approver(const Block& block);
  void human(const Fields& fields, Approver& approver);
  void told_in(const Fields& fields, Approver& approver);
  void slack_channel(const Node& name, const Fields& fields, Approver& approver);
  void escalation(const Fields& fields, Approver& approver);
  void async_grant(const Fields& fields, Approver& approver);
  void message(const Fields& fields, Approver& approver);
  void model(const Fields& fields, Approver& approver);

  // decode_state.cc
  void labels(const Fields& fields, Rule& rule);
  void row_cap(const Fields& fields, const Rule& rule);
  void asking(const Fields& fields, Rule& rule);
  void budget(const Block& block);

  // observe/decode_export.cc
  void exporter(const Block& block);
  void exporter_batches(const Fields& fields, Exporter& exporter);
  void exporter_kinds(const Fields& fields, Exporter& exporter);
  void exporter_credential(const Fields& fields, Exporter& exporter);
  void exporter_place(const Fields& fields, Exporter& exporter);
  void bucket_place(const Fields& fields, Exporter& exporter);
  void syslog_place(const Fields& fields, Exporter& exporter);
  // observe/
  void telemetry(const Block& block);
  void anomalies(const Block& block);

  // decode_rule.cc
  void rule(const Block& block);
  Draft draft(const Block& block, Rule rule, action::Family family);
  std::vector<std::string> rule_endpoints(const Fields& fields);
  void pins(const Fields& fields, Rule& rule);
  bool outcome(const Fields& fields, Rule& rule);
  void packs();
  void pack(Endpoint& endpoint, const Node& name);
  void compile();
  void compile(Endpoint& endpoint);
  void report(const policy::Issue& issue);

  Sources& sources_;
  Diagnostics& diagnostics_;
  std::string folder_;
  Symbols symbols_;
  std::shared_ptr<Snapshot> snapshot_;
  std::map<std::string, const Block*, std::less<>> blocks_;  // Of endpoints and profiles, by typed name.
  std::vector<std::pair<HostPort, Range>> listening_;
  std::vector<std::pair<std::int64_t, std::string>> retentions_;  // Of endpoints; 0: for ever.
  bool has_keep_ = false;                                    // The gateway says how long records stay.
  std::vector<Draft> drafts_;
  std::vector<std::unique_ptr<const Block>> pack_files_;     // What the drafts of packs point into.
};

// Why a sandbox may not show this folder of the machine; empty: it may.
std::string wrong_folder(const std::string& path);

}  // namespace claw::config
