// The index's database: its tables, and statements that are made once. Postings are kept by block and then by
// term, so that a block is written at the end of the file and an old one leaves at its beginning. Only the
// files of the index see it.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audit/reader.h"
#include "base/clock.h"
#include "store/index.h"
#include "store/index/block.h"
#include "store/journal_files.h"

namespace claw::store {

constexpr int index_schema_version = 5;  // 4 had numbers of varying lengths.
// Another process may be following the same journal; it is done within milliseconds.
constexpr int index_busy_ms = 5000;
constexpr std::int64_t minute_us = 60'000'000;

inline constexpr char index_schema[] = R"(
  CREATE TABLE seen(one INTEGER PRIMARY KEY, segment INTEGER, offset INTEGER, hash BLOB, seq INTEGER,
                    records INTEGER, first INTEGER);
  CREATE TABLE block(id INTEGER PRIMARY KEY, segment INTEGER, first INTEGER, last INTEGER, since INTEGER,
                     until INTEGER, offset INTEGER, hash BLOB, times BLOB, offsets BLOB, seqs BLOB);
  CREATE TABLE posting(block INTEGER, term BLOB, list BLOB, PRIMARY KEY(block, term)) WITHOUT ROWID;
  CREATE TABLE tally(minute INTEGER, agent TEXT, endpoint TEXT, rule TEXT, verdict TEXT, asked INTEGER,
                     count INTEGER, last INTEGER,
                     PRIMARY KEY(minute, agent, endpoint, rule, verdict, asked)) WITHOUT ROWID;
  CREATE TABLE wait(seq INTEGER PRIMARY KEY, time INTEGER, waited INTEGER, verdict TEXT, approver TEXT);
  CREATE TABLE lent(credential TEXT PRIMARY KEY, last INTEGER) WITHOUT ROWID;
  CREATE TABLE connection(session TEXT PRIMARY KEY, agent TEXT, first INTEGER, last INTEGER, time INTEGER,
                          opened_segment INTEGER, opened INTEGER, closed_segment INTEGER, closed INTEGER,
                          actions INTEGER, denied INTEGER, held INTEGER) WITHOUT ROWID;
  CREATE INDEX connection_first ON connection(first) WHERE first > 0;
  CREATE TABLE skipped(segment INTEGER, offset INTEGER, text TEXT, PRIMARY KEY(segment, offset));
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

// A block that is kept, without its lists.
struct Kept {
  std::int64_t id = 0;
  std::uint64_t segment = 0;
  std::uint64_t first = 0, last = 0;        // Records.
  std::int64_t since_us = 0, until_us = 0;  // Their times: the earliest, the latest.
};

// What is counted while records come in, and added to the tables in one go.
class Counts {
 public:
  void take(const audit::Record& record, std::uint64_t segment, std::size_t offset);
  void add_to(SQLite::Database& db);
  std::int64_t records = 0;

 private:
  struct Tallied {
    std::int64_t count = 0;
    std::int64_t last_us = 0;
  };
  struct Seen {  // Of a connection.
    std::string agent;
    std::uint64_t first = 0, last = 0;
    std::int64_t time_us = 0;
    std::uint64_t opened_segment = 0, closed_segment = 0;
    std::size_t opened = 0, closed = 0;
    std::int64_t actions = 0, denied = 0, held = 0;
  };
  struct Waited {
    std::uint64_t seq;
    std::int64_t time_us, waited_us;
    std::string verdict, approver;
  };
  void take_session(const audit::Record& record, std::uint64_t segment, std::size_t offset);
  using Key = std::tuple<std::int64_t, std::string, std::string, std::string, std::string, bool>;
  std::map<Key, Tallied> tallies_;
  std::map<std::string, std::int64_t, std::less<>> lent_;
  std::map<std::string, Seen, std::less<>> sessions_;
  std::vector<Waited> waits_;
};

struct Index::Database {
  explicit Database(const std::string& file);

  Position seen();                       // Everything up to here is counted.
  void note_seen(const Position& position, std::int64_t more_records);
  Position kept_through();               // Everything up to here is in blocks.
  void keep(const Block& block, const Position& end);
  void load_blocks();                    // Those another process has made too.
  void replace_lists(std::int64_t id, const Block& block);
  void prune(std::uint64_t first_segment, std::uint64_t first_seq);
  void note(const Skipped& skipped);

  // A term's list in a block; null: it has none. The view is good until the next call.
  std::optional<std::string_view> list(std::int64_t block, std::string_view term);
  template <class Visit>
  void each_list(std::int64_t id, std::string_view from, std::string_view behind, Visit visit) {
    SQLite::Statement& query = range_;
    query.reset();
    query.bind(1, id);
    query.bindNoCopy(2, from.data(), static_cast<int>(from.size()));
    query.bindNoCopy(3, behind.data(), static_cast<int>(behind.size()));
    while (query.executeStep()) {
      visit(blob(query.getColumn(0)));
      look_at_clock();
    }
    query.reset();
  }
  struct Places {
    std::vector<std::int64_t> times, offsets, seqs;
  };
  Places places(std::int64_t block);  // Nothing where it has just left.
  void rest();                        // Between questions: nothing of the file is held on to.

  static std::string_view blob(const SQLite::Column& column) {
    return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
  }

  SQLite::Database db;
  std::vector<Kept> blocks;  // In order.
  Block block;               // What is behind them.
  Position read;             // How far `block` goes.
  bool continues = false;    // `block` and `read` fit the file.
  std::optional<std::chrono::steady_clock::time_point> give_up_at;

 private:
  void look_at_clock() const {
    if (give_up_at && std::chrono::steady_clock::now() > *give_up_at) {
      throw SQLite::Exception("it takes too long");
    }
  }
  static SQLite::Database prepared(const std::string& file);
  void keep_lists(const Block& full, std::int64_t id);
  SQLite::Statement point_, range_, places_;
};

}  // namespace claw::store
