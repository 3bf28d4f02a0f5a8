#include "toolcall/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/crypto.h"
#include "base/text.h"

namespace claw::toolcall {
namespace {

constexpr std::uint32_t away_ms = 5 * 60 * 1000;  // A person opens a page, reads, and says that they did.

bool is_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '/';
  });
}

Said no_such_tool(std::string_view name, const Catalogue& catalogue, std::string_view profile) {
  std::vector<std::string> names;
  for (const std::shared_ptr<const Tool>& each : catalogue) names.emplace_back(each->name());
  const auto near = nearest(name, names);
  return mistake(404, fmt::format("profile `{}` has no tool {}{}", profile, quoted(name),
                                  near ? fmt::format(", did you mean `{}`?", *near) : ""));
}

std::optional<Said> check_texts(const Want& want) {
  const std::tuple<const std::string&, std::size_t, const char*> texts[] = {
      {want.reasoning, reasoning_bytes_max, "/reasoning"},
      {want.session, session_bytes_max, "/session"},
      {want.key, key_bytes_max, "/idempotency_key"}};
  for (const auto& [text, most, pointer] : texts) {
    if (text.size() > most) return mistake(400, fmt::format("this is longer than {} bytes", most), pointer);
  }
  if (is_word(want.session)) return std::nullopt;
  return mistake(400, "a session is named by letters, digits and -_.:/", "/session");
}

}  // namespace

Desk::Desk(Parts parts)
    : parts_(std::move(parts)),
      shelves_(std::move(parts_.shelves)),
      around_(std::make_shared<Surroundings>(Surroundings{parts_.loop, parts_.guard, parts_.ground,
                                                          parts_.connect, parts_.give})),
      refusals_(parts_.loop, parts_.guard) {}

Desk::~Desk() {
  for (const auto& [id, running] : running_) parts_.loop.cancel(running.away);
}

std::variant<Desk::Checked, Said> Desk::check(const Who& who, Want& want) {
  const Asker asker = asker_of(who);
  Checked checked;
  checked.tool = tool(asker, want.tool);
  if (checked.tool == nullptr) return no_such_tool(want.tool, catalogue(asker), who.principal.profile);
  if (auto wrong = check_texts(want)) return std::move(*wrong);
  if (want.arguments.is_null()) want.arguments = json::Value(json::Object{});
  const std::uint64_t most = who.ground.endpoint->tools.arguments_bytes_max;
  const std::string text = json::format(want.arguments);
  if (text.size() > most) {
    return mistake(413, fmt::format("arguments are at most {} bytes", most), "/arguments");
  }
  if (const auto wrong = checked.tool->check(want.arguments)) {
    return mistake(400, wrong->what, wrong->pointer);
  }
  const std::string named = std::string(checked.tool->name()) + "\n" + text;
  checked.digest = to_hex(crypto::view(crypto::sha256(named)));
  return checked;
}

void Desk::begin(const Who& who, Want want, const std::shared_ptr<Guest>& guest) {
  auto checked = check(who, want);
  if (const Said* refused = std::get_if<Said>(&checked)) return refuse(who, want, *refused, *guest);
  const Checked& call = std::get<Checked>(checked);
  Plan plan = call.tool->plan({*who.ground.snapshot, who.principal.profile, want.arguments});
  if (const Mistake* wrong = std::get_if<Mistake>(&plan)) {
    return refuse(who, want, mistake(400, wrong->what, wrong->pointer), *guest);
  }
  const Id id = make_id(parts_.loop.clock().wall_us());
  if (want.key.empty() && want.may_step_out) want.key = id.view();
  if (!want.key.empty() && is_known(who, call, want, std::string(id.view()), guest)) return;
  start(who, want, std::get<Planned>(std::move(plan)), id, guest);
}

void Desk::begin(const Who& who, const Want& want, Planned planned, const std::shared_ptr<Guest>& guest) {
  if (const auto wrong = check_texts(want)) return refuse(who, want, *wrong, *guest);
  Want keyless = want;
  keyless.key.clear();
  start(who, keyless, std::move(planned), make_id(parts_.loop.clock().wall_us()), guest);
}

void Desk::refused(const Who& who, const Want& want, const Said& said) {
  const auto parsed = json::parse(said.body);
  const std::string pointer = parsed.ok() ? parsed->text_or("pointer", "") : "";
  const std::string what = parsed.ok() ? parsed->text_or("detail", "") : "this is no call";
  refusals_.add({who.ground.gate, who.principal, want.tool, want.arguments, want.reasoning,
                 fmt::format("{}/{}", who.principal.agent, want.session.empty() ? "tools" : want.session),
                 pointer.empty() ? what : fmt::format("{} ({})", what, pointer)});
}

void Desk::refuse(const Who& who, const Want& want, const Said& said, Guest& guest) {
  refused(who, want, said);
  guest.over(said);
}

