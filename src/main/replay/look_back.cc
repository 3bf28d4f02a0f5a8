#include "main/replay/look_back.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/text.h"
#include "io/thread.h"
#include "main/journal_reader.h"
#include "main/paths.h"
#include "main/replay/times.h"
#include "main/speak.h"
#include "main/state.h"
#include "store/journal_files.h"

namespace claw::verbs {

namespace {

bool is_wanted(const Back& back, const audit::Record& record) {
  if (back.since_us && record.time_us < *back.since_us) return false;
  if (back.until_us && record.time_us >= *back.until_us) return false;
  const auto fits = [&](std::string_view name, const std::string& wanted) {
    return wanted.empty() || record.members.text_or(name, "") == wanted;
  };
  return fits("endpoint", back.endpoint) && fits("agent", back.agent);
}

class Looking {
 public:
  Looking(const Back& back, const Take& take, std::vector<store::SegmentFile> files)
      : back_(back), take_(take), files_(std::move(files)),
        wanted_(store::segments_since(files_, back.since_us.value_or(0))) {}

  void work(std::size_t taker) {
    for (std::size_t next = next_++; next < wanted_.size(); next = next_++) {
      const Status read = store::records_in(
          files_, wanted_[next], "judged",
          [&](const audit::Record& record, std::string_view) {
            if (is_wanted(back_, record)) take_(taker, record);
            return true;
          },
          [&](const store::Skipped& skipped) {
            const std::lock_guard lock(mutex_);
            remark_skipped(skipped.text);
          });
      if (read) continue;
      const std::lock_guard lock(mutex_);
      status_ = read;
      return;
    }
  }

  Status status() const { return status_; }

 private:
  const Back& back_;
  const Take& take_;
  const std::vector<store::SegmentFile> files_;
  const std::vector<std::size_t> wanted_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // Guards what follows, and standard error.
  Status status_ = Done{};
};

}  // namespace

Result<Back> back_of(const std::string& state_dir, const std::string& since, const std::string& until) {
  const std::string state = state_folder(state_dir);
  Back back;
  back.journal = journal_folder(state);
  if (look_at(back.journal) != Path::folder) {
    return Error{Code::not_found, "there is no journal in " + quoted(state), {}};
  }
  CLAW_TRY(back.since_us, moment_of(since));
  CLAW_TRY(back.until_us, moment_of(until));
  return back;
}

std::size_t takers() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, takers_max);
}

Status look_back(const Back& back, std::size_t count, const Take& take) {
  CLAW_TRY(std::vector<store::SegmentFile> files, store::segments_in(back.journal));
  Looking looking(back, take, std::move(files));
  {
    std::vector<std::unique_ptr<io::Thread>> threads;
    for (std::size_t taker = 0; taker < count; ++taker) {
      threads.push_back(std::make_unique<io::Thread>("looking", io::deep_stack_bytes,
                                                     [&looking, taker] { looking.work(taker); }));
    }
  }
  return looking.status();
}

}  // namespace claw::verbs
