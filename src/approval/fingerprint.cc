#include "approval/fingerprint.h"

#include "base/crypto.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::approval {
namespace {

constexpr std::string_view format = "clawpatrol action 2";  // Another layout gets another name.

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
  add(out, context.session);
  add_state(out, action::state_of(action.subject->family, context));
  add(out, action.subject->text);
  add(out, policy_version);
  out.u64(action.parameters.size());
  for (const action::Parameter& value : action.parameters) {
    out.u8(value ? 1 : 0);  // NULL is not the empty text.
    if (value) add(out, *value);
  }
  return to_hex(crypto::view(crypto::sha256(preimage)));
}

}  // namespace claw::approval
