// How an exporter's server is believed, and what we show it: the roots of a file or the system's, and with
// that the certificate of an mtls_credential where the server asks who we are. The certificate is read from
// the vault when it is needed and for a minute, so that a new one counts without a reload.
#pragma once

#include <cstdint>
#include <memory>

#include "exporter/sink.h"

namespace claw::exporter {

class Trust {
 public:
  // Null: the system's roots, and nothing to show. An error: there is no such certificate now.
  Result<std::shared_ptr<io::TlsContext>> now(const Parts& parts);

 private:
  std::shared_ptr<io::TlsContext> made_;
  std::int64_t since_us_ = 0;
};

}  // namespace claw::exporter
