// Rules that come with the gateway. An endpoint says `use = ["postgres-guarded"]` and they are asked after
// all rules of its own file. A pack is a file of packs/ in HCL; its rules name no endpoint.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "action/schema.h"

namespace claw::config {

struct Pack {
  std::string_view name;
  action::Family family;
  std::string_view text;
};

std::span<const Pack> packs();
const Pack* find_pack(std::string_view name);

// The one pack that an endpoint can tell which repositories it is about.
constexpr std::string_view repositories_pack = "github-guarded";
bool is_repository(std::string_view name);  // `owner/name` or `owner/*`

// A pack's text with `PACK_REPOSITORIES` filled in: a regular expression for the repositories, of any when
// none is named. They are already is_repository().
std::string text_of(const Pack& pack, std::span<const std::string> repositories);

// So far below what a file may say that a pack never comes before it.
constexpr std::int64_t pack_priority = -1'000'000;

}  // namespace claw::config
