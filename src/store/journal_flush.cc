// What the journal does beside the appending, on a thread of its own: checkpoints, which cost a signature,
// and group commit, which costs a wait for the disk. Neither holds the lock while it takes its time.
#include <fmt/format.h>

#include <chrono>

#include "base/log.h"
#include "base/text.h"
#include "store/journal.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

// More than any checkpoint record takes.
constexpr std::size_t checkpoint_bytes_max = 512;

audit::Checkpoint sign(const crypto::KeyPair& key, std::uint64_t through, const crypto::Digest& hash) {
  return {through, hash, crypto::sign_ed25519(key.private_key, audit::signed_bytes(through, hash)).value()};
}

}  // namespace

// Cuts full segments to size and brings segments to the disk.
Status Journal::settle(const Segments& finished, const std::string& folder) {
  for (const std::shared_ptr<Segment>& segment : finished) {
    CLAW_TRY_DONE(segment->finish());
    CLAW_TRY_DONE(segment->sync());
  }
  return sync_folder(folder);
}

void Journal::flush_until_closed() {
  Lock lock(mutex_);
  const auto has_work = [this] {
    // While there is no room for a checkpoint, only the clock asks for one; this must not spin.
    return broken_ || is_settling_due() || is_retiring_due() || spare_wanted_ ||
           (!no_room_ && is_checkpoint_due());
  };
  while (!broken_) {
    wake_.wait_for(lock, std::chrono::microseconds(options_.checkpoint_every_us), has_work);
    if (is_settling_due()) settle_beside(lock);
    if (is_checkpoint_due()) checkpoint_beside(lock);
    if (spare_wanted_) prepare_beside(lock);
    if (!broken_ && is_retiring_due()) retire_beside(lock);
  }
}

bool Journal::is_checkpoint_due() const {
  if (broken_ || last_seq_ == checkpoint_seq_) return false;
  return last_seq_ - signed_seq_ >= options_.checkpoint_records ||
         clock_.monotonic_us() - signed_us_ >= options_.checkpoint_every_us;
}

// Records appended while the signature is made come before the checkpoint and are not covered by it.
void Journal::checkpoint_beside(Lock& lock) {
  const std::uint64_t through = last_seq_;
  const crypto::Digest hash = chain_.last();
  lock.unlock();
  const audit::Checkpoint checkpoint = sign(options_.key, through, hash);
  lock.lock();
  // A rotation, here or meanwhile, has signed more than this.
  if (broken_ || !make_room(checkpoint_bytes_max) || through <= signed_seq_) return;
  write_checkpoint(checkpoint);
}

// The last record of a segment. One noted outside anchors the whole journal up to it, so the log has it.
void Journal::checkpoint_now() {
  if (last_seq_ == checkpoint_seq_) return;
  write_checkpoint(sign(options_.key, last_seq_, chain_.last()));
  log::info("journal checkpoint", {{"seq", last_seq_}, {"hash", to_hex(crypto::view(chain_.last()))}});
}

void Journal::write_checkpoint(const audit::Checkpoint& checkpoint) {
  std::string body;
  audit::append_checkpoint_body(body, checkpoint);
  CLAW_CHECK(body.size() < checkpoint_bytes_max);
  write_record(body);
  signed_seq_ = checkpoint.through;
  signed_us_ = clock_.monotonic_us();
  checkpoint_seq_ = last_seq_;
}

std::uint64_t Journal::last_seq() {
  const std::lock_guard lock(mutex_);
  return last_seq_;
}

Status Journal::wait_durable(std::uint64_t seq) {
  if (options_.durability == Durability::process) return Done{};
  Lock lock(mutex_);
  wanted_seq_ = std::max(wanted_seq_, seq);
  wake_.notify_one();
  synced_.wait(lock, [&] { return durable_seq_ >= seq || broken_; });
  if (durable_seq_ >= seq) return Done{};
  return *broken_;
}

void Journal::settle_beside(Lock& lock) {
  if (broken_) return;
  const std::uint64_t through = last_seq_;
  const std::shared_ptr<Segment> current = segment_;
  Segments finished = std::exchange(finished_, {});
  lock.unlock();
  Status settled = finished.empty() ? Status(Done{}) : settle(finished, options_.folder);
  if (settled && options_.durability == Durability::disk) settled = current->sync();
  finished.clear();
  lock.lock();
  if (settled) {
    durable_seq_ = std::max(durable_seq_, through);
  } else if (!broken_) {
    // After a failed sync the kernel may have dropped the pages; a later success would prove nothing.
    broken_ = settled.error();
    log::error("journal cannot be synced, actions are refused", {{"why", broken_->text()}});
  }
  synced_.notify_all();
}

// Once per segment: when this fails, begin_segment() will try by itself and say why.
void Journal::prepare_beside(Lock& lock) {
  spare_wanted_ = false;
  if (broken_ || spare_ != nullptr) return;
  lock.unlock();
  Result<std::unique_ptr<Segment>> spare =
      Segment::create(spare_path(options_.folder), options_.segment_bytes);
  lock.lock();
  if (spare) spare_ = std::move(*spare);
}

}  // namespace claw::store
