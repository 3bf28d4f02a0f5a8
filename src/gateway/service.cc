#include "gateway/service.h"

#include <fmt/format.h>

#include <thread>

#include "base/log.h"
#include "gateway/connection.h"
#include "io/resolver.h"

namespace claw::gateway {

namespace {

constexpr std::uint32_t threads_max = 64;
constexpr std::size_t inner_few =
    8;  // So many of our own are served where they were opened, which is soonest.

std::uint32_t thread_count(const config::Settings& settings) {
  const std::uint32_t wanted = settings.threads != 0 ? settings.threads : std::thread::hardware_concurrency();
  return std::clamp(wanted, 1U, threads_max);
}

}  // namespace

void resolve_by(const config::HostPort& server) {
  const auto address = io::to_socket_address({server.host, server.port, {}});
  const bool by_system = server.host.empty() || !address;  // The config takes nothing but addresses.
  io::system_resolver().use(by_system ? io::look_up_by_system : io::look_up_at(*address));
}

Service::Service(Services& services, metrics::Registry& registry, std::string config_path)
    : services_(services),
      config_path_(std::move(config_path)),
      reloads_ok_(
          registry.counter("claw_config_reloads_total", "Policy reloads by result.", {{"result", "ok"}})),
      reloads_failed_(registry.counter("claw_config_reloads_total", "Policy reloads by result.",
                                       {{"result", "failed"}})),
      inner_(services) {}

Service::~Service() { stop(); }

Status Service::start(config::LoadResult loaded) {
  loaded_ = std::move(loaded);
  fingerprint_ = config::fingerprint(config_path_, loaded_);
  CLAW_TRY(auto plan, make_plan(loaded_.snapshot, services_.guard, services_.vault));
  const std::uint32_t threads = thread_count(plan->snapshot->settings);
  for (std::uint32_t i = 0; i < threads; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(services_));
    worker.use(plan);
  }
  inner_.use(plan);
  CLAW_TRY_DONE(listen(*plan));
  spread(plan);
  for (std::uint32_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<io::Thread>(fmt::format("claw-{}", i), io::deep_stack_bytes,
                                                    [worker = workers_[i].get()] { worker->loop().run(); }));
  }
  return Done{};
}

// Opens what the plan has and we do not listen on yet, then closes what it no longer has; when one cannot
// be opened nothing changes. Before start() has begun the threads, and afterwards on the first worker's.
Status Service::listen(const Plan& plan) {
  std::map<std::string, std::unique_ptr<io::Listener>> opened;
  std::map<std::string, std::string> wanted;  // Key to door.
  for (const auto& [name, door] : plan.doors) {
    const bool is_transparent = door.http.kind == http::Door::Kind::transparent;
    for (const config::Listener& listener : door.entrance->listeners) {
      const io::Address address{listener.address.host, listener.address.port, {}};
      const std::string key = name + " " + address.text();
      wanted.emplace(key, name);
      if (listeners_.contains(key)) continue;
      CLAW_TRY(opened[key], open_listener(name, address, is_transparent));
    }
  }
  std::erase_if(listeners_, [&](const auto& each) { return !wanted.contains(each.first); });
  listeners_.merge(opened);
  const std::lock_guard lock(mutex_);
  state_.listeners.clear();
  for (const auto& [key, listener] : listeners_) {
    state_.listeners.emplace_back(wanted.at(key), listener->address());
  }
  return Done{};
}

Result<std::unique_ptr<io::Listener>> Service::open_listener(const std::string& door,
                                                             const io::Address& address,
                                                             bool is_transparent) {
  CLAW_TRY(auto listener, io::Listener::open(workers_.front()->loop(), address,
                                             [this, door](io::Fd socket, std::string from) {
    accepted(std::move(socket), std::move(from), door);
  }, {.transparent = is_transparent}));
  log::info("listening", {{"door", door}, {"address", listener->address()}});
  return listener;
}

void Service::accepted(io::Fd socket, std::string from, const std::string& door) {
  Worker& worker = *workers_[next_worker_++ % workers_.size()];
  if (&worker == workers_.front().get()) return worker.serve(std::move(socket), std::move(from), door);
  auto shared = std::make_shared<io::Fd>(std::move(socket));  // std::function wants copyable captures.
  worker.loop().post([&worker, shared, from = std::move(from), door] {
    worker.serve(std::move(*shared), from, door);
  });
}

