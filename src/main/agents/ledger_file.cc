#include "main/agents/ledger_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "main/journal_reader.h"
#include "main/state.h"
#include "store/file.h"
#include "store/journal_files.h"

namespace claw::verbs {

namespace {

constexpr std::size_t ledger_bytes_max = 256
                                         << 20;  // Of as many agents as there can be, with all they can have.

}  // namespace

LedgerFile::LedgerFile(std::string state_folder, guard::Guard& guard, const Clock& clock)
    : folder_(journal_folder(state_folder)),
      path_(state_folder + "/ledger.json"),
      guard_(guard),
      clock_(clock) {}

Status LedgerFile::recall(std::uint64_t newest, const guard::Terms& terms) {
  newest_ = newest;
  if (!terms.counts) return Done{};
  CLAW_TRY(const auto saved, store::read_file(path_, ledger_bytes_max));
  if (saved) {
    const auto through = guard_.ledger().restore(*saved);
    if (!through) {
      return invalid(fmt::format("`{}` is damaged ({}): remove it, and every agent begins without labels and "
                                 "with full budgets", path_, through.error().what));
    }
    CLAW_TRY_DONE(recall_journal(*through, newest, terms));
  }
  guard_.ledger().recalled();
  counted_ = true;
  return save();
}

Status LedgerFile::recall_journal(std::uint64_t after, std::uint64_t newest, const guard::Terms& terms) {
  if (after >= newest) return Done{};
  CLAW_TRY(const std::uint64_t from, store::segment_of(folder_, after + 1));
  const auto visit = [&](const audit::Record& record, std::string_view) {
    if (record.seq > after && record.seq <= newest) guard_.ledger().recall(record, terms);
    return record.seq < newest;
  };
  return store::each_record(
      folder_, visit, [](const store::Skipped& skipped) { remark_skipped(skipped.text); },
      std::max<std::uint64_t>(1, from));
}

// The record is read before the ledger is: whatever was written up to it is in what is saved.
Status LedgerFile::save() {
  const std::uint64_t through = std::max(newest_, guard_.recorded());
  guard_.ledger().take_changed();
  saved_us_ = clock_.monotonic_us();
  return store::replace_file(path_, guard_.ledger().save(through));
}

// What was saved while agents were counted means nothing once they are not.
void LedgerFile::tick(const guard::Terms& terms) {
  const bool began = terms.counts && !counted_;
  const bool ended = !terms.counts && counted_;
  counted_ = terms.counts;
  Status done = Done{};
  if (ended) {
    done = store::remove_file(path_);
  } else if (began || (terms.counts && clock_.monotonic_us() - saved_us_ >= ledger_saved_every_us)) {
    if (!began && !guard_.ledger().take_changed()) return;
    guard_.ledger().forget();
    done = save();
  }
  if (failing_ == !done.ok()) return;
  failing_ = !done.ok();
  if (failing_) log::error("what agents did cannot be saved", {{"why", done.error().text()}});
  else log::info("what agents did can be saved again");
}

}  // namespace claw::verbs
