#include "admin/server.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "base/json.h"

namespace claw::admin {

namespace {

constexpr std::size_t body_bytes_max = 1024 * 1024;  // Nothing an operator sends is longer.
constexpr std::size_t exchanges_max = 256;           // 200 people waiting, and some room.
constexpr std::uint32_t exchange_ms_max =
    10'000;  // A request takes microseconds; a slow sender is no operator.

std::string user_name(unsigned uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::to_string(uid);
  }
  return found->pw_name;
}

int status_of(const Error& error) {
  if (error.code == Code::limit) return 413;
  return error.code == Code::unsupported ? 501 : 400;
}

}  // namespace

http::WholeResponse problem(int status, std::string_view what) {
  http::WholeResponse response;
  response.status = status;
  response.fields.add("Content-Type", "application/json");
  response.fields.add("Cache-Control", "no-store");
  json::Writer writer(response.body);
  writer.begin_object();
  writer.member("error", what);
  writer.end_object();
  return response;
}

// One connection: reads a request, answers it, goes.
class Server::Exchange final : public io::Watcher {
 public:
  Exchange(Server& server, io::Fd socket, Caller caller)
      : server_(server), stream_(std::move(socket)), caller_(std::move(caller)) {
    watch_ = io::Watch(server_.loop_, stream_.fd(), *this, true, false);
    timer_ = server_.loop_.after_ms(exchange_ms_max, [this] {
      timer_ = 0;
      server_.finish(*this);
    });
  }
  ~Exchange() override {
    if (timer_ != 0) server_.loop_.cancel(timer_);
  }

  void ready(io::Ready what) override {
    if (answered_) {
      const auto result = stream_.flush();
      if (result.kind == io::IoResult::Kind::failed || stream_.unsent() == 0) server_.finish(*this);
      return;
    }
    if (!what.readable) return server_.finish(*this);
    std::array<char, 16 * 1024> buffer;
    const auto result = stream_.read(buffer);
    if (result.kind == io::IoResult::Kind::again) return;
    if (result.kind != io::IoResult::Kind::some) return server_.finish(*this);
    input_.append(buffer.data(), result.count);
    consider();
  }

 private:
  void consider() {
    const auto request = http::decode_request(input_, body_bytes_max);
    if (!request) return answer(problem(status_of(request.error()), request.error().what));
    if (request->has_value()) answer(server_.handler_((*request)->head, (*request)->body, caller_));
  }

  void answer(const http::WholeResponse& response) {
    answered_ = true;
    const std::string bytes = http::encode(response);
    const std::string_view piece = bytes;
    const auto result = stream_.send({&piece, 1});
    if (result.kind == io::IoResult::Kind::failed || stream_.unsent() == 0) return server_.finish(*this);
    watch_.want(false, true);
  }

  Server& server_;
  io::Stream stream_;
  Caller caller_;
  io::Watch watch_;
  io::TimerId timer_ = 0;
  std::string input_;
  bool answered_ = false;
};

Server::Server(io::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}

Server::~Server() = default;

Result<std::string> Server::listen(const io::Address& address) {
  const bool is_unix = address.is_unix();
  CLAW_TRY(auto listener,
           io::Listener::open(loop_, address, [this, is_unix](io::Fd socket, const std::string&) {
             accept(std::move(socket), is_unix);
           }));
  listeners_.push_back(std::move(listener));
  return listeners_.back()->address();
}

void Server::accept(io::Fd socket, bool is_unix) {
  if (exchanges_.size() >= exchanges_max) return;
  Caller caller;
  if (is_unix) {
    const auto user = io::peer_user(socket.number());
    if (!user) return;
    caller.is_operator = user->uid == 0 || user->uid == geteuid();
    caller.user = user_name(user->uid);
  }
  auto exchange = std::make_unique<Exchange>(*this, std::move(socket), std::move(caller));
  exchanges_.emplace(exchange.get(), std::move(exchange));
}

void Server::finish(Exchange& exchange) {
  auto found = exchanges_.extract(&exchange);
  if (found.empty()) return;
  // It is still on the call stack: gone when the loop comes round.
  if (finished_.empty()) loop_.post([this] { finished_.clear(); });
  finished_.push_back(std::move(found.mapped()));
}

}  // namespace claw::admin
