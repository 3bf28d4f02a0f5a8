// Breaks off what runs too long, so that one person's search is not everybody's wait; and shows a search one
// state of the file from its beginning to its end, while others may add to it.
#pragma once

#include "store/index/database.h"

namespace claw::store {

class Index::Looking {
 public:
  Looking(Database& database, std::uint32_t ms) : it_(database) {
    if (ms != 0) it_.give_up_at = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    it_.db.tryExec("BEGIN");
  }
  ~Looking() {
    it_.rest();
    it_.give_up_at.reset();
    it_.db.tryExec("COMMIT");
  }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;

 private:
  Database& it_;
};

}  // namespace claw::store
