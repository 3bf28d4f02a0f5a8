// `tool "command"`: a program that agents may call.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/tools/names.h"
#include "config/tools/programs.h"
#include "shell/command_line.h"

namespace claw::config {

namespace {

constexpr std::size_t name_bytes_max = 64;         // What the model APIs take as a tool's name.
constexpr std::int64_t timeout_us_max = 1800LL * 1'000'000;  // As long as any call may take.
constexpr std::uint64_t memory_bytes_min = 16ULL << 20, memory_bytes_max = 16ULL << 30;
constexpr std::uint64_t output_bytes_max = 4ULL << 20;       // Held whole until the end.
constexpr std::size_t endpoints_max = 12;          // Each is a port and perhaps a file in the sandbox.
// The sandbox has its own of these, or must not have the machine's.
constexpr std::string_view own_places[] = {"/dev",     "/etc", "/proc", "/run",
                                           "/scratch", "/sys", "/tmp",  "/var"};

bool is_made_of(std::string_view text, std::string_view marks) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != marks.npos;
  });
}

bool is_variable(std::string_view name) {
  return is_made_of(name, "_") && (name.front() < '0' || name.front() > '9');
}

bool is_folder(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode);
}

}  // namespace

std::string wrong_folder(const std::string& path) {
  if (!path.starts_with('/') || path.find("/..") != path.npos) return "a folder is an absolute path here";
  for (const std::string_view own : own_places) {
    if (path == own || path.starts_with(std::string(own) + "/")) {
      return fmt::format("the sandbox has a `{}` of its own", own);
    }
  }
  if (path.find_first_not_of('/') == path.npos) return "this would show the whole machine";
  return is_folder(path) ? "" : "there is no such folder";
}

void Assembly::command_tool(const Block& block) {
  const Fields fields(block);
  CommandTool tool;
  tool.name = block.labels.back().text;
  tool.description = fields.text("description");
  const bool is_taken = std::ranges::find(own_tool_names, tool.name) != std::end(own_tool_names);
  if (!is_made_of(tool.name, "-_") || tool.name.size() > name_bytes_max || is_taken) {
    diagnostics_.error(
        block.labels.back().range,
        is_taken ? fmt::format("{} is built in", quoted(tool.name)) : "this is no name of a tool",
        is_taken ? "give yours another name" : "letters, digits, `-` and `_`, at most 64");
  }
  if (const Status there = check_sandbox(); !there) {
    diagnostics_.error(head_of(block), fmt::format("tools run in a sandbox, and {}", there.error().what),
                       "install the package `bubblewrap`");
  }
  tool_folders(fields, tool);
  tool_command(fields, tool);
  tool_words(fields, tool);
  tool_bounds(fields, tool);
  for (const Symbol* symbol : symbols_.resolve_all(fields.list("endpoints"), "endpoint")) {
    tool_endpoint(fields, symbol->typed);
    tool.endpoints.push_back(symbol->typed);
  }
  if (tool.endpoints.size() > endpoints_max) {
    diagnostics_.error(fields.range("endpoints"),
                       fmt::format("a tool has at most {} endpoints", endpoints_max));
  }
  check_program_ports(fields.range("endpoints"), tool.endpoints);
  tool.takes_input = fields.boolean("stdin", false);
  tool.reads_only = fields.boolean("read_only", false);
  tool.destructive = fields.boolean("destructive", !tool.reads_only);
  if (tool.reads_only && tool.destructive) {
    diagnostics_.error(fields.range("destructive"), "what only reads destroys nothing");
  }
  const auto same = [&](const CommandTool& each) { return each.name == tool.name; };
  if (std::ranges::none_of(snapshot_->commands, same)) snapshot_->commands.push_back(std::move(tool));
}

void Assembly::tool_folders(const Fields& fields, CommandTool& tool) {
  for (const Node* node : fields.list("folders")) {
    if (node->kind != Kind::string) continue;
    if (const std::string why = wrong_folder(node->text); !why.empty()) diagnostics_.error(node->range, why);
    tool.folders.push_back(node->text);
  }
}

