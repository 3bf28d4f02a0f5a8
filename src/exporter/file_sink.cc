// A file of OCSF events. How much of it is good stands in the cursor: after a restart what is behind that is
// cut off and written again, so that neither a torn line nor a repeated one stays. Whoever rotates it renames
// it; the next batch begins a new file.
#include <optional>

#include "audit/ocsf.h"
#include "exporter/sink.h"
#include "store/export/append_file.h"

namespace claw::exporter {

namespace {

class File final : public Sink {
 public:
  explicit File(Parts parts) : parts_(std::move(parts)) {}

  Status open(const store::Cursor& cursor) override {
    CLAW_TRY(file_, store::AppendFile::open(parts_.settings.path));
    const bool is_ours = file_->inode() == cursor.file_inode && file_->bytes() >= cursor.file_bytes;
    return is_ours ? begin_at(cursor.file_bytes) : begin_behind();
  }

  void recall(const Kept& kept) override {
    std::string known;
    ocsf_.record(kept.record, known);
  }

  void send(const Batch& batch, Done done) override {
    if (batch.last != rendered_) {  // What has ended is forgotten: each record is told only once.
      lines_.clear();
      for (const Kept& kept : batch.records) ocsf_.record(kept.record, lines_);
      rendered_ = batch.last;
    }
    const Status written = write();
    if (!written) return done(written.error());
    done(Taken{});
  }

  void note(store::Cursor& cursor) override {
    good_bytes_ = file_->bytes();
    cursor.file_bytes = good_bytes_;
    cursor.file_inode = file_->inode();
    cursor.awaited = ocsf_.oldest();
  }

 private:
  Status write() {
    if (!file_ || file_->is_moved()) {
      CLAW_TRY(file_, store::AppendFile::open(parts_.settings.path));
      CLAW_TRY_DONE(begin_behind());
    }
    if (file_->bytes() != good_bytes_) CLAW_TRY_DONE(file_->cut(good_bytes_));
    return file_->append(lines_);
  }

  Status begin_at(std::uint64_t bytes) {
    good_bytes_ = bytes;
    return claw::Done{};
  }

  // Whatever somebody else left there, our lines are whole.
  Status begin_behind() {
    if (file_->is_torn()) CLAW_TRY_DONE(file_->append("\n"));
    return begin_at(file_->bytes());
  }

  Parts parts_;
  audit::Ocsf ocsf_;
  std::optional<store::AppendFile> file_;
  std::uint64_t good_bytes_ = 0;
  std::uint64_t rendered_ = 0;  // The batch whose lines are at hand.
  std::string lines_;
};

}  // namespace

std::unique_ptr<Sink> make_file(Parts parts) { return std::make_unique<File>(std::move(parts)); }

}  // namespace claw::exporter
