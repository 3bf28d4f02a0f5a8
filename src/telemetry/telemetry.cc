#include "telemetry/telemetry.h"

#include <cstdlib>

#include "base/log.h"
#include "telemetry/office.h"

namespace claw::telemetry {

namespace {

Places places_of(const config::Snapshot& snapshot) {
  Places places;
  for (const config::Endpoint& endpoint : snapshot.endpoints) {
    const bool has_hosts = endpoint.upstream.host.empty() && endpoint.hosts.size() == 1;
    const config::HostPort& upstream = has_hosts ? endpoint.hosts.front() : endpoint.upstream;
    places.emplace(endpoint.typed, Place{endpoint.kind, upstream.host, upstream.port});
  }
  return places;
}

const char* environment(const char* name) { return std::getenv(name); }

}  // namespace

Telemetry::Telemetry(Services services) : office_(std::make_unique<Office>(std::move(services))) {}
Telemetry::~Telemetry() = default;

Status Telemetry::use(std::shared_ptr<const config::Snapshot> snapshot) {
  const config::TelemetrySettings& settings = snapshot->settings.telemetry;
  auto plan = std::make_shared<Plan>();
  plan->target = target_of(settings, environment, office_->instance());
  if (!plan->target.why_not.empty()) log::warning("no telemetry", {{"why", plan->target.why_not}});
  plan->places = places_of(*snapshot);
  plan->metrics_every_us = settings.metrics_every_us;
  plan->sample_percent = settings.sample_percent;
  if (const config::Credential* found = snapshot->credential(settings.credential)) {
    plan->credential = {found->kind, found->name, found->user, found->database, found->settings,
                        found->placeholder};
  }
  Status usable = Done{};
  outbound::Request request;
  if (!plan->target.url.empty()) usable = outbound::aim(request, plan->target.url + "/v1/traces");
  if (usable && !settings.ca_file.empty()) {
    auto trust = outbound::trust_of(settings.ca_file);
    if (trust) plan->trust = std::move(*trust);
    else usable = std::move(trust).error();
  }
  if (usable && !plan->target.url.empty() && plan->target.traces) {
    auto tail = store::JournalTail::at_end(office_->journal_folder());
    if (tail) plan->tail = std::make_shared<store::JournalTail>(std::move(*tail));
    else usable = std::move(tail).error();
  }
  if (!usable) plan->target.url.clear();
  office_->use(std::move(plan));
  return usable;
}

void Telemetry::stop() { office_->stop(); }

}  // namespace claw::telemetry