void Assembly::tool_command(const Fields& fields, CommandTool& tool) {
  tool.command = fields.texts("command");
  if (tool.command.empty() || tool.command.front().empty()) {
    return diagnostics_.error(fields.range("command"), "this names no program",
                              R"(write `command = ["gcloud"]`)");
  }
  const Range at = fields.list("command").front()->range;
  auto found = find_program(tool.command.front());
  if (!found) return diagnostics_.error(at, found.error().what, "a name, or an absolute path");
  tool.command.front() = std::move(*found);
  if (is_shown(tool.command.front(), tool.folders)) return;
  diagnostics_.error(at, fmt::format("the sandbox does not have {}", quoted(tool.command.front())),
                     "name the folder it stands in, and what it is a link to, in `folders`");
}

void Assembly::tool_words(const Fields& fields, CommandTool& tool) {
  for (const Node* node : fields.list("allow")) {
    if (node->kind != Kind::string) continue;
    auto words = trim(node->text).empty() ? Result<std::vector<std::string>>(std::vector<std::string>())
                                          : shell::read_command_line(node->text);
    if (!words) {
      diagnostics_.error(node->range, words.error().what);
      continue;
    }
    const auto rest = std::ranges::find(*words, any_words);
    if (rest != words->end() && rest + 1 != words->end()) {
      diagnostics_.error(node->range, "`...` stands for all that follows, and so at the end");
    }
    tool.allow.push_back(std::move(*words));
  }
  if (fields.has("allow") && fields.list("allow").empty()) {
    diagnostics_.error(fields.range("allow"), "nothing is allowed", "leave it out to let rules decide alone");
  }
  const Node* given = fields.find("environment");
  if (given == nullptr) return;
  for (const Attribute& member : given->members) {
    if (!is_variable(member.name) || member.value.text.find('\0') != std::string::npos) {
      diagnostics_.error(member.name_range, fmt::format("{} is no variable", quoted(member.name)));
    }
    tool.environment.insert_or_assign(member.name, member.value.text);
  }
}

void Assembly::tool_bounds(const Fields& fields, CommandTool& tool) {
  tool.timeout_us = fields.duration_us("timeout", tool.timeout_us);
  tool.memory_bytes = fields.bytes("memory", tool.memory_bytes);
  tool.scratch_bytes = fields.bytes("scratch", tool.scratch_bytes);
  tool.output_bytes = fields.bytes("output", tool.output_bytes);
  tool.processes =
      static_cast<std::uint64_t>(fields.integer("processes", static_cast<std::int64_t>(tool.processes)));
  if (tool.timeout_us > timeout_us_max) {
    diagnostics_.error(fields.range("timeout"), "`timeout` is at most 30m");
  }
  if (tool.memory_bytes < memory_bytes_min || tool.memory_bytes > memory_bytes_max) {
    diagnostics_.error(fields.range("memory"), "`memory` is from 16MiB to 16GiB");
  }
  if (tool.scratch_bytes > tool.memory_bytes) {
    diagnostics_.error(fields.range("scratch"),
                       "what stands in `scratch` is part of `memory`, which is less");
  }
  if (tool.output_bytes > output_bytes_max) {
    diagnostics_.error(fields.range("output"), "output is held whole: 4MiB is the most");
  }
}

// One that the gateway cannot lead a program to would be refused at every call.
void Assembly::tool_endpoint(const Fields& fields, const std::string& typed) {
  const auto found = std::ranges::find(snapshot_->endpoints, typed, &Endpoint::typed);
  if (found == snapshot_->endpoints.end()) return;
  const bool is_tools = found->family == action::Family::tool;
  if (!is_tools && found->unserved.empty()) return;
  diagnostics_.error(fields.range("endpoints"),
                     is_tools ? fmt::format("{} takes calls, and leads nowhere", typed) : found->unserved);
}

}  // namespace claw::config
