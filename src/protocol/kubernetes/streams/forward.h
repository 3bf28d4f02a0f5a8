// What a port-forward has carried, whatever carried it: to which ports, how often, how much. For the record.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace claw::kubernetes {

class Forward {
 public:
  void on_connection(std::uint16_t port);
  void on_data(bool from_agent, std::string_view bytes) { (from_agent ? sent_ : received_) += bytes.size(); }
  void on_trouble(std::string_view bytes);  // What the server wrote on an error stream.
  std::string note() const;  // `ports 5432, 8080; 3 connections; 1200 bytes sent, 3400 received`

 private:
  std::set<std::uint16_t> ports_;
  std::uint64_t connections_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::string trouble_;
};

}  // namespace claw::kubernetes
