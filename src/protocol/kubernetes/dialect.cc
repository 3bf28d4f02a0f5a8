#include "protocol/kubernetes/dialect.h"

#include "base/text.h"
#include "protocol/kubernetes/facts.h"
#include "protocol/kubernetes/refusal.h"
#include "protocol/kubernetes/streams/recorded.h"
#include "protocol/kubernetes/watch.h"

namespace claw::kubernetes {
namespace {

constexpr std::size_t audit_id_bytes_max = 64;  // A UUID, and some.

class Upgrade final : public http::Upgrade {
 public:
  Upgrade(const http::Request& request, std::optional<Wanted> wanted)
      : request_(request), wanted_(std::move(wanted)) {}

  std::unique_ptr<http::Input> input(std::uint64_t bytes_max) const override {
    if (!wanted_ || wanted_->kind != StreamKind::exec || !wanted_->takes_stdin) return nullptr;
    return make_input(request_, *wanted_, bytes_max);
  }

  std::unique_ptr<http::Streams> streams(const http::Response& response,
                                         const http::Recording& recording) const override {
    if (!wanted_) return make_watch_streams();
    if (recording.streams && wanted_->kind != StreamKind::port_forward) {
      return Recorded::make(request_, response, *wanted_, recording.input);
    }
    return make_streams(request_, response, *wanted_);
  }

 private:
  const http::Request& request_;
  std::optional<Wanted> wanted_;  // Nothing: a watch, where the agent says nothing.
};

class Kubernetes final : public http::Dialect {
 public:
  action::Family family() const override { return action::Family::k8s; }

  http::Needs needs(const std::function<bool(std::uint32_t slot)>& reads) const override {
    return needs_of(reads);
  }
  bool wants_body(const http::Request& request, const http::Target& target,
                  const http::Needs& needs) const override {
    return kubernetes::wants_body(request, target, needs);
  }
  std::shared_ptr<const action::Subject> read(const http::Asked& asked,
                                              const http::Needs& needs) const override {
    return read_subject(asked, needs);
  }
  http::Refusal refuse(const http::Request& request, int status,
                       const action::Verdict& why) const override {
    return refuse_as_status(request, status, why);
  }

  std::unique_ptr<http::Upgrade> upgrade(const http::Request& request,
                                         const http::Target& target) const override {
    const Located located = locate(request, target);
    if (!may_upgrade(request, located.path)) return nullptr;
    return std::make_unique<Upgrade>(request, wanted_of(located));
  }

  // The server's own record of the request, under which its administrators find it.
  std::string note(const http::Response& response) const override {
    const auto id = response.fields.find("audit-id");
    return id ? " audit-id " + printable(*id, audit_id_bytes_max) : std::string();
  }

  Status become(http::Request& request, const http::ReadAs& as) const override {
    return kubernetes::become(request, as);
  }
};

}  // namespace

const http::Dialect& dialect() {
  static const Kubernetes kubernetes;
  return kubernetes;
}

}  // namespace claw::kubernetes
