// One connection to a PostgreSQL server through libpq, on a loop and without waiting: connect, one statement
// at a time with text parameters, its outcome. Names are resolved here, so that the address is checked before
// it is used. It keeps no transaction open and retries nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "action/lease.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/reach.h"

struct pg_conn;

namespace claw::exporter {

struct PostgresServer {
  std::string host;
  std::uint16_t port = 0;
  std::string ca_file;  // Empty: the system's roots.
};

class PostgresLink final : public io::Watcher {
 public:
  using Done = std::function<void(Status)>;

  PostgresLink(io::Loop& loop, PostgresServer server);
  ~PostgresLink() override;

  bool is_connected() const { return connection_ != nullptr && phase_ == Phase::idle; }
  // `done` once, on the loop. Code::denied: the server refuses this for a reason that stays.
  void connect(const action::Login& login, std::uint32_t timeout_ms, Done done);
  void run(const std::string& statement, const std::vector<std::string>& parameters, std::uint32_t timeout_ms,
           Done done);
  void ready(io::Ready what) override;

 private:
  enum class Phase { away, connecting, idle, running };

  void begin(const action::Login& login, Result<std::vector<std::string>> addresses);
  void poll_connect();
  void poll_answer();
  void watch(bool write);
  void arm(std::uint32_t timeout_ms, Done done);
  void finish(Status status);
  void drop();
  Error own_error(std::string_view what) const;

  io::Loop& loop_;
  PostgresServer server_;
  Phase phase_ = Phase::away;
  pg_conn* connection_ = nullptr;
  io::Watch watch_;
  io::TimerId timer_ = 0;
  Done done_;
  std::size_t turn_ = 0;  // Each time another of its addresses.
  std::shared_ptr<bool> alive_;
  std::optional<Error> refused_;  // What the server said of the statement that runs.
};

}  // namespace claw::exporter
