#include "io/resolver.h"

#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <resolv.h>

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

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
// A name server that is there answers in milliseconds; who asks waits for the connection as well.
constexpr int server_seconds_max = 3;
constexpr int server_tries = 2;
constexpr std::size_t addresses_max = 64;   // Of one name: more than anybody would try.

using Addresses = Resolver::Addresses;

Error cannot_resolve(const std::string& host, std::string_view why) {
  return {Code::unavailable, fmt::format("cannot resolve {}: {}", quoted(host), why), {}};
}

// The C library's, told to ask one server only. It makes the questions' numbers and ports unguessable, throws
// away answers to other questions, and asks again by TCP when an answer is too long for UDP.
class NameServer {
 public:
  explicit NameServer(const SocketAddress& server) {
    if (res_ninit(&state_) != 0) return;
    ready_ = true;
    state_.options &= ~static_cast<unsigned long>(RES_DNSRCH | RES_DEFNAMES | RES_ROTATE);
    state_.retrans = server_seconds_max;
    state_.retry = server_tries;
    state_.nscount = 1;
    if (server.family() == AF_INET) {
      std::memcpy(&state_.nsaddr_list[0], &server.storage, sizeof(sockaddr_in));
      return;
    }
    // The library's place for an IPv6 address; it frees it.
    state_.nsaddr_list[0].sin_family = 0;
    std::free(state_._u._ext.nsaddrs[0]);
    state_._u._ext.nsaddrs[0] = static_cast<sockaddr_in6*>(std::malloc(sizeof(sockaddr_in6)));
    CLAW_CHECK(state_._u._ext.nsaddrs[0] != nullptr);
    std::memcpy(state_._u._ext.nsaddrs[0], &server.storage, sizeof(sockaddr_in6));
  }
  ~NameServer() {
    if (ready_) res_nclose(&state_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // Adds what it has; 0, or why there is nothing, as in netdb.h.
  int ask(const std::string& host, ns_type type, Addresses& addresses) {
    if (!ready_) return NO_RECOVERY;
    std::vector<unsigned char> answer(NS_MAXMSG);
    const int size =
        res_nquery(&state_, host.c_str(), ns_c_in, type, answer.data(), static_cast<int>(answer.size()));
    if (size < 0) return state_.res_h_errno;
    const std::size_t before = addresses.size();
    ns_msg message;
    if (size > NS_MAXMSG || ns_initparse(answer.data(), size, &message) != 0) return NO_RECOVERY;
    for (int i = 0; i < ns_msg_count(message, ns_s_an) && addresses.size() < addresses_max; ++i) {
      ns_rr record;
      if (ns_parserr(&message, ns_s_an, i, &record) != 0) return NO_RECOVERY;
      if (ns_rr_type(record) == type && ns_rr_class(record) == ns_c_in) add(record, addresses);
    }
    return addresses.size() == before ? NO_DATA : 0;
  }

 private:
  static void add(const ns_rr& record, Addresses& addresses) {
    const std::size_t size = ns_rr_rdlen(record);
    if (size == sizeof(in_addr) && ns_rr_type(record) == ns_t_a) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      std::memcpy(&to.sin_addr, ns_rr_rdata(record), size);
      SocketAddress& added = addresses.emplace_back();
      std::memcpy(&added.storage, &to, added.length = sizeof(to));
    } else if (size == sizeof(in6_addr) && ns_rr_type(record) == ns_t_aaaa) {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      std::memcpy(&to.sin6_addr, ns_rr_rdata(record), size);
      SocketAddress& added = addresses.emplace_back();
      std::memcpy(&added.storage, &to, added.length = sizeof(to));
    }
  }

  struct __res_state state_ = {};
  bool ready_ = false;
};

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

Result<Addresses> look_up_by_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) return cannot_resolve(host, gai_strerror(failure));
  Addresses addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& added = addresses.emplace_back();
    std::memcpy(&added.storage, each->ai_addr, each->ai_addrlen);
    added.length = each->ai_addrlen;
  }
  freeaddrinfo(found);
  return addresses;
}

Resolver::LookUp look_up_at(const SocketAddress& server) {
  return [server](const std::string& host) -> Result<Addresses> {
    const std::string name = lower(host.substr(0, host.find_last_not_of('.') + 1));
    if (name == "localhost" || name.ends_with(".localhost")) {
      return Addresses{*to_socket_address({"127.0.0.1", 0, {}}), *to_socket_address({"::1", 0, {}})};
    }
    NameServer asked(server);
    Addresses addresses;
    const int no_ip4 = asked.ask(name, ns_t_a, addresses);
    if (no_ip4 == HOST_NOT_FOUND) return cannot_resolve(host, hstrerror(no_ip4));
    const int no_ip6 = asked.ask(name, ns_t_aaaa, addresses);
    if (!addresses.empty()) return addresses;
    return cannot_resolve(host, hstrerror(no_ip4 == NO_DATA ? no_ip6 : no_ip4));
  };
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
  std::mutex mutex;  // Guards what follows.
  LookUp look_up;
  std::uint64_t uses = 0;  // How often that was another one.
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
    const LookUp by = look_up;
    const std::uint64_t use = uses;
    lock.unlock();
    const Result<Addresses> addresses = by(name);
    lock.lock();
    if (use == uses) keep(name, addresses);
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

void Resolver::use(LookUp look_up) {
  const std::lock_guard lock(shared_->mutex);
  shared_->look_up = std::move(look_up);
  ++shared_->uses;
  shared_->known.clear();
}

Resolver& system_resolver() {
  static const SystemClock clock;
  // Never destroyed: a thread inside the system's resolver cannot be called back, and nobody's end waits for
  // it.
  static Resolver& resolver = *std::make_unique<Resolver>(clock, look_up_by_system).release();
  return resolver;
}

}  // namespace claw::io
