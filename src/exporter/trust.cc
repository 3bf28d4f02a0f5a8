#include "exporter/trust.h"

#include "base/text.h"

namespace claw::exporter {

namespace {

constexpr std::int64_t kept_us = 60LL * 1'000'000;  // Reading all of the system's roots takes a while.

}  // namespace

Result<std::shared_ptr<io::TlsContext>> Trust::now(const Parts& parts) {
  if (parts.certificate.name.empty()) return parts.trust;
  const std::int64_t now_us = parts.clock.monotonic_us();
  if (made_ != nullptr && now_us - since_us_ < kept_us) return made_;
  CLAW_TRY(auto shown, parts.vault.client_certificate(parts.certificate));
  if (!shown) return Error{Code::not_found, quoted(parts.certificate.name) + " has no certificate", {}};
  io::TlsFiles files;
  files.roots = parts.settings.ca_file;
  io::TlsText text{shown->certificate, std::move(shown->key), {}};
  if (files.roots.empty()) text.roots = shown->roots;
  CLAW_TRY(made_, io::TlsContext::client(files, io::TlsTrust::chain_and_name, text));
  since_us_ = now_us;
  return made_;
}

}  // namespace claw::exporter
