// A keep that a test can look into and break.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "approval/operations.h"

namespace claw::approval {

struct KeepForTest final : OperationKeep {
  Status put(std::string_view id, std::string_view text) override {
    if (fails) return Error{Code::unavailable, "the disk is full", {}};
    texts.insert_or_assign(std::string(id), std::string(text));
    return Done{};
  }
  Status remove(std::string_view id) override {
    texts.erase(std::string(id));
    return Done{};
  }
  Result<std::vector<std::string>> all() override {
    std::vector<std::string> list;
    for (const auto& [id, text] : texts) list.push_back(text);
    return list;
  }
  std::map<std::string, std::string> texts;
  bool fails = false;
};

}  // namespace claw::approval
