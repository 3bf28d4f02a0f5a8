// What the dashboard counts. Everything here asks tables that were filled when the records came in.
#include <algorithm>
#include <map>

#include "store/index.h"
#include "store/index/database.h"
#include "store/index/looking.h"
#include "store/index/payloads.h"

namespace claw::store {

namespace {

constexpr std::string_view tally_columns[] = {"minute", "agent", "endpoint", "rule", "verdict", "asked"};

}  // namespace

void Counts::take(const audit::Record& record, std::uint64_t segment, std::size_t offset) {
  ++records;
  take_session(record, segment, offset);
  if (record.kind != "judged" && record.kind != "held") return;
  const json::Value& members = record.members;
  const auto asked = parse_time(members.text_or("asked", ""));
  const bool is_held = record.kind == "held";
  const std::string verdict = is_held ? "held" : members.text_or("verdict", "");
  Tallied& tally = tallies_[{record.time_us / minute_us, members.text_or("agent", ""),
                             members.text_or("endpoint", ""), members.text_or("rule", ""), verdict,
                             asked && !is_held}];
  ++tally.count;
  tally.last_us = std::max(tally.last_us, record.time_us);
  if (is_held) return;
  const std::string credential = members.text_or("credential", "");
  if (verdict == "allow" && !credential.empty()) {
    std::int64_t& last_us = lent_[credential];
    last_us = std::max(last_us, record.time_us);
  }
  if (!asked) return;
  waits_.push_back({record.seq, record.time_us, record.time_us - *asked, verdict,
                    members.text_or("approver", "")});
}

void Counts::take_session(const audit::Record& record, std::uint64_t segment, std::size_t offset) {
  const bool is_action = record.kind == "judged" || record.kind == "held";
  if (!is_action && record.kind != "session") return;
  const std::string session = record.members.text_or("session", "");
  if (session.empty()) return;
  Seen& seen = sessions_[session];
  seen.last = record.seq;
  if (record.kind == "held") ++seen.held;
  if (record.kind == "judged") ++seen.actions;
  if (record.kind == "judged" && record.members.text_or("verdict", "") == "deny") ++seen.denied;
  if (is_action) return;
  seen.agent = record.members.text_or("agent", "");
  seen.time_us = record.time_us;
  const bool opens = record.members.text_or("event", "") == "opened";
  if (seen.first == 0) seen.first = record.seq;
  (opens ? seen.opened_segment : seen.closed_segment) = segment;
  (opens ? seen.opened : seen.closed) = offset;
}

void Counts::add_to(SQLite::Database& db) {
  const auto bind_all = [](SQLite::Statement& query, auto... values) {
    int at = 0;
    (query.bind(++at, values), ...);
    query.exec();
    query.reset();
  };
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  SQLite::Statement tally(db, "INSERT INTO tally VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                              "count = count + excluded.count, last = max(last, excluded.last)");
  for (const auto& [key, added] : tallies_) {
    const auto& [minute, agent, endpoint, rule, verdict, asked] = key;
    bind_all(tally, minute, agent, endpoint, rule, verdict, asked ? 1 : 0, added.count, added.last_us);
  }
  SQLite::Statement lent(
      db, "INSERT INTO lent VALUES(?,?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)");
  for (const auto& [credential, last_us] : lent_) bind_all(lent, credential, last_us);
  SQLite::Statement wait(db, "INSERT OR REPLACE INTO wait VALUES(?,?,?,?,?)");
  for (const Waited& each : waits_) {
    bind_all(wait, number(each.seq), each.time_us, each.waited_us, each.verdict, each.approver);
  }
  SQLite::Statement connection(
      db,
      "INSERT INTO connection VALUES(?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
      "agent = CASE WHEN excluded.agent <> '' THEN excluded.agent ELSE agent END, "
      "first = CASE WHEN first = 0 THEN excluded.first ELSE first END, last = excluded.last, "
      "time = max(time, excluded.time), "
      "opened_segment = max(opened_segment, excluded.opened_segment), opened = max(opened, excluded.opened), "
      "closed_segment = max(closed_segment, excluded.closed_segment), closed = max(closed, excluded.closed), "
      "actions = actions + excluded.actions, denied = denied + excluded.denied, held = held + excluded.held");
  for (const auto& [session, seen] : sessions_) {
    bind_all(connection, session, seen.agent, number(seen.first), number(seen.last), seen.time_us,
             number(seen.opened_segment), number(seen.opened), number(seen.closed_segment),
             number(seen.closed), seen.actions, seen.denied, seen.held);
  }
}

Result<std::vector<Index::Tally>> Index::tallies(std::int64_t since_us,
                                                 std::span<const std::string_view> by) {
  const Looking looking(*database_, patience_ms_);
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

Result<std::vector<Index::Connection>> Index::connections(const audit::Filter& filter, std::size_t count) {
  const Looking looking(*database_, patience_ms_);
  std::vector<Connection> found;
  Payloads payloads(journal_folder_);
  CLAW_TRY_DONE(guarded("be searched", [&] {
    const bool one = !filter.session.empty();
    SQLite::Statement query(
        database_->db,
        fmt::format("SELECT session, opened_segment, opened, closed_segment, closed, actions, denied, held "
                    "FROM connection WHERE first > 0 AND {} AND (?2 = '' OR agent = ?2) AND time >= ?3 "
                    "ORDER BY first DESC LIMIT ?4",
                    one ? "session = ?1" : "?1 = ''"));
    query.bind(1, filter.session);
    query.bind(2, filter.agent);
    query.bind(3, filter.since_us.value_or(0));
    query.bind(4, static_cast<std::int64_t>(count));
    const auto payload = [&](int at) -> std::string {
      const auto segment = static_cast<std::uint64_t>(query.getColumn(at).getInt64());
      const auto offset = static_cast<std::size_t>(query.getColumn(at + 1).getInt64());
      return segment == 0 ? "" : payloads.read(segment, offset).value_or("");
    };
    while (query.executeStep()) {
      found.push_back({query.getColumn(0).getString(), payload(1), payload(3), query.getColumn(5).getInt64(),
                       query.getColumn(6).getInt64(), query.getColumn(7).getInt64()});
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
    SQLite::Statement query(
        database_->db, "SELECT records, CASE WHEN first = 0 THEN min(seq, 1) ELSE first END, seq FROM seen");
    if (!query.executeStep()) return;
    extent = {query.getColumn(0).getInt64(), query.getColumn(1).getInt64(), query.getColumn(2).getInt64()};
  }));
  return extent;
}

}  // namespace claw::store
