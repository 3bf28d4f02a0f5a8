// The kubectl tool: the real kubectl, for one cluster that the agent's profile reaches.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "shell/command_line.h"
#include "toolcall/command/command_tool.h"
#include "toolcall/command/kubectl.h"
#include "toolcall/command/program_run.h"
#include "toolcall/command/words.h"

namespace claw::toolcall {
namespace {

// It prints lists of whole clusters, and waits for rollouts; an agent's own patience is less.
constexpr sandbox::Limits limits{.time_ms = 300'000, .output_bytes = 1ULL << 20};

constexpr Field fields[] = {
    {"args", Field::Kind::values, "The words after `kubectl`, such as [\"get\", \"pods\", \"-n\", \"shop\"]"},
    {"command", Field::Kind::text,
     "Instead of `args`: the command as a line, such as `kubectl get pods -n shop`. No shell runs"},
    {"stdin", Field::Kind::text, "What it reads, for `apply -f -` and the like"},
    {"endpoint", Field::Kind::text, "Which cluster, `kubernetes.NAME`; needed where there are several"},
};

std::vector<const config::Endpoint*> clusters(const config::Snapshot& snapshot, std::string_view profile) {
  std::vector<const config::Endpoint*> out;
  for (const config::Endpoint& each : snapshot.endpoints) {
    const bool is_usable = each.kind == "kubernetes" && each.unserved.empty();
    if (is_usable && snapshot.reaches(profile, each)) out.push_back(&each);
  }
  return out;
}

std::variant<const config::Endpoint*, Mistake> cluster_of(const Asking& asking) {
  const std::string wanted = asking.arguments.text_or("endpoint", "");
  std::vector<std::string> names;
  const auto usable = clusters(asking.snapshot, asking.profile);
  for (const config::Endpoint* each : usable) {
    if (each->typed == wanted || each->name == wanted) return each;
    names.push_back(each->typed);
  }
  if (wanted.empty() && usable.size() == 1) return usable.front();
  return Mistake{
      "/arguments/endpoint",
      fmt::format("{}; there are: {}", wanted.empty() ? "this is missing" : "there is none of this name",
                  join(names, ", "))};
}

class KubectlTool final : public Tool {
 public:
  explicit KubectlTool(const Outside& outside) : outside_(outside) {}

  std::string_view name() const override { return "kubectl"; }
  std::string_view description() const override {
    return "Runs kubectl against a Kubernetes cluster and returns what it prints. The gateway gives it the "
           "cluster and the credential.";
  }
  Traits traits() const override { return {}; }
  void write_schema(json::Writer& out) const override { toolcall::write_schema(out, fields); }
  std::optional<Mistake> check(const json::Value& arguments) const override {
    return toolcall::check(arguments, fields, "/arguments");
  }

  Plan plan(const Asking& asking) const override {
    auto cluster = cluster_of(asking);
    if (auto* mistake = std::get_if<Mistake>(&cluster)) return std::move(*mistake);
    const config::Endpoint& endpoint = *std::get<const config::Endpoint*>(cluster);
    auto read = words_of(asking.arguments, {"kubectl"});
    if (auto* mistake = std::get_if<Mistake>(&read)) return std::move(*mistake);
    const Words& words = std::get<Words>(read);
    const KubectlReading reading = read_kubectl(words.after);
    if (!reading.wrong.empty()) {
      const bool is_line = asking.arguments.find("command") != nullptr;
      return Mistake{is_line ? "/arguments/command" : fmt::format("/arguments/args/{}", reading.at),
                     reading.wrong};
    }
    Planned made;
    made.is_program = true;
    made.call.name = "kubectl";
    json::Object judged{{"endpoint", endpoint.typed}};
    if (!words.not_understood.empty()) {
      judged.emplace_back("command", words.line);
      made.call.gist = words.line;
      made.start = [why = words.not_understood](Seat seat) { return refuse_run(std::move(seat), why); };
    } else {
      made.start = start_of(asking, endpoint, words.after);
      std::vector<std::string> argv = words.after;
      argv.insert(argv.begin(), "kubectl");
      made.call.gist = fmt::format("{} on {}", shell::command_line(argv), endpoint.typed);
      judged.emplace_back("argv", json::Array(argv.begin(), argv.end()));
      if (reading.destroys || reading.reads_only) made.call.destructive = reading.destroys;
    }
    if (const std::string input = asking.arguments.text_or("stdin", ""); !input.empty()) {
      judged.emplace_back("stdin", input);
    }
    made.call.arguments = json::Value(std::move(judged));
    return made;
  }

 private:
  std::function<std::unique_ptr<Run>(Seat)> start_of(const Asking& asking, const config::Endpoint& endpoint,
                                                     const std::vector<std::string>& after) const {
    Job job;
    job.program.arguments = {outside_.kubectl};
    job.program.arguments.insert(job.program.arguments.end(), after.begin(), after.end());
    job.program.limits = limits;
    job.program.takes_input = true;
    job.input = asking.arguments.text_or("stdin", "");
    equip(job, outside_, asking.snapshot, asking.profile, {&endpoint});
    return [job = std::move(job)](Seat seat) { return run_program(std::move(seat), job); };
  }

  const Outside& outside_;
};

}  // namespace

Shelf kubectl_shelf(const Outside& outside) {
  return {[&outside](const Asker& asker, Catalogue& into) {
    if (outside.kubectl.empty() || clusters(asker.snapshot, asker.profile).empty()) return;
    into.push_back(std::make_shared<KubectlTool>(outside));
  }};
}

}  // namespace claw::toolcall
