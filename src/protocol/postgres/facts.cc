#include "protocol/postgres/facts.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "sql/cache.h"
#include "sql/postgres.h"
#include "sql/comment/reason.h"

namespace claw::postgres {
namespace {

constexpr std::size_t readings_max = 256;              // Per thread; sql::Cache keeps as many.
constexpr std::size_t reasoning_bytes_max = 2000;      // As of a request: a paragraph, not a novel.
constexpr std::size_t kept_text_bytes_max = 16 * 1024;  // Longer texts seldom come twice.

constexpr std::string_view session_verbs[] = {"set", "reset", "show", "deallocate", "listen", "unlisten"};

bool is_session_verb(const sql::Statement& statement) {
  return std::ranges::find(session_verbs, std::string_view(statement.verb)) != std::end(session_verbs);
}

bool has(const sql::Facts& facts, sql::Effect effect) {
  return std::ranges::any_of(facts.statements,
                             [&](const sql::Statement& s) { return s.effects.has(effect); });
}

bool only(const sql::Facts& facts, sql::Effects effects) {
  return std::ranges::all_of(facts.statements,
                             [&](const sql::Statement& s) { return s.effects.only(effects); });
}

// Before the first snapshot of a transaction SET can make it writable again.
bool may_unlock(const sql::SessionChange& change) {
  return change.name.empty() || change.name == "all" || change.name.find("read_only") != std::string::npos ||
         change.kind == sql::SessionChange::Kind::discard;
}

Lane lane_of(const action::Subject& subject, const sql::Facts& facts) {
  using enum sql::Effect;
  if (!facts.understood) return Lane::writing;
  if (!facts.statements.empty() && std::ranges::all_of(facts.statements, is_session_verb)) return Lane::any;
  if (subject.reads_only || facts.statements.empty()) return Lane::reading;
  if (!has(facts, read) || !only(facts, {read, session, transaction})) return Lane::writing;
  if (has(facts, transaction)) return Lane::mixed;
  const bool unlocks = facts.top_level > 1 && std::ranges::any_of(facts.session, may_unlock);
  return unlocks ? Lane::mixed : Lane::reading;
}

// No backslash and nothing outside ASCII: such a text is lexed alike under every setting.
bool is_plain(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return c == '\\' || static_cast<unsigned char>(c) >= 0x80; });
}

bool is_lexing(const sql::SessionChange& change) {
  using Kind = sql::SessionChange::Kind;
  if (change.kind == Kind::discard) return true;
  if (change.kind != Kind::set) return false;
  return change.name.empty() || change.name == "all" || change.name == "standard_conforming_strings" ||
         change.name == "client_encoding" || change.name == "names" || change.name == "backslash_quote";
}

ReadingPtr make_reading(std::string_view text, std::shared_ptr<const sql::Facts> facts) {
  auto reading = std::make_shared<Reading>();
  reading->subject = action::make_sql_subject(text, facts);
  reading->lane = lane_of(*reading->subject, *facts);
  reading->plain = is_plain(text);
  reading->reasoning = printable(sql::reason_in(text), reasoning_bytes_max);
  reading->writes = !facts->understood ||
                    !only(*facts, {sql::Effect::read, sql::Effect::session, sql::Effect::transaction});
  reading->holds = std::ranges::any_of(facts->session, [](const sql::SessionChange& change) {
    return change.kind == sql::SessionChange::Kind::cursor && change.value == "declare" && !change.local;
  });
  reading->relexes = std::ranges::any_of(facts->session, is_lexing);
  for (const sql::SessionChange& change : facts->session) {
    if (change.kind != sql::SessionChange::Kind::transaction) continue;
    if (change.name == "begin" || change.name == "start transaction") {
      reading->opens_block = true, reading->closes_block = false;
    } else if (change.name == "commit" || change.name == "rollback" || change.name == "prepare transaction") {
      reading->opens_block = false, reading->closes_block = true;
    }
  }
  reading->facts = std::move(facts);
  return reading;
}

// Readings by the facts they were made from, which each keeps alive.
class Shelf {
 public:
  ReadingPtr read(std::string_view text) {
    sql::Cache::Found found = cache_.read(text);
    if (!found.own && text.size() > kept_text_bytes_max) return make_reading(text, std::move(found.facts));
    const ReadingPtr& kept = keep(found.own ? found.facts->statements.front().text : text, found.facts);
    if (!found.own) return kept;
    // Texts with a form are plain, and in nothing but the numbers are they told apart.
    auto reading = std::make_shared<Reading>(*kept);
    reading->subject = action::make_sql_subject_like(*kept->subject, text, *found.own);
    return reading;
  }

 private:
  const ReadingPtr& keep(std::string_view text, std::shared_ptr<const sql::Facts> facts) {
    if (readings_.size() >= readings_max) readings_.clear();
    ReadingPtr& reading = readings_[facts.get()];
    if (!reading) reading = make_reading(text, std::move(facts));
    return reading;
  }

  sql::Cache cache_{sql::read_postgres};
  std::unordered_map<const sql::Facts*, ReadingPtr> readings_;
};

// Bodies of DO are lexed when they run: a statement before one in the same text can change how.
bool changes_under_itself(const Reading& reading) {
  if (reading.plain || !reading.facts->understood) return false;
  return reading.relexes || (reading.facts->top_level > 1 && has(*reading.facts, sql::Effect::procedural));
}

