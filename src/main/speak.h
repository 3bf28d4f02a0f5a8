// How verbs talk: complaints to standard error with the next step, remarks that only a person at a terminal
// gets, and JSON lines answered one by one. It decides no exit code but the one of a complaint.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace claw::verbs {

// `clawpatrol: WHAT`, and on a line of its own what to do about it. Return `failed` and `wrong_usage`.
int complain(std::string_view what, std::string_view next = {});
int misuse(std::string_view what, std::string_view next = {});

// `did you mean `x`?`, or a list of what there is.
std::string suggestion(std::string_view word, std::span<const std::string> known);

bool at_terminal();                    // Standard output is one.
void remark(std::string_view text);    // On standard error, and only at a terminal: scripts want silence.
int close_output(int exit_code);       // `failed` where what was printed did not get out: a full disk.

// Reads standard input to its end and answers each line with one line, at once, so that a program can talk to
// it. A line that is no JSON object, or has no answer, is answered `{"error":…}`.
using Answer = std::function<Result<std::string>(const json::Value& question)>;
int answer_lines(const Answer& answer);

// Errors: a member that is not among `known`, which is a misspelt one.
Status check_members(const json::Value& question, std::span<const std::string> known);

// `{"error":…}`
std::string error_line(const Error& error);

// On a thread with the stack that the SQL grammar needs.
int on_deep_stack(const std::function<int()>& work);

}  // namespace claw::verbs
