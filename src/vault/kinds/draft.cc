#include "vault/kinds/draft.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

namespace {

using Kind = action::Edit::Kind;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// RFC 9110 §5.5 allows more; what is refused here is what splits a message, or what a recipient trims.
bool fits_header(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, is_control) && text.front() != ' ' && text.back() != ' ';
}

Error unfit(std::string_view where) {
  return invalid("this credential's secret cannot stand in " + std::string(where) +
                 ": it is empty, or has a line end or another byte that may not be there");
}

// Framing, routing and hop-by-hop fields (RFC 9110 §7.6.1): the codec writes these itself.
constexpr std::array<std::string_view, 12> reserved_names = {
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection",
    "te",   "trailer",        "upgrade",           "expect",     "content-type", "http2-settings"};

}  // namespace

bool is_header_name(std::string_view name) {
  const auto is_token = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, is_token) &&
         std::ranges::find(reserved_names, lower(name)) == reserved_names.end();
}

Draft::Draft(const Credential& credential) : edits_(std::make_shared<action::Edits>()) {
  edits_->credential = credential.name;
}

void Draft::add(Kind kind, std::string_view name, Secret value) {
  edits_->list.push_back({kind, std::string(name), std::move(value)});
}

void Draft::hide(const Secret& secret) {
  if (!secret.empty()) edits_->hidden.push_back(secret.clone());
}

Status Draft::authorization(std::string_view scheme, const Secret& secret) {
  return header("Authorization", std::string(scheme) + " ", secret);
}

Status Draft::basic(std::string_view user, const Secret& password) {
  if (user.find(':') != std::string_view::npos || std::ranges::any_of(user, is_control)) {
    return invalid("a user name for basic authentication has no colon and no control bytes");
  }
  if (password.empty() || std::ranges::any_of(password.reveal(), is_control)) {
    return unfit("basic authentication");
  }
  const Secret pair = joined({user, ":", password.reveal()});
  hide(password);
  return authorization("Basic", Secret(to_base64(pair.reveal())));
}

Status Draft::header(std::string_view name, std::string_view before, const Secret& secret) {
  if (!fits_header(secret.reveal())) return unfit("a header");
  add(Kind::set_header, name, joined({before, secret.reveal()}));
  hide(secret);
  return Done{};
}

void Draft::plain_header(std::string_view name, std::string value) {
  add(Kind::set_header, name, Secret(std::move(value)));
}

void Draft::drop_header(std::string_view name) { add(Kind::drop_header, name, {}); }

Status Draft::cookie(std::string_view name, const Secret& secret) {
  const std::string_view text = secret.reveal();
  if (!fits_header(text) || text.find(';') != std::string_view::npos) return unfit("a cookie");
  add(Kind::set_cookie, name, secret.clone());
  hide(secret);
  return Done{};
}

void Draft::query(std::string_view name, const Secret& secret) {
  add(Kind::set_query, name, secret.clone());
  hide(secret);
}

void Draft::plain_query(std::string_view name, std::string value) {
  add(Kind::set_query, name, Secret(std::move(value)));
}

void Draft::drop_query(std::string_view name) { add(Kind::drop_query, name, {}); }
void Draft::drop_form_field(std::string_view name) { add(Kind::drop_form_field, name, {}); }

Status Draft::path(std::string_view piece, std::string_view before, const Secret& secret,
                   std::string_view after) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
  };
  if (secret.empty() || !std::ranges::all_of(secret.reveal(), fits)) return unfit("a path");
  add(Kind::set_path, piece, joined({before, secret.reveal(), after}));
  hide(secret);
  return Done{};
}

// The quotes are part of what is looked for: inside a JSON string they would be escaped, so a message that
// quotes the placeholder, say as a status for others to read, does not get the secret.
Status Draft::text(std::string_view placeholder, const Secret& secret) {
  const std::string_view value = secret.reveal();
  if (!fits_header(value) || value.find_first_of("\"\\") != std::string_view::npos) return unfit("a message");
  for (const std::string_view key : {"\"token\":\"", "\"token\": \""}) {
    add(Kind::set_text, joined({key, placeholder, "\""}).reveal(), joined({key, value, "\""}));
  }
  hide(secret);
  return Done{};
}

Result<Injection> Draft::finish() && {
  return Injection(std::shared_ptr<const action::Edits>(std::move(edits_)));
}

}  // namespace claw::vault
