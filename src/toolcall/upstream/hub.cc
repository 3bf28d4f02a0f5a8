#include "toolcall/upstream/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "outbound/request.h"
#include "policy/possible.h"
#include "toolcall/upstream/served_tool.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::uint32_t note_ms = 1'000;
constexpr std::size_t askable_max = 20'000;

std::string key_of(const config::Endpoint& endpoint, std::string_view credential) {
  return fmt::format("{}\n{}", endpoint.typed, credential);
}

vault::Credential lent_of(const config::Credential& credential) {
  return {credential.kind, credential.name, credential.user, credential.database, credential.settings,
          credential.placeholder};
}

// What a program was told of an endpoint that it may reach.
std::string network_of(const config::Snapshot& snapshot, const std::string& name, const std::string& typed) {
  std::string text = fmt::format("|{} {}", name, typed);
  if (const config::Endpoint* endpoint = snapshot.endpoint(typed)) {
    for (const config::HostPort& each : endpoint->hosts) text += " " + each.text();
  }
  const config::Profile* profile = snapshot.profile(name);
  if (profile == nullptr) return text;
  const auto choices = profile->choices.find(typed);
  if (choices == profile->choices.end()) return text;
  for (const config::Choice& each : choices->second) {
    text += fmt::format(" {} {} {} {}", each.credential, each.placeholder.value_or(""),
                        each.user.value_or(""), each.database.value_or(""));
    if (const config::Credential* lent = snapshot.credential(each.credential)) {
      text += fmt::format(" {} {} {} {}", lent->kind, lent->placeholder, lent->user, lent->database);
    }
  }
  return text;
}

// All that a server was started with: another text is another server.
std::string settings_of(const config::Snapshot& snapshot, const config::Endpoint& endpoint,
                        const config::Credential* credential) {
  const config::McpSettings& mcp = endpoint.mcp;
  std::string text =
      fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", endpoint.upstream.text(), mcp.path,
                  endpoint.http.upstream_tls, endpoint.http.private_network, endpoint.http.roots_pem,
                  mcp.accepts_first, mcp.timeout_us, mcp.result_bytes_max, mcp.memory_bytes_max);
  text += fmt::format("|{}", endpoint.http.scan_answers);
  for (const std::string& word : mcp.command) text += "|" + word;
  for (const auto& [name, value] : mcp.environment) text += fmt::format("|{}={}", name, value);
  for (const std::string& typed : mcp.endpoints) text += network_of(snapshot, mcp.profile, typed);
  if (credential == nullptr) return text;
  text += "|" + credential->kind;
  for (const auto& [name, value] : credential->settings) text += fmt::format("|{}={}", name, value);
  return text;
}

}  // namespace

Hub::Hub(Parts parts) : parts_(std::move(parts)), fetcher_(parts_.loop, parts_.vault) {}

Hub::~Hub() {
  *alive_ = false;
  parts_.loop.cancel(noting_);
  for (auto& [key, each] : servers_) each.second->stop();
}

void Hub::use(std::shared_ptr<const config::Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  askable_.clear();
  made_.clear();
  std::map<std::string, std::pair<std::string, std::shared_ptr<Server>>> wanted;
  for (const config::Endpoint& endpoint : snapshot_->endpoints) {
    if (endpoint.family != action::Family::mcp) continue;
    for (const config::Profile& profile : snapshot_->profiles) {
      if (!snapshot_->reaches(profile.name, endpoint)) continue;
      const auto credential = snapshot_->resolve_credential(profile.name, endpoint, {});
      if (!credential) {
        log::warning(
            "an mcp server cannot be reached",
            {{"endpoint", endpoint.typed}, {"profile", profile.name}, {"why", credential.error().text()}});
        continue;
      }
      const std::string key = key_of(endpoint, *credential != nullptr ? (*credential)->name : std::string());
      std::string settings = settings_of(*snapshot_, endpoint, *credential);
      if (wanted.contains(key)) continue;
      const auto known = servers_.find(key);
      if (known != servers_.end() && known->second.first == settings) {
        wanted.insert(servers_.extract(known));
        continue;
      }
      auto server = std::make_shared<Server>(parts_.loop, terms_of(*snapshot_, endpoint, *credential),
                                             parts_.board, parts_.told);
      wanted.emplace(key, std::pair(std::move(settings), std::move(server)));
    }
  }
  for (auto& [key, gone] : servers_) {
    gone.second->stop();
    parts_.loop.post([kept = std::move(gone.second)] {});
  }
  servers_ = std::move(wanted);
  ++*edition_;
  for (auto& [key, each] : servers_) each.second->start();
  if (noting_ == 0) note();
}

