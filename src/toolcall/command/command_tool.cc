#include "toolcall/command/command_tool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "shell/command_line.h"
#include "toolcall/command/program_run.h"
#include "toolcall/command/words.h"

namespace claw::toolcall {
namespace {

constexpr std::size_t shown_patterns_max = 20;

constexpr Field args_field{"args", Field::Kind::values,
                           "The words that follow, each as the program is given it"};
constexpr Field line_field{"command", Field::Kind::text,
                           "Instead of `args`: one simple command as a line, without pipes, redirections or "
                           "substitutions; no shell runs"};
constexpr Field input_field{"stdin", Field::Kind::text, "What the program reads from its standard input"};
constexpr Field with_input[] = {args_field, line_field, input_field};
constexpr Field without_input[] = {args_field, line_field};

std::string last_part(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

std::string patterns_text(const config::CommandTool& tool) {
  std::string out;
  for (std::size_t i = 0; i < tool.allow.size() && i < shown_patterns_max; ++i) {
    std::string words;
    for (const std::string& word : tool.allow[i]) words += (words.empty() ? "" : " ") + word;
    out += fmt::format("{}`{}`", i == 0 ? "" : ", ", words);
  }
  return tool.allow.size() > shown_patterns_max ? out + ", …" : out;
}

class CommandTool final : public Tool {
 public:
  CommandTool(const config::CommandTool& declared, const Outside& outside)
      : declared_(declared), outside_(outside), program_(last_part(declared.command.front())) {
    description_ = declared.description.empty()
                       ? fmt::format("Runs `{}` and returns what it prints.", program_)
                       : declared.description;
    if (!declared.allow.empty()) description_ += " What may follow: " + patterns_text(declared) + ".";
  }

  std::string_view name() const override { return declared_.name; }
  std::string_view description() const override { return description_; }
  Traits traits() const override {
    return {.reads_only = declared_.reads_only, .destructive = declared_.destructive, .idempotent = false};
  }
  void write_schema(json::Writer& out) const override { toolcall::write_schema(out, fields()); }
  std::optional<Mistake> check(const json::Value& arguments) const override {
    return toolcall::check(arguments, fields(), "/arguments");
  }

  Plan plan(const Asking& asking) const override {
    auto read = words_of(asking.arguments, {declared_.name, program_});
    if (auto* mistake = std::get_if<Mistake>(&read)) return std::move(*mistake);
    const Words& words = std::get<Words>(read);
    Planned made;
    made.is_program = true;
    made.call.name = declared_.name;
    if (!words.not_understood.empty()) return not_understood(std::move(made), words);
    if (!are_allowed(declared_.allow, words.after)) {
      const bool is_line = asking.arguments.find("command") != nullptr;
      return Mistake{
          is_line ? "/arguments/command" : "/arguments/args",
          fmt::format("the policy does not allow these words; it allows {}", patterns_text(declared_))};
    }
    std::vector<std::string> argv = declared_.command;
    argv.insert(argv.end(), words.after.begin(), words.after.end());
    const std::string input = asking.arguments.text_or("stdin", "");
    Job job = job_of(asking, argv);
    job.input = input;
    argv.front() = program_;
    json::Array list(argv.begin(), argv.end());
    json::Object judged{{"argv", std::move(list)}};
    if (!input.empty()) judged.emplace_back("stdin", input);
    made.call.arguments = json::Value(std::move(judged));
    made.call.gist = shell::command_line(argv);
    if (!declared_.destructive) made.call.destructive = false;
    made.start = [job = std::move(job)](Seat seat) { return run_program(std::move(seat), job); };
    return made;
  }

 private:
  std::span<const Field> fields() const {
    return declared_.takes_input ? std::span<const Field>(with_input) : std::span<const Field>(without_input);
  }

  // Judged all the same, and on record; whatever rules say of it, there is no shell to run it.
  static Plan not_understood(Planned made, const Words& words) {
    made.call.arguments = json::Value(json::Object{{"command", words.line}});
    made.call.gist = words.line;
    made.start = [why = words.not_understood](Seat seat) { return refuse_run(std::move(seat), why); };
    return made;
  }

  Job job_of(const Asking& asking, const std::vector<std::string>& argv) const {
    Job job;
    sandbox::Program& program = job.program;
    program.arguments = argv;
    program.takes_input = declared_.takes_input;
    for (const std::string& folder : declared_.folders) program.folders.push_back({folder});
    for (const auto& [name, value] : declared_.environment) program.environment.emplace_back(name, value);
    program.limits.time_ms = static_cast<std::uint64_t>(declared_.timeout_us / 1000);
    program.limits.memory_bytes = declared_.memory_bytes;
    program.limits.scratch_bytes = declared_.scratch_bytes;
    program.limits.output_bytes = declared_.output_bytes;
    program.limits.processes = declared_.processes;
    equip(job, outside_, asking.snapshot, asking.profile,
          reached(asking.snapshot, asking.profile, declared_.endpoints));
    return job;
  }

  const config::CommandTool declared_;
  const Outside& outside_;
  std::string program_;
  std::string description_;
};

}  // namespace

Shelf command_shelf(const Outside& outside) {
  return {[&outside](const Asker& asker, Catalogue& into) {
    for (const config::CommandTool& each : asker.snapshot.commands) {
      if (!each.endpoints.empty() && reached(asker.snapshot, asker.profile, each.endpoints).empty()) continue;
      into.push_back(std::make_shared<CommandTool>(each, outside));
    }
  }};
}

}  // namespace claw::toolcall
