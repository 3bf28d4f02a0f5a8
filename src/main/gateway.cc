// The gateway verb: builds everything, by hand, in order, and runs until told to stop.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>

#include "admin/api.h"
#include "base/log.h"
#include "gateway/service.h"
#include "io/signals.h"
#include "main/paths.h"
#include "main/state.h"
#include "main/verbs.h"

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

std::string status_json(const gateway::State& state, const approval::Queue& questions) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("version", CLAW_VERSION);
  writer.member("policy_version", state.policy_version);
  writer.member("policy_loaded", format_time(state.policy_loaded_us));
  if (!state.reload_error.empty()) {
    writer.member("reload_failed", format_time(state.reload_failed_us));
    writer.member("reload_error", state.reload_error);
  }
  writer.member("connections", static_cast<std::int64_t>(state.connections));
  writer.member("held", static_cast<std::int64_t>(questions.open()));
  writer.key("listeners");
  writer.begin_array();
  for (const auto& [endpoint, address] : state.listeners) {
    writer.begin_object();
    writer.member("endpoint", endpoint);
    writer.member("address", address);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

// Everything that lives as long as the process serves, in the order it is built.
class Running {
 public:
  Running(std::string config, State& state)
      : clock_(state.clock()),
        operations_(state.operations()),
        guard_(clock_, state.journal(), questions_, registry_, &operations_),
        services_{clock_,
                  guard_,
                  state.vault(),
                  state.journal(),
                  cancel_keys_,
                  state.authority(),
                  std::make_shared<Budget>(config::Limits().bodies,
                                           registry_.gauge("claw_bodies_held_bytes",
                                                           "What the bodies of requests take that wait."),
                                           registry_.counter("claw_bodies_refused_total",
                                                             "Bodies there was no room for.")),
                  registry_.gauge("claw_connections_open", "Agent connections open now."),
                  registry_.counter("claw_upstream_connect_failures_total",
                                    "Upstreams that could not be reached.")},
        service_(services_, registry_, std::move(config)),
        api_({clock_, registry_, questions_, state.journal(),
              [this] { return status_json(service_.state(), questions_); },
              [this] { return service_.plan() != nullptr; }, [this] { service_.reload(); }}),
        server_(control_,
                [this](const http::Request& request, std::string_view body, const admin::Caller& caller) {
                  return api_.handle(request, body, caller);
                }) {
    registry_.gauge("claw_build_info", "The version that runs.", {{"version", CLAW_VERSION}}).set(1);
  }

  Status start(config::LoadResult loaded, const std::string& socket) {
    const config::AdminSettings& settings = loaded.snapshot->settings.admin;
    CLAW_TRY(const std::string operators, server_.listen(io::Address{{}, 0, socket}));
    log::info("operators", {{"address", operators}});
    if (settings.metrics) {
      CLAW_TRY(const std::string metrics,
               server_.listen(io::Address{settings.metrics->host, settings.metrics->port, {}}));
      log::info("metrics", {{"address", metrics}});
    }
    CLAW_TRY_DONE(guard_.restore());
    return service_.start(std::move(loaded));
  }

  void run() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  // A file-size limit is a full disk: actions are refused, the gateway lives.
    tick();
    control_.run();
    log::info("stopping");
    questions_.shutdown(clock_.wall_us());  // First: who leaves with the gateway takes nothing back.
    service_.stop();
  }

  io::Loop& control() { return control_; }
  gateway::Service& service() { return service_; }

 private:
  void tick() {
    guard_.tick();
    service_.reload_if_changed();
    control_.after_ms(tick_ms, [this] { tick(); });
  }

  const Clock& clock_;
  metrics::Registry registry_;
  approval::Queue questions_;
  approval::Operations operations_;
  guard::Guard guard_;
  gateway::CancelKeys cancel_keys_;
  gateway::Services services_;
  gateway::Service service_;
  io::Loop control_{clock_};
  admin::Api api_;
  admin::Server server_;
};

}  // namespace

int run_gateway(const Gateway& options) {
  if (options.verbose) log::set_level(log::Level::debug);
  io::block_signals(our_signals);  // Before the first thread there is: a thread inherits what it blocks.
  raise_open_files();
  config::LoadResult loaded = config::load(options.config);
  if (const std::string report = loaded.report(); !report.empty()) fmt::print(stderr, "{}", report);
  if (loaded.snapshot == nullptr) return failed;

  const std::shared_ptr<const config::Snapshot> snapshot = loaded.snapshot;
  const std::string folder =
      state_folder(options.state_dir.empty() ? snapshot->settings.state_dir : options.state_dir);
  auto state = State::open(folder, snapshot->settings);
  if (!state) return complain(state.error());

  Running running(options.config, **state);
  io::Signals signals(running.control(), our_signals, [&](int number) {
    if (number == SIGHUP) running.service().reload();
    else running.control().stop();
  });
  audit::Sink& journal = (*state)->journal();
  if (auto written = journal.append(audit::Gateway{"started", CLAW_VERSION}); !written) {
    return complain(written.error());
  }
  if (auto written = journal.append(audit::Policy{"loaded", snapshot->version, options.config}); !written) {
    return complain(written.error());
  }
  if (auto started = running.start(std::move(loaded), admin_socket(folder, snapshot->settings.admin.socket));
      !started) {
    return complain(started.error());
  }
  running.run();
  const auto written = journal.append(audit::Gateway{"stopped", CLAW_VERSION});
  if (!written) return complain(written.error());
  const auto closed = (*state)->journal().close();
  return closed ? ok : complain(closed.error());
}

}  // namespace claw::verbs
