#include <algorithm>

#include "base/id.h"
#include "base/text.h"
#include "base/web/token.h"
#include "operators/inside.h"

namespace claw::operators {

namespace {

constexpr std::size_t handle_bytes = 32;

Error no_account(std::string_view name) { return Error{Code::not_found, "no account " + quoted(name), {}}; }

Status check_groups(const std::vector<std::string>& groups) {
  if (groups.size() > groups_max) return Error{Code::limit, "a person is in at most 100 groups", {}};
  for (const std::string& group : groups) {
    if (!is_name(group)) return invalid("not a group's name: " + quoted(group));
  }
  return Done{};
}

std::string random_handle() {
  std::string handle(handle_bytes, '\0');
  fill_random(handle);
  return handle;
}

Account new_account(std::string_view name, Role role, std::int64_t now_us) {
  Account account;
  account.name = name;
  account.role = role;
  account.handle = random_handle();
  account.created_us = now_us;
  return account;
}

Secret new_link(Account& account, std::int64_t now_us) {
  Secret link = generate_token(invite_prefix);
  account.invite = digest_of(link.reveal());
  account.invite_until_us = now_us + invite_us;
  return link;
}

// Why a change would leave nobody who can undo it.
Status check_last_admin(const State& before, const State& after) {
  if (!before.has_standing_admin() || after.has_standing_admin()) return Done{};
  return Error{Code::denied, "this is the last admin who does not come from a provider", {}};
}

void remove_tokens_of(State& state, std::string_view name) {
  std::erase_if(state.tokens, [&](const auto& each) { return each.second.view.person == name; });
}

}  // namespace

std::vector<Person> Directory::people() const {
  const std::lock_guard lock(inner_->mutex);
  std::vector<Person> people;
  for (const auto& [name, account] : inner_->state.accounts) {
    people.push_back(person_of(account, inner_->clock.wall_us()));
  }
  return people;
}

std::optional<Person> Directory::person(std::string_view name) const {
  const std::lock_guard lock(inner_->mutex);
  const auto found = inner_->state.accounts.find(name);
  if (found == inner_->state.accounts.end()) return std::nullopt;
  return person_of(found->second, inner_->clock.wall_us());
}

Result<Secret> Directory::invite(std::string_view by, const NewPerson& person) {
  Inner& in = *inner_;
  if (!is_name(person.name)) return invalid("not an account's name: " + quoted(person.name));
  CLAW_TRY_DONE(check_groups(person.groups));
  const std::lock_guard lock(in.mutex);
  if (in.state.accounts.contains(person.name)) return invalid("there is an account " + quoted(person.name));
  if (in.state.accounts.size() >= people_max) return Error{Code::limit, "there are 1000 people already", {}};
  Account account = new_account(person.name, person.role, in.clock.wall_us());
  account.groups = person.groups;
  Secret link = new_link(account, in.clock.wall_us());
  State next = in.state.clone();
  next.accounts.emplace(person.name, std::move(account));
  CLAW_TRY_DONE(in.commit(std::move(next), {std::string(by), "person_invited", person.name,
                                            std::string(name_of(person.role))}));
  return link;
}

Result<Secret> Directory::reset(std::string_view by, std::string_view name) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  State next = in.state.clone();
  const auto found = next.accounts.find(name);
  if (found == next.accounts.end()) return no_account(name);
  Account& account = found->second;
  if (!account.subject.empty()) {
    return Error{Code::unsupported, "this person signs in at a provider: remove their account instead", {}};
  }
  account.password.clear();
  account.totp = Secret();
  account.recovery.clear();
  account.passkeys.clear();
  account.handle = random_handle();
  remove_tokens_of(next, name);
  Secret link = new_link(account, in.clock.wall_us());
  CLAW_TRY_DONE(in.commit(std::move(next), {std::string(by), "person_reset", std::string(name)}));
  in.sessions.end_all_of(name);
  in.networks.erase(std::string(name));
  return link;
}

Status Directory::change(std::string_view by, std::string_view name, const Change& change) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  State next = in.state.clone();
  const auto found = next.accounts.find(name);
  if (found == next.accounts.end()) return no_account(name);
  Account& account = found->second;
  if (!account.subject.empty() && (change.role || change.groups)) {
    return Error{Code::unsupported, "this person's provider says their role and groups", {}};
  }
  std::string said;
  if (change.role && *change.role != account.role) {
    said = "role " + std::string(name_of(account.role)) + " -> " + std::string(name_of(*change.role));
    account.role = *change.role;
  }
  const bool ends_sessions = !said.empty() || change.disabled.value_or(false);
  if (change.groups) {
    CLAW_TRY_DONE(check_groups(*change.groups));
    account.groups = *change.groups;
    said.append(said.empty() ? "" : ", ").append("groups " + join(account.groups, " "));
  }
  if (change.disabled && *change.disabled != account.disabled) {
    account.disabled = *change.disabled;
    said.append(said.empty() ? "" : ", ").append(account.disabled ? "disabled" : "enabled");
  }
  CLAW_TRY_DONE(check_last_admin(in.state, next));
  CLAW_TRY_DONE(in.commit(std::move(next), {std::string(by), "person_changed", std::string(name), said}));
  if (ends_sessions) in.sessions.end_all_of(name);
  return Done{};
}

Status Directory::remove(std::string_view by, std::string_view name) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  State next = in.state.clone();
  const auto found = next.accounts.find(name);
  if (found == next.accounts.end()) return no_account(name);
  next.accounts.erase(found);
  remove_tokens_of(next, name);
  CLAW_TRY_DONE(check_last_admin(in.state, next));
  CLAW_TRY_DONE(in.commit(std::move(next), {std::string(by), "person_removed", std::string(name)}));
  in.sessions.end_all_of(name);
  in.networks.erase(std::string(name));
  return Done{};
}

void Directory::sign_out_everywhere(std::string_view by, std::string_view name) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  in.note({std::string(by), "signed_out_everywhere", std::string(name)});
  in.sessions.end_all_of(name);
}

// A name that one of our own accounts has is not the provider's to give.
SignIn Directory::provided(const Provided& who, const From& from) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  const auto refused = [&](std::string why) {
    in.note({who.name, "sign_in_failed", printable(who.subject, 300), std::move(why)});
    return SignIn{};
  };
  State next = in.state.clone();
  auto found = std::ranges::find_if(
      next.accounts, [&](const auto& each) { return each.second.subject == who.subject; });
  if (who.subject.empty()) return refused("a provider that says nothing");
  if (found == next.accounts.end()) {
    if (!is_name(who.name)) return refused("the provider gives no name that an account can have");
    if (next.accounts.contains(who.name)) return refused("the name is another account's");
    if (next.accounts.size() >= people_max) return refused("there are 1000 people already");
    found = next.accounts.emplace(who.name, new_account(who.name, who.role, in.clock.wall_us())).first;
    found->second.subject = who.subject;
  }
  Account& account = found->second;
  if (account.disabled) return refused("the account is disabled");
  const bool has_changed = account.role != who.role;
  account.role = who.role;
  account.groups = who.groups;
  account.last_seen_us = in.clock.wall_us();
  const std::string name = account.name;
  const std::string said = "provider, role " + std::string(name_of(who.role)) + " " + from_text(from);
  if (!in.commit(std::move(next), {name, "signed_in", name, said})) {
    return SignIn{.outcome = SignIn::Outcome::unavailable, .cookie = Secret()};
  }
  if (has_changed) in.sessions.end_all_of(name);
  return in.signed_in(*in.account_of(name), from, false);
}

}  // namespace claw::operators
