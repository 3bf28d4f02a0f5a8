#include "store/index/database.h"

#include <algorithm>

#include "base/check.h"

namespace claw::store {

namespace {

// Pages that are read again and again: the way down to each block.
constexpr int cache_kib = 32 * 1024;

crypto::Digest digest_of(std::string_view bytes) {
  crypto::Digest digest{};
  if (bytes.size() == digest.size()) std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::vector<std::int64_t> series(std::string_view bytes) {
  auto numbers = decode_series(bytes);
  if (!numbers) throw SQLite::Exception(numbers.error().text());
  return std::move(*numbers);
}

void bind_blob(SQLite::Statement& query, int at, std::string_view blob) {
  query.bindNoCopy(at, blob.data(), static_cast<int>(blob.size()));
}

}  // namespace

SQLite::Database Index::Database::prepared(const std::string& file) {
  SQLite::Database db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, index_busy_ms);
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA secure_delete = ON");  // What is old enough to go is not left in free pages.
  db.exec(fmt::format("PRAGMA cache_size = -{}", cache_kib));
  if (db.execAndGet("PRAGMA user_version").getInt() == index_schema_version) return db;
  if (db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() != 0) {
    throw SQLite::Exception("another schema");
  }
  SQLite::Transaction making(db);
  db.exec(index_schema);
  db.exec("INSERT INTO seen VALUES(1, 0, 0, x'', 0, 0, 0)");
  db.exec(fmt::format("PRAGMA user_version = {}", index_schema_version));
  making.commit();
  return db;
}

Index::Database::Database(const std::string& file)
    : db(prepared(file)),
      point_(db, "SELECT list FROM posting WHERE block = ? AND term = ?"),
      range_(db, "SELECT list FROM posting WHERE block = ? AND term >= ? AND term < ?"),
      places_(db, "SELECT times, offsets, seqs FROM block WHERE id = ?") {}

Position Index::Database::seen() {
  SQLite::Statement query(db, "SELECT segment, offset, hash, seq FROM seen");
  if (!query.executeStep()) throw SQLite::Exception("nothing says how far it is");
  return {static_cast<std::uint64_t>(query.getColumn(0).getInt64()),
          static_cast<std::size_t>(query.getColumn(1).getInt64()), digest_of(blob(query.getColumn(2))),
          static_cast<std::uint64_t>(query.getColumn(3).getInt64())};
}

void Index::Database::note_seen(const Position& position, std::int64_t more_records) {
  SQLite::Statement change(db, "UPDATE seen SET segment = ?, offset = ?, hash = ?, seq = ?, "
                               "records = records + ?");
  change.bind(1, static_cast<std::int64_t>(position.segment));
  change.bind(2, static_cast<std::int64_t>(position.offset));
  bind_blob(change, 3, crypto::view(position.hash));
  change.bind(4, static_cast<std::int64_t>(position.seq));
  change.bind(5, more_records);
  change.exec();
}

Position Index::Database::kept_through() {
  SQLite::Statement query(db, "SELECT segment, offset, hash, last FROM block ORDER BY id DESC LIMIT 1");
  if (!query.executeStep()) return {};
  return {static_cast<std::uint64_t>(query.getColumn(0).getInt64()),
          static_cast<std::size_t>(query.getColumn(1).getInt64()), digest_of(blob(query.getColumn(2))),
          static_cast<std::uint64_t>(query.getColumn(3).getInt64())};
}

void Index::Database::keep(const Block& full, const Position& end) {
  if (full.size() == 0) return;
  Kept kept;
  kept.id = blocks.empty() ? 1 : blocks.back().id + 1;
  kept.segment = full.segment();
  kept.first = static_cast<std::uint64_t>(full.seqs().front());
  kept.last = static_cast<std::uint64_t>(full.seqs().back());
  const auto [since, until] = std::ranges::minmax(full.times());
  kept.since_us = since;
  kept.until_us = until;
  SQLite::Statement add(db, "INSERT INTO block VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  int at = 0;
  for (const std::int64_t number :
       {kept.id, static_cast<std::int64_t>(kept.segment), full.seqs().front(), full.seqs().back(), since,
        until, static_cast<std::int64_t>(end.offset)}) {
    add.bind(++at, number);
  }
  bind_blob(add, ++at, crypto::view(end.hash));
  const std::string times = encode_series(full.times()), offsets = encode_series(full.offsets()),
                    seqs = encode_series(full.seqs());
  for (const std::string* list : {&times, &offsets, &seqs}) bind_blob(add, ++at, *list);
  add.exec();
  keep_lists(full, kept.id);
  blocks.push_back(kept);
}

// In the order of the table, so that every row goes to its end.
void Index::Database::keep_lists(const Block& full, std::int64_t id) {
  std::vector<std::pair<std::string_view, std::uint32_t>> terms;
  terms.reserve(full.terms().size());
  for (const auto& [key, term] : full.terms()) terms.emplace_back(key, term);
  std::ranges::sort(terms);
  SQLite::Statement add(db, "INSERT INTO posting VALUES(?,?,?)");
  const auto insert = [&](std::string_view key, std::string_view list) {
    add.bind(1, id);
    bind_blob(add, 2, key);
    bind_blob(add, 3, list);
    add.exec();
    add.reset();
  };
  for (const auto& [key, term] : terms) insert(key, encode_places(full.places(term)));
  for (const auto& [field, numbers] : full.numbers()) {
    insert(std::string(1, static_cast<char>(field)), encode_numbers(numbers));
  }
}

void Index::Database::replace_lists(std::int64_t id, const Block& anew) {
  SQLite::Statement remove(db, "DELETE FROM posting WHERE block = ?");
  remove.bind(1, id);
  remove.exec();
  keep_lists(anew, id);
}

void Index::Database::load_blocks() {
  SQLite::Statement query(db, "SELECT id, segment, first, last, since, until FROM block WHERE id > ? "
                              "ORDER BY id");
  query.bind(1, blocks.empty() ? std::int64_t{0} : blocks.back().id);
  while (query.executeStep()) {
    Kept kept;
    kept.id = query.getColumn(0).getInt64();
    kept.segment = static_cast<std::uint64_t>(query.getColumn(1).getInt64());
    kept.first = static_cast<std::uint64_t>(query.getColumn(2).getInt64());
    kept.last = static_cast<std::uint64_t>(query.getColumn(3).getInt64());
    kept.since_us = query.getColumn(4).getInt64();
    kept.until_us = query.getColumn(5).getInt64();
    blocks.push_back(kept);
  }
}

void Index::Database::prune(std::uint64_t first_segment, std::uint64_t first_seq) {
  SQLite::Transaction pruning(db);
  const auto segment = static_cast<std::int64_t>(first_segment);
  const auto seq = static_cast<std::int64_t>(first_seq);
  const auto run = [&](const char* text, std::int64_t number) {
    SQLite::Statement change(db, text);
    change.bind(1, number);
    change.exec();
  };
  run("DELETE FROM posting WHERE block < (SELECT ifnull(min(id), 0) FROM block WHERE segment >= ?)", segment);
  run("DELETE FROM tally WHERE minute < (SELECT since / 60000000 FROM block WHERE segment >= ? ORDER BY id "
      "LIMIT 1)", segment);
  run("DELETE FROM block WHERE segment < ?", segment);
  run("DELETE FROM wait WHERE seq < ?", seq);
  run("DELETE FROM connection WHERE last < ?", seq);
  run("DELETE FROM skipped WHERE segment < ?", segment);
  run("UPDATE seen SET first = ?1, records = max(0, seq + 1 - ?1)", seq);
  pruning.commit();
  std::erase_if(blocks, [&](const Kept& each) { return each.segment < first_segment; });
}

void Index::Database::note(const Skipped& skipped) {
  SQLite::Statement add(db, "INSERT OR REPLACE INTO skipped VALUES(?,?,?)");
  add.bind(1, static_cast<std::int64_t>(skipped.segment));
  add.bind(2, static_cast<std::int64_t>(skipped.offset));
  add.bind(3, skipped.text);
  add.exec();
}

std::optional<std::string_view> Index::Database::list(std::int64_t block_id, std::string_view term) {
  look_at_clock();
  point_.reset();
  point_.bind(1, block_id);
  bind_blob(point_, 2, term);
  if (!point_.executeStep()) return std::nullopt;
  return blob(point_.getColumn(0));
}

void Index::Database::rest() {
  point_.tryReset();
  range_.tryReset();
  places_.tryReset();
}

Index::Database::Places Index::Database::places(std::int64_t block_id) {
  places_.reset();
  places_.bind(1, block_id);
  if (!places_.executeStep()) return {};
  Places found{series(blob(places_.getColumn(0))), series(blob(places_.getColumn(1))),
               series(blob(places_.getColumn(2)))};
  places_.reset();
  return found;
}

}  // namespace claw::store
