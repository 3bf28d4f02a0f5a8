#include "store/index.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "store/file.h"
#include "store/index/database.h"

namespace claw::store {

namespace {

// Which file this name stands for now.
std::uint64_t file_number(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_ino) : 0;
}

}  // namespace

Index::Index(std::string file, std::string journal_folder)
    : file_(std::move(file)), journal_folder_(std::move(journal_folder)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(std::string file, std::string journal_folder) {
  std::unique_ptr<Index> index(new Index(std::move(file), std::move(journal_folder)));
  if (const Status opened = index->reopen(); !opened) {
    log::warning("index built anew", {{"why", opened.error().text()}});
    CLAW_TRY_DONE(index->begin_anew());
  }
  return index;
}

// Created by us beforehand, so that it is private from its first byte.
Status Index::reopen() {
  CLAW_TRY([[maybe_unused]] const Descriptor made, open_file(file_, O_RDWR | O_CREAT));
  opened_number_ = file_number(file_);
  return guarded("be opened", [&] { database_ = std::make_unique<Database>(file_); });
}

// Somebody may have taken the file away: what is open then is nobody's any more.
bool Index::is_gone() const { return file_number(file_) != opened_number_; }

Status Index::begin_anew() {
  database_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) CLAW_TRY_DONE(remove_file(file_ + suffix));
  return reopen();
}

Status Index::rebuild(std::uint32_t ms) {
  CLAW_TRY_DONE(begin_anew());
  return follow(ms);
}

// Of a file that could not be written to: whether that is for its damage, or for the world around it.
Status Index::check() {
  return guarded("be read", [&] {
    const std::string said = database_->db.execAndGet("PRAGMA quick_check(1)").getString();
    if (said != "ok") throw SQLite::Exception(said);
  });
}

Result<std::vector<std::string>> Index::skipped() {
  std::vector<std::string> found;
  CLAW_TRY_DONE(guarded("be searched", [&] {
    SQLite::Statement query(database_->db, "SELECT text FROM skipped ORDER BY segment, offset");
    while (query.executeStep()) found.push_back(query.getColumn(0).getString());
  }));
  return found;
}

}  // namespace claw::store
