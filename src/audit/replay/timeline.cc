#include "audit/replay/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/text.h"

namespace claw::audit {

namespace {

// What a scene says in words of its own, or what a reader of it has no use for.
constexpr std::string_view told_elsewhere[] = {
    "seq",       "time",      "kind",    "action",   "session",     "agent",    "endpoint",
    "summary",   "text",      "verdict", "observed", "shadows",     "rule",     "reason",
    "approver",  "comment",   "asked",   "decided",  "deadline",    "question", "policy",
    "reasoning", "approvers", "labels",  "budget",   "break_glass", "charged",
    "evidence"};

std::string text_of(const Record& record, std::string_view name) { return record.members.text_or(name, ""); }

std::int64_t time_of(const Record& record, std::string_view name) {
  const auto time = parse_time(text_of(record, name));
  return time ? *time : 0;
}

std::vector<std::string> shadows_of(const Record& record) {
  std::vector<std::string> shadows;
  const json::Value* list = record.members.find("shadows");
  if (list == nullptr || list->array() == nullptr) return shadows;
  for (const json::Value& each : *list->array()) {
    shadows.push_back(fmt::format("{} would {}", each.text_or("rule", ""), each.text_or("outcome", "")));
  }
  return shadows;
}

std::vector<Shown> evidence_of(const Record& record) {
  std::vector<Shown> evidence;
  const json::Value* list = record.members.find("evidence");
  if (list == nullptr || list->array() == nullptr) return evidence;
  for (const json::Value& each : *list->array()) {
    evidence.push_back({each.text_or("title", ""), each.text_or("text", ""), each.text_or("sha256", ""),
                        each.bool_or("failed", false)});
  }
  return evidence;
}

Scene scene_of(const Record& record, Scene::Kind kind) {
  Scene scene;
  scene.kind = kind;
  scene.seq = record.seq;
  scene.time_us = record.time_us;
  scene.session = text_of(record, "session");
  scene.agent = text_of(record, "agent");
  scene.endpoint = text_of(record, "endpoint");
  return scene;
}

class Scenes {
 public:
  void take(const Record& record) {
    if (record.kind == "judged" || record.kind == "held") on_action(record);
    else if (record.kind == "session") on_session(record);
    else if (record.kind == "incident") on_incident(record);
  }

  // Of actions that are there.
  void complete(const Record& record) {
    if (record.kind != "ended" && record.kind != "stream") return;
    const auto found = places_.find(text_of(record, "action"));
    if (found == places_.end()) return;
    Scene& scene = scenes_[found->second];
    if (record.kind == "ended") {
      scene.ending = text_of(record, "ending");
      scene.result = text_of(record, "detail");
      scene.rows = record.members.int_or("rows", -1);
      scene.duration_us = record.members.int_or("duration_us", -1);
      return;
    }
    std::ranges::move(said_in(record), std::back_inserter(scene.said));
  }

  std::vector<Scene> finish() {
    std::ranges::sort(scenes_, {}, &Scene::seq);
    return std::move(scenes_);
  }

 private:
  void on_action(const Record& record) {
    const std::string id = text_of(record, "action");
    const auto [place, is_new] = places_.try_emplace(id, scenes_.size());
    if (is_new) scenes_.push_back(scene_of(record, Scene::Kind::action));
    Scene& scene = scenes_[place->second];
    const bool was_held = record.kind == "judged" ? scene.verdict == "held" : !scene.verdict.empty();
    scene.seq = is_new ? record.seq : std::min(scene.seq, record.seq);
    scene.time_us = is_new ? record.time_us : std::min(scene.time_us, record.time_us);
    if (record.kind == "held" && was_held) return;  // It has its verdict already.
    describe(scene, record, id);
    if (record.kind == "held") scene.verdict = "held";
    else judged(scene, record);
  }

  static void describe(Scene& scene, const Record& record, const std::string& id) {
    scene.action = id;
    scene.summary = text_of(record, "summary");
    scene.text = text_of(record, "text");
    scene.reasoning = text_of(record, "reasoning");
    scene.rule = text_of(record, "rule");
    scene.reason = text_of(record, "reason");
    scene.facts.clear();
    for (const json::Member& member : *record.members.object()) {
      if (std::ranges::find(told_elsewhere, member.first) == std::end(told_elsewhere)) {
        scene.facts.push_back(member);
      }
    }
  }

  static void judged(Scene& scene, const Record& record) {
    scene.verdict = text_of(record, "verdict");
    scene.observed = record.members.bool_or("observed", false);
    scene.shadows = shadows_of(record);
    scene.approver = text_of(record, "approver");
    scene.comment = text_of(record, "comment");
    scene.evidence = evidence_of(record);
    const std::int64_t asked_us = time_of(record, "asked");
    const std::int64_t decided_us = time_of(record, "decided");
    if (asked_us != 0) {
      scene.waited_us = std::max<std::int64_t>((decided_us != 0 ? decided_us : record.time_us) - asked_us, 0);
    }
  }

