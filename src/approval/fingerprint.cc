#include "approval/fingerprint.h"

#include <algorithm>
#include <map>
#include <span>

#include "base/crypto.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::approval {
namespace {

constexpr std::string_view format = "clawpatrol action 3";  // Another layout gets another name.

// Headers that say nothing about what is asked, and differ between two tries of the same request: who asks
// and how often, and how the answer is to be packed. Everything else counts, known or not.
constexpr std::string_view meaningless[] = {
    "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "baggage", "connection",
    "proxy-authorization", "sentry-trace", "traceparent", "tracestate", "user-agent", "x-amzn-trace-id",
    "x-b3-spanid", "x-b3-traceid", "x-client-request-id", "x-correlation-id", "x-goog-api-client",
    "x-request-id", "x-stainless-retry-count"};
// And what a signature was made of that a credential of ours takes the place of.
constexpr std::string_view replaced[] = {"authorization", "date", "x-amz-date", "x-amz-security-token"};

void add(Writer& out, std::string_view field) {
  out.u64(field.size());
  out.bytes(field);
}

void add_state(Writer& out, const std::vector<action::Stated>& state) {
  out.u64(state.size());
  for (const action::Stated& each : state) {
    add(out, each.name);
    out.u8(each.is_known ? 1 : 0);  // A role that is not known is not a role without a name.
    out.u64(each.values.size());
    for (const std::string& value : each.values) add(out, value);
  }
}

// Names in lower case, sorted: HTTP/2 and a proxy on the way change both.
void add_fields(Writer& out, std::span<const action::Named> fields, bool is_lent) {
  std::multimap<std::string, std::string_view> counted;  // Equal names in the order they came.
  for (const action::Named& field : fields) {
    std::string name = lower(field.name);
    const bool is_out = std::ranges::find(meaningless, name) != std::end(meaningless) ||
                        (is_lent && std::ranges::find(replaced, name) != std::end(replaced));
    if (!is_out) counted.emplace(std::move(name), field.value);
  }
  out.u64(counted.size());
  for (const auto& [name, value] : counted) {
    add(out, name);
    add(out, value);
  }
}

// Requests come on any connection; a statement means what it means in its session.
bool is_of_its_session(action::Family family) {
  return family == action::Family::sql || family == action::Family::ssh;
}

}  // namespace

std::string fingerprint(const action::Action& action, std::string_view policy_version) {
  const action::Context& context = *action.context;
  std::string preimage;
  Writer out(preimage);
  add(out, format);
  add(out, action::name_of(action.subject->family));
  add(out, context.endpoint);
  add(out, context.credential);
  add(out, context.principal.agent);
  add(out, context.principal.profile);
  add(out, is_of_its_session(action.subject->family) ? context.session : std::string());
  add_state(out, action::state_of(action.subject->family, context));
  add(out, action.subject->text);
  add(out, crypto::view(crypto::sha256(action.subject->body)));
  add_fields(out, action.subject->fields, !context.credential.empty());
  add(out, policy_version);
  out.u64(action.parameters.size());
  for (const action::Parameter& value : action.parameters) {
    out.u8(value ? 1 : 0);  // NULL is not the empty text.
    if (value) add(out, *value);
  }
  if (action.rows_counted >= 0) out.u64(static_cast<std::uint64_t>(action.rows_counted));
  return to_hex(crypto::view(crypto::sha256(preimage)));
}

}  // namespace claw::approval
