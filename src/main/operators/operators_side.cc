#include "main/operators/operators_side.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "outbound/client.h"
#include "store/file.h"
#include "store/operators_file.h"
#include "vault/kind.h"

namespace claw::verbs {

namespace {

constexpr std::size_t stack_bytes = 8UL * 1024 * 1024;
constexpr std::uint32_t provider_ms_max = 10'000;
constexpr std::int64_t certificate_look_us = 60'000'000;  // A renewed certificate is noticed within a minute.
constexpr std::size_t metrics_connections_max = 64;
constexpr std::size_t socket_connections_max = 512;

bool is_wildcard(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

std::string host_of(std::string_view url) {
  const std::size_t slashes = url.find("://");
  if (slashes == std::string_view::npos) return {};
  std::string_view authority = url.substr(slashes + 3);
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

// Leaves of our authority, for names that are ours.
class Leaves {
 public:
  Leaves(std::shared_ptr<io::Authority> authority, const Clock& clock, std::vector<std::string> names)
      : authority_(std::move(authority)), clock_(clock), names_(std::move(names)) {}

  Result<std::shared_ptr<io::TlsContext>> operator()(const std::string& server_name) const {
    const bool is_ours = std::ranges::find(names_, server_name) != names_.end();
    return authority_->context_for(is_ours ? server_name : names_.front(), clock_.wall_us());
  }

 private:
  std::shared_ptr<io::Authority> authority_;
  const Clock& clock_;
  std::vector<std::string> names_;
};

// A certificate of files, read again when they change; one that cannot be read leaves the old one.
class Certificate {
 public:
  Certificate(io::TlsFiles files, const Clock& clock) : files_(std::move(files)), clock_(clock) {}

  Status load() {
    stamp_ = stamp();
    looked_us_ = clock_.monotonic_us();
    CLAW_TRY(context_, io::TlsContext::server(files_));
    return Done{};
  }
  Result<std::shared_ptr<io::TlsContext>> operator()() {
    if (clock_.monotonic_us() - looked_us_ > certificate_look_us) {
      looked_us_ = clock_.monotonic_us();
      if (stamp() != stamp_) {
        const auto kept = context_;
        if (const Status loaded = load(); !loaded) {
          context_ = kept;
          log::warning("the operators' certificate stays as it was", {{"why", loaded.error().text()}});
        }
      }
    }
    return context_;
  }

 private:
  std::int64_t stamp() const {
    struct stat about {};
    return ::stat(files_.certificate.c_str(), &about) == 0 ? about.st_mtim.tv_sec : 0;
  }
  io::TlsFiles files_;
  const Clock& clock_;
  std::shared_ptr<io::TlsContext> context_;
  std::int64_t stamp_ = 0;
  std::int64_t looked_us_ = 0;
};

// What its documents name is no nearer than the provider itself: only one that is configured on this machine
// leads to services of this machine.
Result<oidc::Reply> fetch(const oidc::Request& request, io::Reach reach) {
  if (const auto url = parse_https(request.url); !url) return url.error();
  outbound::Request asked;
  CLAW_TRY_DONE(outbound::aim(asked, request.url));
  asked.reach = reach;
  asked.method = request.method;
  asked.fields = request.headers;
  if (!request.authorization.empty()) {
    asked.secret_fields.emplace_back("Authorization", request.authorization.clone());
  }
  asked.body = request.body.clone();
  asked.timeout_ms = provider_ms_max;
  asked.answer_bytes_max = oidc::answer_bytes_max;
  CLAW_TRY(outbound::Answer answer, outbound::send_now(asked));
  return oidc::Reply{answer.status, std::move(answer.body)};
}

std::vector<oidc::RoleOf> roles_of(const config::OidcSettings& settings) {
  std::vector<oidc::RoleOf> roles;
  for (const config::OidcSettings::Role& each : settings.roles) {
    if (const auto role = operators::parse_role(each.role)) roles.push_back({*role, each.groups});
  }
  return roles;
}

std::vector<admin::ExporterNow> exporters_of(const exporter::Exporter& exporter) {
  std::vector<admin::ExporterNow> list;
  for (const exporter::Standing& each : exporter.standing()) {
    admin::ExporterNow now;
    now.name = each.name;
    now.target = each.target;
    now.state = each.state;
    now.why = each.why;
    now.since_us = each.since_us;
    now.seq = each.seq;
    now.time_us = each.time_us;
    now.behind = each.behind;
    now.behind_us = each.behind_us;
    now.sent = each.sent;
    now.failures = each.failures;
    now.missed = each.missed;
    now.refused = each.refused;
    list.push_back(std::move(now));
  }
  return list;
}

}  // namespace

OperatorsSide::OperatorsSide(Parts parts) : parts_(std::move(parts)), loop_(parts_.state.clock()) {}

OperatorsSide::~OperatorsSide() { stop(); }

Result<std::unique_ptr<OperatorsSide>> OperatorsSide::make(Parts parts) {
  std::unique_ptr<OperatorsSide> made(new OperatorsSide(std::move(parts)));
  CLAW_TRY_DONE(made->open());
  return made;
}

Status OperatorsSide::open() {
  operators::Settings settings;
  settings.public_url = parts_.settings.public_url;
  settings.idle_us = parts_.settings.admin.session_idle_us;
  settings.max_us = parts_.settings.admin.session_max_us;
  const auto record = [&sink = parts_.state.journal()](const operators::Event& event) -> Status {
    CLAW_TRY(const std::uint64_t written,
             sink.append(audit::Admin{event.person, event.event, event.subject, event.detail}));
    return sink.wait_durable(written);
  };
  CLAW_TRY(auto keeper, store::operators_file(parts_.folder, parts_.state.sealed()));
  CLAW_TRY(people_, operators::Directory::open(std::move(keeper), parts_.state.clock(), settings, record));
  records_ = std::make_unique<admin::Records>(index_file(parts_.folder), journal_folder(parts_.folder),
                                              parts_.state.journal_public_key());
  CLAW_TRY_DONE(open_provider());
  api_ = std::make_unique<admin::Api>(loop_, sources());
  server_ = std::make_unique<serve::Server>(loop_, [this](serve::Asked asked, serve::Reply reply) {
    api_->handle(std::move(asked), std::move(reply));
  });
  return Done{};
}

Status OperatorsSide::open_provider() {
  if (!parts_.settings.admin.oidc) return Done{};
  const config::OidcSettings& configured = *parts_.settings.admin.oidc;
  oidc::Settings settings;
  settings.issuer = configured.issuer;
  settings.client_id = configured.client_id;
  settings.redirect_uri = parts_.settings.public_url + "/api/v1/session/oidc/callback";
  settings.groups_claim = configured.groups_claim;
  settings.roles = roles_of(configured);
  provider_.emplace();
  provider_->client = std::make_unique<oidc::Client>(std::move(settings), parts_.state.clock());
  provider_->label = configured.label;
  provider_->fetch = [reach = outbound::reach_of(host_of(configured.issuer))](const oidc::Request& request) {
    return fetch(request, reach);
  };
  provider_->secret = [&vault = parts_.state.vault(), name = configured.credential,
                       &service = parts_.service]() -> Result<Secret> {
    if (name.empty()) return Secret();
    const auto plan = service.plan();
    const config::Credential* credential = plan ? plan->snapshot->credential(name) : nullptr;
    const vault::Kind* kind = credential ? vault::kind_named(credential->kind) : nullptr;
    const bool has_slots = kind != nullptr && !kind->slots.empty();
    return vault.secret(name, has_slots ? kind->slots.front() : std::string_view());
  };
  return Done{};
}

admin::Running OperatorsSide::running() const {
  const gateway::State state = parts_.service.state();
  admin::Running running;
  running.policy_version = state.policy_version;
  running.policy_loaded_us = state.policy_loaded_us;
  running.reload_error = state.reload_error;
  running.reload_failed_us = state.reload_failed_us;
  running.connections = state.connections;
  running.listeners = state.listeners;
  if (!address_.empty()) running.listeners.emplace_back("operators", address_);
  if (const auto plan = parts_.service.plan()) running.snapshot = plan->snapshot;
  return running;
}

admin::Sources OperatorsSide::sources() {
  admin::Sources made{parts_.state.clock(),   parts_.registry, parts_.questions,
                      parts_.state.journal(), *people_,        *records_};
  made.sealed = parts_.state.sealed();
  made.public_url = parts_.settings.public_url;
  made.state_folder = parts_.folder;
  made.config_path = parts_.config;
  made.running = [this] { return running(); };
  made.is_ready = [this] { return parts_.service.plan() != nullptr; };
  made.reload = [this] { parts_.control.post([this] { parts_.service.reload(); }); };
  made.operation = [this](std::string_view id, std::string_view token) -> Result<admin::OperationNow> {
    const auto found = parts_.operations.show(id, token);
    if (!found) return Error{Code::not_found, "no such operation", {}};
    return admin::OperationNow{found->question.id, std::string(approval::name_of(found->stage)),
                               found->reason, 0};
  };
  made.operation_of = [this](std::string_view question) -> std::optional<admin::OperationNow> {
    const auto found = parts_.operations.find(question);
    if (!found || !found->question.waits_for_retry) return std::nullopt;
    return admin::OperationNow{found->question.id, std::string(approval::name_of(found->stage)),
                               found->reason, 0};
  };
  if (provider_) made.provider = &*provider_;
  add_guard(made);
  add_courier(made);
  add_servers(made);
  return made;
}

// How agents stand, by the ledger; and whose glass is broken.
void OperatorsSide::add_guard(admin::Sources& sources) {
  sources.agents = [this] { return agents(); };
  sources.end_stint = [this](std::string_view agent) {
    const auto plan = parts_.service.plan();
    return plan != nullptr && parts_.guard.ledger().end(agent, *plan->terms);
  };
  guard::BreakGlass& glass = parts_.guard.break_glass();
  sources.break_glass.grant = [&glass](const admin::Glass& wanted, std::int64_t minutes) {
    return glass.grant(wanted.profile, wanted.person, minutes, wanted.reason);
  };
  sources.break_glass.end = [&glass](std::string_view id, std::string_view person) {
    return glass.end(id, person);
  };
  sources.break_glass.list = [&glass] {
    std::vector<admin::Glass> list;
    for (const guard::BrokenGlass& each : glass.list()) {
      list.push_back({each.id, each.profile, each.person, each.reason, each.since_us, each.until_us});
    }
    return list;
  };
}

// MCP servers behind the gateway, by its tool side.
void OperatorsSide::add_servers(admin::Sources& sources) {
  sources.pins = &parts_.state.pins();
  sources.mcp = [&tools = parts_.tools] {
    std::vector<admin::McpNow> list;
    for (const toolcall::upstream::Status& each : tools.mcp_servers()) {
      list.push_back({each.endpoint, each.credential, each.is_up, each.why, each.since_us, each.starts,
                      each.about.name, each.about.version, std::string(each.about.protocol), each.refused,
                      each.open, each.held});
    }
    return list;
  };
}

// Answers that come from channels, and how channels do.
void OperatorsSide::add_courier(admin::Sources& sources) {
  courier::Courier& courier = parts_.courier;
  sources.callback = [&courier](const admin::Callback& called, const admin::TakeClick& take) {
    const auto answer_question = [&take](const courier::Answered& given) {
      return take({given.question, given.choice, given.person, given.comment, given.channel});
    };
    courier::Callback told = courier.receive(called.name, {called.fields, called.body}, answer_question);
    serve::Answer answer;
    answer.status = told.status;
    answer.fields.add("Content-Type", told.content_type);
    answer.body = std::move(told.body);
    return answer;
  };
  sources.exporters = [&exporter = parts_.exporter] { return exporters_of(exporter); };
  sources.channels = [&courier] {
    std::vector<admin::ChannelNow> list;
    for (const courier::ChannelStatus& each : courier.status()) {
      list.push_back(
          {each.name, each.failing, each.why, each.since_us, each.sent, each.failed, each.waiting});
    }
    return list;
  };
}

std::vector<admin::AgentNow> OperatorsSide::agents() const {
  std::vector<admin::AgentNow> list;
  const auto plan = parts_.service.plan();
  if (plan == nullptr || plan->terms == nullptr) return list;
  for (const guard::Stint& stint : parts_.guard.ledger().list(*plan->terms)) {
    admin::AgentNow now;
    now.name = stint.account;
    now.labels = stint.labels;
    if (const auto owner = plan->terms->owners.find(stint.account); owner != plan->terms->owners.end()) {
      now.owner = owner->second;
    }
    for (const guard::Spent& spent : stint.budgets) {
      now.budgets.push_back({spent.budget, std::string(guard::words_of(spent.use)), spent.used, spent.limit,
                             spent.resets_us});
    }
    list.push_back(std::move(now));
  }
  return list;
}

Result<serve::Terms> OperatorsSide::terms() const {
  const config::AdminSettings& settings = parts_.settings.admin;
  if (!settings.tls) return serve::Terms();
  if (!settings.certificate_file.empty()) {
    io::TlsFiles files;
    files.certificate = settings.certificate_file;
    files.key = settings.key_file;
    const auto certificate = std::make_shared<Certificate>(std::move(files), parts_.state.clock());
    CLAW_TRY_DONE(certificate->load());
    return serve::Terms([certificate](const std::string&) { return (*certificate)(); });
  }
  std::vector<std::string> names;
  if (std::string host = host_of(parts_.settings.public_url); !host.empty()) names.push_back(std::move(host));
  if (!is_wildcard(settings.listen->host)) names.push_back(settings.listen->host);
  names.emplace_back("localhost");
  // Who comes by an address names nobody: they are shown the address.
  if (!is_wildcard(settings.listen->host)) std::swap(names.front(), names[names.size() - 2]);
  return serve::Terms(Leaves(parts_.state.authority(), parts_.state.clock(), std::move(names)));
}

Status OperatorsSide::listen() {
  const config::AdminSettings& settings = parts_.settings.admin;
  serve::DoorOptions socket;
  socket.way = serve::Way::socket;
  socket.address.path = admin_socket(parts_.folder, settings.socket);
  socket.limits.connections = socket.limits.connections_per_address = socket_connections_max;
  CLAW_TRY(const std::string operators, server_->listen(std::move(socket)));
  log::info("operators", {{"address", operators}});
  if (settings.metrics) {
    serve::DoorOptions metrics;
    metrics.way = serve::Way::metrics;
    metrics.address = {settings.metrics->host, settings.metrics->port, {}};
    metrics.limits.connections = metrics.limits.connections_per_address = metrics_connections_max;
    CLAW_TRY(const std::string address, server_->listen(std::move(metrics)));
    log::info("metrics", {{"address", address}});
  }
  if (settings.listen) {
    serve::DoorOptions people;
    people.address = {settings.listen->host, settings.listen->port, {}};
    CLAW_TRY(people.terms, terms());
    CLAW_TRY(address_, server_->listen(std::move(people)));
    log::info("dashboard", {{"address", address_}, {"url", own_url()}});
  }
  thread_ = std::make_unique<io::Thread>("claw-admin", stack_bytes, [this] { loop_.run(); });
  return Done{};
}

void OperatorsSide::stop() {
  if (thread_ == nullptr) return;
  loop_.stop();
  thread_.reset();
  server_->close();
}

// Where people find it: as told, or as bound.
std::string OperatorsSide::own_url() const {
  if (!parts_.settings.public_url.empty()) return parts_.settings.public_url;
  const std::string port = address_.substr(address_.rfind(':'));
  const std::string host = is_wildcard(parts_.settings.admin.listen->host) ? "localhost" + port : address_;
  return (parts_.settings.admin.tls ? "https://" : "http://") + host;
}

std::optional<std::string> OperatorsSide::first_link() const {
  if (address_.empty()) return std::nullopt;
  const auto link = people_->first_link();
  if (!link) return std::nullopt;
  return fmt::format("{}/#/first/{}", own_url(), link->reveal());
}

}  // namespace claw::verbs