// The next name of a list as SplitIdentifierString reads one: folded unless it is quoted. Nothing for what is
// no plain name.
std::optional<std::string> take_name(std::string_view& list) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
  if (!list.starts_with('"')) {
    const std::string_view name = list.substr(0, list.find_first_not_of(plain));
    list.remove_prefix(name.size());
    return name.empty() ? std::nullopt : std::optional(lower(name));
  }
  std::string name;
  for (std::size_t at = 1; at < list.size(); ++at) {
    if (list[at] == '"' && !list.substr(at + 1).starts_with('"')) {
      list.remove_prefix(at + 1);
      return name;
    }
    if (list[at] == '"') ++at;  // Two stand for one.
    name += list[at];
  }
  return std::nullopt;
}

// Empty, so not known, for what is no list of names.
std::vector<std::string> path_of(std::string_view value) {
  std::vector<std::string> path;
  for (std::string_view rest = trim(value);;) {
    std::optional<std::string> name = take_name(rest);
    if (!name) return {};
    path.push_back(std::move(*name));
    rest = trim(rest);
    if (rest.empty()) return path;
    if (!rest.starts_with(',')) return {};
    rest = trim(rest.substr(1));
  }
}

}  // namespace

ReadingPtr read(std::string_view text) {
  thread_local Shelf shelf;
  return shelf.read(text);
}

ReadingPtr not_understood(std::string_view text, std::string why) {
  sql::Facts facts;
  facts.why = std::move(why);
  return make_reading(text, std::make_shared<const sql::Facts>(std::move(facts)));
}

Settings::Settings(action::Place place, std::string user, std::string database)
    : place_(std::move(place)), user_(std::move(user)), database_(std::move(database)) {
  current_.role = user_;
  lasting_ = settled_ = current_;
}

void Settings::reported(std::string_view name, std::string_view value) {
  if (name == "standard_conforming_strings") standard_strings_ = value == "on";
  if (name == "client_encoding") encoding_ = value;
  if (name == "search_path") {  // From version 18 on.
    current_.search_path = lasting_.search_path = settled_.search_path = path_of(value);
    context_.reset();
  }
}

void Settings::change(const sql::SessionChange& change, Known& known) const {
  using Kind = sql::SessionChange::Kind;
  const std::string value = change.value.value_or("");
  if (change.kind == Kind::discard && change.name == "discard_all") known = {user_, {}};
  if (change.kind == Kind::transaction && change.name == "rollback to") known = {};
  if (change.kind != Kind::set) return;
  if (change.name == "role") known.role = change.reset || value == "none" ? user_ : value;
  if (change.name == "session_authorization") known.role = change.reset ? user_ : value;
  if (change.name == "search_path") {
    known.search_path = path_of(value);
  }
  if (change.name == "all" || change.name.empty()) known.search_path.clear();
}

void Settings::sent(const sql::Facts& facts) {
  using Kind = sql::SessionChange::Kind;
  for (const sql::SessionChange& each : facts.session) {
    const bool everything = each.kind == Kind::discard ||
                            (each.kind == Kind::set && (each.name.empty() || each.name == "all"));
    const bool role = each.kind == Kind::set && (each.name == "role" || each.name == "session_authorization");
    const bool path = each.kind == Kind::set && each.name == "search_path";
    if (everything || role) current_.role.clear();
    if (everything || path) current_.search_path.clear();
    if (everything || role || path) changed_ = true, context_.reset();
  }
}

void Settings::completed(const sql::Facts& facts) {
  if (facts.session.empty()) return;
  for (const sql::SessionChange& each : facts.session) {
    change(each, current_);
    if (!each.local) change(each, lasting_);
  }
  changed_ = true;
  context_.reset();
}

// A group that failed after a change may have committed it or not: then nothing is known.
void Settings::ready(bool in_block, bool rolled_back, bool failed) {
  const Known before = current_;
  if (failed && changed_) current_ = lasting_ = settled_ = {};
  changed_ = false;
  if (!in_block) {
    if (rolled_back) lasting_ = settled_;
    current_ = settled_ = lasting_;
  }
  if (current_ != before) context_.reset();
}

ReadingPtr Settings::read_as_server(std::string_view text) const {
  if (is_plain(text)) return read(text);
  if (standard_strings_ && (encoding_ == "UTF8" || encoding_ == "SQL_ASCII")) {
    ReadingPtr reading = read(text);
    if (!changes_under_itself(*reading)) return reading;
    return not_understood(text, "it changes how the server reads text, and has text that this would change");
  }
  return not_understood(text, !standard_strings_ ? "standard_conforming_strings is off"
                                                 : "client_encoding is " + quoted(encoding_) + ", not UTF8");
}

const std::shared_ptr<const action::Context>& Settings::context() {
  if (!context_) {
    context_ = action::make_sql_context(place_, {user_, database_, current_.role, current_.search_path});
  }
  return context_;
}

// Usually it is the very same one. What was not known then (its SET was still under way) may be known by now:
// rules and people have judged it as not known.
bool Settings::still_means(const action::Context& before) {
  if (context().get() == &before) return true;
  const std::vector<action::Stated> was = action::state_of(action::Family::sql, before);
  const std::vector<action::Stated> is = action::state_of(action::Family::sql, *context());
  return std::ranges::equal(was, is, [](const action::Stated& then, const action::Stated& now) {
    return !then.is_known || then == now;
  });
}

}  // namespace claw::postgres