  void on_session(const Record& record) {
    const std::string event = text_of(record, "event");
    Scene scene = scene_of(record, event == "opened" ? Scene::Kind::opened : Scene::Kind::closed);
    scene.summary = text_of(record, "detail");
    scene.duration_us = record.members.int_or("duration_us", -1);
    for (const std::string_view name : {"profile", "address", "credential"}) {
      if (const std::string value = text_of(record, name); !value.empty()) {
        scene.facts.emplace_back(std::string(name), json::Value(value));
      }
    }
    scenes_.push_back(std::move(scene));
  }

  void on_incident(const Record& record) {
    Scene scene = scene_of(record, Scene::Kind::incident);
    scene.summary = text_of(record, "what");
    scenes_.push_back(std::move(scene));
  }

  std::vector<Scene> scenes_;
  std::map<std::string, std::size_t, std::less<>> places_;  // By their action.
};

std::string_view name_of(Scene::Kind kind) {
  switch (kind) {
    case Scene::Kind::action: return "action";
    case Scene::Kind::opened: return "opened";
    case Scene::Kind::closed: return "closed";
    case Scene::Kind::incident: return "incident";
  }
  return "";
}

void append_said(json::Writer& out, const Said& said) {
  out.begin_object();
  out.member("at_us", said.at_us);
  out.member("channel", said.channel);
  if (!said.bytes.empty() && is_utf8(said.bytes)) out.member("text", said.bytes);
  else if (!said.bytes.empty()) out.member("base64", to_base64(said.bytes));
  if (said.left_out != 0) out.member("left_out", said.left_out);
  out.end_object();
}

void append_evidence(json::Writer& out, const std::vector<Shown>& evidence) {
  if (evidence.empty()) return;
  out.key("evidence");
  out.begin_array();
  for (const Shown& each : evidence) {
    out.begin_object();
    out.member("title", each.title);
    out.member_unless_empty("text", each.text);
    out.member_unless_empty("sha256", each.sha256);
    if (each.failed) out.member("failed", true);
    out.end_object();
  }
  out.end_array();
}

void append_action(json::Writer& out, const Scene& scene) {
  out.member("action", scene.action);
  out.member_unless_empty("text", scene.text);
  out.member_unless_empty("reasoning", scene.reasoning);
  out.member("verdict", scene.verdict);
  if (scene.observed) out.member("observed", true);
  if (!scene.shadows.empty()) out.member("shadows", scene.shadows);
  out.member_unless_empty("rule", scene.rule);
  out.member_unless_empty("reason", scene.reason);
  out.member_unless_empty("approver", scene.approver);
  out.member_unless_empty("comment", scene.comment);
  if (scene.waited_us >= 0) out.member("waited_us", scene.waited_us);
  append_evidence(out, scene.evidence);
  out.member_unless_empty("ending", scene.ending);
  if (scene.rows >= 0) out.member("rows", scene.rows);
  out.member_unless_empty("result", scene.result);
}

}  // namespace

std::vector<Scene> scenes_of(std::span<const Record> records) {
  std::vector<const Record*> in_order;
  for (const Record& record : records) in_order.push_back(&record);
  std::ranges::sort(in_order, {}, [](const Record* record) { return record->seq; });
  Scenes scenes;
  for (const Record* record : in_order) scenes.take(*record);
  for (const Record* record : in_order) scenes.complete(*record);
  return scenes.finish();
}

std::string format_scene(const Scene& scene) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("step", name_of(scene.kind));
  out.member("seq", static_cast<std::int64_t>(scene.seq));
  out.member("time", format_time(scene.time_us));
  out.member_unless_empty("session", scene.session);
  out.member_unless_empty("agent", scene.agent);
  out.member_unless_empty("endpoint", scene.endpoint);
  out.member("summary", scene.summary);
  if (scene.kind == Scene::Kind::action) append_action(out, scene);
  if (scene.duration_us >= 0) out.member("duration_us", scene.duration_us);
  if (!scene.facts.empty()) {
    out.key("facts");
    out.raw(json::format(json::Value(scene.facts)));
  }
  if (!scene.said.empty()) {
    out.key("said");
    out.begin_array();
    for (const Said& said : scene.said) append_said(out, said);
    out.end_array();
  }
  out.end_object();
  return text;
}

std::vector<Said> said_in(const Record& record) {
  std::vector<Said> found;
  const json::Value* pieces = record.members.find("pieces");
  if (pieces == nullptr || pieces->array() == nullptr) return found;
  for (const json::Value& piece : *pieces->array()) {
    Said said{piece.int_or("at_us", 0), piece.text_or("channel", ""), piece.text_or("text", ""),
              piece.int_or("left_out", 0)};
    if (const json::Value* encoded = piece.find("base64");
        encoded != nullptr && encoded->string() != nullptr) {
      if (auto bytes = from_base64(*encoded->string())) said.bytes = std::move(*bytes);
    }
    found.push_back(std::move(said));
  }
  return found;
}

}  // namespace claw::audit
