// What the dashboard counts. Everything here asks tables that were filled when the records came in.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "store/index.h"
#include "store/index/database.h"

namespace claw::store {

namespace {

constexpr int steps_between_looks = 10'000;  // Of SQLite's machine: some hundred microseconds.

constexpr std::string_view tally_columns[] = {"minute", "agent", "endpoint", "rule", "verdict", "asked"};

std::string marks(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ",?";
  return text;
}

}  // namespace

// Breaks off what runs too long: SQLite then throws, and the caller is told.
class Index::Patience {
 public:
  Patience(Index& index, std::uint32_t ms)
      : handle_(index.database_->db.getHandle()),
        until_(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms)) {
    if (ms != 0) sqlite3_progress_handler(handle_, steps_between_looks, over, this);
  }
  ~Patience() { sqlite3_progress_handler(handle_, 0, nullptr, nullptr); }
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

 private:
  static int over(void* self) {
    return std::chrono::steady_clock::now() > static_cast<Patience*>(self)->until_ ? 1 : 0;
  }
  sqlite3* handle_;
  std::chrono::steady_clock::time_point until_;
};

Status Index::search(const audit::Filter& filter, std::size_t count, const Visit& visit,
                     std::uint64_t before) {
  const Patience patience(*this, patience_ms_);
  return find(filter, count, visit, before);
}

Status Index::of_actions(std::span<const std::string> actions, std::string_view kind, const Visit& visit) {
  if (actions.empty()) return Done{};
  const Patience patience(*this, patience_ms_);
  return guarded("be searched", [&] {
    SQLite::Statement query(
        database_->db, fmt::format("SELECT seq, payload FROM record WHERE action <> '' AND action IN ({}) "
                                   "AND kind = ? ORDER BY seq",
                                   marks(actions.size())));
    int at = 0;
    for (const std::string& action : actions) query.bind(++at, action);
    query.bind(++at, std::string(kind));
    while (query.executeStep()) {
      visit(static_cast<std::uint64_t>(query.getColumn(0).getInt64()), query.getColumn(1).getString());
    }
  });
}

Result<std::vector<Index::Tally>> Index::tallies(std::int64_t since_us,
                                                 std::span<const std::string_view> by) {
  const Patience patience(*this, patience_ms_);
  std::vector<Tally> found;
  std::string columns, groups;
  for (const std::string_view name : tally_columns) {
    const bool grouped = std::ranges::find(by, name) != by.end();
    const std::string_view nothing = name == "minute" || name == "asked" ? "0" : "''";
    columns += fmt::format("{},", grouped ? name : nothing);
    if (grouped) groups += fmt::format("{}{}", groups.empty() ? " GROUP BY " : ",", name);
  }
  CLAW_TRY_DONE(guarded("be counted", [&] {
    SQLite::Statement query(database_->db,
                            fmt::format("SELECT {} sum(count), max(last) FROM tally WHERE minute >= ?{}",
                                        columns, groups));
    query.bind(1, since_us / minute_us);
    while (query.executeStep()) {
      Tally tally;
      tally.minute_us = query.getColumn(0).getInt64() * minute_us;
      tally.agent = query.getColumn(1).getString();
      tally.endpoint = query.getColumn(2).getString();
      tally.rule = query.getColumn(3).getString();
      tally.verdict = query.getColumn(4).getString();
      tally.asked = query.getColumn(5).getInt() != 0;
      tally.count = query.getColumn(6).getInt64();
      tally.last_us = query.getColumn(7).getInt64();
      found.push_back(std::move(tally));
    }
  }));
  return found;
}

Result<std::vector<Index::Wait>> Index::waits(std::int64_t since_us, std::size_t count) {
  std::vector<Wait> found;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db, "SELECT waited, verdict, approver FROM wait WHERE time >= ? "
                                           "ORDER BY seq DESC LIMIT ?");
    query.bind(1, since_us);
    query.bind(2, static_cast<std::int64_t>(count));
    while (query.executeStep()) {
      found.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getString(),
                       query.getColumn(2).getString()});
    }
  }));
  return found;
}

