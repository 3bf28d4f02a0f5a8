#include "config/tools/programs.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace claw::config {

namespace {

constexpr std::string_view places[] = {"/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"};
constexpr std::string_view shown_places[] = {"/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"};

bool is_program(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 && S_ISREG(seen.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> found(::realpath(path.c_str(), nullptr), ::free);
  return found == nullptr ? std::string() : found.get();
}

bool is_within(std::string_view path, std::string_view folder) {
  if (folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

}  // namespace

Result<std::string> find_program(std::string_view name) {
  if (name.find('/') != name.npos) {
    if (name.starts_with('/') && is_program(std::string(name))) return std::string(name);
    return Error{Code::not_found, fmt::format("there is no program {}", quoted(name)), {}};
  }
  for (const std::string_view place : places) {
    std::string path = fmt::format("{}/{}", place, name);
    if (!name.empty() && is_program(path)) return path;
  }
  return Error{Code::not_found, fmt::format("there is no program {} on this machine", quoted(name)), {}};
}

bool is_shown(const std::string& path, const std::vector<std::string>& folders) {
  const std::string real = real_path(path);
  const auto has = [&](const std::string& each) {
    return std::ranges::any_of(shown_places,
                               [&](std::string_view place) { return is_within(each, place); }) ||
           std::ranges::any_of(folders, [&](const std::string& folder) { return is_within(each, folder); });
  };
  return !real.empty() && has(path) && has(real);
}

Status check_sandbox() {
  auto found = find_program("bwrap");
  // It gives up being root before anything else.
  if (found && ::geteuid() == 0) found = find_program("setpriv");
  if (!found) return std::move(found).error();
  return Done{};
}

}  // namespace claw::config
