#include "io/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "base/text.h"

namespace claw::io {

namespace {

constexpr std::size_t waiting_max = 1000;  // More than that at once is a fault or an attack.

Result<std::vector<SocketAddress>> look_up(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failure != 0) {
    return Error{Code::unavailable,
                 fmt::format("cannot resolve {}: {}", quoted(address.host), gai_strerror(failure)),
                 {}};
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress& added = addresses.emplace_back();
    std::memcpy(&added.storage, each->ai_addr, each->ai_addrlen);
    added.length = each->ai_addrlen;
  }
  freeaddrinfo(found);
  return addresses;
}

// One thread for the whole process, started by the first name that needs it.
class Worker {
 public:
  Worker() : thread_([this] { work(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  bool ask(std::function<void()> question) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= waiting_max) return false;
      waiting_.push_back(std::move(question));
    }
    changed_.notify_one();
    return true;
  }

 private:
  void work() {
    for (;;) {
      std::function<void()> question;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        question = std::move(waiting_.front());
        waiting_.pop_front();
      }
      question();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

void resolve(Loop& loop, const Address& address,
             std::function<void(Result<std::vector<SocketAddress>>)> answer) {
  if (auto literal = to_socket_address(address)) {
    answer(std::vector<SocketAddress>{*literal});
    return;
  }
  static Worker worker;
  const bool taken = worker.ask([&loop, address, answer] {
    loop.post([answer, addresses = look_up(address)]() mutable { answer(std::move(addresses)); });
  });
  if (!taken) answer(Error{Code::limit, "too many names are being resolved", {}});
}

}  // namespace claw::io
