// How an agent is told no: an answer that clients of the usual APIs print as their server's own error.
#pragma once

#include <string>
#include <string_view>

#include "action/verdict.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

struct Refusal {
  Response response;
  std::string body;  // Empty for gRPC, whose words are in the head.
};

// 403 for a verdict; other statuses for what was wrong before or after one. `request` decides the form:
// application/problem+json (RFC 9457) with the members GitHub's, Google's, OpenAI's, Anthropic's and AWS's
// clients look for, or a gRPC status.
Refusal refuse(const Request& request, int status, const action::Verdict& why);

// 202 for an action that a person is being asked about: where its state can be seen, where there is a public
// URL, and how to come back. The original's members.
Refusal accept_for_later(const Request& request, const action::Verdict& why, std::string_view public_url);

bool is_grpc(const Request& request);

}  // namespace claw::http