Result<std::vector<std::int64_t>> Index::durations(std::int64_t since_us, std::size_t count) {
  const Patience patience(*this, patience_ms_);
  std::vector<std::int64_t> found;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db, "SELECT payload FROM record WHERE kind = 'ended' AND time >= ? "
                                           "ORDER BY seq DESC LIMIT ?");
    query.bind(1, since_us);
    query.bind(2, static_cast<std::int64_t>(count));
    while (query.executeStep()) {
      const auto payload = json::parse(query.getColumn(0).getString());
      const std::int64_t took_us = payload ? payload->int_or("duration_us", -1) : -1;
      if (took_us >= 0) found.push_back(took_us);
    }
  }));
  return found;
}

Result<std::vector<Index::Connection>> Index::connections(const audit::Filter& filter, std::size_t count) {
  const Patience patience(*this, patience_ms_);
  std::vector<Connection> found;
  std::map<std::string, std::size_t, std::less<>> places;
  const auto each_session = [&](SQLite::Statement& query) {
    while (query.executeStep()) {
      const std::string session = query.getColumn(0).getString();
      const auto [at, is_new] = places.emplace(session, found.size());
      if (is_new) found.push_back({session, {}, {}});
    }
  };
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(
        database_->db,
        "SELECT session FROM record WHERE kind = 'session' AND session <> '' AND (?1 = '' OR agent = ?1) AND "
        "(?2 = '' OR session = ?2) AND time >= ?3 GROUP BY session ORDER BY min(seq) DESC LIMIT ?4");
    query.bind(1, filter.agent);
    query.bind(2, filter.session);
    query.bind(3, filter.since_us.value_or(0));
    query.bind(4, static_cast<std::int64_t>(count));
    each_session(query);
    if (found.empty()) return;
    const std::string in = marks(found.size());
    SQLite::Statement records(database_->db,
                              fmt::format("SELECT session, payload FROM record WHERE kind = 'session' AND "
                                          "session <> '' AND session IN ({}) ORDER BY seq", in));
    SQLite::Statement counts(
        database_->db, fmt::format("SELECT session, kind, verdict, count(*) FROM record WHERE session <> "
                                   "'' AND session IN ({}) AND kind IN ('judged', 'held') GROUP BY 1, 2, "
                                   "3",
                                   in));
    int at = 0;
    for (const Connection& each : found) {
      records.bind(++at, each.session);
      counts.bind(at, each.session);
    }
    while (records.executeStep()) {
      Connection& connection = found[places.at(records.getColumn(0).getString())];
      std::string payload = records.getColumn(1).getString();
      (connection.opened.empty() ? connection.opened : connection.closed) = std::move(payload);
    }
    while (counts.executeStep()) {
      Connection& connection = found[places.at(counts.getColumn(0).getString())];
      const std::int64_t number = counts.getColumn(3).getInt64();
      if (counts.getColumn(1).getString() == "held") connection.held += number;
      else connection.actions += number;
      if (counts.getColumn(2).getString() == "deny") connection.denied += number;
    }
  }));
  return found;
}

Result<std::map<std::string, std::int64_t, std::less<>>> Index::lent() {
  std::map<std::string, std::int64_t, std::less<>> found;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db, "SELECT credential, last FROM lent");
    while (query.executeStep()) found.emplace(query.getColumn(0).getString(), query.getColumn(1).getInt64());
  }));
  return found;
}

Result<Index::Extent> Index::extent() {
  Extent extent;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db,
                            "SELECT count(*), ifnull(min(seq), 0), ifnull(max(seq), 0) FROM record");
    if (!query.executeStep()) return;
    extent = {query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), query.getColumn(2).getInt64()};
  }));
  return extent;
}

}  // namespace claw::store
