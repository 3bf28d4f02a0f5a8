// The command line's side of the operators' API: calls to a running gateway, by its socket on this machine or
// by its address and an API token from elsewhere. JSON back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "io/tls.h"

namespace claw::admin {

struct Gateway {
  std::string socket;  // On this machine; or, where there is a url,
  std::string url;     // `https://gate.example:9443`; `http://` only for this machine,
  Secret token = {};   // `clawo_…`,
  std::string roots = {};  // and a PEM file of authorities to believe; empty: the system's.
};

struct Question {
  std::string_view method = "GET";
  std::string_view path;  // As in `/api/v1/approvals`.
  std::string_view body = {};
  std::uint32_t timeout_ms = 15'000;
};

// An answer that is not 200 is an Error with the gateway's words.
Result<json::Value> call(const Gateway& gateway, const Question& question);

// By the socket alone.
Result<json::Value> call(const std::string& socket, std::string_view method, std::string_view path,
                         std::string_view body = {});

// Server-sent events, until `each` returns false or the gateway closes.
using Event = std::function<bool(std::string_view name, const json::Value& data)>;
Status follow(const Gateway& gateway, std::string_view path, const Event& each);

// A path's parameter, escaped.
std::string escaped(std::string_view text);

}  // namespace claw::admin
