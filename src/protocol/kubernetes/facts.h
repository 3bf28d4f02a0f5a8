// A Kubernetes request as facts: what HTTP reads of it, the path as the API server takes it, and the object
// in the body. Also says which upgrades a request may ask for and what passes after one. Pure; decides
// nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "action/action.h"
#include "protocol/http/facts/facts.h"
#include "protocol/http/options.h"
#include "protocol/kubernetes/path.h"
#include "protocol/kubernetes/streams/streams.h"

namespace claw::kubernetes {

// What the rules of an endpoint need, from whether some rule reads the fact at a slot.
http::Needs needs_of(const std::function<bool(std::uint32_t slot)>& reads);

// The body of a deletion always: it may say that nothing is to be deleted, or how much.
bool wants_body(const http::Request& request, const http::Target& target, const http::Needs& needs);

// Never null. What cannot be read is not understood, with a reason, never a guess.
std::shared_ptr<const action::Subject> read_subject(const http::Asked& asked, const http::Needs& needs);

// A request's path with what its text points into.
struct Located {
  http::Reading reading;
  Path path;
};
Located locate(const http::Request& request, const http::Target& target);

// WebSocket and SPDY/3.1 into a pod (exec, attach, portforward), and WebSocket for a watch. No upgrade that
// carries a token of its own: the agent's credential is ours to choose.
bool may_upgrade(const http::Request& request, const Path& path);

// Has the request sent as somebody who may only read. An error where it says itself whom it acts as: the
// server would take either.
Status become(http::Request& request, const http::ReadAs& as);

// What passes after the upgrade; nothing for a watch, and where the query says two things.
std::optional<Wanted> wanted_of(const Located& located);

}  // namespace claw::kubernetes
