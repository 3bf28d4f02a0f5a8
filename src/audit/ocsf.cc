#include "audit/ocsf.h"

#include <algorithm>

namespace claw::audit {

namespace {

// Actions under way at any one time; more are exported without their ending.
constexpr std::size_t running_max = 100'000;

enum class Activity : std::int64_t {
  unknown = 0,
  read = 1,
  update = 2,
  query = 4,
  write = 5,
  create = 6,
  remove = 7,
  other = 99
};

struct Row {
  std::string_view verb;
  Activity activity;
  std::string_view name;
};
// https://schema.ocsf.io/1.8.0/classes/datastore_activity, `activity_id`.
constexpr Row datastore_rows[] = {
    {"select", Activity::query, "Query"},     {"explain", Activity::query, "Query"},
    {"show", Activity::read, "Read"},         {"insert", Activity::write, "Write"},
    {"copy", Activity::write, "Write"},       {"merge", Activity::update, "Update"},
    {"update", Activity::update, "Update"},   {"delete", Activity::remove, "Delete"},
    {"truncate", Activity::remove, "Delete"}, {"drop", Activity::remove, "Delete"},
    {"create", Activity::create, "Create"},   {"alter", Activity::update, "Update"}};
constexpr Row other_row{"", Activity::other, "Other"};

constexpr std::int64_t datastore_class = 6005;
constexpr std::int64_t api_class = 6003;

const Row& row_of(std::string_view verb) {
  for (const Row& row : datastore_rows) {
    if (verb.starts_with(row.verb)) return row;  // `create_table` is a create.
  }
  return other_row;
}

// The verb that says most: of the first part that does more than read, else of the first.
std::string verb_of(const json::Value& members) {
  const json::Value* parts = members.find("parts");
  if (parts == nullptr || parts->array() == nullptr || parts->array()->empty()) {
    return members.text_or("verb", "");
  }
  for (const json::Value& part : *parts->array()) {
    const std::string verb = part.text_or("verb", "");
    const Activity activity = row_of(verb).activity;
    if (activity != Activity::query && activity != Activity::read) return verb;
  }
  return parts->array()->front().text_or("verb", "");
}

struct Status {
  std::int64_t id;
  std::string_view name;
};

Status status_of(const Record& judged, const Record* ended) {
  if (judged.members.text_or("verdict", "") != "allow") return {2, "Failure"};
  if (ended == nullptr) return {0, "Unknown"};
  const std::string ending = ended->members.text_or("ending", "");
  if (ending == "ok") return {1, "Success"};
  return ending == "unknown" ? Status{0, "Unknown"} : Status{2, "Failure"};
}

void append_class(json::Writer& w, const Record& judged, bool is_datastore) {
  const Row& row = is_datastore ? row_of(verb_of(judged.members)) : other_row;
  const std::int64_t class_uid = is_datastore ? datastore_class : api_class;
  const auto activity = static_cast<std::int64_t>(row.activity);
  w.member("category_uid", 6);
  w.member("category_name", "Application Activity");
  w.member("class_uid", class_uid);
  w.member("class_name", is_datastore ? "Datastore Activity" : "API Activity");
  w.member("activity_id", activity);
  w.member("activity_name", row.name);
  w.member("type_uid", class_uid * 100 + activity);
}

void append_metadata(json::Writer& w, const Record& judged) {
  w.key("metadata");
  w.begin_object();
  w.member("version", "1.8.0");
  w.member("uid", judged.members.text_or("action", ""));
  w.member("sequence", static_cast<std::int64_t>(judged.seq));
  w.key("product");
  w.begin_object();
  w.member("name", "Claw Patrol");
  w.member("vendor_name", "Claw Patrol");
  w.member("version", CLAW_VERSION);
  w.end_object();
  w.member("profiles", std::vector<std::string>{"security_control"});
  w.end_object();
}

void append_who(json::Writer& w, const json::Value& members) {
  w.key("actor");
  w.begin_object();
  w.key("user");
  w.begin_object();
  w.member("name", members.text_or("agent", "unknown"));
  w.end_object();
  w.key("session");
  w.begin_object();
  w.member("uid", members.text_or("session", ""));
  w.end_object();
  w.end_object();

  const std::string address = members.text_or("address", "");
  const std::size_t colon = address.find_last_of(':');
  w.key("src_endpoint");
  w.begin_object();
  w.member("name", members.text_or("agent", "unknown"));
  w.member_unless_empty("ip", std::string_view(address).substr(0, colon));
  w.end_object();
  w.key("dst_endpoint");
  w.begin_object();
  w.member("name", members.text_or("endpoint", ""));
  w.end_object();
}

void append_what(json::Writer& w, const json::Value& members, bool is_datastore) {
  if (!is_datastore) {
    w.key("api");
    w.begin_object();
    w.member("operation", members.text_or("summary", "unknown"));
    w.end_object();
    return;
  }
  w.member("type_id", 1);
  w.key("database");
  w.begin_object();
  w.member("name", members.text_or("database", members.text_or("endpoint", "")));
  w.member("type_id", 1);
  w.member("type", "Relational");
  w.end_object();
  w.key("query_info");
  w.begin_object();
  w.member("uid", members.text_or("action", ""));
  w.member("query_string", members.text_or("text", members.text_or("summary", "")));
  w.end_object();
}

void append_verdict(json::Writer& w, const json::Value& members) {
  const bool allowed = members.text_or("verdict", "") == "allow";
  const std::string approver = members.text_or("approver", "");
  w.member("action_id", allowed ? 1 : 2);
  w.member("action", allowed ? "Allowed" : "Denied");
  w.member("disposition_id", allowed ? 1 : 2);
  w.member("disposition", allowed ? "Allowed" : "Blocked");
  w.member("severity_id", allowed ? 1 : 3);
  w.member("severity", allowed ? "Informational" : "Medium");
  if (const std::string rule = members.text_or("rule", ""); !rule.empty()) {
    w.key("firewall_rule");
    w.begin_object();
    w.member("name", rule);
    w.end_object();
  }
  w.member_unless_empty("message", members.text_or("reason", ""));
  if (approver.empty()) return;
  w.key("unmapped");
  w.begin_object();
  w.member("approver", approver);
  w.end_object();
}

void append_event(std::string& out, const Record& judged, const Record* ended) {
  const bool is_datastore = judged.members.text_or("family", "") == "sql";
  json::Writer w(out);
  w.begin_object();
  append_class(w, judged, is_datastore);
  w.member("time", judged.time_us / 1000);
  append_metadata(w, judged);
  append_who(w, judged.members);
  append_what(w, judged.members, is_datastore);
  append_verdict(w, judged.members);
  const Status status = status_of(judged, ended);
  w.member("status_id", status.id);
  w.member("status", status.name);
  if (ended != nullptr) {
    w.member_unless_empty("status_detail", ended->members.text_or("detail", ""));
    w.member("duration", ended->members.int_or("duration_us", 0) / 1000);
  }
  w.end_object();
  out.push_back('\n');
}

}  // namespace

void append_json_line(std::string& out, std::string_view payload) {
  out.append(payload.substr(0, payload.find_last_not_of(' ') + 1));
  out.push_back('\n');
}

void Ocsf::record(const Record& record, std::string& out) {
  const std::string action = record.members.text_or("action", "");
  if (record.kind == "judged") {
    const bool awaits_ending =
        record.members.text_or("verdict", "") == "allow" && running_.size() < running_max;
    if (awaits_ending) running_.insert_or_assign(action, record);
    else append_event(out, record, nullptr);
  } else if (record.kind == "ended") {
    const auto judged = running_.find(action);
    if (judged == running_.end()) return;
    append_event(out, judged->second, &record);
    running_.erase(judged);
  } else if (record.kind == "gateway" && record.members.text_or("event", "") == "started") {
    finish(out);  // Of those before, nobody will ever say how they ended.
  }
}

void Ocsf::finish(std::string& out) {
  std::vector<const Record*> rest;
  for (const auto& [action, judged] : running_) rest.push_back(&judged);
  std::ranges::sort(rest, {}, &Record::seq);
  for (const Record* judged : rest) append_event(out, *judged, nullptr);
  running_.clear();
}

std::uint64_t Ocsf::oldest() const {
  std::uint64_t oldest = 0;
  for (const auto& [action, judged] : running_) {
    if (oldest == 0 || judged.seq < oldest) oldest = judged.seq;
  }
  return oldest;
}

}  // namespace claw::audit
