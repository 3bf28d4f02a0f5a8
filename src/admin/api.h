// What operators can ask a running gateway, as routes: health and metrics for anybody who reaches the
// metrics address; status, approvals and reload for operators on the Unix socket. The dashboard and the
// command line use the same routes. It performs nothing itself.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin/server.h"
#include "approval/queue.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"

namespace claw::admin {

struct Sources {  // Where the answers come from; all outlive the Api.
  const Clock& clock;
  metrics::Registry& registry;
  approval::Queue& questions;
  audit::Sink& sink;
  std::function<std::string()> status_json;
  std::function<bool()> is_ready;
  std::function<void()> reload;
};

class Api {
 public:
  explicit Api(Sources sources) : sources_(std::move(sources)) {}
  http::WholeResponse handle(const http::Request& request, std::string_view body, const Caller& caller);

 private:
  http::WholeResponse approvals(const http::Request& request, std::string_view rest, std::string_view body,
                           const Caller& caller);
  http::WholeResponse decide(std::string_view id, approval::Choice choice, std::string_view body,
                        const Caller& caller);
  http::WholeResponse note(std::string_view body, const Caller& caller);

  Sources sources_;
};

// One question as the API tells it; used by list and show.
std::string format_entry(const approval::Entry& entry);

}  // namespace claw::admin
