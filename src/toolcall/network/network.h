// Where a sandbox's connections lead: by the port at 127.0.0.1 that was opened for it, or by the address the
// program itself went to. All of them lead to the gateway, as a Goal of those endpoints that the program was
// given; there is nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "io/address.h"
#include "sandbox/sandbox.h"
#include "toolcall/network/names.h"
#include "toolcall/tool.h"

namespace claw::toolcall {

struct Way {  // Where a port at 127.0.0.1 leads.
  std::uint16_t port = 0;
  Goal goal;
};

class Network {
 public:
  void open(std::uint16_t port, Goal goal);     // At 127.0.0.1.
  void add(const config::Endpoint& endpoint);   // At its own hosts and ports, as if it were there.

  // Nothing: nobody is there.
  std::optional<Goal> goal_of(const io::Address& to) const;
  std::string answer(std::string_view question) { return names_.answer(question); }
  std::vector<std::uint16_t> ports() const;     // All that lead anywhere; none: there is no network.

 private:
  struct Database {
    std::string host;
    std::uint16_t port = 0;
    std::string endpoint;
  };
  std::vector<Way> ways_;
  std::vector<Database> databases_;
  std::vector<std::string> among_;              // Those that speak HTTP.
  std::vector<std::uint16_t> far_ports_;        // At any address.
  Names names_;
};

// A program and its network.
struct Outfit {
  sandbox::Program program;
  Network network;
};

}  // namespace claw::toolcall
