// replay: what an agent did, step by step; in a terminal as it happened, with its silences cut.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "audit/replay/cast.h"
#include "audit/replay/terminal.h"
#include "base/clock.h"
#include "base/text.h"
#include "main/journal_reader.h"
#include "main/paths.h"
#include "main/replay/scene_text.h"
#include "main/replay/session_records.h"
#include "main/replay/terminal.h"
#include "main/replay/times.h"
#include "main/speak.h"
#include "main/state.h"
#include "main/table.h"
#include "main/verbs.h"
#include "store/file.h"

namespace claw::verbs {

namespace {

constexpr std::int64_t silence_us_max = 2'000'000;  // What is longer is cut, before it is made faster.
constexpr std::size_t said_lines_max = 40;          // Of one stream, where it is printed and not played.
constexpr std::size_t sessions_listed = 20;
constexpr std::size_t actions_listed = 2000;        // Among which sessions are looked for.

using Scenes = std::vector<audit::Scene>;
using Go = KeyedTerminal::Go;

Result<Wanted> wanted_of(const Replay& options) {
  Wanted wanted;
  wanted.id = options.id;
  wanted.filter.agent = options.agent;
  wanted.filter.endpoint = options.endpoint;
  CLAW_TRY(wanted.filter.since_us, moment_of(options.since));
  CLAW_TRY(wanted.filter.until_us, moment_of(options.until));
  return wanted;
}

// Where no session is named: which there are, from the latest actions.
int list_sessions(const std::string& state) {
  audit::Filter filter;
  filter.kind = "judged";
  const auto found = latest(state, filter, actions_listed);
  if (!found) return complain(found.error().text());
  struct Listed {
    const audit::Record* first;
    std::int64_t actions = 0;
    std::int64_t denied = 0;
  };
  std::vector<Listed> sessions;
  for (const audit::Record& record : *found) {
    const std::string session = record.members.text_or("session", "");
    auto at = std::ranges::find_if(sessions, [&](const Listed& each) {
      return each.first->members.text_or("session", "") == session;
    });
    if (at == sessions.end()) at = sessions.insert(at, {&record});
    ++at->actions;
    if (record.members.text_or("verdict", "") == "deny") ++at->denied;
  }
  const std::size_t skipped = sessions.size() - std::min(sessions.size(), sessions_listed);
  Table table({"SESSION", "SINCE", "AGENT", "ENDPOINT", "ACTIONS", "DENIED", "FIRST"});
  for (const Listed& each : std::span(sessions).subspan(skipped)) {
    const auto cell = [&](std::string_view name) {
      return printable(each.first->members.text_or(name, ""), 60);
    };
    table.add({cell("session"), format_time(each.first->time_us).substr(0, 19) + "Z", cell("agent"),
               cell("endpoint"), std::to_string(each.actions), std::to_string(each.denied), cell("summary")});
  }
  table.print();
  remark("`clawpatrol replay SESSION` plays one");
  return close_output(ok);
}

// `name.cast`, `name-2.cast`, …: a file for each stream.
std::string numbered(const std::string& path, std::size_t number) {
  if (number == 1) return path;
  const std::size_t dot = path.rfind('.');
  const bool has_end = dot != std::string::npos && path.find('/', dot) == std::string::npos;
  const std::string end = has_end ? path.substr(dot) : "";
  return fmt::format("{}-{}{}", path.substr(0, has_end ? dot : path.size()), number, end);
}

int write_casts(const Scenes& scenes, const std::string& path) {
  std::size_t written = 0;
  for (const audit::Scene& scene : scenes) {
    if (scene.said.empty()) continue;
    const std::string cast = audit::asciicast_of(scene);
    ++written;
    if (path == "-") {
      put(cast);
      continue;
    }
    const std::string file = numbered(path, written);
    if (const Status kept = store::replace_file(file, cast); !kept) return complain(kept.error().text());
    print("{}  {}\n", file, printable(scene.summary, 100));
  }
  if (written == 0) {
    return complain("no stream is on record here", "exec and attach have some; see docs/replay.md");
  }
  return close_output(ok);
}

// One after another; who and where is said when it changes.
class Telling {
 public:
  explicit Telling(const Scenes& scenes) : start_us_(scenes.front().time_us) {}

