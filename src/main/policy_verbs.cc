// validate, test, packs and reference: what can be asked of a policy without a gateway.
#include <fmt/format.h>

#include "base/text.h"
#include "config/kinds/kinds.h"
#include "config/decode/packs.h"
#include "config/load.h"
#include "config/targets.h"
#include "main/speak.h"
#include "main/table.h"
#include "main/verbs.h"
#include "store/file.h"

namespace claw::verbs {

namespace {

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string count_line(const config::LoadResult& loaded) {
  const config::Snapshot& policy = *loaded.snapshot;
  std::string line =
      fmt::format("ok: {}, {}, {}, {}, {}", counted(policy.endpoints.size(), "endpoint"),
                  counted(policy.rules.size(), "rule"), counted(policy.credentials.size(), "credential"),
                  counted(policy.profiles.size(), "profile"), counted(policy.agents.size(), "agent"));
  const std::size_t warnings = loaded.diagnostics.all().size();
  return warnings == 0 ? line : line + ", " + counted(warnings, "warning");
}

// `*.json` of a folder, not of folders in it, by name; or the one file.
Result<std::vector<std::string>> fixture_paths(const std::string& path) {
  if (look_at(path) != Path::folder) return std::vector{path};
  std::vector<std::string> paths;
  CLAW_TRY(const std::vector<std::string> names, store::names_in(path));
  for (const std::string& name : names) {
    if (name.ends_with(".json")) paths.push_back(path.ends_with('/') ? path + name : path + "/" + name);
  }
  return paths;
}

Status add_fixtures(const std::string& path, std::vector<policy::FixtureFile>& files) {
  CLAW_TRY(const std::vector<std::string> paths, fixture_paths(path));
  for (const std::string& each : paths) {
    CLAW_TRY(std::optional<std::string> text, store::read_file(each, policy::fixture_bytes_max));
    if (!text) return Error{Code::not_found, no_such_path(each), {}};
    files.push_back({each, std::move(*text)});
  }
  return Done{};
}

// The comment a pack begins with, up to the first colon or full stop.
std::string description_of(const config::Pack& pack) {
  std::string words;
  for (const std::string_view line : split(pack.text, '\n')) {
    if (!line.starts_with('#')) break;
    words += words.empty() ? "" : " ";
    words += trim(line.substr(1));
  }
  return words.substr(0, words.find_first_of(":.;"));
}

}  // namespace

int validate(const Validate& options) {
  if (look_at(options.config) == Path::missing) return misuse(no_such_path(options.config));
  const config::LoadResult loaded = config::load(options.config);
  const bool good = loaded.snapshot != nullptr;
  if (options.json) {
    const config::Diagnostics& mistakes = loaded.diagnostics;
    print("{}\n", good ? loaded.snapshot->to_json() : mistakes.format_json(loaded.sources));
  }
  if (!options.json || good) put_error(loaded.report());
  if (!options.json && good) print("{}\n", count_line(loaded));
  return close_output(good ? ok : failed);
}

int test(const Test& options) {
  const Opened opened = open_policy(options.config);
  if (opened.policy == nullptr) return wrong_usage;  // As the original: 1 is for fixtures that fail.
  std::vector<policy::FixtureFile> files;
  for (const std::string& path : options.fixtures) {
    if (const Status added = add_fixtures(path, files); !added) return misuse(added.error().text());
  }
  return on_deep_stack([&] {
    const policy::Report report = policy::play_all(files, config::targets_of(*opened.policy));
    put(report.text);
    return close_output(report.exit_code);
  });
}

int packs(const Packs& options) {
  if (options.name.empty()) {
    Table table({"PACK", "FAMILY", "WHAT IT IS FOR"});
    for (const config::Pack& pack : config::packs()) {
      table.add({std::string(pack.name), std::string(action::name_of(pack.family)), description_of(pack)});
    }
    table.print();
    return close_output(ok);
  }
  const config::Pack* pack = config::find_pack(options.name);
  if (pack == nullptr) {
    return misuse("no such pack: " + quoted(options.name),
                  suggestion(options.name, names_of(config::packs())));
  }
  put(config::text_of(*pack, {}));
  return close_output(ok);
}

int reference() {
  put(config::reference_text());
  return close_output(ok);
}

}  // namespace claw::verbs
