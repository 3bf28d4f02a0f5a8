#include "main/pod/pod.h"

#include "approval/channel/signature.h"
#include "base/log.h"
#include "base/text.h"
#include "outbound/request.h"

namespace claw::verbs {

namespace {

constexpr std::size_t url_bytes_max = 2048;  // Longer ones are a mistake in a manifest.

}  // namespace

Result<std::string> policy_file(const std::string& written, const vault::Environment& environment) {
  if (!written.empty()) return written;
  const auto named = environment("POLICY_FILE");
  if (!named || named->empty()) return invalid("no policy: give a file, or set POLICY_FILE");
  const bool is_policy = named->ends_with(".hcl") || named->ends_with(".yaml") || named->ends_with(".yml");
  if (is_policy || named->find('.', named->rfind('/') + 1) == named->npos) {
    return *named;  // No end: a folder.
  }
  return invalid("POLICY_FILE=" + quoted(*named) + " is no policy: its name ends in .hcl, .yaml or .yml");
}

Result<std::optional<channel::Settings>> notification_channel(const vault::Environment& environment,
                                                              vault::Vault& vault) {
  const auto given = environment("NOTIFICATION_WEBHOOK_URL");
  if (!given) return std::optional<channel::Settings>();
  const std::string url(trim(*given));  // Secrets are often written with a line end.
  outbound::Request request;
  const bool is_long = url.size() > url_bytes_max;
  if (const Status aimed = outbound::aim(request, url); !aimed || is_long) {
    // The address itself is a secret: it is not repeated.
    return invalid("NOTIFICATION_WEBHOOK_URL is no address of a webhook: " +
                   (is_long ? std::string("it is too long") : aimed.error().what));
  }
  const std::string name(notification_name);
  Result<Secret> secret = vault.secret(name, "secret");
  if (!secret && secret.error().code == Code::not_found) secret = vault.secret(name);
  if (!secret && secret.error().code != Code::not_found) return std::move(secret).error();
  if (!secret) {
    log::warning(
        "notifications are not signed",
        {{"hint", "set " + vault::environment_name({name, "secret"}) + " to whsec_… of 24 bytes or more"}});
  }
  if (secret && (secret->reveal().empty() || !channel::webhook_signature(secret->reveal(), "", "", ""))) {
    return invalid("the secret of " + name + " is no `whsec_` and base64");
  }
  channel::Settings settings;
  settings.kind = channel::Kind::webhook;
  settings.name = name;
  settings.credential = name;
  settings.url = url;
  settings.ca_file = environment("NOTIFICATION_WEBHOOK_CA").value_or("");
  settings.is_signed = secret.ok();
  return std::optional<channel::Settings>(std::move(settings));
}

}  // namespace claw::verbs
