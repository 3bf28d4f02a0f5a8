#include "gateway/worker.h"

#include "base/log.h"
#include "gateway/connection.h"

namespace claw::gateway {

namespace {

constexpr std::int64_t lent_us_max = 1'000'000;  // A secret that was changed is used no longer than this.

}  // namespace

Worker::Worker(Services& services)
    : services_(services), loop_(services.clock), fetcher_(loop_, services.vault) {}

Worker::~Worker() = default;

void Worker::use(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  contexts_.clear();
  lent_.clear();
  pool_.clear();  // What was opened under the old policy may not be what the new one means.
}

std::shared_ptr<io::TlsContext> Worker::context(const std::string& key) const {
  const auto found = contexts_.find(key);
  return found == contexts_.end() ? nullptr : found->second;
}

void Worker::keep_context(const std::string& key, std::shared_ptr<io::TlsContext> context) {
  contexts_.insert_or_assign(key, std::move(context));
}

std::shared_ptr<const action::Edits> Worker::edits(const Plan& plan, const std::string& credential) const {
  const auto found = lent_.find(credential);
  if (found == lent_.end() || found->second.plan.get() != &plan) return nullptr;
  return found->second.until_us < services_.clock.monotonic_us() ? nullptr : found->second.edits;
}

void Worker::keep_edits(std::shared_ptr<const Plan> plan, const std::string& credential,
                        std::shared_ptr<const action::Edits> edits) {
  const std::int64_t until_us = services_.clock.monotonic_us() + lent_us_max;
  lent_.insert_or_assign(credential, Lent{std::move(plan), std::move(edits), until_us});
}

void Worker::serve(io::Fd socket, std::string from, const std::string& door) {
  const auto found = plan_->doors.find(door);
  const std::uint64_t limit = plan_->snapshot->settings.limits.connections;
  if (found == plan_->doors.end()) return;
  if (services_.open >= limit) {
    log::warning("too many connections", {{"limit", limit}, {"from", from}});
    return;
  }
  const config::Entrance& entrance = *found->second.entrance;
  action::Principal principal{"anonymous", entrance.profile, std::move(from)};
  if (principal.profile.empty()) {
    if (const config::Profile* profile = plan_->snapshot->default_profile()) {
      principal.profile = profile->name;
    }
  }
  start(std::make_unique<Connection>(*this, std::move(socket), found->second, plan_, std::move(principal)));
}

// What is closed unheard is told to whoever holds the other end by its closing.
void Worker::serve_inner(io::Fd socket, Inner to) {
  if (to.endpoint.empty()) return serve_proxy(std::move(socket), std::move(to));
  const auto found = plan_->served.find(to.endpoint);
  if (found == plan_->served.end()) return;
  const Served& served = found->second;
  const bool is_reached = plan_->snapshot->reaches(to.principal.profile, *served.endpoint);
  const bool is_spoken = served.postgres != nullptr || served.http != nullptr;
  if (!is_reached || !is_spoken || services_.open >= plan_->snapshot->settings.limits.connections) return;
  std::shared_ptr<io::TlsContext> leaf;  // For a program that went to a database by the name it has.
  if (served.postgres != nullptr && !to.to.host.empty()) {
    auto made = services_.authority->context_for(to.to.host, services_.clock.wall_us());
    if (made) leaf = std::move(*made);
  }
  start(std::make_unique<Connection>(*this, std::move(socket),
                                     inner_door(served, std::move(to.to), std::move(leaf)), plan_,
                                     std::move(to.principal)));
}

void Worker::serve_proxy(io::Fd socket, Inner to) {
  if (services_.open >= plan_->snapshot->settings.limits.connections) return;
  start(std::make_unique<Connection>(*this, std::move(socket),
                                     inner_proxy(std::move(to.to), std::move(to.among)), plan_,
                                     std::move(to.principal)));
}

void Worker::start(std::unique_ptr<Connection> connection) {
  Connection& started = *connection;
  connections_.emplace(&started, std::move(connection));
  ++services_.open;
  services_.connections_open.add(1);
  started.start();
}

// Later: a connection is being served, and what it is served with is all connections'.
void Worker::look_up(const Served& to, std::shared_ptr<const action::Action> action) {
  loop_.post([this, plan = plan_, served = &to, held = std::move(action)] {
    if (plan == plan_) begin_preview(*served, held);
  });
}

void Worker::begin_preview(const Served& to, const std::shared_ptr<const action::Action>& action) {
  const std::string id(action->id.view());
  const auto give_up = [&](std::string why) {
    services_.questions.attach(id, {{"preview", approval::Evidence::Kind::text, std::move(why), true}});
  };
  if (previews_.size() >= previews_max) return give_up("too much is being looked up just now");
  const bool is_sql = to.postgres != nullptr;
  if (is_sql && !to.postgres->enforce_read) return give_up("reads are not held to reading at this endpoint");
  PreviewSeat seat{loop_, {}, action, {}};
  seat.connect = [this, to = &to, action]() -> Result<io::Fd> {
    CLAW_TRY(auto ends, io::make_pair());
    action::Principal principal = action->context->principal;
    principal.preview_of = action->id.view();
    start(std::make_unique<Connection>(*this, std::move(ends.second),
                                       inner_door(*to, preview_of(*to, *action)), plan_,
                                       std::move(principal)));
    return std::move(ends.first);
  };
  seat.done = [this, id](Found found) {
    services_.questions.attach(id, std::move(found));
    loop_.post([this, id] { previews_.erase(id); });
  };
  previews_.emplace(id, is_sql ? preview_sql(std::move(seat)) : preview_http(std::move(seat)));
}

void Worker::retire(Connection& connection) {
  auto found = connections_.extract(&connection);
  if (found.empty()) return;
  --services_.open;
  services_.connections_open.add(-1);
  // It may be several calls deep in its own code: it is destroyed when the loop comes round again.
  if (retired_.empty()) loop_.post([this] { retired_.clear(); });
  retired_.push_back(std::move(found.mapped()));
}

void Worker::take_back(Connection* connection, const std::string& session) {
  // Another connection may have come to stand at the same address meanwhile.
  if (connections_.contains(connection) && connection->session() == session) connection->take_back();
}

void Worker::close_all(std::string_view why) {
  std::vector<Connection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (Connection* connection : all) connection->close(why);
}

}  // namespace claw::gateway
