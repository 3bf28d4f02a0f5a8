// The index's database: its tables, and how a record becomes rows of them. Only the files of the index see
// it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "audit/reader.h"
#include "base/clock.h"
#include "store/index.h"
#include "store/journal_files.h"

namespace claw::store {

constexpr int index_schema_version = 3;
// Another process may be following the same journal; it is done within milliseconds.
constexpr int index_busy_ms = 5000;
constexpr std::int64_t minute_us = 60'000'000;

inline constexpr char index_schema[] = R"(
  CREATE TABLE record(seq INTEGER PRIMARY KEY, time INTEGER, kind TEXT, action TEXT, agent TEXT,
                      endpoint TEXT, session TEXT, verdict TEXT, rule TEXT, payload TEXT);
  CREATE INDEX record_time ON record(time);
  CREATE INDEX record_action ON record(action) WHERE action <> '';
  CREATE INDEX record_agent ON record(agent, seq) WHERE agent <> '';
  CREATE INDEX record_rule ON record(rule, seq) WHERE rule <> '';
  CREATE INDEX record_session ON record(session, seq) WHERE session <> '';
  CREATE INDEX record_connection ON record(seq) WHERE kind = 'session';
  CREATE INDEX record_refused ON record(seq) WHERE verdict = 'deny';
  CREATE TABLE tally(minute INTEGER, agent TEXT, endpoint TEXT, rule TEXT, verdict TEXT, asked INTEGER,
                     count INTEGER, last INTEGER,
                     PRIMARY KEY(minute, agent, endpoint, rule, verdict, asked)) WITHOUT ROWID;
  CREATE TABLE wait(seq INTEGER PRIMARY KEY, time INTEGER, waited INTEGER, verdict TEXT, approver TEXT);
  CREATE TABLE lent(credential TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;
  CREATE TABLE skipped(segment INTEGER, offset INTEGER, text TEXT, PRIMARY KEY(segment, offset));
  CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="unicode61 tokenchars '_'");
)";

// SQLite's exceptions end here.
template <class Work>
Status guarded(std::string_view what, Work work) {
  try {
    work();
    return Done{};
  } catch (const std::exception& failed) {
    return Error{Code::unavailable, fmt::format("the index cannot {}: {}", what, failed.what()), {}};
  }
}

void collect_texts(const json::Value& value, std::string& out);

struct Index::Database {
  explicit Database(const std::string& file)
      : db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, index_busy_ms) {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL");
    if (db.execAndGet("PRAGMA user_version").getInt() == index_schema_version) return;
    if (db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() != 0) {
      throw SQLite::Exception("another schema");
    }
    SQLite::Transaction making(db);
    db.exec(index_schema);
    db.exec(fmt::format("PRAGMA user_version = {}", index_schema_version));
    making.commit();
  }

  void insert(const audit::Record& record, std::string_view payload) {
    SQLite::Statement add(db, "INSERT OR IGNORE INTO record VALUES(?,?,?,?,?,?,?,?,?,?)");
    int at = 0;
    add.bind(++at, static_cast<std::int64_t>(record.seq));
    add.bind(++at, record.time_us);
    add.bind(++at, record.kind);
    for (const std::string_view member : {"action", "agent", "endpoint", "session", "verdict", "rule"}) {
      add.bind(++at, record.members.text_or(member, ""));
    }
    add.bind(++at, std::string(payload));
    if (add.exec() == 0) return;  // Already there.
    count(record);
    if (record.kind == "stream") return;  // What a terminal showed would be most of the words there are.
    std::string text;
    collect_texts(record.members, text);
    SQLite::Statement add_words(db, "INSERT INTO words(rowid, text) VALUES(?, ?)");
    add_words.bind(1, static_cast<std::int64_t>(record.seq));
    add_words.bind(2, text);
    add_words.exec();
  }

  // Counts kept as records come in, so that a page of figures never goes through the records.
  void count(const audit::Record& record) {
    if (record.kind != "judged" && record.kind != "held") return;
    const json::Value& members = record.members;
    const auto asked = parse_time(members.text_or("asked", ""));
    const std::int64_t asked_us = asked ? *asked : 0;
    SQLite::Statement add(db, "INSERT INTO tally VALUES(?,?,?,?,?,?,1,?) ON CONFLICT DO UPDATE SET "
                              "count = count + 1, last = max(last, excluded.last)");
    add.bind(1, record.time_us / minute_us);
    add.bind(2, members.text_or("agent", ""));
    add.bind(3, members.text_or("endpoint", ""));
    add.bind(4, members.text_or("rule", ""));
    add.bind(5, record.kind == "held" ? "held" : members.text_or("verdict", ""));
    add.bind(6, record.kind == "judged" && asked_us != 0 ? 1 : 0);
    add.bind(7, record.time_us);
    add.exec();
    if (record.kind != "judged") return;
    if (members.text_or("verdict", "") == "allow") lend(members.text_or("credential", ""), record.time_us);
    if (asked_us == 0) return;
    SQLite::Statement wait(db, "INSERT OR REPLACE INTO wait VALUES(?,?,?,?,?)");
    wait.bind(1, static_cast<std::int64_t>(record.seq));
    wait.bind(2, record.time_us);
    wait.bind(3, record.time_us - asked_us);
    wait.bind(4, members.text_or("verdict", ""));
    wait.bind(5, members.text_or("approver", ""));
    wait.exec();
  }

  void lend(const std::string& credential, std::int64_t time_us) {
    if (credential.empty()) return;
    SQLite::Statement add(
        db, "INSERT INTO lent VALUES(?,?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)");
    add.bind(1, credential);
    add.bind(2, time_us);
    add.exec();
  }

  void note(const Skipped& skipped) {
    SQLite::Statement add(db, "INSERT OR REPLACE INTO skipped VALUES(?,?,?)");
    add.bind(1, static_cast<std::int64_t>(skipped.segment));
    add.bind(2, static_cast<std::int64_t>(skipped.offset));
    add.bind(3, skipped.text);
    add.exec();
  }

  std::uint64_t last_seq() {
    return static_cast<std::uint64_t>(db.execAndGet("SELECT ifnull(max(seq), 0) FROM record").getInt64());
  }

  SQLite::Database db;
};

}  // namespace claw::store
