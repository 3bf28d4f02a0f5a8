// Cookies of the operators' API, and what somebody is told of their session. The session's cookie is sent by
// the browser to us alone and never with a request that another site began; the OIDC one lives for the ten
// minutes of a login and must come with the provider's redirect, which another site begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/routes/sources.h"

namespace claw::admin {

constexpr std::string_view session_cookie = "claw_session";
constexpr std::string_view oidc_cookie = "claw_oidc";

// The one cookie of that name; nothing when there are several: a neighbour under the same domain may have
// planted one, and which is ours cannot be told.
std::string cookie_of(const http::Request& head, std::string_view name);
void set_cookie(Answer& answer, const Call& call, const Sources& sources, std::string_view name,
                std::string_view value);

Answer session_answer(const Call& call, Sources& sources, const std::optional<operators::Session>& session,
                      std::string_view cookie);
Answer signed_in_answer(const Call& call, Sources& sources, operators::SignIn outcome);

}  // namespace claw::admin