  void tell(const audit::Scene& scene) {
    if (!scene.session.empty() && std::exchange(session_, scene.session) != scene.session) {
      put(session_text(scene));
    }
    put(scene_text(scene, start_us_));
  }

 private:
  std::int64_t start_us_;
  std::string session_;
};

void print_scenes(const Scenes& scenes) {
  Telling telling(scenes);
  for (const audit::Scene& scene : scenes) {
    telling.tell(scene);
    put(said_text(scene, said_lines_max));
  }
}

// Plays, and says how it was left.
class Playing {
 public:
  explicit Playing(std::uint32_t speed) : speed_(speed) {}

  void play(const Scenes& scenes) {
    std::int64_t before_us = scenes.front().time_us;
    Telling telling(scenes);
    for (const audit::Scene& scene : scenes) {
      if (wait(scene.time_us - before_us) == Go::quit) return;
      telling.tell(scene);
      if (!scene.said.empty() && play_stream(scene) == Go::quit) return;
      before_us = scene.time_us;
      for (const audit::Said& said : scene.said) before_us = std::max(before_us, scene.time_us + said.at_us);
    }
  }

 private:
  Go wait(std::int64_t us) {
    return terminal_.wait_us(std::clamp<std::int64_t>(us, 0, silence_us_max) / speed_);
  }

  Go play_stream(const audit::Scene& scene) {
    const audit::Played played = audit::play(scene.said);
    print("-- terminal of {}x{}: space pauses, n goes on to the next step, q ends --\n", played.columns,
          played.rows);
    Go go = Go::on;
    std::int64_t before_us = played.frames.empty() ? 0 : played.frames.front().at_us;
    for (const audit::Frame& frame : played.frames) {
      go = wait(frame.at_us - before_us);
      if (go != Go::on) break;
      if (frame.code == 'o') put(frame.text);
      if (frame.code == 'm') put("\r\n[" + frame.text + "]\r\n");
      before_us = frame.at_us;
    }
    put(audit::terminal_restored);
    put("\r\n-- end of the terminal --\n");
    return go;
  }

  std::uint32_t speed_;
  KeyedTerminal terminal_;
};

int show(const Replay& options, const Scenes& scenes) {
  if (!options.cast.empty()) return write_casts(scenes, options.cast);
  if (options.json) {
    for (const audit::Scene& scene : scenes) print("{}\n", audit::format_scene(scene));
  } else if (options.no_wait || !KeyedTerminal::is_there()) {
    print_scenes(scenes);
  } else {
    Playing(options.speed).play(scenes);
  }
  return close_output(ok);
}

}  // namespace

int replay(const Replay& options) {
  const std::string state = state_folder(options.state_dir);
  if (look_at(journal_folder(state)) != Path::folder) {
    return misuse("there is no journal in " + quoted(state),
                  "name the gateway's state folder with --state-dir");
  }
  if (options.id.empty() && options.agent.empty() && options.since.empty() && options.endpoint.empty()) {
    return list_sessions(state);
  }
  const auto wanted = wanted_of(options);
  if (!wanted) return misuse(wanted.error().text());
  const auto found = records_of(state, *wanted);
  if (!found) return complain(found.error().text());
  const Scenes scenes = audit::scenes_of(found->records);
  if (scenes.empty()) {
    return complain(options.id.empty() ? "nothing on record fits"
                                       : "no session, action or operation " + quoted(options.id),
                    "`clawpatrol replay` lists sessions, `clawpatrol audit tail` actions");
  }
  if (found->is_cut) warn("clawpatrol: there is more than is shown; narrow it with --since and --until\n");
  return show(options, scenes);
}

}  // namespace claw::verbs
