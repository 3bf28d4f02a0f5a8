// status, reload and approvals: questions to a running gateway.
#include <fmt/format.h>

#include <cstdio>

#include "action/action.h"
#include "admin/client.h"
#include "base/text.h"
#include "main/paths.h"
#include "main/table.h"
#include "main/verbs.h"

namespace claw::verbs {

namespace {

std::string socket_of(const Control& control) {
  return control.socket.empty() ? state_folder(control.state_dir) + "/admin.sock" : control.socket;
}

// What names in the text mean: `search_path  app, "public, x"`.
std::string shown_state(const std::string& name, const json::Value& value) {
  action::Stated stated{name, !value.is_null(), value.array() != nullptr, {}};
  if (const std::string* text = value.string()) stated.values.push_back(*text);
  if (stated.is_list) {
    for (const json::Value& each : *value.array()) {
      if (const std::string* text = each.string()) stated.values.push_back(*text);
    }
  }
  return action::shown(stated);
}

int complain(const Error& error) {
  fmt::print(stderr, "clawpatrol: {}\n", error.text());
  if (error.code == Code::unavailable) {
    fmt::print(stderr, "is the gateway running? name its state folder with --state-dir\n");
  }
  return failed;
}

void print_json(const json::Value& value) { fmt::print("{}\n", json::format(value)); }

std::string need_of(const json::Value& entry) {
  std::int64_t required = 0;
  std::size_t allowed = 0;
  if (const json::Value* list = entry.find("approvers"); list != nullptr && list->array() != nullptr) {
    for (const json::Value& each : *list->array()) required += each.int_or("required", 1);
  }
  if (const json::Value* list = entry.find("replies"); list != nullptr && list->array() != nullptr) {
    allowed = list->array()->size();
  }
  return fmt::format("{}/{}", allowed, required);
}

}  // namespace

int status(const Control& control) {
  const auto answer = admin::call(socket_of(control), "GET", "/api/v1/status");
  if (!answer) return complain(answer.error());
  if (control.json) return print_json(*answer), ok;
  fmt::print("policy      {}  loaded {}\n", answer->text_or("policy_version", ""),
             answer->text_or("policy_loaded", ""));
  if (const std::string why = answer->text_or("reload_error", ""); !why.empty()) {
    fmt::print("RELOAD FAILED {}: the policy above is still in force\n{}\n",
               answer->text_or("reload_failed", ""), why);
  }
  fmt::print("connections {}\nheld        {}\n", answer->int_or("connections", 0), answer->int_or("held", 0));
  if (const json::Value* listeners = answer->find("listeners");
      listeners != nullptr && listeners->array() != nullptr) {
    for (const json::Value& each : *listeners->array()) {
      fmt::print("listening   {}  {}\n", each.text_or("address", ""), each.text_or("endpoint", ""));
    }
  }
  return ok;
}

int reload(const Control& control) {
  const auto answer = admin::call(socket_of(control), "POST", "/api/v1/reload");
  if (!answer) return complain(answer.error());
  fmt::print("reading the policy again; `clawpatrol status` tells how it went\n");
  return ok;
}

int approvals_list(const Control& control, bool all) {
  const auto answer = admin::call(socket_of(control), "GET", "/api/v1/approvals");
  if (!answer) return complain(answer.error());
  json::Array shown;
  for (const json::Value& entry : *answer->array()) {
    if (all || entry.text_or("state", "") == "open") shown.push_back(entry);
  }
  if (control.json) return print_json(json::Value(std::move(shown))), ok;
  if (shown.empty()) {
    fmt::print("nothing is waiting\n");
    return ok;
  }
  Table table({"ID", "ASKED", "STATE", "AGENT", "ENDPOINT", "RULE", "NEEDS", "ACTION"});
  for (const json::Value& entry : shown) {
    table.add({entry.text_or("id", ""), entry.text_or("asked", ""), entry.text_or("state", ""),
               entry.text_or("agent", ""), entry.text_or("endpoint", ""), entry.text_or("rule", ""),
               need_of(entry), printable(entry.text_or("summary", ""), 80)});
  }
  table.print();
  return ok;
}

int approvals_show(const Control& control, const std::string& id) {
  const auto answer = admin::call(socket_of(control), "GET", "/api/v1/approvals/" + id);
  if (!answer) return complain(answer.error());
  if (control.json) return print_json(*answer), ok;
  for (const char* key :
       {"id", "state", "asked", "agent", "profile", "endpoint", "rule", "reason", "summary", "text"}) {
    const std::string value = answer->text_or(key, "");
    if (!value.empty()) fmt::print("{:<12}{}\n", key, printable(value, 20'000));
  }
  if (const json::Value* parameters = answer->find("parameters");
      parameters != nullptr && parameters->array() != nullptr) {
    std::size_t number = 0;
    for (const json::Value& each : *parameters->array()) {
      fmt::print("{:<12}{}\n", fmt::format("${}", ++number), printable(json::format(each), 2000));
    }
  }
  if (const json::Value* session = answer->find("session");
      session != nullptr && session->object() != nullptr) {
    for (const auto& [name, value] : *session->object()) {
      fmt::print("{:<12}{}\n", name, printable(shown_state(name, value), 2000));
    }
  }
  if (const std::string words = answer->text_or("agent_says", ""); !words.empty()) {
    fmt::print("{:<12}{}\n", "agent says", printable(words, 2000));
  }
  fmt::print("{:<12}{}\n", "answers", need_of(*answer));
  return ok;
}

int approvals_decide(const Control& control, const std::string& id, bool allow, const std::string& comment,
                     const std::string& person) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.member_unless_empty("comment", comment);
  writer.member_unless_empty("person", person);
  writer.end_object();
  const auto answer = admin::call(socket_of(control), "POST",
                                  fmt::format("/api/v1/approvals/{}/{}", id, allow ? "allow" : "deny"), body);
  if (!answer) return complain(answer.error());
  if (control.json) return print_json(*answer), ok;
  const std::string state = answer->text_or("state", "");
  fmt::print("{}: {}\n", id, state == "open" ? "noted; more people must allow it" : state);
  return ok;
}

}  // namespace claw::verbs
