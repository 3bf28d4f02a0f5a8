#include "protocol/kubernetes/streams/outcome.h"

#include "base/json.h"
#include "base/text.h"

namespace claw::kubernetes {
namespace {

constexpr std::string_view unreadable = "an ending that cannot be read";

std::string exit_of(const json::Value& status) {
  const json::Value* details = status.find("details");
  const json::Value* causes = details != nullptr ? details->find("causes") : nullptr;
  if (causes == nullptr || causes->array() == nullptr) return std::string(unreadable);
  for (const json::Value& cause : *causes->array()) {
    if (cause.text_or("reason", "") != "ExitCode") continue;
    const std::string code = cause.text_or("message", "");
    const bool is_code =
        !code.empty() && code.size() <= 3 && code.find_first_not_of("0123456789") == code.npos;
    return is_code ? "exit " + code : std::string(unreadable);
  }
  return std::string(unreadable);
}

}  // namespace

std::string outcome_of(std::string_view status, bool is_object) {
  if (!is_object) return "failed: " + quoted(trim(status));
  const auto parsed = json::parse(status);
  if (!parsed || parsed->object() == nullptr) return std::string(unreadable);
  const std::string word = parsed->text_or("status", "");
  if (word == "Success") return "exit 0";
  if (word != "Failure") return std::string(unreadable);
  if (parsed->text_or("reason", "") == "NonZeroExitCode") return exit_of(*parsed);
  return "failed: " + quoted(parsed->text_or("message", ""));
}

}  // namespace claw::kubernetes
