#include "io/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/host.h"
#include "base/text.h"

namespace claw::io {

namespace {

constexpr std::size_t threads_max = 16;     // One bad name holds one up for ten seconds.
constexpr std::size_t names_max = 1000;     // Being asked at once: more is a fault or an attack.
constexpr std::size_t askers_max = 10'000;  // As many as there are connections.
constexpr std::size_t known_max = 4096;
constexpr std::size_t name_bytes_max = 254;  // RFC 1035 §3.1, and the dot at the end.
// The system does not tell us how long an answer holds; databases that fail over say 5 to 60 s.
constexpr std::int64_t answer_us_max = 10'000'000;
constexpr std::int64_t failure_us_max = 5'000'000;

using Addresses = Resolver::Addresses;

Result<Addresses> look_up_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) {
    return Error{
        Code::unavailable, fmt::format("cannot resolve {}: {}", quoted(host), gai_strerror(failure)), {}};
  }
  Addresses addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& added = addresses.emplace_back();
    std::memcpy(&added.storage, each->ai_addr, each->ai_addrlen);
    added.length = each->ai_addrlen;
  }
  freeaddrinfo(found);
  return addresses;
}

Result<Addresses> with_port(Result<Addresses> addresses, std::uint16_t port) {
  if (addresses) {
    for (SocketAddress& each : *addresses) each.set_port(port);
  }
  return addresses;
}

}  // namespace

Status check_name(std::string_view host) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (host.empty() || host.size() > name_bytes_max || host.starts_with('.') ||
      host.find_first_not_of(letters) != std::string_view::npos) {
    return invalid(fmt::format("{} is no host name", quoted(host)));
  }
  if (ends_in_number(host)) {
    return invalid(
        fmt::format("{} is an address written as nobody should; write it like 192.0.2.1", quoted(host)));
  }
  return Done{};
}

// What askers and threads have in common.
struct Resolver::Shared {
  struct Asker {
    Loop::Poster loop;
    std::uint16_t port;
    Answer answer;
  };
  struct Known {
    Result<Addresses> addresses;
    std::int64_t until_us;
  };

  Shared(const Clock& the_clock, LookUp how) : clock(the_clock), look_up(std::move(how)) {}

  const Clock& clock;
  const LookUp look_up;
  std::mutex mutex;  // Guards what follows.
  std::condition_variable changed;
  std::map<std::string, std::vector<Asker>> asked;  // By name.
  std::deque<std::string> waiting;                  // Of these, what no thread looks up yet.
  std::size_t askers = 0;
  std::map<std::string, Known> known;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  bool stopping = false;

  const Result<Addresses>* find(const std::string& name);
  void keep(const std::string& name, const Result<Addresses>& addresses);
  void answer(const std::string& name, const Result<Addresses>& addresses);
  void start_thread();
  void work();
};

const Result<Addresses>* Resolver::Shared::find(const std::string& name) {
  const auto found = known.find(name);
  if (found == known.end()) return nullptr;
  if (clock.monotonic_us() < found->second.until_us) return &found->second.addresses;
  known.erase(found);
  return nullptr;
}

void Resolver::Shared::keep(const std::string& name, const Result<Addresses>& addresses) {
  const std::int64_t now_us = clock.monotonic_us();
  if (known.size() >= known_max) {
    std::erase_if(known, [&](const auto& each) { return each.second.until_us <= now_us; });
    if (known.size() >= known_max) known.clear();  // A flood of names; asking again is cheap.
  }
  known.insert_or_assign(name, Known{addresses, now_us + (addresses ? answer_us_max : failure_us_max)});
}

void Resolver::Shared::answer(const std::string& name, const Result<Addresses>& addresses) {
  auto all = asked.extract(name);
  askers -= all.mapped().size();
  for (Asker& each : all.mapped()) {
    each.loop([told = std::move(each.answer), found = with_port(addresses, each.port)] { told(found); });
  }
}

void Resolver::Shared::start_thread() {
  if (idle >= waiting.size() || threads.size() >= threads_max) return;
  try {
    threads.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // No thread to be had: the others take it, or whoever asks loses patience.
  }
}

void Resolver::Shared::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    changed.wait(lock, [&] { return stopping || !waiting.empty(); });
    --idle;
    if (stopping) return;
    const std::string name = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    const Result<Addresses> addresses = look_up(name);
    lock.lock();
    keep(name, addresses);
    answer(name, addresses);
  }
}

Resolver::Resolver(const Clock& clock, LookUp look_up)
    : shared_(std::make_unique<Shared>(clock, std::move(look_up))) {}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
  for (std::thread& each : shared_->threads) each.join();
}

void Resolver::ask(Loop& loop, const Address& address, Answer answer) {
  if (auto literal = to_socket_address(address)) return answer(Addresses{*literal});
  if (Status checked = check_name(address.host); !checked) return answer(std::move(checked).error());
  const std::string name = lower(address.host);
  std::optional<Result<Addresses>> known;
  {
    const std::lock_guard lock(shared_->mutex);
    if (const auto* found = shared_->find(name)) {
      known = *found;
    } else if (shared_->askers >= askers_max ||
               (shared_->asked.size() >= names_max && !shared_->asked.contains(name))) {
      known = Error{Code::limit, "too many names are being resolved", {}};
    } else {
      auto& askers = shared_->asked[name];
      if (askers.empty()) shared_->waiting.push_back(name);
      askers.push_back({loop.poster(), address.port, std::move(answer)});
      ++shared_->askers;
      shared_->start_thread();
    }
  }
  if (known) return answer(with_port(std::move(*known), address.port));
  shared_->changed.notify_one();
}

void Resolver::forget(const std::string& host) {
  const std::lock_guard lock(shared_->mutex);
  shared_->known.erase(lower(host));
}

Resolver& system_resolver() {
  static const SystemClock clock;
  // Never destroyed: a thread inside the system's resolver cannot be called back, and nobody's end waits for
  // it.
  static Resolver& resolver = *std::make_unique<Resolver>(clock, look_up_by_system).release();
  return resolver;
}

}  // namespace claw::io
