// What an action would change, found out before a person is asked about it: rows counted, the plan, the
// object as it is, a server's dry run. A preview is an agent of our own at the other end of a connection
// inside the process. So all it does is judged, recorded, lent credentials and held to reading like the
// agent's own actions, by the same code; guard lets nothing through here that changes anything
// (guard/preview.cc).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "approval/queue.h"
#include "gateway/plan.h"
#include "io/loop.h"
#include "io/stream.h"
#include "loopback/line.h"

namespace claw::gateway {

class Worker;

using Found = std::vector<approval::Evidence>;

constexpr std::uint32_t preview_ms_max = 4000;               // People wait for it; the queue gives up at 5 s.
constexpr std::size_t preview_answer_bytes_max = 1024 * 1024;
constexpr loopback::Limits preview_limits{preview_ms_max, preview_answer_bytes_max};
constexpr std::size_t previews_max = 32;                     // At once on one worker; each is a connection.

// Where a connection of our own leads: to an endpoint, and of one that speaks HTTP to a host of it.
struct Within {
  std::string name;  // For the record: `preview of …`
  std::string host = {};
  std::uint16_t port = 0;
};
// The way in that it comes by: there is no listener behind it, and no policy names it, so that a reload ends
// what still runs.
struct InnerDoor {
  Door door;
  Served served;
  std::vector<std::string> among;  // Of a proxy: the endpoints, by typed name, that it leads to.
};
// `tls`: what is shown to whoever asks for TLS at a database; none: TLS is not spoken there.
std::shared_ptr<const InnerDoor> inner_door(const Served& served, Within to,
                                            std::shared_ptr<io::TlsContext> tls = nullptr);
// One for programs that speak to a proxy, or know of none and were going to that host: it leads to these
// endpoints, and never to unknown hosts.
std::shared_ptr<const InnerDoor> inner_proxy(Within to, std::vector<std::string> among);
Within preview_of(const Served& served, const action::Action& action);

class Preview {
 public:
  virtual ~Preview() = default;
};

// How previews get their connections: `connect` gives the agent's end of one that is being served.
struct PreviewSeat {
  io::Loop& loop;
  std::function<Result<io::Fd>()> connect;
  std::shared_ptr<const action::Action> action;
  std::function<void(Found)> done;  // Once; the preview may be destroyed in it, but not before it returns.
};

std::unique_ptr<Preview> preview_sql(PreviewSeat seat);
std::unique_ptr<Preview> preview_http(PreviewSeat seat);

// The lines that two texts do not share, with a few around them, as `diff -u` marks them.
std::string difference(std::string_view before, std::string_view after);

}  // namespace claw::gateway
