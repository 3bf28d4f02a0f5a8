// What verbs have in common: complaints to standard error with the next step, remarks that only a person at a
// terminal gets, JSON lines answered one by one, and the policy they were given or why there is none.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "config/snapshot.h"

namespace claw::verbs {

// `clawpatrol: WHAT`, and on a line of its own what to do about it. Return `failed` and `wrong_usage`.
int complain(std::string_view what, std::string_view next = {});
int misuse(std::string_view what, std::string_view next = {});

// `did you mean `x`?`, or a list of what there is.
std::string suggestion(std::string_view word, std::span<const std::string> known);

// To standard output and standard error. What cannot be written throws nothing; close_output() sees it.
void put(std::string_view text);
void put_error(std::string_view text);
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  put(fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  put_error(fmt::format(format, std::forward<Args>(args)...));
}

bool at_terminal();                    // Standard output is one.
void remark(std::string_view text);    // On standard error, and only at a terminal: scripts want silence.
int close_output(int exit_code);       // `failed` where what was printed did not get out: a full disk.

// Reads standard input to its end and answers each line with one line, at once, so that a program can talk to
// it. A line that is no JSON object, or has no answer, is answered `{"error":…}`.
using Answer = std::function<Result<std::string>(const json::Value& question)>;
int answer_lines(const Answer& answer);

// Errors: a member that is not among `known`, which is a misspelt one.
Status check_members(const json::Value& question, std::span<const std::string> known);

enum class Path { missing, file, folder };
Path look_at(const std::string& path);

// Prints why not; a null policy comes with the exit code: wrong_usage where there is no such file.
struct Opened {
  std::shared_ptr<const config::Snapshot> policy;
  int exit_code = 0;
};
Opened open_policy(const std::string& path);

std::string no_such_path(const std::string& path);

// Names of things that have a `name`, for suggestions.
template <class Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> names;
  for (const auto& each : things) names.emplace_back(each.name);
  return names;
}

// On a thread with the stack that the SQL grammar needs.
int on_deep_stack(const std::function<int()>& work);

}  // namespace claw::verbs
