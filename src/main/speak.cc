#include "main/speak.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "config/load.h"
#include "io/thread.h"
#include "main/verbs.h"

namespace claw::verbs {

namespace {

// Statements are read up to 256 KiB; with everything escaped and parameters a line may be many times that.
constexpr std::size_t line_bytes_max = 16UL << 20;

int say(int exit_code, std::string_view what, std::string_view next) {
  warn("clawpatrol: {}\n", what);
  if (!next.empty()) warn("{}\n", next);
  return exit_code;
}

std::string error_line(const Error& error) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("error", error.text());
  writer.end_object();
  return out;
}

Result<std::string> answer_line(const std::string& line, const Answer& answer) {
  if (line.size() > line_bytes_max) return Error{Code::limit, "a line is at most 16 MiB long", {}};
  CLAW_TRY(const json::Value question, json::parse(line));
  if (question.object() == nullptr) return invalid("a line is a JSON object");
  return answer(question);
}

}  // namespace

int complain(std::string_view what, std::string_view next) { return say(failed, what, next); }
int misuse(std::string_view what, std::string_view next) { return say(wrong_usage, what, next); }

std::string suggestion(std::string_view word, std::span<const std::string> known) {
  if (const auto near = nearest(word, known)) return fmt::format("did you mean `{}`?", *near);
  return known.empty() ? "there are none" : "there is: " + join(known, ", ");
}

void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
void put_error(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

bool at_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

void remark(std::string_view text) {
  if (at_terminal()) warn("{}\n", text);
}

int close_output(int exit_code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  return complain("standard output cannot be written");
}

int answer_lines(const Answer& answer) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (trim(line).empty()) continue;
    const Result<std::string> said = answer_line(line, answer);
    print("{}\n", said ? *said : error_line(said.error()));
    if (std::fflush(stdout) != 0) break;  // Nobody listens any more.
  }
  return close_output(ok);
}

Status check_members(const json::Value& question, std::span<const std::string> known) {
  for (const auto& [name, value] : *question.object()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return invalid(fmt::format("unknown key {}; {}", quoted(name), suggestion(name, known)));
  }
  return Done{};
}

Path look_at(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0) return Path::missing;
  return S_ISDIR(about.st_mode) ? Path::folder : Path::file;
}

std::string no_such_path(const std::string& path) { return "no such file or folder: " + quoted(path); }

Opened open_policy(const std::string& path) {
  if (look_at(path) == Path::missing) return {nullptr, misuse(no_such_path(path))};
  config::LoadResult loaded = config::load(path);
  if (loaded.snapshot == nullptr) put_error(loaded.report());
  return {std::move(loaded.snapshot), loaded.diagnostics.has_errors() ? failed : ok};
}

int on_deep_stack(const std::function<int()>& work) {
  int exit_code = failed;
  const auto run = [&] { exit_code = work(); };
  { const io::Thread reader("reader", io::deep_stack_bytes, run); }
  return exit_code;
}

}  // namespace claw::verbs
