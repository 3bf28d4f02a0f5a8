// status, reload and approvals: questions to a running gateway.
#include <fmt/format.h>

#include <cstdio>

#include "action/action.h"
#include "base/text.h"
#include "main/operators/remote.h"
#include "main/table.h"

namespace claw::verbs {

namespace {

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

void print_approvals(const json::Value& list) {
  if (list.array() == nullptr || list.array()->empty()) {
    fmt::print("nothing is waiting\n");
    return;
  }
  Table table({"ID", "ASKED", "STATE", "AGENT", "ENDPOINT", "RULE", "NEEDS", "ACTION"});
  for (const json::Value& entry : *list.array()) {
    table.add({entry.text_or("id", ""), entry.text_or("asked", ""), entry.text_or("state", ""),
               entry.text_or("agent", ""), entry.text_or("endpoint", ""), entry.text_or("rule", ""),
               need_of(entry), printable(entry.text_or("summary", ""), 80)});
  }
  table.print();
}

void print_mcp_servers(const json::Value* list) {
  if (list == nullptr || list->array() == nullptr) return;
  for (const json::Value& each : *list->array()) {
    const std::string why = each.text_or("why", "");
    const std::string credential = each.text_or("credential", "");
    const bool is_up = each.bool_or("up", false);
    fmt::print("mcp server  {}{}{}  {}{}\n", each.text_or("endpoint", ""), credential.empty() ? "" : " by ",
               credential,
               is_up ? fmt::format("up, {} open, {} held", each.int_or("open", 0), each.int_or("held", 0))
               : why.empty() ? std::string("is starting")
                             : "NOT UP: ",
               is_up ? "" : printable(why, 200));
  }
}

std::string approval_line(const json::Value& entry) {
  return fmt::format("{}  {}  {}  {}  {}  {}", entry.text_or("id", ""), entry.text_or("state", ""),
                     printable(entry.text_or("agent", ""), 60), entry.text_or("endpoint", ""),
                     entry.text_or("rule", ""), printable(entry.text_or("summary", ""), 200));
}

}  // namespace

int status(const Control& control) {
  const auto answer = admin::call(gateway_of(control), {"GET", "/api/v1/status"});
  if (!answer) return complain_remote(control, answer.error());
  if (control.json) return print_json(*answer), ok;
  fmt::print("policy      {}  loaded {}\n", answer->text_or("policy_version", ""),
             answer->text_or("policy_loaded", ""));
  if (const std::string why = answer->text_or("reload_error", ""); !why.empty()) {
    fmt::print("RELOAD FAILED {}: the policy above is still in force\n{}\n",
               answer->text_or("reload_failed", ""), why);
  }
  fmt::print("connections {}\nheld        {}\n", answer->int_or("connections", 0), answer->int_or("held", 0));
  if (const json::Value* list = answer->find("exporters"); list != nullptr && list->array() != nullptr) {
    for (const json::Value& each : *list->array()) {
      fmt::print("export      {}  {}  {} behind{}{}\n", each.text_or("name", ""), each.text_or("state", ""),
                 each.int_or("behind", 0), each.text_or("why", "").empty() ? "" : ": ",
                 printable(each.text_or("why", ""), 200));
    }
  }
  print_mcp_servers(answer->find("mcp_servers"));
  if (const json::Value* listeners = answer->find("listeners");
      listeners != nullptr && listeners->array() != nullptr) {
    for (const json::Value& each : *listeners->array()) {
      fmt::print("listening   {}  {}\n", each.text_or("address", ""), each.text_or("endpoint", ""));
    }
  }
  return ok;
}

int exporters(const Control& control) {
  const auto answer = admin::call(gateway_of(control), {"GET", "/api/v1/status"});
  if (!answer) return complain_remote(control, answer.error());
  const json::Value* list = answer->find("exporters");
  if (list == nullptr || list->array() == nullptr) return ok;
  if (control.json) return print_json(*list), ok;
  if (list->array()->empty()) {
    fmt::print("the record is exported nowhere\n");
    return ok;
  }
  Table table({"NAME", "STATE", "LAST", "BEHIND", "SENT", "FAILED", "MISSED", "TARGET", "WHY"});
  for (const json::Value& each : *list->array()) {
    const json::Value* seconds = each.find("behind_seconds");
    const double lag =
        seconds != nullptr && seconds->number() != nullptr ? seconds->number()->as_double() : 0;
    table.add({each.text_or("name", ""), each.text_or("state", ""), std::to_string(each.int_or("seq", 0)),
               fmt::format("{} ({:.0f}s)", each.int_or("behind", 0), lag),
               std::to_string(each.int_or("sent", 0)), std::to_string(each.int_or("failures", 0)),
               std::to_string(each.int_or("missed", 0) + each.int_or("refused", 0)),
               printable(each.text_or("target", ""), 60), printable(each.text_or("why", ""), 100)});
  }
  table.print();
  return ok;
}

int reload(const Control& control) {
  const auto answer = admin::call(gateway_of(control), {"POST", "/api/v1/reload"});
  if (!answer) return complain_remote(control, answer.error());
  fmt::print("reading the policy again; `clawpatrol status` tells how it went\n");
  return ok;
}

int approvals_list(const Listing& listing) {
  const Control& control = listing.control;
  const std::string path = listing.all ? "/api/v1/approvals" : "/api/v1/approvals?state=open";
  const auto answer = admin::call(gateway_of(control), {"GET", path});
  if (!answer) return complain_remote(control, answer.error());
  if (control.json && !listing.follow) return print_json(*answer), ok;
  if (!control.json) print_approvals(*answer);
  if (!listing.follow) return ok;
  std::fflush(stdout);
  const Status followed = admin::follow(gateway_of(control), "/api/v1/events",
                                        [&](std::string_view name, const json::Value& data) {
                                          if (name != "approval") return true;
                                          if (control.json)
                                            print_json(data);
                                          else
                                            fmt::print("{}\n", approval_line(data));
                                          return std::fflush(stdout) == 0;  // Whoever read along has gone.
                                        });
  return followed ? ok : complain_remote(control, followed.error());
}

// Long questions to the gateway, one after the other, until it is decided.
int approvals_wait(const Control& control, const std::string& id) {
  const std::string path = fmt::format("/api/v1/approvals/{}?wait=50", admin::escaped(id));
  for (;;) {
    const auto answer = admin::call(gateway_of(control), {"GET", path, {}, 60'000});
    if (!answer) return complain_remote(control, answer.error());
    const std::string state = answer->text_or("state", "");
    if (state == "open") continue;
    if (control.json) print_json(*answer);
    else fmt::print("{}: {}\n", id, state);
    return state == "allowed" ? ok : failed;
  }
}

int approvals_show(const Control& control, const std::string& id) {
  const std::string path = "/api/v1/approvals/" + admin::escaped(id);
  const auto answer = admin::call(gateway_of(control), {"GET", path});
  if (!answer) return complain_remote(control, answer.error());
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
  const std::string path =
      fmt::format("/api/v1/approvals/{}/{}", admin::escaped(id), allow ? "allow" : "deny");
  const auto answer = admin::call(gateway_of(control), {"POST", path, body});
  if (!answer) return complain_remote(control, answer.error());
  if (control.json) return print_json(*answer), ok;
  const std::string state = answer->text_or("state", "");
  fmt::print("{}: {}\n", id, state == "open" ? "noted; more people must allow it" : state);
  return ok;
}

}  // namespace claw::verbs