Server::Terms Hub::terms_of(const config::Snapshot&, const config::Endpoint& endpoint,
                            const config::Credential* credential) {
  Server::Terms terms;
  terms.endpoint = endpoint.typed;
  terms.name = endpoint.name;
  if (credential != nullptr) terms.credential = credential->name;
  terms.session.timeout_ms = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(endpoint.mcp.timeout_us / 1000, 100, 30 * 60 * 1000));
  terms.session.message_bytes_max = endpoint.mcp.result_bytes_max + message_more_bytes;
  terms.session.meters = std::make_shared<Meters>(parts_.registry, terms.endpoint, terms.credential);
  terms.accepts_first = endpoint.mcp.accepts_first;
  terms.hides_secrets = endpoint.http.scan_answers;
  const vault::Credential lent = credential != nullptr ? lent_of(*credential) : vault::Credential{};
  terms.changed = [edition = edition_] { ++*edition; };
  terms.wire = [this, endpoint, lent]() -> Result<std::unique_ptr<Wire>> {
    if (!endpoint.mcp.command.empty()) return parts_.run(endpoint);
    return connect(endpoint, lent);
  };
  return terms;
}

Result<std::unique_ptr<Wire>> Hub::connect(const config::Endpoint& endpoint,
                                           const vault::Credential& credential) {
  Place place;
  place.host = endpoint.upstream.host;
  place.port = endpoint.upstream.port;
  place.has_tls = endpoint.http.upstream_tls;
  place.path = endpoint.mcp.path;
  place.message_bytes_max = endpoint.mcp.result_bytes_max + message_more_bytes;
  place.hides_secrets = endpoint.http.scan_answers;
  place.reach = outbound::reach_of(place.host);
  if (!endpoint.http.private_network) place.reach = io::Reach::public_only;
  if (!endpoint.http.roots_pem.empty()) {
    io::TlsText text;
    text.roots = endpoint.http.roots_pem;
    CLAW_TRY(place.trust, io::TlsContext::client({}, io::TlsTrust::chain_and_name, text));
  }
  if (credential.kind.empty()) {
    return std::unique_ptr<Wire>(std::make_unique<HttpWire>(
        parts_.loop, std::move(place),
        [](bool, const Lent& lent) { lent(std::shared_ptr<const action::Edits>()); }));
  }
  const std::string host = place.host;
  const std::string path = place.path;
  const Lender lender = [this, credential, host, path](bool refused, Lent lent) {
    if (refused && !parts_.vault.distrust(credential)) {
      return lent(Error{Code::denied, "there is no newer one", {}});
    }
    const vault::Request request{"POST", host, path, {}, std::nullopt};
    lend(credential, request, false, std::move(lent));
  };
  return std::unique_ptr<Wire>(std::make_unique<HttpWire>(parts_.loop, std::move(place), lender));
}

// `asked`: a token endpoint has answered already; asking it twice for one request would be a loop.
void Hub::lend(const vault::Credential& credential, const vault::Request& request, bool asked, Lent lent) {
  auto injection = parts_.vault.inject(credential, request);
  if (!injection) return lent(std::move(injection).error());
  if (const auto* edits = std::get_if<std::shared_ptr<const action::Edits>>(&*injection)) return lent(*edits);
  if (asked) return lent(Error{Code::unavailable, "the token endpoint gave no token", {}});
  fetcher_.fetch(std::move(std::get<vault::Exchange>(*injection)),
                 [this, credential, host = std::string(request.host), path = std::string(request.path),
                  lent = std::move(lent), alive = alive_](claw::Status status) {
                   if (!*alive) return;
                   if (!status) return lent(std::move(status).error());
                   lend(credential, {"POST", host, path, {}, std::nullopt}, true, lent);
                 });
}

std::shared_ptr<Server> Hub::server(const config::Snapshot& snapshot, const config::Endpoint& endpoint,
                                    std::string_view profile) const {
  if (endpoint.family != action::Family::mcp || !snapshot.reaches(profile, endpoint)) return nullptr;
  const auto credential = snapshot.resolve_credential(profile, endpoint, {});
  if (!credential) return nullptr;
  const auto found =
      servers_.find(key_of(endpoint, *credential != nullptr ? (*credential)->name : std::string()));
  return found == servers_.end() ? nullptr : found->second.second;
}

