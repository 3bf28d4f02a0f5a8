// base64, to and from bytes. Padding may be left out when decoding, as the specification has it.
#include <array>

#include "base/text.h"
#include "cel/functions.h"

namespace claw::cel {
namespace {

Value encode(const Call& call) { return call.string(to_base64(call.text(0))); }

Value decode(const Call& call) {
  if (!call.budget.spend_bytes(call.text(0).size())) return too_costly();
  std::string padded(call.text(0));
  if (!padded.ends_with('=')) padded.append((4 - padded.size() % 4) % 4, '=');
  const auto bytes = from_base64(padded);
  return bytes ? call.bytes(*bytes) : Value::error("the text is not base64");
}

constexpr std::array declarations = {
    Declaration{"base64.encode", "(bytes) string", encode},
    Declaration{"base64.decode", "(string) bytes", decode},
};

}  // namespace

std::span<const Declaration> encoder_declarations() { return declarations; }

}  // namespace claw::cel
