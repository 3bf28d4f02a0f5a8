#include "audit/search/facts.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"

namespace claw::audit {

namespace {

constexpr Field table[] = {
    {"kind", Shape::text, true, false, "`judged`, `held`, `ended`, …"},
    {"action", Shape::text, true, false, "the action's id"},
    {"session", Shape::text, false, false, "the connection's id"},
    {"agent.name", Shape::text, false, false, "who acts"},
    {"agent.profile", Shape::text, false, false, "with which profile"},
    {"agent.address", Shape::text, false, false, "from where, `ip:port`"},
    {"action.endpoint", Shape::text, false, false, "`postgres.prod`"},
    {"action.credential", Shape::text, false, false, "the credential that is lent"},
    {"action.destructive", Shape::flag, false, false, "`true` or `false`"},
    {"action.understood", Shape::flag, false, false, "`true` or `false`"},
    {"action.truncated", Shape::flag, false, false, "`true` or `false`"},
    {"family", Shape::text, true, false, "`sql`, `http`, `k8s`, `ssh`, `tool`, `mcp`"},
    {"verdict", Shape::text, true, false, "`allow` or `deny`"},
    {"rule", Shape::text, false, false, "the rule that decided"},
    {"reason", Shape::text, false, false, "what the rule said"},
    {"detail", Shape::text, false, false, "command tag, status, why it closed"},
    {"policy", Shape::text, false, false, "the policy's version"},
    {"observed", Shape::flag, false, false, "the verdict was not obeyed"},
    {"operation", Shape::text, false, false, "the held operation it is the retry of"},
    {"approver", Shape::text, false, false, "who answered"},
    {"approvers", Shape::text, false, false, "who was asked"},
    {"question", Shape::text, true, false, "the question's id"},
    {"comment", Shape::text, false, false, "what they wrote"},
    {"reasoning", Shape::text, false, false, "the agent's own words"},
    {"labels", Shape::text, false, false, "labels it set on its agent"},
    {"budget", Shape::text, false, false, "the budget without room"},
    {"break_glass", Shape::text, false, false, "the grant that was active"},
    {"shadow.rule", Shape::text, false, false, "a shadow rule that would have decided"},
    {"shadow.outcome", Shape::text, true, false, "`allow`, `deny`, `approve`, `error`"},
    {"event", Shape::text, true, false, "of sessions, policies, people, the gateway"},
    {"person", Shape::text, false, false, "who did something to the gateway"},
    {"subject", Shape::text, false, false, "and to what"},
    {"what", Shape::text, false, false, "an incident's words"},
    {"ending", Shape::text, true, true, "`ok`, `failed`, `cancelled`, `unknown`"},
    {"rows", Shape::number, false, true, "rows of the answer"},
    {"duration_us", Shape::number, false, false, "how long it took; `duration_us>2s` is understood"},
    {"waited_us", Shape::number, false, false, "how long a person took"},
    {"bytes", Shape::number, false, false, "of a WebSocket message"},
    {"sql.verb", Shape::text, true},
    {"sql.effects", Shape::text, true},
    {"sql.tables", Shape::text},
    {"sql.reads", Shape::text},
    {"sql.writes", Shape::text},
    {"sql.functions", Shape::text},
    {"sql.objects", Shape::text},
    {"sql.has_where", Shape::flag},
    {"sql.inner", Shape::flag},
    {"sql.statement", Shape::text},
    {"sql.parameters", Shape::text},
    {"sql.database", Shape::text},
    {"sql.user", Shape::text},
    {"sql.role", Shape::text},
    {"sql.search_path", Shape::text},
    {"http.method", Shape::text, true},
    {"http.scheme", Shape::text, true},
    {"http.host", Shape::text, true},
    {"http.path", Shape::text},
    {"http.query", Shape::text, false, false, "`name=value` pairs as they stand in the address"},
    {"http.content_type", Shape::text, true},
    {"http.override", Shape::text, true},
    {"http.grpc_service", Shape::text},
    {"http.grpc_method", Shape::text},
    {"http.graphql.operation", Shape::text, true},
    {"http.graphql.name", Shape::text},
    {"http.graphql.fields", Shape::text},
    {"k8s.verb", Shape::text, true},
    {"k8s.resource", Shape::text},
    {"k8s.namespace", Shape::text},
    {"k8s.name", Shape::text},
    {"k8s.api_group", Shape::text},
    {"k8s.api_version", Shape::text},
    {"k8s.non_resource_path", Shape::text},
    {"k8s.impersonate_user", Shape::text},
    {"k8s.impersonate_groups", Shape::text},
    {"k8s.dry_run", Shape::flag},
    {"k8s.field_manager", Shape::text},
    {"k8s.exec.command", Shape::text},
    {"k8s.exec.container", Shape::text},
    {"ws.direction", Shape::text, true},
    {"ws.opcode", Shape::text, true},
    {"ssh.verb", Shape::text, true},
    {"ssh.command", Shape::text},
    {"sql.rows_counted", Shape::number},
    {"tool.name", Shape::text},
    {"mcp.method", Shape::text, true},
    {"mcp.server", Shape::text},
    {"mcp.tool", Shape::text},
    {"mcp.resource", Shape::text},
    {"mcp.prompt", Shape::text},
};

// Members of a record that are a fact as they stand.
struct Same {
  std::string_view member;
  std::string_view field;
};
constexpr Same same_everywhere[] = {
    {"kind", "kind"},
    {"action", "action"},
    {"session", "session"},
    {"agent", "agent.name"},
    {"profile", "agent.profile"},
    {"address", "agent.address"},
    {"endpoint", "action.endpoint"},
    {"credential", "action.credential"},
    {"family", "family"},
    {"verdict", "verdict"},
    {"rule", "rule"},
    {"reason", "reason"},
    {"detail", "detail"},
    {"policy", "policy"},
    {"operation", "operation"},
    {"approver", "approver"},
    {"approvers", "approvers"},
    {"question", "question"},
    {"comment", "comment"},
    {"reasoning", "reasoning"},
    {"labels", "labels"},
    {"budget", "budget"},
    {"break_glass", "break_glass"},
    {"event", "event"},
    {"person", "person"},
    {"subject", "subject"},
    {"what", "what"},
    {"ending", "ending"},
    {"rows", "rows"},
    {"duration_us", "duration_us"},
    {"bytes", "bytes"},
    {"parameters", "sql.parameters"},
    {"database", "sql.database"},
    {"user", "sql.user"},
    {"role", "sql.role"},
    {"search_path", "sql.search_path"},
    {"resource", "k8s.resource"},
    {"namespace", "k8s.namespace"},
    {"name", "k8s.name"},
    {"api_group", "k8s.api_group"},
    {"api_version", "k8s.api_version"},
    {"impersonates", "k8s.impersonate_user"},
    {"impersonate_groups", "k8s.impersonate_groups"},
    {"field_manager", "k8s.field_manager"},
    {"exec", "k8s.exec.command"},
    {"container", "k8s.exec.container"},
    {"method", "http.method"},
    {"scheme", "http.scheme"},
    {"host", "http.host"},
    {"content_type", "http.content_type"},
    {"override", "http.override"},
    {"grpc_service", "http.grpc_service"},
    {"grpc_method", "http.grpc_method"},
    {"graphql_operation", "http.graphql.operation"},
    {"graphql_name", "http.graphql.name"},
    {"graphql_fields", "http.graphql.fields"},
    {"rows_counted", "sql.rows_counted"},
    {"tool", "tool.name"},
    {"mcp_method", "mcp.method"},
    {"mcp_server", "mcp.server"},
    {"mcp_tool", "mcp.tool"},
    {"mcp_resource", "mcp.resource"},
    {"mcp_prompt", "mcp.prompt"},
    {"direction", "ws.direction"},
    {"opcode", "ws.opcode"},
};
// Of a part of a SQL action. Relations go by their bare names too, as rules see them.
constexpr Same same_in_part[] = {
    {"verb", "sql.verb"}, {"effects", "sql.effects"}, {"tables", "sql.tables"}, {"reads", "sql.reads"},
    {"writes", "sql.writes"}, {"functions", "sql.functions"}, {"objects", "sql.objects"},
    {"has_where", "sql.has_where"},
};

struct Unrecorded {
  std::string_view fact;
  std::string_view why;
};
constexpr std::string_view no_bodies = "bodies are not on record: they are large, and may hold secrets";
constexpr std::string_view no_headers = "headers are not on record: they carry secrets";
constexpr std::string_view no_standing = "how an agent stood is not on record with its action";
constexpr Unrecorded unrecorded[] = {
    {"http.headers", no_headers},
    {"http.cookies", no_headers},
    {"http.body", no_bodies},
    {"http.body_json", no_bodies},
    {"http.form", no_bodies},
    {"k8s.object", no_bodies},
    {"k8s.exec.stdin", no_bodies},
    {"ssh.stdin", no_bodies},
    {"ws.text", "search for its words"},
    {"ws.json", no_bodies},
    {"tool.args", "search for its words"},
    {"tool.argv", "search for its words"},
    {"tool.program", "search for its words"},
    {"tool.effects", "search for the command's words"},
    {"tool.command", "search for its words"},
    {"tool.reasoning", "search `reasoning`"},
    {"mcp.args", "search for its words"},
    {"mcp.text", "search for its words"},
    {"mcp.values", "search for its words"},
    {"mcp.reads_only", "it is not on record as such"},
    {"mcp.claims", "they are with the pins: `clawpatrol pins`"},
    {"mcp.reasoning", "search `reasoning`"},
    {"session.actions", no_standing},
    {"session.denied", no_standing},
    {"session.destructive", no_standing},
    {"session.labels", no_standing},
    {"session.anomalies", no_standing},
    {"agent.owner", "the configuration has it"},
    {"sql.columns", "search for its words"},
    {"sql.statements", "`sql.verb` finds each of its verbs"},
    {"http.path_segments", "`http.path^=…` finds beginnings"},
    {"k8s.params", "`http.query` has them"},
    {"k8s.param_values", "`http.query` has them"},
    {"k8s.proxy_path", "search for its words"},
    {"k8s.exec.tty", "it is not on record"},
    {"k8s.exec.takes_stdin", "it is not on record"},
    {"ssh.subsystem", "`ssh.command` has it"},
    {"ssh.forward_host", "`ssh.command` has it"},
    {"ssh.forward_port", "`ssh.command` has it"},
    {"ssh.user", "it is not on record"},
};

using Places = std::unordered_map<std::string_view, std::uint8_t>;

Places places_of(std::span<const Same> rows) {
  Places places;
  for (const Same& row : rows) places.emplace(row.member, field_named(row.field));
  return places;
}

// Their words are ids, digests and times; those that matter have a field.
bool has_words(std::string_view member) {
  constexpr std::string_view without[] = {"seq",  "time",      "kind",   "action", "session", "hash",
                                          "signature", "policy", "asked", "decided", "deadline", "family"};
  return std::ranges::find(without, member) == std::end(without);
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

class Teller {
 public:
  Teller(const Record& record, FactVisitor& visitor) : record_(record), visitor_(visitor) {}

  void tell() {
    static const Places everywhere = places_of(same_everywhere);
    if (record_.members.object() == nullptr) return;
    for (const auto& [name, value] : *record_.members.object()) {
      if (const auto found = everywhere.find(name); found != everywhere.end()) tell(found->second, value);
      if (record_.kind != "stream" && has_words(name)) words(value);
    }
    if (record_.kind == "judged" || record_.kind == "held") tell_action();
  }

 private:
  const std::string* member(std::string_view name) const {
    const json::Value* found = record_.members.find(name);
    return found == nullptr ? nullptr : found->string();
  }

  void tell(std::uint8_t field, const json::Value& value) {
    if (const std::string* text = value.string()) return tell(field, *text);
    if (const bool* flag = value.boolean()) return visitor_.text(field, *flag ? "true" : "false");
    if (const json::Number* number = value.number()) {
      if (const auto whole = number->as_int64()) visitor_.number(field, *whole);
      return;
    }
    const json::Array* list = value.array();
    if (list == nullptr) return;
    for (const json::Value& each : *list) {
      if (each.string() != nullptr) tell(field, *each.string());
    }
  }

  void tell(std::uint8_t field, const std::string& text) {
    if (text.empty() || table[field].shape == Shape::number) return;
    visitor_.text(field, table[field].folded ? lower(text) : text);
  }

  void flag(std::string_view field, bool value) {
    visitor_.text(field_named(field), value ? "true" : "false");
  }

  // What is said of every action, whether or not its record has the member.
  void tell_action() {
    flag("action.destructive", record_.members.bool_or("destructive", false));
    flag("observed", record_.members.bool_or("observed", false));
    flag("action.truncated", record_.members.bool_or("truncated", false));
    flag("action.understood", record_.members.find("not_understood") == nullptr);
    static const std::uint8_t waited = field_named("waited_us");
    if (const std::string* asked = member("asked")) {
      if (const auto since = parse_time(*asked)) visitor_.number(waited, record_.time_us - *since);
    }
    if (const json::Value* shadows = record_.members.find("shadows")) tell_shadows(*shadows);
    const std::string family = record_.members.text_or("family", "");
    if (family == "sql") return tell_sql();
    if (family == "http" || family == "k8s") tell_request();
    if (family == "k8s") {
      tell("verb", "k8s.verb");
      flag("k8s.dry_run", record_.members.bool_or("dry_run", false));
    }
    if (family == "ssh") tell_ssh();
  }

  void tell(std::string_view name, std::string_view field) {
    if (const std::string* text = member(name)) tell(field_named(field), *text);
  }

  void tell_shadows(const json::Value& shadows) {
    if (shadows.array() == nullptr) return;
    for (const json::Value& each : *shadows.array()) {
      tell(field_named("shadow.rule"), each.text_or("rule", ""));
      tell(field_named("shadow.outcome"), each.text_or("outcome", ""));
    }
  }

  void tell_sql() {
    static const Places in_part = places_of(same_in_part);
    tell("text", "sql.statement");
    const json::Value* parts = record_.members.find("parts");
    if (parts == nullptr || parts->array() == nullptr) return;
    for (const json::Value& part : *parts->array()) {
      if (part.object() == nullptr) continue;
      flag("sql.inner", part.bool_or("inner", false));
      for (const auto& [name, value] : *part.object()) {
        const auto found = in_part.find(name);
        if (found == in_part.end()) continue;
        tell(found->second, value);
        if (name == "tables" || name == "reads" || name == "writes" || name == "objects") {
          tell_bare(found->second, value);
        }
      }
    }
  }

  void tell_bare(std::uint8_t field, const json::Value& names) {
    if (names.array() == nullptr) return;
    for (const json::Value& each : *names.array()) {
      const std::string* name = each.string();
      const std::size_t dot = name == nullptr ? std::string::npos : name->rfind('.');
      if (dot != std::string::npos) tell(field, name->substr(dot + 1));
    }
  }

  void tell_request() {
    const std::string* target = member("path");
    if (target == nullptr) return;
    const std::size_t mark = std::min(target->find('?'), target->size());
    const bool is_bare = record_.members.text_or("family", "") == "k8s" && member("resource") == nullptr;
    tell(field_named("http.path"), target->substr(0, mark));
    if (is_bare) tell(field_named("k8s.non_resource_path"), target->substr(0, mark));
    if (mark == target->size()) return;
    for (const std::string_view pair : split(std::string_view(*target).substr(mark + 1), '&')) {
      tell(field_named("http.query"), std::string(pair));
    }
  }

  void tell_ssh() {
    tell("verb", "ssh.verb");
    const std::string* text = member("text");
    if (text == nullptr) return;
    const std::size_t space = text->find(' ');
    if (space != std::string::npos) tell(field_named("ssh.command"), text->substr(space + 1));
  }

  void words(const json::Value& value) {
    if (const std::string* text = value.string()) return words_in(*text);
    if (const json::Array* array = value.array()) {
      for (const json::Value& item : *array) words(item);
    }
    if (const json::Object* object = value.object()) {
      for (const json::Member& each : *object) words(each.second);
    }
  }

  void words_in(std::string_view text) {
    text = text.substr(0, worded_bytes_max - std::min(worded_, worded_bytes_max));
    worded_ += text.size();
    std::size_t at = 0;
    while (at < text.size()) {
      while (at < text.size() && !is_word_byte(text[at])) ++at;
      folded_.clear();
      for (; at < text.size() && is_word_byte(text[at]); ++at) {
        const char c = text[at];
        if (folded_.size() < word_bytes_max) folded_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
      if (!folded_.empty()) visitor_.word(folded_);
    }
  }

  const Record& record_;
  FactVisitor& visitor_;
  std::string folded_;
  std::size_t worded_ = 0;
};

}  // namespace

std::span<const Field> fields() { return table; }

std::uint8_t field_named(std::string_view name) {
  static const Places places = [] {
    Places made;
    for (std::size_t i = 0; i < std::size(table); ++i) made.emplace(table[i].name, i);
    return made;
  }();
  const auto found = places.find(name);
  CLAW_CHECK(found != places.end());
  return found->second;
}

std::vector<std::uint8_t> fields_meant(std::string_view name) {
  if (name == "duration") name = "duration_us";
  if (name == "waited") name = "waited_us";
  std::vector<std::uint8_t> by_last_word;
  for (std::size_t i = 0; i < std::size(table); ++i) {
    const std::string_view known = table[i].name;
    if (known == name) return {static_cast<std::uint8_t>(i)};
    const bool ends_so = known.size() > name.size() && known.ends_with(name) &&
                         known[known.size() - name.size() - 1] == '.';
    if (ends_so) by_last_word.push_back(static_cast<std::uint8_t>(i));
  }
  if (name == "agent") return {field_named("agent.name")};
  return by_last_word;
}

std::optional<std::string_view> why_unrecorded(std::string_view fact) {
  const auto* found = std::ranges::find(unrecorded, fact, &Unrecorded::fact);
  if (found == std::end(unrecorded)) return std::nullopt;
  return found->why;
}

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for (const Field& field : table) names.emplace_back(field.name);
  return names;
}

void each_fact(const Record& record, FactVisitor& visitor) { Teller(record, visitor).tell(); }

std::vector<std::string> words_of(std::string_view text) {
  class Words final : public FactVisitor {
   public:
    void text(std::uint8_t, std::string_view) override {}
    void number(std::uint8_t, std::int64_t) override {}
    void word(std::string_view word) override { found.emplace_back(word); }
    std::vector<std::string> found;
  };
  Record record;
  record.members = json::Value(json::Object{{"text", json::Value(text)}});
  Words words;
  each_fact(record, words);
  return std::move(words.found);
}

}  // namespace claw::audit
