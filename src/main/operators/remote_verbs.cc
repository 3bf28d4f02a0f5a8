// Verbs about a running gateway: what agents did, which policy is in force, who may sign in.
#include <fmt/format.h>

#include "base/text.h"
#include "main/operators/remote.h"

namespace claw::verbs {

namespace {

using admin::escaped;

std::string query_of(const Looking& looking) {
  std::string query = fmt::format("?limit={}", looking.count);
  const std::pair<std::string_view, const std::string&> members[] = {
      {"agent", looking.agent}, {"endpoint", looking.endpoint}, {"verdict", looking.verdict},
      {"rule", looking.rule},   {"text", looking.text},         {"since", looking.since},
      {"until", looking.until}};
  for (const auto& [name, value] : members) {
    if (!value.empty()) query += fmt::format("&{}={}", name, escaped(value));
  }
  return query;
}

const json::Value& member(const json::Value& value, std::string_view name) {
  static const json::Value nothing;
  const json::Value* found = value.find(name);
  return found == nullptr ? nothing : *found;
}

constexpr std::initializer_list<Column> action_columns = {
    {"TIME", "time"}, {"AGENT", "agent"}, {"ENDPOINT", "endpoint"}, {"VERDICT", "verdict"},
    {"RULE", "rule"}, {"ENDING", "ending"}, {"ACTION", "summary"}};

void print_members(const json::Value& value) {
  if (value.object() == nullptr) return;
  for (const auto& [name, each] : *value.object()) {
    const std::string* text = each.string();
    fmt::print("{:<14}{}\n", name, printable(text != nullptr ? *text : json::format(each), 20'000));
  }
}

}  // namespace

int actions_list(const Looking& looking) {
  const std::string path = "/api/v1/actions" + query_of(looking);
  return ask(looking.control, {"GET", path}, [](const json::Value& answer) {
    print_rows(member(answer, "actions"), action_columns, "nothing was done");
  });
}

int actions_show(const Looking& looking) {
  const std::string path = "/api/v1/actions/" + escaped(looking.id);
  return ask(looking.control, {"GET", path}, [](const json::Value& answer) {
    print_members(member(answer, "action"));
    fmt::print("\n");
    print_rows(
        member(answer, "why"),
        {{"PART", "part"}, {"RULE", "rule"}, {"SAYS", "verdict"}, {"CONDITION", "answer"}, {"WHY", "detail"}},
        "no rule was asked");
    if (const std::string note = answer.text_or("why_note", ""); !note.empty()) fmt::print("\n{}\n", note);
  });
}

int sessions_list(const Looking& looking) {
  const std::string path = "/api/v1/sessions" + query_of(looking);
  return ask(looking.control, {"GET", path}, [](const json::Value& answer) {
    print_rows(member(answer, "sessions"),
               {{"SESSION", "session"}, {"AGENT", "agent"}, {"ENDPOINT", "endpoint"}, {"OPENED", "opened"},
                {"CLOSED", "closed"}, {"ACTIONS", "actions"}, {"DENIED", "denied"}, {"HELD", "held"}},
               "no agent has connected");
  });
}

int sessions_show(const Looking& looking) {
  const std::string path = "/api/v1/sessions/" + escaped(looking.id);
  return ask(looking.control, {"GET", path}, [](const json::Value& answer) {
    print_rows(member(answer, "timeline"),
               {{"TIME", "time"},
                {"KIND", "kind"},
                {"VERDICT", "verdict"},
                {"RULE", "rule"},
                {"ENDING", "ending"},
                {"ACTION", "summary"},
                {"EVENT", "event"}},
               "nothing was done");
  });
}

int agents_list(const Control& control) {
  return ask(control, {"GET", "/api/v1/agents"}, [](const json::Value& answer) {
    print_rows(answer,
               {{"AGENT", "name"}, {"PROFILE", "profile"}, {"OWNER", "owner"}, {"LAST SEEN", "last_seen"},
                {"ACTIONS", "actions"}, {"DENIED", "denied"}, {"HELD", "held"}, {"LABELS", "labels"}},
               "no agents yet");
  });
}

int credentials_running(const Control& control) {
  return ask(control, {"GET", "/api/v1/credentials"}, [](const json::Value& answer) {
    print_rows(answer, {{"NAME", "name"}, {"KIND", "kind"}, {"SLOTS", "slots"}, {"LAST USED", "last_used"},
                      {"USED BY", "used_by"}},
               "no credentials are configured");
  });
}

int policy_show(const Control& control) {
  return ask(control, {"GET", "/api/v1/policy"}, [](const json::Value& answer) {
    fmt::print("policy {}  loaded {}\n\n", answer.text_or("version", ""), answer.text_or("loaded", ""));
    print_rows(member(answer, "rules"),
               {{"RULE", "name"},
                {"PRIORITY", "priority"},
                {"VERDICT", "verdict"},
                {"ENDPOINTS", "endpoints"},
                {"ALLOWED", "hits.allow"},
                {"DENIED", "hits.deny"},
                {"ASKED", "hits.approve"},
                {"LAST HIT", "last_hit"},
                {"WHERE", "where"}},
               "there are no rules");
  });
}

int people_list(const Control& control) {
  return ask(control, {"GET", "/api/v1/people"}, [](const json::Value& answer) {
    print_rows(answer,
               {{"NAME", "name"},
                {"ROLE", "role"},
                {"GROUPS", "groups"},
                {"DISABLED", "disabled"},
                {"INVITED", "invited"},
                {"TOTP", "has_totp"},
                {"PASSKEYS", "passkeys"},
                {"LAST SEEN", "last_seen"}},
               "nobody has an account");
  });
}

namespace {

// The link opens an account: it goes to standard output alone, for the person it is for.
void print_invite(const json::Value& answer) {
  fmt::print("{}\n", answer.text_or("invite", ""));
  fmt::print(stderr, "good once, until {}\n", answer.text_or("expires", ""));
}

}  // namespace

int people_add(const PersonOf& person) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("name", person.name);
  out.member("role", person.role);
  if (!person.groups.empty()) out.member("groups", person.groups);
  out.end_object();
  return ask(person.control, {"POST", "/api/v1/people", body}, print_invite);
}

int people_reset(const PersonOf& person) {
  const std::string path = fmt::format("/api/v1/people/{}/reset", escaped(person.name));
  return ask(person.control, {"POST", path}, print_invite);
}

int people_change(const PersonOf& person) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member_unless_empty("role", person.role);
  if (!person.groups.empty()) out.member("groups", person.groups);
  if (person.disabled) out.member("disabled", *person.disabled);
  out.end_object();
  const std::string path = "/api/v1/people/" + escaped(person.name);
  return ask(person.control, {"PATCH", path, body}, [](const json::Value& answer) {
    fmt::print("{}: {}{}\n", answer.text_or("name", ""), answer.text_or("role", ""),
               answer.bool_or("disabled", false) ? ", disabled" : "");
  });
}

int people_remove(const PersonOf& person) {
  const std::string path = "/api/v1/people/" + escaped(person.name);
  return ask(person.control, {"DELETE", path},
             [&](const json::Value&) { fmt::print("{} is gone\n", person.name); });
}

int tokens_list(const Control& control) {
  return ask(control, {"GET", "/api/v1/tokens"}, [](const json::Value& answer) {
    print_rows(answer,
               {{"ID", "id"},
                {"PERSON", "person"},
                {"LABEL", "label"},
                {"SCOPES", "scopes"},
                {"EXPIRES", "expires"},
                {"LAST USED", "last_used"}},
               "no tokens");
  });
}

int tokens_revoke(const Control& control, const std::string& id) {
  const std::string path = "/api/v1/tokens/" + escaped(id);
  return ask(control, {"DELETE", path},
             [&](const json::Value&) { fmt::print("{} is worth nothing now\n", id); });
}

int breakglass_list(const Control& control) {
  return ask(control, {"GET", "/api/v1/breakglass"}, [](const json::Value& answer) {
    print_rows(answer,
               {{"ID", "id"},
                {"PROFILE", "profile"},
                {"PERSON", "person"},
                {"UNTIL", "until"},
                {"REASON", "reason"}},
               "no glass is broken");
  });
}

int breakglass_grant(const Glass& glass) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("profile", glass.profile);
  out.member("minutes", glass.minutes);
  out.member("reason", glass.reason);
  out.end_object();
  return ask(glass.control, {"POST", "/api/v1/breakglass", body}, [](const json::Value& answer) {
    fmt::print("{}: profile {} until {}; everything it does is flagged\n", answer.text_or("id", ""),
               answer.text_or("profile", ""), answer.text_or("until", ""));
  });
}

int breakglass_end(const Control& control, const std::string& id) {
  const std::string path = "/api/v1/breakglass/" + escaped(id);
  return ask(control, {"DELETE", path}, [&](const json::Value&) { fmt::print("{} has ended\n", id); });
}

}  // namespace claw::verbs
