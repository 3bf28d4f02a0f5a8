#include "protocol/postgres/facts.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "sql/cache.h"
#include "sql/postgres.h"

namespace claw::postgres {
namespace {

constexpr std::size_t readings_max = 1024;           // Per thread; sql::Cache keeps about as many.
constexpr std::size_t kept_text_bytes_max = 16 * 1024;  // Longer texts seldom come twice.

constexpr std::string_view session_verbs[] = {"set", "reset", "show", "deallocate", "listen", "unlisten"};

bool is_session_verb(const sql::Statement& statement) {
  return std::ranges::find(session_verbs, std::string_view(statement.verb)) != std::end(session_verbs);
}

Lane lane_of(const action::Subject& subject, const sql::Facts& facts) {
  if (!facts.understood) return Lane::writing;
  if (!facts.statements.empty() && std::ranges::all_of(facts.statements, is_session_verb)) return Lane::any;
  return subject.reads_only || facts.statements.empty() ? Lane::reading : Lane::writing;
}

ReadingPtr make_reading(std::string_view text, std::shared_ptr<const sql::Facts> facts) {
  auto reading = std::make_shared<Reading>();
  reading->subject = action::make_sql_subject(text, facts);
  reading->lane = lane_of(*reading->subject, *facts);
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
    std::shared_ptr<const sql::Facts> facts = cache_.read(text);
    if (text.size() > kept_text_bytes_max) return make_reading(text, std::move(facts));
    if (readings_.size() >= readings_max) readings_.clear();
    ReadingPtr& reading = readings_[facts.get()];
    if (!reading) reading = make_reading(text, std::move(facts));
    return reading;
  }

 private:
  sql::Cache cache_{sql::read_postgres};
  std::unordered_map<const sql::Facts*, ReadingPtr> readings_;
};

// No backslash and nothing outside ASCII: such a text is lexed alike under every setting.
bool is_plain(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return c == '\\' || static_cast<unsigned char>(c) >= 0x80; });
}

std::vector<std::string> path_of(std::string_view value) {
  std::vector<std::string> path;
  for (const std::string_view schema : split(value, ',')) path.emplace_back(trim(schema));
  return path;
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
    known.search_path = value.empty() ? std::vector<std::string>() : path_of(value);
  }
  if (change.name == "all" || change.name.empty()) known.search_path.clear();
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
  if (standard_strings_ && (encoding_ == "UTF8" || encoding_ == "SQL_ASCII")) return read(text);
  if (is_plain(text)) return read(text);
  return not_understood(text, !standard_strings_ ? "standard_conforming_strings is off"
                                                 : "client_encoding is " + quoted(encoding_) + ", not UTF8");
}

const std::shared_ptr<const action::Context>& Settings::context() {
  if (!context_) {
    context_ = action::make_sql_context(place_, {user_, database_, current_.role, current_.search_path});
  }
  return context_;
}

}  // namespace claw::postgres
