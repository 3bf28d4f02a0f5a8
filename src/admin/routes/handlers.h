// What each route does, one function each; the table says which is whose. A function runs where the table
// says: on the loop, or on a lane beside it.
#pragma once

#include "admin/routes/call.h"
#include "admin/routes/sources.h"

namespace claw::admin::routes {

using Route = Answer(const Call& call, Sources& sources);

// What needs no session.
Route health, ready, metrics;
Route session, sign_out, first_start, accept_invite, sign_in, sign_in_totp, passkey_options, sign_in_passkey;
Route oidc_begin, oidc_callback, callback, operation_status;

// People, their factors and tokens.
Route people, invite_person, change_person, remove_person, reset_person;
Route change_password, begin_totp, confirm_totp, remove_totp, begin_passkey, add_passkey, remove_passkey;
Route tokens, make_token, revoke_token;

Route approvals, approval, allow, deny, approval_passkey;

Route actions, action, action_terminal, action_rule, agent_sessions, agent_session, agents, end_agent_session,
    analytics;

Route policy, simulate, reload, credentials, set_credential, remove_credential;
Route audit_state, verify_audit, note, status, settings, glasses, break_glass, end_break_glass;

Route mcp_servers, accept_pin, withdraw_pin;

}  // namespace claw::admin::routes