Result<io::Fd> Service::connect(Inner to) {
  CLAW_TRY(auto ends, io::make_pair());
  CLAW_TRY_DONE(serve(std::move(ends.second), std::move(to)));
  return std::move(ends.first);
}

Status Service::serve(io::Fd socket, Inner to) {
  if (threads_.empty()) return Error{Code::unavailable, "the gateway is stopping", {}};
  if (inner_.size() < inner_few) {
    inner_.serve_inner(std::move(socket), std::move(to));
    return Done{};
  }
  Worker& worker = *workers_[next_inner_++ % workers_.size()];
  auto shared = std::make_shared<io::Fd>(std::move(socket));  // std::function wants copyable captures.
  worker.loop().post([&worker, shared, to = std::move(to)]() mutable {
    worker.serve_inner(std::move(*shared), std::move(to));
  });
  return Done{};
}

void Service::spread(std::shared_ptr<const Plan> plan) {
  const std::lock_guard lock(mutex_);
  if (plan_ == nullptr || plan_->snapshot->settings.resolver != plan->snapshot->settings.resolver) {
    resolve_by(plan->snapshot->settings.resolver);
  }
  services_.bodies->set_most(plan->snapshot->settings.limits.bodies);
  state_.policy_version = plan->snapshot->version;
  state_.policy_loaded_us = services_.clock.wall_us();
  state_.reload_error.clear();
  plan_ = std::move(plan);
}

void Service::reload_if_changed() {
  if (config::fingerprint(config_path_, loaded_) != fingerprint_) reload();
}

void Service::reload() {
  loaded_ = config::load(config_path_);
  fingerprint_ = config::fingerprint(config_path_, loaded_);
  if (loaded_.snapshot == nullptr) return failed(loaded_.report());
  auto plan = make_plan(loaded_.snapshot, services_.guard, services_.vault);
  if (!plan) return failed(plan.error().text());
  // Listeners belong to the first worker's loop, so they change on its thread; a policy whose listeners
  // cannot be opened is not taken.
  workers_.front()->loop().post([this, ready = *plan] {
    if (const Status listening = open_all(*ready); !listening) return failed(listening.error().text());
    for (const auto& worker : workers_) {
      worker->loop().post([&chosen = *worker, ready] { chosen.use(ready); });
    }
    inner_.loop().post([this, ready] { inner_.use(ready); });
    spread(ready);
    reloads_ok_.add();
    log::info("policy reloaded", {{"version", ready->snapshot->version}});
    const auto written =
        services_.sink.append(audit::Policy{"loaded", ready->snapshot->version, config_path_});
    if (!written) log::error("reload not recorded", {{"why", written.error().text()}});
  });
}

Status Service::open_all(const Plan& plan) {
  if (others_ == nullptr) return listen(plan);
  Status opened = others_->open(*plan.snapshot);
  if (opened) opened = listen(plan);
  others_->close_but(opened ? *plan.snapshot : *this->plan()->snapshot);
  return opened;
}

void Service::failed(const std::string& why) {
  reloads_failed_.add();
  log::error("reload failed, the old policy stays", {{"why", why}});
  const auto written = services_.sink.append(audit::Policy{"reload_failed", state().policy_version, why});
  if (!written) log::error("failed reload not recorded", {{"why", written.error().text()}});
  const std::lock_guard lock(mutex_);
  state_.reload_error = why;
  state_.reload_failed_us = services_.clock.wall_us();
}

void Service::stop() {
  if (threads_.empty()) return;
  for (const auto& worker : workers_) {
    worker->loop().post([this, &chosen = *worker] {
      if (&chosen == workers_.front().get()) listeners_.clear();
      chosen.close_all("the gateway is stopping");
      chosen.loop().stop();
    });
  }
  threads_.clear();
}

State Service::state() const {
  const std::lock_guard lock(mutex_);
  State state = state_;
  state.connections = services_.open;
  return state;
}

std::shared_ptr<const Plan> Service::plan() const {
  const std::lock_guard lock(mutex_);
  return plan_;
}

}  // namespace claw::gateway
