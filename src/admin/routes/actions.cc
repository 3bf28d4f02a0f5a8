// What agents did: searched, explained, and summed up. All of it asks the index, so it runs on the records'
// lane.
#include <fmt/format.h>

#include <algorithm>

#include "admin/routes/handlers.h"
#include "admin/routes/records.h"
#include "admin/routes/tries.h"
#include "audit/replay/cast.h"
#include "base/text.h"
#include "policy/recorded.h"

namespace claw::admin {

namespace {

using store::Index;

constexpr std::int64_t page_max = 1000;
constexpr std::size_t timeline_max = 5000;  // A session with more is looked through by searching.
constexpr std::size_t of_one_max = 100;     // Records of one action; each has three to ten.

std::string array_of(const std::vector<std::string>& records) {
  std::string text = "[";
  for (const std::string& record : records) {
    if (text.size() > 1) text += ',';
    text += record;
  }
  return text + "]";
}

Result<std::vector<std::string>> found(Index& index, const audit::Filter& filter, std::size_t count,
                                       std::uint64_t before = 0) {
  std::vector<std::string> records;
  CLAW_TRY_DONE(index.search(filter, count, [&](std::uint64_t, std::string_view payload) {
    records.emplace_back(payload);
  }, before));
  return records;
}

Result<audit::Filter> filter_of(const Call& call, const Sources& sources) {
  audit::Filter filter;
  CLAW_TRY(filter.since_us, moment(call.ask("since"), sources.clock.wall_us()));
  CLAW_TRY(filter.until_us, moment(call.ask("until"), sources.clock.wall_us()));
  filter.agent = call.ask("agent");
  filter.endpoint = call.ask("endpoint");
  filter.session = call.ask("session");
  filter.verdict = call.ask("verdict");
  filter.rule = call.ask("rule");
  CLAW_TRY(audit::Query query, audit::parse_query(call.ask("text")));
  filter.text = std::move(query.text);
  filter.terms = std::move(query.terms);
  filter.kind = call.ask("kind");
  if (filter.kind.empty()) filter.kind = "judged";
  if (filter.kind == "all") filter.kind.clear();
  return filter;
}

struct Page {
  std::vector<std::string> records;
  std::uint64_t next_before = 0;  // 0: there is no more.
  Index::Progress progress;
};

// The records of one action, by kind.
struct Whole {
  std::string judged;
  std::string held;
  std::string ended;
  std::vector<std::string> answers;
};

Result<Whole> whole(Index& index, const std::string& id) {
  Whole made;
  // Kind by kind: a terminal's streams are hundreds of records of one action.
  const std::pair<std::string_view, std::string&> wanted[] = {
      {"judged", made.judged}, {"held", made.held}, {"ended", made.ended}};
  for (const auto& [kind, record] : wanted) {
    audit::Filter of_action;
    of_action.action = id;
    of_action.kind = kind;
    CLAW_TRY(std::vector<std::string> own, found(index, of_action, of_one_max));
    if (!own.empty()) record = std::move(own.back());
  }
  if (made.held.empty()) return made;
  audit::Filter of_people;
  of_people.kind = "admin";
  of_people.terms = {audit::equals("subject", id)};
  CLAW_TRY(std::vector<std::string> answers, found(index, of_people, of_one_max));
  for (std::string& record : answers) {
    const auto parsed = json::parse(record);
    if (parsed && parsed->text_or("subject", "") == id) {
      made.answers.insert(made.answers.begin(), std::move(record));
    }
  }
  return made;
}

}  // namespace

Answer routes::actions(const Call& call, Sources& sources) {
  const auto filter = filter_of(call, sources);
  if (!filter) return problem(filter.error());
  const auto limit = call.number("limit", 100, page_max);
  const auto before = call.number("before", 0, INT64_MAX);
  if (!limit || !before) return problem((limit ? before : limit).error());
  auto page = sources.records.with([&](Index& index) -> Result<Page> {
    const auto wanted = static_cast<std::size_t>(*limit);
    Page made;
    made.progress = index.progress();
    std::vector<std::string> records;
    std::uint64_t last = 0;
    CLAW_TRY_DONE(index.search(*filter, wanted + 1, [&](std::uint64_t seq, std::string_view payload) {
      if (records.size() == wanted) made.next_before = last;
      else records.emplace_back(payload);
      last = seq;
    }, static_cast<std::uint64_t>(*before)));
    CLAW_TRY(made.records, Records::with_endings(index, std::move(records)));
    return made;
  });
  if (!page) return problem(page.error());
  Written out;
  out.writer.key("actions");
  out.writer.raw(array_of(page->records));
  if (page->next_before != 0) {
    out.writer.member("next_before", static_cast<std::int64_t>(page->next_before));
  }
  if (page->progress.segments_left != 0) {
    out.writer.key("catching_up");
    out.writer.begin_object();
    out.writer.member("through", static_cast<std::int64_t>(page->progress.through));
    out.writer.member("segments_left", static_cast<std::int64_t>(page->progress.segments_left));
    out.writer.end_object();
  }
  return out.answer();
}

Answer routes::action(const Call& call, Sources& sources) {
  const std::string id = call.param("id");
  struct Shown {
    Whole whole;
    std::string action;
  };
  const auto shown = sources.records.with([&](Index& index) -> Result<Shown> {
    Shown made;
    CLAW_TRY(made.whole, whole(index, id));
    std::string record = made.whole.judged.empty() ? made.whole.held : made.whole.judged;
    if (record.empty()) return Error{Code::not_found, "no such action: " + quoted(id), {}};
    CLAW_TRY(const std::vector<std::string> ended, Records::with_endings(index, {std::move(record)}));
    made.action = ended.front();
    return made;
  });
  if (!shown) return problem(shown.error());
  Written out;
  out.writer.key("action");
  out.writer.raw(shown->action);
  const auto add = [&](std::string_view name, const std::string& record) {
    if (record.empty()) return;
    out.writer.key(name);
    out.writer.raw(record);
  };
  add("held", shown->whole.held);
  add("ended", shown->whole.ended);
  out.writer.key("answers");
  out.writer.raw(array_of(shown->whole.answers));
  const auto members = json::parse(shown->action);
  append_why(out.writer, members ? *members : json::Value(), sources.running().snapshot.get());
  return out.answer();
}

// As a terminal showed it: frames in time, with nothing in them that a terminal would answer.
Answer routes::action_terminal(const Call& call, Sources& sources) {
  const std::string id(call.param("id"));
  const auto said = sources.records.with([&](Index& index) -> Result<std::vector<audit::Said>> {
    std::vector<audit::Said> all;
    CLAW_TRY_DONE(index.all_of_action(id, "stream", [&](std::uint64_t, std::string_view payload) {
      const auto record = audit::parse_record(payload);
      if (record) std::ranges::move(audit::said_in(*record), std::back_inserter(all));
    }));
    if (all.empty()) {
      return Error{Code::not_found, "no stream of it is on record: " + quoted(id), {}};
    }
    return all;
  });
  if (!said) return problem(said.error());
  const audit::Played played = audit::play(*said);
  Written out;
  out.writer.member("columns", std::int64_t{played.columns});
  out.writer.member("rows", std::int64_t{played.rows});
  out.writer.key("frames");
  out.writer.begin_array();
  for (const audit::Frame& frame : played.frames) {
    out.writer.begin_object();
    out.writer.member("at_us", frame.at_us);
    out.writer.member("code", std::string_view(&frame.code, 1));
    out.writer.member("text", frame.text);
    out.writer.end_object();
  }
  out.writer.end_array();
  return out.answer();
}

Answer routes::action_rule(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"verdict"}});
  if (!body) return problem(body.error());
  const std::string verdict = call.body.text_or("verdict", "allow");
  if (verdict != "allow" && verdict != "deny" && verdict != "approve") {
    return problem(400, "invalid", "`verdict` is allow, deny or approve");
  }
  const auto record = sources.records.with([&](Index& index) -> Result<std::string> {
    CLAW_TRY(const Whole made, whole(index, call.param("id")));
    const std::string& text = made.judged.empty() ? made.held : made.judged;
    if (text.empty()) return Error{Code::not_found, "no such action: " + quoted(call.param("id")), {}};
    return text;
  });
  if (!record) return problem(record.error());
  const auto members = json::parse(*record);
  if (!members) return problem(members.error());
  const auto draft = policy::draft_rule(*members, verdict);
  if (!draft) return problem(draft.error());
  Written out;
  out.writer.member("hcl", draft->hcl);
  out.writer.member("yaml", draft->yaml);
  return out.answer();
}

