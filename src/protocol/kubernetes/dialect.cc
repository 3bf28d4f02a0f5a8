#include "protocol/kubernetes/dialect.h"

#include "base/text.h"
#include "protocol/kubernetes/facts.h"
#include "protocol/kubernetes/refusal.h"
#include "protocol/kubernetes/watch.h"

namespace claw::kubernetes {
namespace {

constexpr std::size_t audit_id_bytes_max = 64;  // A UUID, and some.

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

  bool may_upgrade(const http::Request& request, const http::Target& target) const override {
    return kubernetes::may_upgrade(request, locate(request, target).path);
  }

  std::unique_ptr<http::Input> input(const http::Request& request, const http::Target& target,
                                     const http::Needs& needs, std::uint64_t bytes_max) const override {
    if (!needs.input) return nullptr;
    const auto wanted = wanted_of(locate(request, target));
    if (!wanted || wanted->kind != StreamKind::exec || !wanted->takes_stdin) return nullptr;
    return make_input(request, *wanted, bytes_max);
  }

  std::unique_ptr<http::Streams> streams(const http::Request& request, const http::Target& target,
                                         const http::Response& response) const override {
    const auto wanted = wanted_of(locate(request, target));
    if (!wanted) return make_watch_streams();
    return make_streams(request, response, *wanted);
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
