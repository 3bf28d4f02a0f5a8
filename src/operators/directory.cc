#include "operators/directory.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "base/web/token.h"
#include "operators/inside.h"

namespace claw::operators {

namespace {

constexpr std::int64_t last_used_step_us = 60'000'000;  // Finer than a minute nobody asks.

}  // namespace

Directory::Directory(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
Directory::~Directory() = default;

Result<std::unique_ptr<Directory>> Directory::open(std::shared_ptr<Keeper> keeper, const Clock& clock,
                                                   Settings settings, Record record) {
  CLAW_TRY(const std::optional<Secret> kept, keeper->read());
  auto inner = std::make_unique<Inner>(std::move(keeper), clock, std::move(settings), std::move(record));
  if (kept) {
    CLAW_TRY(inner->state, parse_state(kept->reveal()));
  }
  if (!inner->state.has_standing_admin()) inner->first = generate_token(invite_prefix);
  return std::unique_ptr<Directory>(new Directory(std::move(inner)));
}

bool Directory::has_admin() const {
  const std::lock_guard lock(inner_->mutex);
  return inner_->state.has_standing_admin();
}

std::optional<Secret> Directory::first_link() const {
  const std::lock_guard lock(inner_->mutex);
  if (!inner_->first) return std::nullopt;
  return inner_->first->clone();
}

std::optional<Session> Directory::session(std::string_view cookie) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  Live* const live = in.sessions.find(cookie);
  if (live == nullptr) return std::nullopt;
  const Account* const account = in.account_of(live->person);
  if (account == nullptr) return std::nullopt;
  in.sessions.seen(*live);
  return in.view(*live, *account);
}

void Directory::sign_out(std::string_view cookie) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  const Live* const live = in.sessions.find(cookie);
  if (live == nullptr) return;
  in.note({live->person, "signed_out", live->person});
  in.sessions.end(cookie);
}

std::optional<Bearer> Directory::bearer(std::string_view text) {
  Inner& in = *inner_;
  if (!is_token(token_prefix, text)) return std::nullopt;
  const std::string digest = digest_of(text);
  const std::lock_guard lock(in.mutex);
  for (auto& [id, token] : in.state.tokens) {
    if (!crypto::equal(token.digest, digest)) continue;
    const std::int64_t now_us = in.clock.wall_us();
    const Account* const account = in.account_of(token.view.person);
    const bool has_ended = token.view.expires_us != 0 && token.view.expires_us <= now_us;
    if (account == nullptr || has_ended) return std::nullopt;
    // Kept with the next change of anything: a write for each request would be an attack on the disk.
    if (now_us - token.view.last_used_us >= last_used_step_us) token.view.last_used_us = now_us;
    Bearer bearer{id, account->name, account->role, account->groups, {}};
    for (const Scope scope : token.view.scopes) {
      if (operators::may(account->role, scope)) bearer.scopes.push_back(scope);
    }
    return bearer;
  }
  return std::nullopt;
}

Result<Made> Directory::token_make(std::string_view person, const NewToken& wanted) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  const Account* const account = in.account_of(person);
  if (account == nullptr) return Error{Code::not_found, "no account " + quoted(person), {}};
  if (wanted.scopes.empty()) return invalid("a token needs a scope");
  for (const Scope scope : wanted.scopes) {
    if (!operators::may(account->role, scope)) {
      return Error{
          Code::denied, "the scope `" + std::string(name_of(scope)) + "` is more than the role allows", {}};
    }
  }
  const std::int64_t now_us = in.clock.wall_us();
  if (wanted.expires_us != 0 && wanted.expires_us <= now_us) {
    return invalid("a token that has expired already");
  }
  if (in.state.tokens.size() >= tokens_max) return Error{Code::limit, "there are 1000 tokens already", {}};
  Made made{std::string(make_id(now_us).view()), generate_token(token_prefix)};
  Token token{{made.id, label_of(wanted.label), account->name, wanted.scopes, now_us, wanted.expires_us, 0},
              digest_of(made.token.reveal())};
  std::ranges::sort(token.view.scopes);
  const auto again = std::ranges::unique(token.view.scopes);
  token.view.scopes.erase(again.begin(), again.end());
  std::string said;
  for (const Scope scope : token.view.scopes) said.append(said.empty() ? "" : " ").append(name_of(scope));
  State next = in.state.clone();
  next.tokens.emplace(made.id, std::move(token));
  CLAW_TRY_DONE(in.commit(std::move(next), {std::string(person), "token_made", made.id, said}));
  return made;
}

std::vector<TokenView> Directory::tokens(std::string_view person) const {
  const std::lock_guard lock(inner_->mutex);
  std::vector<TokenView> views;
  for (const auto& [id, token] : inner_->state.tokens) {
    if (person.empty() || token.view.person == person) views.push_back(token.view);
  }
  return views;
}

Status Directory::token_revoke(std::string_view by, std::string_view id) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  State next = in.state.clone();
  const auto found = next.tokens.find(id);
  if (found == next.tokens.end()) return Error{Code::not_found, "no token " + quoted(id), {}};
  const std::string person = found->second.view.person;
  next.tokens.erase(found);
  return in.commit(std::move(next), {std::string(by), "token_revoked", std::string(id), person});
}

}  // namespace claw::operators