// Connections of agents.

namespace {

void append_connection(json::Writer& out, const Index::Connection& connection) {
  const auto opened = json::parse(connection.opened);
  const auto closed = json::parse(connection.closed);
  out.member("session", connection.session);
  const json::Value nothing;
  const json::Value& first = opened ? *opened : nothing;
  out.member("agent", first.text_or("agent", ""));
  for (const std::string_view name : {"profile", "address", "credential"}) {
    out.member_unless_empty(name, first.text_or(name, ""));
  }
  out.member("endpoint", first.text_or("endpoint", ""));
  out.member("opened", first.text_or("time", ""));
  if (closed) {
    out.member("closed", closed->text_or("time", ""));
    out.member_unless_empty("why_closed", closed->text_or("detail", ""));
  }
  out.member("actions", connection.actions);
  out.member("denied", connection.denied);
  out.member("held", connection.held);
}

}  // namespace

Answer routes::agent_sessions(const Call& call, Sources& sources) {
  audit::Filter filter;
  const auto since = moment(call.ask("since"), sources.clock.wall_us());
  const auto limit = call.number("limit", 100, page_max);
  if (!since) return problem(since.error());
  if (!limit) return problem(limit.error());
  filter.since_us = *since;
  filter.agent = call.ask("agent");
  const auto list = sources.records.with([&](Index& index) {
    return index.connections(filter, static_cast<std::size_t>(*limit));
  });
  if (!list) return problem(list.error());
  Written out;
  out.writer.key("sessions");
  out.writer.begin_array();
  for (const Index::Connection& each : *list) {
    out.writer.begin_object();
    append_connection(out.writer, each);
    out.writer.end_object();
  }
  out.writer.end_array();
  return out.answer();
}

