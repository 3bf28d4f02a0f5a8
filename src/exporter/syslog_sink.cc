// Syslog over TCP, TLS or a Unix socket. The protocol has no acknowledgement, so each batch has a connection
// of its own: everything is sent, our side is closed, and the receiver that has read all of it closes its
// own. One that dies before leaves something unread, which the kernel tells; the batch is sent again.
#include <unistd.h>

#include <array>

#include "audit/export/syslog.h"
#include "exporter/sink.h"
#include "exporter/trust.h"
#include "outbound/link.h"
#include "outbound/request.h"

namespace claw::exporter {

namespace {

constexpr std::uint32_t batch_ms_max = 60'000;

std::string own_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "-";
}

class Syslog final : public Sink, public outbound::LinkUser {
 public:
  explicit Syslog(Parts parts) : parts_(std::move(parts)) {
    settings_.facility = audit::syslog_facility(parts_.settings.facility).value_or(settings_.facility);
    settings_.host = own_name();
    settings_.message_bytes_max = parts_.settings.message_bytes;
  }

  void send(const Batch& batch, Done done) override {
    auto trust = trust_.now(parts_);
    if (!trust) return done(std::move(trust).error());
    for (const Kept& kept : batch.records) audit::append_syslog(unsent_, exported(parts_, kept), settings_);
    done_ = std::move(done);
    const config::Exporter& to = parts_.settings;
    outbound::Goal goal;
    goal.host = to.transport == config::Exporter::Transport::unix_socket ? "" : to.host;
    goal.port = to.port;
    goal.path = to.path;
    goal.reach = goal.path.empty() ? outbound::reach_of(to.host) : io::Reach::anywhere;
    goal.trust = std::move(trust).value();
    goal.has_tls = to.transport == config::Exporter::Transport::tls;
    goal.timeout_ms = batch_ms_max;
    link_ = std::make_unique<outbound::Link>(parts_.loop, std::move(goal), *this);
  }

 private:
  void connected() override {
    link_->send(std::exchange(unsent_, {}));
    if (done_) link_->finish();
  }
  void received(std::string_view) override {}  // It has nothing to say.
  void ended() override {
    if (!unsent_.empty()) return failed(Error{Code::unavailable, "the receiver went at once", {}});
    tell(Taken{});
  }
  void failed(Error why) override { tell(std::move(why)); }

  void tell(Result<Taken> taken) {
    unsent_.clear();
    parts_.loop.post([link = std::shared_ptr(std::move(link_))] {});  // It is among the callers.
    if (done_) std::exchange(done_, nullptr)(std::move(taken));
  }

  Parts parts_;
  Trust trust_;
  audit::SyslogSettings settings_;
  std::string unsent_;
  Done done_;
  std::unique_ptr<outbound::Link> link_;
};

}  // namespace

std::unique_ptr<Sink> make_syslog(Parts parts) { return std::make_unique<Syslog>(std::move(parts)); }

}  // namespace claw::exporter
