#include "admin/routes/records.h"

#include <chrono>
#include <map>

#include "base/json.h"
#include "store/journal_files.h"

namespace claw::admin {

namespace {

constexpr std::uint32_t patience_ms = 8000;  // A person has given up by then.
// What a question waits for an index that has much to take in; the rest is taken in beside.
constexpr std::uint32_t catching_up_ms = 300;
constexpr std::chrono::milliseconds between_turns{5};  // Whoever waits for the index gets it then.

// What an ending adds to the record of its action.
std::string endings_of(const json::Value& ended) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member_unless_empty("ending", ended.text_or("ending", ""));
  if (const std::int64_t rows = ended.int_or("rows", -1); rows >= 0) out.member("rows", rows);
  out.member("duration_us", ended.int_or("duration_us", 0));
  out.member_unless_empty("end_detail", ended.text_or("detail", ""));
  out.end_object();
  return text.substr(1);  // `"ending":…}`
}

}  // namespace

Records::Records(std::string index_file, std::string journal_folder, std::string public_key)
    : index_file_(std::move(index_file)),
      journal_folder_(std::move(journal_folder)),
      public_key_(std::move(public_key)) {}

Records::~Records() {
  closing_ = true;
  if (catching_up_.joinable()) catching_up_.join();
}

void Records::catch_up_beside() {
  if (is_catching_up_) return;
  if (catching_up_.joinable()) catching_up_.join();  // It has done its work.
  is_catching_up_ = true;
  catching_up_ = std::thread([this] {
    for (bool goes_on = true; goes_on; std::this_thread::sleep_for(between_turns)) {
      const std::lock_guard lock(mutex_);
      goes_on = !closing_ && index_ != nullptr && index_->follow(catching_up_ms).ok() &&
                index_->progress().segments_left > 0;
      is_catching_up_ = goes_on;
    }
  });
}

Result<store::Index*> Records::fresh() {
  if (index_ == nullptr) {
    CLAW_TRY(index_, store::Index::open(index_file_, journal_folder_));
    index_->give_up_after_ms(patience_ms);
  }
  const Status followed = index_->follow(catching_up_ms);
  if (!followed) {
    index_.reset();  // Opened anew the next time: it may only have been taken away.
    return followed.error();
  }
  if (index_->progress().segments_left > 0) catch_up_beside();
  return index_.get();
}

Result<std::vector<std::string>> Records::with_endings(store::Index& index,
                                                       std::vector<std::string> records) {
  std::map<std::string, std::size_t, std::less<>> places;
  std::vector<std::string> actions;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto record = json::parse(records[i]);
    if (!record || record->text_or("kind", "") != "judged") continue;
    std::string action = record->text_or("action", "");
    if (action.empty() || record->text_or("verdict", "") != "allow") continue;
    if (places.emplace(action, i).second) actions.push_back(std::move(action));
  }
  CLAW_TRY_DONE(index.of_actions(actions, "ended", [&](std::uint64_t, std::string_view payload) {
    const auto ended = json::parse(payload);
    if (!ended) return;
    const auto found = places.find(ended->text_or("action", ""));
    if (found == places.end()) return;
    std::string& record = records[found->second];
    record.back() = ',';
    record += endings_of(*ended);
    places.erase(found);
  }));
  return records;
}

Verified Records::verified() const {
  const std::lock_guard lock(verifying_);
  return verified_;
}

bool Records::begin_verifying() {
  const std::lock_guard lock(verifying_);
  if (verified_.state == Verified::State::running) return false;
  verified_.state = Verified::State::running;
  return true;
}

void Records::verify(std::int64_t now_us) {
  auto findings = store::verify_journal(journal_folder_, {public_key_});
  const std::lock_guard lock(verifying_);
  verified_ = {};
  verified_.at_us = now_us;
  verified_.state = findings && findings->intact() ? Verified::State::ok : Verified::State::broken;
  if (findings) verified_.findings = std::move(*findings);
  else verified_.error = findings.error().text();
}

}  // namespace claw::admin
