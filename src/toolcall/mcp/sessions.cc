#include "toolcall/mcp/sessions.h"

#include <algorithm>
#include <vector>

#include "base/id.h"

namespace claw::toolcall::mcp {
namespace {

constexpr std::size_t id_bytes = 24;  // Of chance: nobody meets another's by trying.

bool is_over(const Session& session, std::int64_t now_us) {
  const bool is_idle = !session.listener && session.flying.empty();
  return now_us - session.opened_us > session_life_us ||
         (is_idle && now_us - session.used_us > session_idle_us);
}

}  // namespace

std::shared_ptr<Session> Sessions::open(Session session, std::int64_t now_us) {
  expire(now_us);
  make_room(session.agent);
  session.id = random_hex(id_bytes);
  session.name = "mcp-" + random_hex(4);
  session.opened_us = session.used_us = now_us;
  auto made = std::make_shared<Session>(std::move(session));
  sessions_.emplace(made->id, made);
  return made;
}

// The one that has been silent for longest goes: of the agent's own, or of all.
void Sessions::make_room(const std::string& agent) {
  const auto oldest = [this](const std::string* of) {
    std::shared_ptr<Session> found;
    for (const auto& [id, each] : sessions_) {
      if (of != nullptr && each->agent != *of) continue;
      if (found == nullptr || each->used_us < found->used_us) found = each;
    }
    return found;
  };
  const auto own =
      std::ranges::count_if(sessions_, [&](const auto& each) { return each.second->agent == agent; });
  if (static_cast<std::size_t>(own) >= sessions_per_agent) close(oldest(&agent));
  while (sessions_.size() >= sessions_max) close(oldest(nullptr));
}

std::shared_ptr<Session> Sessions::find(std::string_view id, std::string_view agent, std::string_view door,
                                        std::int64_t now_us) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->agent != agent || found->second->door != door) {
    return nullptr;
  }
  const std::shared_ptr<Session> session = found->second;
  if (is_over(*session, now_us)) {
    close(session);
    return nullptr;
  }
  session->used_us = now_us;
  return session;
}

void Sessions::close(const std::shared_ptr<Session>& session) {
  if (session == nullptr || sessions_.erase(session->id) == 0) return;
  if (session->listener) std::exchange(session->listener, std::nullopt)->end("");
  const auto flying = std::exchange(session->flying, {});
  for (const auto& [id, each] : flying) {
    if (const auto request = each.lock()) request->cancel();
  }
}

void Sessions::each(const std::function<void(const std::shared_ptr<Session>&)>& work) {
  std::vector<std::shared_ptr<Session>> all;  // One may be closed meanwhile.
  for (const auto& [id, session] : sessions_) all.push_back(session);
  for (const std::shared_ptr<Session>& session : all) work(session);
}

void Sessions::expire(std::int64_t now_us) {
  std::vector<std::shared_ptr<Session>> over;
  for (const auto& [id, session] : sessions_) {
    if (is_over(*session, now_us)) over.push_back(session);
  }
  for (const std::shared_ptr<Session>& session : over) close(session);
}

}  // namespace claw::toolcall::mcp
