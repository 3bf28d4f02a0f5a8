#include "serve/server.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "serve/connection.h"

namespace claw::serve {

namespace {

constexpr std::uint32_t sweep_ms = 1000;

std::string user_name(unsigned uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::to_string(uid);
  }
  return found->pw_name;
}

std::string without_port(const std::string& from) {
  const std::size_t colon = from.rfind(':');
  std::string host = from.substr(0, colon);
  if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

Server::Server(io::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}

Server::~Server() { close(); }

Result<std::string> Server::listen(DoorOptions options) {
  auto door = std::make_unique<Door>(Door{std::move(options), {}});
  Door& known = *door;
  CLAW_TRY(door->listener, io::Listener::open(loop_, known.options.address,
                                              [this, &known](io::Fd socket, const std::string& from) {
                                                accept(known, std::move(socket), from);
                                              }, {.for_everybody = known.options.for_everybody}));
  doors_.push_back(std::move(door));
  if (sweeping_ == 0) sweep();
  return doors_.back()->listener->address();
}

void Server::accept(Door& door, io::Fd socket, const std::string& from) {
  Caller caller;
  caller.way = door.options.way;
  caller.door = door.options.name;
  if (door.options.way == Way::socket) {
    const auto user = io::peer_user(socket.number());
    if (!user) return;
    caller.is_operator = user->uid == 0 || user->uid == geteuid();
    caller.user = user_name(user->uid);
    caller.uid = user->uid;
  } else {
    caller.address = without_port(from);
  }
  if (!make_room(door, caller.address)) return;
  ++door.open;
  ++door.by_address[caller.address];
  const auto connection = std::make_shared<Connection>(*this, door, std::move(socket), std::move(caller));
  connections_.emplace(connection.get(), connection);
  connection->begin();
}

// The one that has been silent for longest, of the same address where that is what is full.
bool Server::make_room(Door& door, const std::string& address) {
  const auto own = door.by_address.find(address);
  const bool address_full =
      own != door.by_address.end() && own->second >= door.options.limits.connections_per_address;
  if (!address_full && door.open < door.options.limits.connections) return true;
  std::shared_ptr<Connection> oldest;
  for (const auto& [key, each] : connections_) {
    if (&each->door() != &door || !each->is_idle()) continue;
    if (address_full && each->caller().address != address) continue;
    if (oldest == nullptr || each->heard_us() < oldest->heard_us()) oldest = each;
  }
  if (oldest == nullptr) return false;
  oldest->close();
  return true;
}

void Server::finish(Connection& connection) {
  auto found = connections_.extract(&connection);
  if (found.empty()) return;
  Door& door = connection.door();
  --door.open;
  const auto counted = door.by_address.find(connection.caller().address);
  if (counted != door.by_address.end() && --counted->second == 0) door.by_address.erase(counted);
  // It may still be on the call stack: gone when the loop comes round.
  if (finished_.empty()) loop_.post([this] { finished_.clear(); });
  finished_.push_back(std::move(found.mapped()));
}

void Server::sweep() {
  const std::int64_t now_us = loop_.clock().monotonic_us();
  std::vector<std::shared_ptr<Connection>> overdue;
  for (const auto& [key, each] : connections_) {
    if (each->is_overdue(now_us)) overdue.push_back(each);
  }
  for (const auto& each : overdue) each->close();
  sweeping_ = loop_.after_ms(sweep_ms, [this] { sweep(); });
}

void Server::close() {
  if (sweeping_ != 0) loop_.cancel(std::exchange(sweeping_, 0));
  doors_.clear();
  connections_.clear();
  finished_.clear();
}

}  // namespace claw::serve
