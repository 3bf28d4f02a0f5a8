#include "pins/board.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace claw::pins {
namespace {

constexpr int format_version = 1;
constexpr std::size_t told_max = 10'000;  // Of one server; beyond, somebody may be told twice.

Definition definition_of(Kind kind, const json::Value& given) {
  auto read = read_definition(kind, given);
  return read ? std::move(*read) : Definition{};
}

}  // namespace

Result<std::unique_ptr<Board>> Board::open(std::shared_ptr<Keeper> keeper) {
  std::unique_ptr<Board> board(new Board(std::move(keeper)));
  CLAW_TRY(const std::optional<std::string> text, board->keeper_->read());
  if (text) CLAW_TRY_DONE(board->read(*text));
  return board;
}

Status Board::read(std::string_view text) {
  CLAW_TRY(const json::Value document, json::parse(text));
  const json::Value* servers = document.find("servers");
  if (document.int_or("version", 0) != format_version || servers == nullptr || servers->object() == nullptr) {
    return invalid("the pins are not of this version");
  }
  for (const auto& [name, listed] : *servers->object()) {
    if (listed.array() == nullptr) return invalid("pins that are no list");
    Of& of = servers_[name];
    of.was_accepted = true;
    for (const json::Value& each : *listed.array()) {
      const auto kind = kind_named(each.text_or("kind", ""));
      const auto at = parse_time(each.text_or("at", ""));
      const json::Value* given = each.find("definition");
      if (!kind || !at || given == nullptr) return invalid("a pin that is none");
      Pin pin{definition_of(*kind, *given), *at, each.text_or("by", "")};
      if (pin.definition.name.empty() || pin.definition.hash != each.text_or("hash", "")) {
        return invalid(fmt::format("a pin of {} that is not what was accepted", quoted(name)));
      }
      of.pins.insert_or_assign(Key(*kind, pin.definition.name), std::move(pin));
    }
  }
  return Done{};
}

std::string Board::format() const {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("version", format_version);
  out.key("servers"), out.begin_object();
  for (const auto& [name, of] : servers_) {
    if (!of.was_accepted) continue;
    out.key(name), out.begin_array();
    for (const auto& [key, pin] : of.pins) {
      out.begin_object();
      out.member("kind", name_of(key.first));
      out.member("hash", pin.definition.hash);
      out.member("at", format_time(pin.at_us));
      out.member("by", pin.by);
      out.key("definition"), out.raw(pin.definition.text);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
  out.end_object();
  return text;
}

// What cannot be kept is not accepted: after a restart it would be another policy.
Status Board::keep(const std::string& server, const Of& before) {
  Status kept = keeper_->replace(format());
  if (!kept) servers_[server] = before;
  return kept;
}

Sorted Board::sort(const std::string& server, const std::vector<Definition>& offered, bool accepts_first,
                   std::int64_t now_us) {
  const std::lock_guard lock(mutex_);
  Of& of = servers_[server];
  Sorted sorted;
  if (accepts_first && !of.was_accepted && !offered.empty()) {
    const Of before = of;
    for (const Definition& each : offered) {
      of.pins.insert_or_assign(Key(each.kind, each.name), Pin{each, now_us, "policy"});
    }
    of.was_accepted = true;
    if (keep(server, before)) sorted.accepted = offered;
  }
  std::vector<Held> held;
  for (const Definition& each : offered) {
    const auto pin = of.pins.find(Key(each.kind, each.name));
    if (pin != of.pins.end() && pin->second.definition.hash == each.hash) {
      sorted.open.push_back(each);
      continue;
    }
    const auto known = std::ranges::find_if(
        of.held, [&](const Held& other) { return other.offered.hash == each.hash; });
    Held made{each, std::nullopt, known != of.held.end() ? known->since_us : now_us, signs_in(each.value())};
    if (pin != of.pins.end()) made.before = pin->second.definition;
    if (of.told.size() < told_max && of.told.insert(each.hash).second) sorted.newly_held.push_back(made);
    held.push_back(std::move(made));
  }
  of.held = std::move(held);
  return sorted;
}

std::vector<Server> Board::servers() const {
  const std::lock_guard lock(mutex_);
  std::vector<Server> all;
  for (const auto& [name, of] : servers_) {
    Server& server = all.emplace_back();
    server.name = name;
    for (const auto& [key, pin] : of.pins) server.pins.push_back(pin);
    server.held = of.held;
  }
  return all;
}

Status Board::accept(const std::string& server, Kind kind, const std::string& name, std::string_view hash,
                     const std::string& by, std::int64_t now_us) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(server);
    if (found == servers_.end()) return Error{Code::not_found, "no such server: " + quoted(server), {}};
    Of& of = found->second;
    const auto held = std::ranges::find_if(of.held, [&](const Held& each) {
      return each.offered.kind == kind && each.offered.name == name && each.offered.hash == hash;
    });
    if (held == of.held.end()) {
      return Error{Code::not_found,
                   fmt::format("no {} {} with this hash waits there; it may have changed again",
                               name_of(kind), quoted(name)),
                   {}};
    }
    const Of before = of;
    of.pins.insert_or_assign(Key(kind, name), Pin{held->offered, now_us, by});
    of.held.erase(held);
    of.was_accepted = true;
    CLAW_TRY_DONE(keep(server, before));
  }
  if (told_) told_();
  return Done{};
}

Status Board::withdraw(const std::string& server, Kind kind, const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = servers_.find(server);
    if (found == servers_.end() || !found->second.pins.contains(Key(kind, name))) {
      return Error{
          Code::not_found, fmt::format("no {} {} is accepted there", name_of(kind), quoted(name)), {}};
    }
    const Of before = found->second;
    found->second.pins.erase(Key(kind, name));
    CLAW_TRY_DONE(keep(server, before));
  }
  if (told_) told_();
  return Done{};
}

bool Board::is_pinned(const std::string& server, const Definition& definition) const {
  const std::lock_guard lock(mutex_);
  const auto found = servers_.find(server);
  if (found == servers_.end()) return false;
  const auto pin = found->second.pins.find(Key(definition.kind, definition.name));
  return pin != found->second.pins.end() && pin->second.definition.hash == definition.hash;
}

void Board::when_changed(std::function<void()> told) { told_ = std::move(told); }

}  // namespace claw::pins
