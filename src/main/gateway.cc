// The gateway verb: builds everything, by hand, in order, and runs until told to stop.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>

#include "base/id.h"
#include "base/log.h"
#include "courier/courier.h"
#include "exporter/exporter.h"
#include "gateway/service.h"
#include "io/signals.h"
#include "io/tls/record_buffers.h"
#include "main/agents/ledger_file.h"
#include "main/operators/operators_side.h"
#include "main/paths.h"
#include "main/pod/pod.h"
#include "main/state.h"
#include "main/tools/tool_side.h"
#include "main/verbs.h"
#include "telemetry/telemetry.h"
#include "watch/watch.h"

namespace claw::verbs {

namespace {

constexpr std::uint32_t tick_ms = 1000;  // Questions expire, and changed files are noticed, within a second.

const std::initializer_list<int> our_signals = {SIGTERM, SIGINT, SIGHUP};

// Ten thousand agents are twenty thousand sockets; the usual soft limit is 1,024.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int complain(const Error& error) {
  fmt::print(stderr, "clawpatrol: {}\n", error.text());
  return failed;
}

// Everything that lives as long as the process serves, in the order it is built.
class Running {
 public:
  Running(std::string config, State& state, const std::string& folder,
          std::optional<channel::Settings> always)
      : clock_(state.clock()),
        operations_(state.operations()),
        guard_(clock_, state.journal(), questions_, registry_, &operations_),
        ledger_file_(folder, guard_, clock_),
        services_{
            clock_,
            guard_,
            state.vault(),
            state.journal(),
            questions_,
            cancel_keys_,
            state.authority(),
            std::make_shared<Budget>(
                config::Limits().bodies,
                registry_.gauge("claw_bodies_held_bytes", "What the bodies of requests take that wait."),
                registry_.counter("claw_bodies_refused_total", "Bodies there was no room for.")),
            registry_.gauge("claw_connections_open", "Agent connections open now."),
            registry_.counter("claw_upstream_connect_failures_total",
                              "Upstreams that could not be reached.")},
        service_(services_, registry_, config),
        tools_({clock_, guard_, operations_, service_, questions_, state.authority()->certificate(), state,
                registry_,
                [this](const std::vector<std::string>& approvers, courier::Announcement announcement) {
                  courier_.announce(approvers, std::move(announcement));
                }}),
        courier_({clock_, questions_, state.vault(), state.journal(), registry_, std::move(always)}),
        exporter_({clock_,
                   state.vault(),
                   registry_,
                   state.journal_public_key(),
                   {journal_folder(folder), exports_folder(folder),
                    [&journal = state.journal()] { return journal.last_seq(); }}}),
        watch_(
            {clock_, guard_, state.journal(), registry_, journal_folder(folder), folder + "/anomalies.json",
             [this](const std::vector<std::string>& approvers, const anomaly::Finding& finding) {
               courier_.announce(approvers, {fmt::format("anomaly-{}-{}", finding.seq, name_of(finding.kind)),
                                             finding.agent, finding.endpoint,
                                             std::string(name_of(finding.kind)), finding.sentence});
             }}),
        telemetry_({clock_, registry_, state.vault(), journal_folder(folder), random_hex(8)}),
        state_(state),
        config_(std::move(config)) {
    service_.with(tools_);
    registry_.gauge("claw_build_info", "The version that runs.", {{"version", CLAW_VERSION}}).set(1);
  }

  Status start(config::LoadResult loaded, const std::string& folder) {
    const config::Settings& settings = loaded.snapshot->settings;
    CLAW_TRY(operators_,
             OperatorsSide::make({state_, registry_, questions_, operations_, guard_, service_, courier_,
                                  exporter_, tools_, control_, config_, folder, settings}));
    CLAW_TRY_DONE(operators_->listen());
    CLAW_TRY_DONE(courier_.use(loaded.snapshot));
    CLAW_TRY_DONE(exporter_.use(*loaded.snapshot));
    watch_.use(settings.anomalies);
    CLAW_TRY_DONE(telemetry_.use(loaded.snapshot));
    CLAW_TRY_DONE(guard_.restore());
    const auto snapshot = loaded.snapshot;
    CLAW_TRY_DONE(service_.start(std::move(loaded)));
    CLAW_TRY_DONE(tools_.start(*snapshot));
    tools_.use(snapshot);
    return Done{};
  }

  void run() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  // A file-size limit is a full disk: actions are refused, the gateway lives.
    tick();
    control_.run();
    log::info("stopping");
    questions_.shutdown(clock_.wall_us());  // First: who leaves with the gateway takes nothing back.
    tools_.stop();
    service_.stop();
    operators_->stop();
    watch_.stop();
    telemetry_.stop();
    const auto plan = service_.plan();
    if (plan == nullptr || !plan->terms->counts) return;
    if (auto saved = ledger_file_.save(); !saved) {
      log::error("what agents did is not saved", {{"why", saved.error().text()}});
    }
  }

