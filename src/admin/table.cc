#include "admin/table.h"

namespace claw::admin {

namespace {

using operators::Scope;
using enum Where;

constexpr std::nullopt_t nobody = std::nullopt;
constexpr Scope read = Scope::read;
constexpr Scope approve = Scope::approve;
constexpr Scope operate = Scope::operate;
constexpr Scope admin = Scope::admin;

constexpr RouteRow rows[] = {
    {"GET", "/healthz", nobody, loop, routes::health, is_foreign | before_first},
    {"GET", "/readyz", nobody, loop, routes::ready, is_foreign | before_first},
    {"GET", "/metrics", read, loop, routes::metrics},
    {"GET", "/openapi.yaml", nobody, loop},

    {"GET", "/api/v1/session", nobody, loop, routes::session, before_first},
    {"DELETE", "/api/v1/session", nobody, loop, routes::sign_out},
    {"POST", "/api/v1/session/first", nobody, passwords, routes::first_start, before_first},
    {"POST", "/api/v1/session/invite", nobody, passwords, routes::accept_invite},
    {"POST", "/api/v1/session/password", nobody, passwords, routes::sign_in},
    {"POST", "/api/v1/session/totp", nobody, passwords, routes::sign_in_totp},
    {"POST", "/api/v1/session/passkey/options", nobody, loop, routes::passkey_options},
    {"POST", "/api/v1/session/passkey", nobody, passwords, routes::sign_in_passkey},
    {"GET", "/api/v1/session/oidc", nobody, passwords, routes::oidc_begin},
    {"GET", "/api/v1/session/oidc/callback", nobody, passwords, routes::oidc_callback},

    {"GET", "/api/v1/people", read, loop, routes::people},
    {"POST", "/api/v1/people", admin, passwords, routes::invite_person, needs_fresh},
    {"PATCH", "/api/v1/people/{name}", admin, passwords, routes::change_person, needs_fresh},
    {"DELETE", "/api/v1/people/{name}", admin, passwords, routes::remove_person, needs_fresh},
    {"POST", "/api/v1/people/{name}/reset", admin, passwords, routes::reset_person, needs_fresh},

    {"POST", "/api/v1/me/password", read, passwords, routes::change_password, needs_session},
    {"POST", "/api/v1/me/totp", read, passwords, routes::begin_totp, needs_session},
    {"DELETE", "/api/v1/me/totp", read, passwords, routes::remove_totp, needs_session | needs_fresh},
    {"POST", "/api/v1/me/totp/confirm", read, passwords, routes::confirm_totp, needs_session},
    {"POST", "/api/v1/me/passkeys/options", read, passwords, routes::begin_passkey, needs_session},
    {"POST", "/api/v1/me/passkeys", read, passwords, routes::add_passkey, needs_session},
    {"DELETE", "/api/v1/me/passkeys/{id}", read, passwords, routes::remove_passkey,
     needs_session | needs_fresh},

    {"GET", "/api/v1/tokens", read, loop, routes::tokens},
    {"POST", "/api/v1/tokens", read, passwords, routes::make_token, needs_session},
    {"DELETE", "/api/v1/tokens/{id}", read, passwords, routes::revoke_token},

    {"GET", "/api/v1/approvals", read, loop, routes::approvals},
    {"GET", "/api/v1/approvals/{id}", read, live},
    {"POST", "/api/v1/approvals/{id}/allow", approve, loop, routes::allow},
    {"POST", "/api/v1/approvals/{id}/deny", approve, loop, routes::deny},
    {"POST", "/api/v1/approvals/{id}/passkey", approve, loop, routes::approval_passkey, needs_session},
    {"GET", "/api/v1/callbacks/{name}", nobody, passwords, routes::callback, is_foreign},
    {"POST", "/api/v1/callbacks/{name}", nobody, passwords, routes::callback, is_foreign},
    {"GET", "/api/v1/operations/{id}/status", nobody, loop, routes::operation_status,
     is_foreign | before_first},

    {"GET", "/api/v1/actions", read, records, routes::actions},
    {"GET", "/api/v1/actions/{id}", read, records, routes::action},
    {"GET", "/api/v1/actions/{id}/terminal", operate, records, routes::action_terminal},
    {"POST", "/api/v1/actions/{id}/rule", read, records, routes::action_rule},
    {"GET", "/api/v1/sessions", read, records, routes::agent_sessions},
    {"GET", "/api/v1/sessions/{session}", read, records, routes::agent_session},
    {"GET", "/api/v1/agents", read, records, routes::agents},
    {"DELETE", "/api/v1/agents/{name}/session", operate, passwords, routes::end_agent_session},
    {"GET", "/api/v1/analytics", read, records, routes::analytics},
    {"GET", "/api/v1/events", read, live},

    {"GET", "/api/v1/policy", read, records, routes::policy},
    {"POST", "/api/v1/policy/simulate", operate, long_, routes::simulate},
    {"POST", "/api/v1/reload", operate, passwords, routes::reload},
    {"GET", "/api/v1/credentials", read, records, routes::credentials},
    {"POST", "/api/v1/credentials/{name}/{slot}", operate, passwords, routes::set_credential},
    {"DELETE", "/api/v1/credentials/{name}/{slot}", operate, passwords, routes::remove_credential},
    {"GET", "/api/v1/audit", read, records, routes::audit_state},
    {"POST", "/api/v1/audit/verify", operate, long_, routes::verify_audit},
    {"POST", "/api/v1/notes", admin, passwords, routes::note},
    {"GET", "/api/v1/status", read, loop, routes::status},
    {"GET", "/api/v1/settings", read, loop, routes::settings},
    {"GET", "/api/v1/mcp", read, loop, routes::mcp_servers},
    {"POST", "/api/v1/mcp/{name}/accept", operate, passwords, routes::accept_pin},
    {"POST", "/api/v1/mcp/{name}/withdraw", operate, passwords, routes::withdraw_pin},
    {"GET", "/api/v1/breakglass", read, loop, routes::glasses},
    {"POST", "/api/v1/breakglass", operate, passwords, routes::break_glass, no_token | needs_fresh},
    {"DELETE", "/api/v1/breakglass/{id}", operate, passwords, routes::end_break_glass},
};

}  // namespace

std::span<const RouteRow> route_table() { return rows; }

}  // namespace claw::admin
