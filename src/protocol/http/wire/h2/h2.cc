#include "protocol/http/wire/h2.h"

#include "protocol/http/wire/h2/connection.h"

namespace claw::http {

std::unique_ptr<Codec> make_h2_server(H2Limits limits) {
  return std::make_unique<H2Connection>(true, limits);
}

std::unique_ptr<Codec> make_h2_client(H2Limits limits) {
  return std::make_unique<H2Connection>(false, limits);
}

}  // namespace claw::http