  std::optional<std::string> first_link() const { return operators_->first_link(); }
  io::Loop& control() { return control_; }
  gateway::Service& service() { return service_; }
  LedgerFile& ledger_file() { return ledger_file_; }

 private:
  void tick() {
    guard_.tick();
    if (const auto plan = service_.plan()) ledger_file_.tick(*plan->terms);
    service_.reload_if_changed();
    count_journal();
    tell_others();
    control_.after_ms(tick_ms, [this] { tick(); });
  }

  void count_journal() {
    const store::Journal::Standing standing = state_.journal().standing();
    journal_records_.set(static_cast<double>(standing.records));
    journal_unsigned_.set(static_cast<double>(standing.unsigned_records));
    journal_waiting_.set(static_cast<double>(standing.waiting));
    journal_fails_.set(standing.fails ? 1 : 0);
  }

  // Each goes on with what it had where the new cannot be used.
  void tell_others() {
    const auto plan = service_.plan();
    if (plan == nullptr || plan->snapshot == told_) return;
    told_ = plan->snapshot;
    tools_.reloaded();
    watch_.use(told_->settings.anomalies);
    if (const Status used = telemetry_.use(told_); !used) {
      log::error("no telemetry is sent", {{"why", used.error().text()}});
    }
    tools_.use(told_);
    if (const Status used = courier_.use(told_); !used) {
      log::error("channels stay as they were", {{"why", used.error().text()}});
    }
    if (const Status used = exporter_.use(*told_); !used) {
      log::error("exporters stay as they were", {{"why", used.error().text()}});
    }
  }

  const Clock& clock_;
  metrics::Registry registry_;
  approval::Queue questions_;
  approval::Operations operations_;
  guard::Guard guard_;
  LedgerFile ledger_file_;
  metrics::Gauge journal_records_{registry_.gauge("claw_journal_records", "Records ever written.")};
  metrics::Gauge journal_unsigned_{
      registry_.gauge("claw_journal_unsigned_records", "Records that no checkpoint signs yet.")};
  metrics::Gauge journal_waiting_{registry_.gauge("claw_journal_waiting_records",
                                                  "Records somebody waits for that are not on the disk.")};
  metrics::Gauge journal_fails_{
      registry_.gauge("claw_journal_fails", "1: nothing can be written, and nothing is allowed.")};
  gateway::CancelKeys cancel_keys_;
  gateway::Services services_;
  gateway::Service service_;
  ToolSide tools_;
  courier::Courier courier_;
  exporter::Exporter exporter_;
  watch::Watch watch_;
  telemetry::Telemetry telemetry_;
  std::shared_ptr<const config::Snapshot> told_;  // To those above.
  io::Loop control_{clock_};
  State& state_;
  std::string config_;
  std::unique_ptr<OperatorsSide> operators_;
};

}  // namespace

int run_gateway(const Gateway& options) {
  io::keep_record_buffers();  // Before anything of OpenSSL.
  if (options.verbose) log::set_level(log::Level::debug);
  io::block_signals(our_signals);  // Before the first thread there is: a thread inherits what it blocks.
  raise_open_files();
  const vault::Environment environment = vault::process_environment();
  const auto config = policy_file(options.config, environment);
  if (!config) return complain(config.error());
  config::LoadResult loaded = config::load(*config);
  if (const std::string report = loaded.report(); !report.empty()) fmt::print(stderr, "{}", report);
  if (loaded.snapshot == nullptr) return failed;

  const std::shared_ptr<const config::Snapshot> snapshot = loaded.snapshot;
  const std::string folder =
      state_folder(options.state_dir.empty() ? snapshot->settings.state_dir : options.state_dir);
  auto state = State::open(folder, snapshot->settings);
  if (!state) return complain(state.error());

  auto always = notification_channel(environment, (*state)->vault());
  if (!always) return complain(always.error());
  Running running(*config, **state, folder, std::move(*always));
  io::Signals signals(running.control(), our_signals, [&](int number) {
    if (number == SIGHUP) running.service().reload();
    else running.control().stop();
  });
  audit::Sink& journal = (*state)->journal();
  if (auto written = journal.append(audit::Gateway{"started", CLAW_VERSION}); !written) {
    return complain(written.error());
  }
  const auto loading = journal.append(audit::Policy{"loaded", snapshot->version, *config});
  if (!loading) return complain(loading.error());
  if (auto known = running.ledger_file().recall(*loading, gateway::terms_of(*snapshot)); !known) {
    return complain(known.error());
  }
  if (auto started = running.start(std::move(loaded), folder); !started) {
    return complain(started.error());
  }
  // Good once, and only until there is an admin: not for the log, which others may keep.
  if (const auto link = running.first_link()) {
    fmt::print(stderr, "clawpatrol: nobody can sign in yet; make the first admin here:\n  {}\n", *link);
  }
  running.run();
  const auto written = journal.append(audit::Gateway{"stopped", CLAW_VERSION});
  if (!written) return complain(written.error());
  const auto closed = (*state)->journal().close();
  return closed ? ok : complain(closed.error());
}

}  // namespace claw::verbs
