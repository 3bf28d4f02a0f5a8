// What a configuration says of an MCP server behind the gateway: how it is reached, what its tools are called
// here, and what people know of them. A part of model.h; no secret is in here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace claw::config {

// Of an endpoint that is an MCP server: at a URL (Endpoint::upstream, HttpSettings), or a program's pipes.
struct McpSettings {
  std::string path;                  // Of the URL, with its query.
  std::vector<std::string> command;  // Empty: it is at the URL.
  std::map<std::string, std::string> environment;  // Of the program, and nothing else.
  std::string prefix;                // Of its tools' names for agents; without the dot.
  bool accepts_first = false;        // What it offers when nothing of it was accepted yet needs nobody.
  std::vector<std::string> reads_only, destroys;  // Tools; `*` at the end stands for anything.
  std::vector<std::string> folders;  // The program may read, beside the system's own.
  std::vector<std::string> endpoints;  // Typed names: where the program may connect. None: nowhere.
  std::string profile;               // Whose credentials are lent to it there.
  std::vector<std::string> notify;   // Approvers whose channels are told of what waits for somebody.
  std::int64_t timeout_us = 60LL * 1'000'000;
  std::uint64_t arguments_bytes_max = 1024 * 1024, result_bytes_max = 1024 * 1024;
  std::uint64_t memory_bytes_max = 512ULL * 1024 * 1024;  // Of the program.
};

}  // namespace claw::config
