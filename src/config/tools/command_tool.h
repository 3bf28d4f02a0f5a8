// A program of this machine that agents may call as a tool, as the policy declares it: what of it they may
// say, what it is given, and how far it may go. Plain structs, checked; toolcall/ runs it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace claw::config {

struct CommandTool {
  std::string name;         // `gcloud`: as agents call it.
  std::string description;
  std::vector<std::string> command;  // What every call begins with; the first is an absolute path.
  // Which words may follow, each a list of patterns; one of them must fit. None: all, and rules decide.
  std::vector<std::vector<std::string>> allow;
  std::map<std::string, std::string> environment;
  std::vector<std::string> endpoints;  // Typed names: where it may connect. None: nowhere.
  std::vector<std::string> folders;    // Of this machine, read-only in its sandbox.
  bool takes_input = false;
  bool reads_only = false;    // As agents are told; rules and the wire decide.
  bool destructive = true;
  std::int64_t timeout_us = 60LL * 1'000'000;
  std::uint64_t memory_bytes = 512ULL << 20;
  std::uint64_t scratch_bytes = 64ULL << 20;
  std::uint64_t output_bytes = 256ULL << 10;
  std::uint64_t processes = 256;
};

// The last pattern of such a list, for whatever else follows.
inline constexpr std::string_view any_words = "...";

}  // namespace claw::config
