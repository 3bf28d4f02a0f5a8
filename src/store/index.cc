#include "store/index.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "store/file.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

constexpr int schema_version = 2;
// One transaction per so many records: a commit costs more than thousands of rows.
constexpr std::uint64_t batch_records = 5000;
// Another process may be following the same journal; it is done within milliseconds.
constexpr int busy_ms = 5000;

constexpr char schema[] = R"(
  CREATE TABLE record(seq INTEGER PRIMARY KEY, time INTEGER, kind TEXT, action TEXT, agent TEXT,
                      endpoint TEXT, session TEXT, verdict TEXT, rule TEXT, payload TEXT);
  CREATE INDEX record_time ON record(time);
  CREATE INDEX record_action ON record(action) WHERE action <> '';
  CREATE INDEX record_agent ON record(agent, seq) WHERE agent <> '';
  CREATE INDEX record_rule ON record(rule, seq) WHERE rule <> '';
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

void collect_texts(const json::Value& value, std::string& out) {
  if (const std::string* text = value.string()) (out += *text) += '\n';
  if (const json::Array* array = value.array()) {
    for (const json::Value& item : *array) collect_texts(item, out);
  }
  if (const json::Object* object = value.object()) {
    for (const json::Member& member : *object) collect_texts(member.second, out);
  }
}

// Each word of what a person typed, quoted, so that nothing in it is an operator of FTS5; all must occur.
std::string match_of(std::string_view text) {
  std::string match;
  for (std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    std::string quoted_word;
    for (const char c : word) quoted_word += c == '"' ? std::string("\"\"") : std::string(1, c);
    match += "\"" + quoted_word + "\"* ";
  }
  return match;
}

struct Bound {
  std::string where = "1";
  std::vector<std::string> values;
};

// The journal's `ended` records carry no agent or rule of their own: they are found by their action.
Bound conditions(const audit::Filter& filter) {
  Bound bound;
  const auto equal = [&](std::string_view column, const std::string& value) {
    if (value.empty()) return;
    bound.where += fmt::format(" AND {} = ?", column);
    bound.values.push_back(value);
  };
  equal("action", filter.action);
  equal("agent", filter.agent);
  equal("endpoint", filter.endpoint);
  equal("session", filter.session);
  equal("verdict", filter.verdict);
  equal("rule", filter.rule);
  if (!filter.text.empty()) {
    bound.where += " AND seq IN (SELECT rowid FROM words WHERE words MATCH ?)";
    bound.values.push_back(match_of(filter.text));
  }
  bound.where = fmt::format("(({0}) OR (kind = 'ended' AND action IN (SELECT action FROM record WHERE kind = "
                            "'judged' AND action <> '' AND {0})))", bound.where);
  const std::vector<std::string> once = bound.values;
  bound.values.insert(bound.values.end(), once.begin(), once.end());
  equal("kind", filter.kind);
  if (filter.since_us) bound.where += fmt::format(" AND time >= {}", *filter.since_us);
  if (filter.until_us) bound.where += fmt::format(" AND time < {}", *filter.until_us);
  return bound;
}

}  // namespace

struct Index::Database {
  explicit Database(const std::string& file)
      : db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_ms) {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL");
    if (db.execAndGet("PRAGMA user_version").getInt() == schema_version) return;
    if (db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() != 0) {
      throw SQLite::Exception("another schema");
    }
    SQLite::Transaction making(db);
    db.exec(schema);
    db.exec(fmt::format("PRAGMA user_version = {}", schema_version));
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
    std::string text;
    collect_texts(record.members, text);
    SQLite::Statement add_words(db, "INSERT INTO words(rowid, text) VALUES(?, ?)");
    add_words.bind(1, static_cast<std::int64_t>(record.seq));
    add_words.bind(2, text);
    add_words.exec();
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

Index::Index(std::string file, std::string journal_folder)
    : file_(std::move(file)), journal_folder_(std::move(journal_folder)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(std::string file, std::string journal_folder) {
  std::unique_ptr<Index> index(new Index(std::move(file), std::move(journal_folder)));
  if (const Status opened = index->reopen(); !opened) {
    log::warning("index built anew", {{"why", opened.error().text()}});
    CLAW_TRY_DONE(index->rebuild());
  }
  return index;
}

// Created by us beforehand, so that it is private from its first byte.
Status Index::reopen() {
  CLAW_TRY([[maybe_unused]] const Descriptor made, open_file(file_, O_RDWR | O_CREAT));
  return guarded("be opened", [&] { database_ = std::make_unique<Database>(file_); });
}

Status Index::rebuild() {
  database_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) CLAW_TRY_DONE(remove_file(file_ + suffix));
  CLAW_TRY_DONE(reopen());
  return follow();
}

Status Index::follow() {
  std::uint64_t last = 0;
  Status followed = guarded("follow the journal", [&] { last = database_->last_seq(); });
  if (!followed) return rebuild();
  CLAW_TRY(const std::uint64_t segment, segment_of(journal_folder_, last + 1));
  Status read = Done{};
  followed = guarded("follow the journal", [&] {
    auto batch = std::make_unique<SQLite::Transaction>(database_->db);
    std::uint64_t taken = 0;
    read = each_record(journal_folder_, [&](const audit::Record& record, std::string_view payload) {
      if (record.seq <= last) return true;
      database_->insert(record, payload);
      if (++taken % batch_records == 0) {
        batch->commit();
        batch = std::make_unique<SQLite::Transaction>(database_->db);
      }
      return true;
    }, [&](const Skipped& skipped) { database_->note(skipped); }, segment);
    batch->commit();
  });
  return followed ? read : followed;
}

Result<std::vector<std::string>> Index::skipped() {
  std::vector<std::string> found;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db, "SELECT text FROM skipped ORDER BY segment, offset");
    while (query.executeStep()) found.push_back(query.getColumn(0).getString());
  }));
  return found;
}

Status Index::search(const audit::Filter& filter, std::size_t count, const Visit& visit) {
  return guarded("be searched", [&] {
    const Bound bound = conditions(filter);
    SQLite::Statement query(database_->db,
                            fmt::format("SELECT seq, payload FROM record WHERE {} ORDER BY seq DESC "
                                        "LIMIT {}",
                                        bound.where, count));
    int at = 0;
    for (const std::string& value : bound.values) query.bind(++at, value);
    while (query.executeStep()) {
      visit(static_cast<std::uint64_t>(query.getColumn(0).getInt64()), query.getColumn(1).getString());
    }
  });
}

}  // namespace claw::store
