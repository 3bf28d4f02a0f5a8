// The policy in force, and what another would change.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "admin/routes/handlers.h"
#include "admin/routes/records.h"
#include "admin/routes/tries.h"
#include "base/text.h"
#include "config/load.h"
#include "policy/ruleset.h"
#include "trial/judge.h"

namespace claw::admin {

namespace {

using store::Index;

constexpr std::int64_t judged_max = 20'000;
constexpr std::size_t changed_shown_max = 500;
constexpr std::int64_t simulate_us_max = 30'000'000;  // Somebody waits for it.

struct Hits {
  std::int64_t allow = 0;
  std::int64_t deny = 0;
  std::int64_t approve = 0;
  std::int64_t last_us = 0;
};

Result<std::map<std::string, Hits, std::less<>>> hits_of(Index& index) {
  constexpr std::string_view by_rule[] = {"rule", "verdict", "asked"};
  CLAW_TRY(const std::vector<Index::Tally> tallies, index.tallies(0, by_rule));
  std::map<std::string, Hits, std::less<>> hits;
  for (const Index::Tally& tally : tallies) {
    if (tally.rule.empty() || tally.verdict == "held") continue;
    Hits& hit = hits[tally.rule];
    (tally.verdict == "allow" ? hit.allow : hit.deny) += tally.count;
    if (tally.asked) hit.approve += tally.count;
    hit.last_us = std::max(hit.last_us, tally.last_us);
  }
  return hits;
}

// What is on the disk, where it is still what was loaded.
void append_files(json::Writer& out, const std::string& path, const std::string& version) {
  const config::LoadResult loaded = config::load(path);
  out.key("files");
  out.begin_array();
  const bool is_it = loaded.snapshot != nullptr && loaded.snapshot->version == version;
  for (std::uint32_t i = 0; is_it && i < loaded.sources.count(); ++i) {
    out.begin_object();
    out.member("path", loaded.sources.name(config::FileId{i}));
    out.member("text", loaded.sources.text(config::FileId{i}));
    out.end_object();
  }
  out.end_array();
}

void append_endpoints(json::Writer& out, const config::Snapshot& snapshot) {
  out.key("endpoints");
  out.begin_array();
  for (const config::Endpoint& endpoint : snapshot.endpoints) {
    out.begin_object();
    out.member("name", endpoint.typed);
    out.member("family", action::name_of(endpoint.family));
    out.member("mode", endpoint.mode == policy::Mode::observe ? "observe" : "enforce");
    out.member("default", policy::name_of(endpoint.ruleset->settings().otherwise));
    out.member_unless_empty("unserved", endpoint.unserved);
    out.end_object();
  }
  out.end_array();
}

void append_rule(json::Writer& out, const config::Rule& rule, const Hits& hits) {
  out.begin_object();
  out.member("name", rule.name);
  out.member("endpoints", rule.endpoints);
  out.member("priority", rule.priority);
  out.member("verdict", rule.verdict);
  out.member("condition", rule.condition);
  out.member_unless_empty("reason", rule.reason);
  out.member_unless_empty("hint", rule.hint);
  if (!rule.approvers.empty()) out.member("approvers", rule.approvers);
  out.member_unless_empty("credential", rule.credential);
  if (!rule.profiles.empty()) out.member("profiles", rule.profiles);
  out.member_unless_empty("pack", rule.pack);
  out.member("where", rule.where);
  out.member("shadow", rule.shadow);
  out.member("disabled", rule.disabled);
  out.key("hits");
  out.begin_object();
  out.member("allow", hits.allow);
  out.member("deny", hits.deny);
  out.member("approve", hits.approve);
  out.end_object();
  if (hits.last_us != 0) out.member("last_hit", time_text(hits.last_us));
  out.end_object();
}

// Simulating.

void append_issues(json::Writer& out, const config::LoadResult& loaded) {
  out.key("issues");
  out.begin_array();
  for (const config::Diagnostic& each : loaded.diagnostics.sorted()) {
    const config::Position at = loaded.sources.position(each.range.file, each.range.begin);
    out.begin_object();
    out.member("severity", each.severity == config::Severity::error ? "error" : "warning");
    out.member("text", each.hint.empty() ? each.text : each.text + "; " + each.hint);
    out.member("file", loaded.sources.name(each.range.file));
    out.member("line", static_cast<std::int64_t>(at.line));
    out.member("column", static_cast<std::int64_t>(at.column));
    out.end_object();
  }
  out.end_array();
}

struct Tally {
  std::int64_t judged = 0;
  std::int64_t changed = 0;
  std::int64_t not_judgeable = 0;
  std::string list = "[";
};

void append_changed(Tally& tally, const json::Value& record, const trial::Said& was, const trial::Said& now) {
  if (static_cast<std::size_t>(tally.changed) > changed_shown_max) return;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("action", record.text_or("action", ""));
  out.member("time", record.text_or("time", ""));
  out.member("agent", record.text_or("agent", ""));
  out.member("endpoint", record.text_or("endpoint", ""));
  out.member("summary", record.text_or("summary", ""));
  out.member("was", policy::name_of(was.outcome));
  out.member("now", policy::name_of(now.outcome));
  out.member("rule_was", was.rule);
  out.member("rule_now", now.rule);
  out.end_object();
  if (tally.list.size() > 1) tally.list += ',';
  tally.list += text;
}

using Policy = std::shared_ptr<const config::Snapshot>;

// By both, so that only what the candidate says otherwise is shown, and not what people answered.
Tally try_all(const std::vector<std::string>& records, const Policy& present, const Policy& candidate,
              const Clock& clock) {
  trial::Judge by_present(present);
  trial::Judge by_candidate(candidate);
  Tally tally;
  const std::int64_t until_us = clock.monotonic_us() + simulate_us_max;
  for (const std::string& text : records) {
    if (clock.monotonic_us() > until_us) break;
    const auto record = json::parse(text);
    if (!record) continue;
    const trial::Said was = by_present.judge(*record);
    const trial::Said now = by_candidate.judge(*record);
    if (!was.not_judged.empty() || !now.not_judged.empty()) {
      ++tally.not_judgeable;
      continue;
    }
    ++tally.judged;
    if (was.outcome == now.outcome) continue;
    ++tally.changed;
    append_changed(tally, *record, was, now);
  }
  tally.list += ']';
  return tally;
}

Result<std::vector<config::NamedText>> files_of(const json::Value& body) {
  const json::Value* files = body.find("files");
  if (files == nullptr || files->object() == nullptr || files->object()->empty()) {
    return invalid("`files` is an object of names and texts");
  }
  std::vector<config::NamedText> texts;
  for (const auto& [name, text] : *files->object()) {
    if (text.string() == nullptr) return invalid("`files` is an object of names and texts");
    texts.push_back({name, *text.string()});
  }
  return texts;
}

}  // namespace

Answer routes::policy(const Call&, Sources& sources) {
  const Running running = sources.running();
  if (running.snapshot == nullptr) return problem(503, "unavailable", "no policy is in force yet");
  const auto hits = sources.records.with([](Index& index) { return hits_of(index); });
  if (!hits) return problem(hits.error());
  Written out;
  out.writer.member("version", running.policy_version);
  out.writer.member("loaded", time_text(running.policy_loaded_us));
  append_files(out.writer, sources.config_path, running.policy_version);
  append_endpoints(out.writer, *running.snapshot);
  out.writer.key("rules");
  out.writer.begin_array();
  for (const config::Rule& rule : running.snapshot->rules) {
    const auto found = hits->find(rule.name);
    append_rule(out.writer, rule, found == hits->end() ? Hits() : found->second);
  }
  out.writer.end_array();
  if (!running.reload_error.empty()) {
    out.writer.member("reload_error", running.reload_error);
    out.writer.member("reload_failed", time_text(running.reload_failed_us));
  }
  return out.answer();
}

Answer routes::simulate(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"files", Member::Kind::object, true}, {"since"},
                                             {"limit", Member::Kind::integer}});
  if (!body) return problem(body.error());
  auto texts = files_of(call.body);
  if (!texts) return problem(texts.error());
  const std::int64_t limit = call.body.int_or("limit", 5000);
  if (limit < 1 || limit > judged_max) return problem(400, "invalid", "`limit` is between 1 and 20000");
  const auto since = moment(call.body.text_or("since", "24h"), sources.clock.wall_us());
  if (!since) return problem(since.error());
  const Running running = sources.running();
  // A candidate comes from outside: it reads no file of this machine.
  const config::LoadResult candidate = config::load_texts(std::move(*texts), {});
  Tally tally;
  tally.list = "[]";
  if (candidate.snapshot != nullptr && running.snapshot != nullptr) {
    const auto records = sources.records.with([&](Index& index) -> Result<std::vector<std::string>> {
      audit::Filter filter;
      filter.kind = "judged";
      filter.since_us = *since;
      std::vector<std::string> found;
      CLAW_TRY_DONE(
          index.search(filter, static_cast<std::size_t>(limit),
                       [&](std::uint64_t, std::string_view payload) { found.emplace_back(payload); }));
      return found;
    });
    if (!records) return problem(records.error());
    tally = try_all(*records, running.snapshot, candidate.snapshot, sources.clock);
  }
  Written out;
  append_issues(out.writer, candidate);
  out.writer.member("judged", tally.judged);
  out.writer.member("not_judgeable", tally.not_judgeable);
  out.writer.member("changed_total", tally.changed);
  out.writer.key("changed");
  out.writer.raw(tally.list);
  return out.answer();
}

Answer routes::reload(const Call& call, Sources& sources) {
  if (auto failed = record(sources, call.who, "reload", sources.config_path)) return std::move(*failed);
  sources.reload();
  return json_answer("{\"reload\":\"started\"}");
}

}  // namespace claw::admin
