#include "store/index.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "store/file.h"
#include "store/index/database.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

// One transaction per so many records: a commit costs more than thousands of rows.
constexpr std::uint64_t batch_records = 5000;
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

Bound with_rest(Bound bound, const audit::Filter& filter) {
  if (!filter.kind.empty()) {
    bound.where += " AND kind = ?";
    bound.values.push_back(filter.kind);
  }
  if (filter.since_us) bound.where += fmt::format(" AND time >= {}", *filter.since_us);
  if (filter.until_us) bound.where += fmt::format(" AND time < {}", *filter.until_us);
  return bound;
}

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
  if (!filter.kind.empty() && filter.kind != "ended") return with_rest(std::move(bound), filter);
  bound.where = fmt::format("(({0}) OR (kind = 'ended' AND action IN (SELECT action FROM record WHERE kind = "
                            "'judged' AND action <> '' AND {0})))", bound.where);
  const std::vector<std::string> once = bound.values;
  bound.values.insert(bound.values.end(), once.begin(), once.end());
  return with_rest(std::move(bound), filter);
}

}  // namespace

void collect_texts(const json::Value& value, std::string& out) {
  if (const std::string* text = value.string()) (out += *text) += '\n';
  if (const json::Array* array = value.array()) {
    for (const json::Value& item : *array) collect_texts(item, out);
  }
  if (const json::Object* object = value.object()) {
    for (const json::Member& member : *object) collect_texts(member.second, out);
  }
}

// Which file this name stands for now.
static std::uint64_t file_number(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_ino) : 0;
}

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
  opened_number_ = file_number(file_);
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
  // What retires old records takes the file away: what is open then is nobody's any more.
  if (file_number(file_) != opened_number_) CLAW_TRY_DONE(reopen());
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

Status Index::find(const audit::Filter& filter, std::size_t count, const Visit& visit,
                   std::uint64_t before) {
  return guarded("be searched", [&] {
    Bound bound = conditions(filter);
    if (before != 0) bound.where += fmt::format(" AND seq < {}", before);
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
