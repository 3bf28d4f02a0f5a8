// The tools that speak a protocol of the gateway's own, as a table. Each is for profiles that reach an
// endpoint of its protocol.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "toolcall/tool.h"

namespace claw::toolcall {

struct Row {
  std::string_view name;
  std::string_view description;
  std::span<const Field> fields;
  bool open_world = false;
  bool (*is_for)(const config::Snapshot& snapshot, std::string_view profile) = nullptr;
  Plan (*plan)(std::string_view name, const Asking& asking) = nullptr;
};

std::span<const Row* const> built_in();
std::shared_ptr<const Tool> make_tool(const Row& row);  // The row outlives it.

extern const Row postgres_query;
extern const Row http_request;
extern const Row github_request;
extern const Row gcp_request;
extern const Row aws_request;

}  // namespace claw::toolcall
