// Who may pass: says who calls, whether their request is one our own page or program made, and whether a
// route is theirs to call. It answers with the refusal, or nothing. What it checks, in which order and why,
// is in README.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/routes/sources.h"
#include "admin/table.h"

namespace claw::admin {

constexpr std::size_t counted_callers_max = 10'000;  // Addresses and people whose requests are counted.

class Gatekeeper {
 public:
  explicit Gatekeeper(Sources& sources);

  // Whether this Host is one of ours: a page that another name was pointed at us for is not.
  bool knows_host(const Caller& caller, std::string_view authority) const;

  Who identify(const http::Request& head, const Caller& caller);
  std::optional<Who> see_again(const Who& who);

  std::optional<Answer> refuse(const RouteRow& route, const http::Request& head, const Caller& caller,
                               const Who& who);

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t at_us = 0;
  };
  std::optional<Answer> refuse_foreign(const http::Request& head, const Caller& caller, const Who& who) const;
  bool is_within_rate(const Caller& caller, const Who& who);

  Sources& sources_;
  std::string public_origin_;
  std::string public_authority_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace claw::admin