// A key that has been seen: what it was answered, or who runs under it.
bool Desk::is_known(const Who& who, const Checked& checked, Want& want, const std::string& id,
                    const std::shared_ptr<Guest>& guest) {
  const Memory::Known found = memory_.begin(who.principal.agent, want.key, checked.digest, id,
                                            parts_.loop.clock().monotonic_us());
  if (found.kind == Memory::Kind::another) {
    refuse(who, want, mistake(409, "this key was given to another call", "/idempotency_key"), *guest);
    return true;
  }
  if (found.kind == Memory::Kind::answered) {
    guest->over(found.said);
    return true;
  }
  if (found.kind == Memory::Kind::running) {
    if (const auto running = running_.find(found.call); running != running_.end()) {
      join(running->second, guest);
      return true;
    }
  }
  if (want.operation.empty()) want.operation = found.operation;
  return false;
}

void Desk::start(const Who& who, const Want& want, Planned planned, Id id,
                 const std::shared_ptr<Guest>& guest) {
  const std::string& agent = who.principal.agent;
  const std::size_t most = who.ground.endpoint->tools.calls_per_agent;
  if (const auto found = calls_of_.find(agent); found != calls_of_.end() && found->second >= most) {
    if (!want.key.empty()) memory_.forget(agent, want.key, want.operation);
    return refuse(who, want, mistake(429, fmt::format("an agent has at most {} calls at once", most)),
                  *guest);
  }
  Order order{who.ground, who.principal, {}, want.reasoning, want.operation, std::move(planned)};
  // Under the agent's own name: another's session, or one of the wire, is not to be had by saying so.
  order.session = fmt::format("{}/{}", agent, want.session.empty() ? "tools" : want.session);
  order.planned.call.reasoning = want.reasoning;
  const std::string key(id.view());
  const auto call = std::make_shared<Call>(
      around_, id, std::move(order),
      Call::Ears{[this, key](std::string_view event, std::string_view json) {
                   const auto found = running_.find(key);
                   if (found == running_.end()) return;
                   const auto guests = found->second.guests;  // One may leave meanwhile.
                   for (const std::shared_ptr<Guest>& each : guests) each->tell(event, json);
                 },
                 [this, key](const Said& said, Call::End how, const std::string& held) {
                   over(key, said, how, held);
                 }});
  running_.emplace(key, Running{call, agent, want.key, {guest}, want.key == key});
  ++calls_of_[agent];
  guest->joined(key, want.key);
  call->start();
}

void Desk::join(Running& running, const std::shared_ptr<Guest>& guest) {
  running.guests.push_back(guest);
  guest->joined(running.call->id().view(), running.key);
  parts_.loop.cancel(std::exchange(running.away, 0));
  running.call->wait_for_company(false);
}

void Desk::leave(std::string_view id, const Guest* guest) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  auto& guests = found->second.guests;
  const auto known = std::ranges::find(guests, guest, &std::shared_ptr<Guest>::get);
  if (known == guests.end()) return;
  guests.erase(known);
  if (!guests.empty()) return;
  const std::shared_ptr<Call> call = found->second.call;
  call->cancel();
}

void Desk::step_out(std::string_view id, const Guest* guest) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  Running& running = found->second;
  std::erase_if(running.guests, [guest](const auto& each) { return each.get() == guest; });
  if (!running.guests.empty() || running.away != 0) return;
  running.was_left = true;
  running.call->wait_for_company(true);
  await_return(found->first, running.call->is_held());
}

// It was answered since the last look, or is not yet: then they have all of the time that follows.
void Desk::await_return(const std::string& id, bool was_held) {
  running_.find(id)->second.away = parts_.loop.after_ms(away_ms, [this, id, was_held] {
    const auto late = running_.find(id);
    if (late == running_.end()) return;
    late->second.away = 0;
    const std::shared_ptr<Call> call = late->second.call;
    const bool is_held = call->is_held();
    if (is_held || was_held) return await_return(id, is_held);
    call->cancel();
  });
}

// Another agent's call is none.
bool Desk::cancel(const Who& who, std::string_view id) {
  const auto found = running_.find(id);
  if (found == running_.end() || found->second.agent != who.principal.agent) return false;
  const std::shared_ptr<Call> call = found->second.call;
  call->cancel();
  return true;
}

void Desk::over(const std::string& id, const Said& said, Call::End how, const std::string& operation) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  Running running = std::move(found->second);
  running_.erase(found);
  parts_.loop.cancel(running.away);
  if (--calls_of_[running.agent] == 0) calls_of_.erase(running.agent);
  if (running.is_own_key && !running.was_left) {
    memory_.remove(running.agent, running.key);
  } else if (!running.key.empty()) {
    const bool is_final = how == Call::End::ran || how == Call::End::refused;
    if (is_final) memory_.answered(running.agent, running.key, said);
    else memory_.forget(running.agent, running.key, operation);
  }
  for (const std::shared_ptr<Guest>& each : running.guests) each->over(said);
  // It may be in its own code.
  parts_.loop.post([call = std::move(running.call)] {});
}

}  // namespace claw::toolcall