bool Hub::may_ask(const config::Endpoint& endpoint, std::string_view profile, const Server& server,
                  action::McpCall call) const {
  if (endpoint.ruleset == nullptr) return false;
  std::string key =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", endpoint.typed, profile, server.terms().credential,
                  call.method, call.tool, call.resource, call.prompt);
  for (const std::string& claim : call.claims) key += "\n" + claim;
  if (const auto known = askable_.find(key); known != askable_.end()) return known->second;
  const std::string call_method = call.method;
  // Its arguments are not known, but of a single resource all is.
  const bool is_whole = call_method == "resources/read" && call.resource.find('{') == std::string::npos;
  call.truncated = !is_whole;
  const bool was_known = call.destructive.has_value();
  const auto subject = action::make_mcp_subject(std::move(call));
  const cel::Value unknown = cel::Value::unknown(cel::Cause::truncated);
  std::vector<cel::Value> own = subject->parts.front().facts;
  const auto forget = [&](std::string_view fact) {
    own[*action::slot_of(action::Family::mcp, fact)] = unknown;
  };
  if (!is_whole) forget("action.truncated");
  forget("mcp.reasoning");
  if (!was_known) forget("action.destructive");
  const action::Runs runs = action::runs(action::Family::mcp);
  std::vector<cel::Value> context(runs.context, unknown);
  const auto know = [&](std::string_view fact, std::string_view value) {
    context[*action::slot_of(action::Family::mcp, fact) - runs.own] = cel::Value::string(value);
  };
  know("agent.profile", profile);
  know("action.endpoint", endpoint.typed);
  know("action.credential", server.terms().credential);
  const std::vector<cel::Value> standing(runs.call, unknown);
  const bool found = policy::may_allow(*endpoint.ruleset, action::Facts(own, context, standing),
                                       {server.terms().credential, profile, false});
  // Single resources come and go: tools must not lose their places to them.
  if (call_method != "resources/read" && askable_.size() < askable_max) {
    askable_.emplace(std::move(key), found);
  }
  return found;
}

// Definitions are long, and every call looks through the catalogue.
const Hub::Made& Hub::made(const config::Endpoint& endpoint, const pins::Definition& definition,
                           const std::shared_ptr<Server>& server) {
  const std::string key =
      fmt::format("{}\n{}\n{}", endpoint.typed, server->terms().credential, definition.hash);
  const auto known = made_.find(key);
  if (known != made_.end()) return known->second;
  if (made_.size() >= askable_max) made_.clear();
  return made_.emplace(key, Made{make_tool(endpoint, definition, server), call_of(endpoint, definition)})
      .first->second;
}

void Hub::fill(const Asker& asker, Catalogue& into) {
  if (asker.snapshot.version != (snapshot_ != nullptr ? snapshot_->version : std::string())) return;
  std::multiset<std::string> names;
  for (const std::shared_ptr<const Tool>& each : into) names.insert(wire_name(each->name()));
  Catalogue found;
  for (const config::Endpoint& endpoint : asker.snapshot.endpoints) {
    const auto behind = server(asker.snapshot, endpoint, asker.profile);
    if (behind == nullptr) continue;
    for (const pins::Definition& each : behind->open()) {
      if (each.kind != pins::Kind::tool) continue;
      const Made& tool = made(endpoint, each, behind);
      if (!may_ask(endpoint, asker.profile, *behind, tool.call)) continue;
      found.push_back(tool.tool);
      names.insert(wire_name(found.back()->name()));
    }
  }
  // Two that clients would call by one name: neither, so that no server can take another's calls.
  for (std::shared_ptr<const Tool>& each : found) {
    if (names.count(wire_name(each->name())) == 1) into.push_back(std::move(each));
  }
}

void Hub::sort_again() {
  for (auto& [key, each] : servers_) each.second->sort_again();
}

// For other threads: as it was a second ago.
void Hub::note() {
  std::vector<Status> noted;
  for (const auto& [key, each] : servers_) {
    const Server& server = *each.second;
    const Server::State& state = server.state();
    noted.push_back({server.terms().endpoint, server.terms().credential, state.is_up, state.why,
                     state.since_us, state.starts, server.about(), server.open().size(), server.held(),
                     state.refused});
  }
  {
    const std::lock_guard lock(mutex_);
    status_ = std::move(noted);
  }
  noting_ = parts_.loop.after_ms(note_ms, [this] { note(); });
}

std::vector<Status> Hub::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace claw::toolcall::upstream
