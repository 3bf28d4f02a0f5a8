// ca: the certificate that agents must trust, and only that; the key never leaves the state folder.
#include <fmt/format.h>

#include "main/authority.h"
#include "main/environment/environment.h"
#include "main/paths.h"
#include "main/speak.h"
#include "main/state.h"
#include "main/verbs.h"
#include "store/authority_file.h"

namespace claw::verbs {

namespace {

// Without a certificate comes the exit code.
struct Certificate {
  std::string pem;
  int exit_code = ok;
};

Certificate find_certificate(const Ca& options) {
  config::Settings settings;
  if (!options.config.empty()) {
    const Opened opened = open_policy(options.config);
    if (opened.policy == nullptr) return {{}, opened.exit_code};
    settings = opened.policy->settings;
  }
  const std::string folder = state_folder(options.state_dir.empty() ? settings.state_dir : options.state_dir);
  Result<std::string> pem = agents_certificate(folder, settings.vault);
  if (!pem) return {{}, complain(pem.error().text())};
  return {std::move(*pem), ok};
}

}  // namespace

Result<io::AuthorityPem> authority_pem(const std::string& folder, vault::Sealed* sealed,
                                       std::int64_t now_us) {
  const auto make = [now_us]() -> Result<store::AuthorityText> {
    CLAW_TRY(io::AuthorityPem fresh, io::Authority::make(now_us));
    return store::AuthorityText{std::move(fresh.certificate), std::move(fresh.key)};
  };
  CLAW_TRY(store::AuthorityText text, store::authority_text(folder, sealed, make));
  return io::AuthorityPem{std::move(text.certificate), std::move(text.key)};
}

Result<std::string> agents_certificate(const std::string& folder, const config::VaultSettings& settings) {
  CLAW_TRY(std::optional<std::string> kept, store::authority_certificate(folder));
  if (kept) return std::move(*kept);
  const SystemClock clock;
  CLAW_TRY(const auto sealed, open_sealed(folder, settings, clock));
  if (sealed == nullptr && look_at(folder + "/secrets.json") == Path::file) {
    return Error{
        Code::denied, "this state folder has a sealed store; say with --config where its key is", {}};
  }
  CLAW_TRY(io::AuthorityPem authority, authority_pem(folder, sealed.get(), clock.wall_us()));
  return std::move(authority.certificate);
}

int ca_show(const Ca& options) {
  const Certificate certificate = find_certificate(options);
  if (certificate.pem.empty()) return certificate.exit_code;
  put(certificate.pem);
  return close_output(ok);
}

int ca_fingerprint(const Ca& options) {
  const Certificate certificate = find_certificate(options);
  if (certificate.pem.empty()) return certificate.exit_code;
  const Result<std::string> fingerprint = fingerprint_of(certificate.pem);
  if (!fingerprint) return complain(fingerprint.error().text());
  print("{}\n", *fingerprint);
  return close_output(ok);
}

int ca_export(const Ca& options) {
  const Certificate certificate = find_certificate(options);
  if (certificate.pem.empty()) return certificate.exit_code;
  const Status written = store::replace_public_file(options.file, certificate.pem);
  if (!written) return complain(written.error().text());
  remark("agents must trust this authority: `clawpatrol env` shows how");
  return ok;
}

}  // namespace claw::verbs