namespace {

// A session that is no connection is a name that calls of tools share: it is what its records say.
Index::Connection named_by(const std::string& session, const std::vector<std::string>& latest_first) {
  Index::Connection made;
  made.session = session;
  made.opened = latest_first.back();
  for (const std::string& text : latest_first) {
    const auto record = json::parse(text);
    const std::string kind = record ? record->text_or("kind", "") : "";
    if (kind == "held") ++made.held;
    if (kind != "judged") continue;
    ++made.actions;
    if (record->text_or("verdict", "") == "deny") ++made.denied;
  }
  return made;
}

std::string time_of(const std::string& record) {
  const auto members = json::parse(record);
  return members ? members->text_or("time", "") : std::string();
}

}  // namespace

Answer routes::agent_session(const Call& call, Sources& sources) {
  audit::Filter filter;
  filter.session = call.param("session");
  struct Shown {
    std::vector<Index::Connection> connections;
    std::vector<std::string> timeline;
    std::string latest;  // Where there is no connection.
  };
  auto shown = sources.records.with([&](Index& index) -> Result<Shown> {
    Shown made;
    CLAW_TRY(made.connections, index.connections(filter, 1));
    CLAW_TRY(made.timeline, found(index, filter, timeline_max + 1));
    if (!made.connections.empty()) return made;
    if (made.timeline.empty()) {
      return Error{Code::not_found, "no such session: " + quoted(filter.session), {}};
    }
    made.connections.push_back(named_by(filter.session, made.timeline));
    made.latest = time_of(made.timeline.front());
    return made;
  });
  if (!shown) return problem(shown.error());
  Written out;
  append_connection(out.writer, shown->connections.front());
  out.writer.member_unless_empty("latest", shown->latest);
  const bool cut = shown->timeline.size() > timeline_max;
  if (cut) shown->timeline.pop_back();
  std::ranges::reverse(shown->timeline);
  out.writer.key("timeline");
  out.writer.raw(array_of(shown->timeline));
  if (cut) out.writer.member("cut", true);
  return out.answer();
}

}  // namespace claw::admin
