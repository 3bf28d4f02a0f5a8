// mcp: a tool endpoint as an MCP server on standard input and output.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "base/clock.h"
#include "base/text.h"
#include "io/thread.h"
#include "main/agents/mcp_relay.h"
#include "main/speak.h"
#include "main/verbs.h"
#include "store/file.h"

namespace claw::verbs {
namespace {

constexpr std::size_t token_bytes_max = 4096;
constexpr int look_ms = 200;                 // How soon the reader notices that it is over.
constexpr std::uint32_t patience_ms = 1000;  // For answers, once there is nothing more to ask.
constexpr std::size_t reader_stack_bytes = 1024 * 1024;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// `http://localhost:8080`, `unix:/run/clawpatrol/tools.sock`.
Result<McpEndpoint> endpoint_of(std::string url) {
  if (url.empty()) url = environment("TOOL_PROXY_URL");
  if (url.empty()) url = "http://localhost:8080";
  McpEndpoint endpoint;
  if (url.starts_with("unix:")) {
    CLAW_TRY(endpoint.address, io::parse_address(url));
    endpoint.authority = "localhost";
    return endpoint;
  }
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) {
    return invalid(fmt::format("{} is no tool endpoint: `http://HOST:PORT`, or `unix:/PATH`", quoted(url)));
  }
  std::string authority = url.substr(scheme.size());
  for (const std::string_view path : {"/mcp", "/"}) {
    if (authority.ends_with(path)) authority.resize(authority.size() - path.size());
  }
  if (authority.find('/') != authority.npos) {
    return invalid(fmt::format("{} has a path; a tool endpoint has none", quoted(url)));
  }
  CLAW_TRY(endpoint.address, io::parse_address(authority, 80));
  endpoint.authority = std::move(authority);
  return endpoint;
}

Result<Secret> token_of(const std::string& file) {
  if (file.empty()) return Secret(environment("CLAWPATROL_TOKEN"));
  CLAW_TRY(const std::optional<std::string> text, store::read_file(file, token_bytes_max));
  if (!text) return Error{Code::not_found, "there is no file " + quoted(file), {}};
  return Secret(std::string(trim(*text)));
}

// Lines from the pipe to the loop, so many at a time as it has room for.
class Reader {
 public:
  using Told = std::function<void(std::optional<std::string> line)>;  // Nothing: the end. On its own thread.
  explicit Reader(Told told) : told_(std::move(told)) {
    thread_ = std::make_unique<io::Thread>("claw-stdin", reader_stack_bytes, [this] { run(); });
  }
  ~Reader() { stop(); }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.reset();
  }
  void landed() {
    {
      const std::lock_guard lock(mutex_);
      --flying_;
    }
    changed_.notify_all();
  }

 private:
  void run() {
    std::string unread;
    bool too_long = false;
    std::array<char, 64 * 1024> buffer;
    while (!stopping_) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (::poll(&input, 1, look_ms) == 0) continue;
      const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (count <= 0) break;
      unread.append(buffer.data(), static_cast<std::size_t>(count));
      for (std::size_t end = unread.find('\n'); end != unread.npos; end = unread.find('\n')) {
        std::string line = unread.substr(0, end);
        unread.erase(0, end + 1);
        if (!std::exchange(too_long, false)) hand_over(std::move(line));
      }
      if (unread.size() <= mcp_line_bytes_max) continue;
      // The rest of it is not read into memory, and what it was is not guessed at.
      if (!std::exchange(too_long, true)) hand_over(std::string(mcp_line_bytes_max + 1, ' '));
      unread.clear();
    }
    if (!too_long && !trim(unread).empty()) hand_over(std::move(unread));
    told_(std::nullopt);
  }
  void hand_over(std::string line) {
    if (line.size() <= mcp_line_bytes_max && trim(line).empty()) return;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return flying_ < mcp_flying_max || stopping_; });
      ++flying_;
    }
    told_(std::move(line));
  }

  Told told_;
  std::mutex mutex_;  // Guards flying_, and changes of stopping_.
  std::condition_variable changed_;
  std::size_t flying_ = 0;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<io::Thread> thread_;
};

class Program {
 public:
  explicit Program(McpEndpoint endpoint)
      : loop_(clock_),
        relay_(loop_, std::move(endpoint),
               {[this](std::string_view line) { say(line); },
                [this](std::string_view what) { complain_once(what); }, [this] { reader_->landed(); }}) {}

  int run() {
    std::signal(SIGPIPE, SIG_IGN);  // A client that has gone is an output that cannot be written.
    reader_ = std::make_unique<Reader>([this](std::optional<std::string> line) {
      loop_.post([this, line = std::move(line)] {
        if (line) return relay_.send(*line);
        relay_.finish(patience_ms, [this] { loop_.stop(); });
      });
    });
    loop_.run();
    reader_->stop();
    return exit_code_;
  }

 private:
  void say(std::string_view line) {
    std::string out(line);
    out += '\n';
    if (std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && std::fflush(stdout) == 0) return;
    exit_code_ = failed;
    loop_.stop();
  }
  void complain_once(std::string_view what) {
    if (std::exchange(complained_, std::string(what)) == what) return;
    complain(what, "is the gateway running, is TOOL_PROXY_URL its tool endpoint, and CLAWPATROL_TOKEN this "
                   "agent's token?");
  }

  SystemClock clock_;
  io::Loop loop_;
  std::unique_ptr<Reader> reader_;
  McpRelay relay_;
  std::string complained_;
  int exit_code_ = ok;
};

}  // namespace

int mcp(const Mcp& options) {
  auto endpoint = endpoint_of(options.url);
  if (!endpoint) return misuse(endpoint.error().text());
  auto token = token_of(options.token_file);
  if (!token) return misuse(token.error().text());
  endpoint->token = std::move(*token);
  Program program(std::move(*endpoint));
  return program.run();
}

}  // namespace claw::verbs
