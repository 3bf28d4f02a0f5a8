#include "approval/written.h"

namespace claw::approval {

void append_parameters(json::Writer& out, std::span<const action::Parameter> values) {
  out.key("parameters");
  out.begin_array();
  for (const action::Parameter& value : values) {
    if (value) out.string(*value);
    else out.null();
  }
  out.end_array();
}

void append_evidence(json::Writer& out, std::span<const Evidence> found) {
  out.key("evidence");
  out.begin_array();
  for (const Evidence& each : found) {
    out.begin_object();
    out.member("title", each.title);
    out.member("kind", name_of(each.kind));
    out.member("text", each.text);
    out.member("failed", each.failed);
    out.end_object();
  }
  out.end_array();
}

}  // namespace claw::approval
