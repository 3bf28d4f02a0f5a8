// What every Streams here has in common: after an Error it says the same error for good, whatever comes.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/http/dialect.h"

namespace claw::kubernetes {

class ReadAlong : public http::Streams {
 public:
  Status feed(bool from_agent, std::string_view bytes) final {
    if (failed_) return *failed_;
    Status status = read(from_agent, bytes);
    if (!status) failed_ = status.error();
    return status;
  }

 private:
  virtual Status read(bool from_agent, std::string_view bytes) = 0;

  std::optional<Error> failed_;
};

}  // namespace claw::kubernetes
