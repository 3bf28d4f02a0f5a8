#include "main/journal_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "main/speak.h"
#include "main/state.h"
#include "store/index.h"

namespace claw::verbs {

namespace {

using Records = std::vector<audit::Record>;

constexpr std::uint32_t turn_ms = 1000;  // How often somebody who waits is told.

Status bring_up_to_date(store::Index& index) {
  CLAW_TRY_DONE(index.follow(turn_ms));
  while (index.progress().segments_left > 0) {
    if (at_terminal()) {
      warn("clawpatrol: indexing, through record {}, {} segments left\n", index.progress().through,
           index.progress().segments_left);
    }
    CLAW_TRY_DONE(index.follow(turn_ms));
  }
  return Done{};
}

Result<Records> from_index(store::Index& index, const audit::Filter& filter, std::size_t count) {
  CLAW_TRY_DONE(bring_up_to_date(index));
  Records found;
  CLAW_TRY_DONE(index.search(filter, count, [&](std::uint64_t, std::string_view payload) {
    if (auto record = audit::parse_record(payload)) found.push_back(std::move(*record));
  }));
  std::reverse(found.begin(), found.end());
  CLAW_TRY(const std::vector<std::string> skipped, index.skipped());
  for (const std::string& text : skipped) remark_skipped(text);
  return found;
}

Result<Records> from_journal(const std::string& folder, const audit::Filter& filter, std::size_t count) {
  std::deque<audit::Record> found;
  audit::Search search(filter);
  CLAW_TRY_DONE(store::each_record(folder, [&](const audit::Record& record, std::string_view) {
    if (search.matches(record)) found.push_back(record);
    if (found.size() > count) found.pop_front();
    return true;
  }, [](const store::Skipped& skipped) { remark_skipped(skipped.text); }));
  return Records(found.begin(), found.end());
}

}  // namespace

void remark_skipped(std::string_view what) {
  warn("clawpatrol: the journal is damaged: {}; see `clawpatrol audit verify`\n", what);
}

Result<Records> latest(const std::string& state_folder, const audit::Filter& filter, std::size_t count) {
  auto index = store::Index::open(index_file(state_folder), journal_folder(state_folder));
  if (index) return from_index(**index, filter, count);
  remark(
      fmt::format("reading the whole journal: {}", index.error().text()));  // A copy that may only be read.
  return from_journal(journal_folder(state_folder), filter, count);
}

Result<Follower> Follower::at_end(std::string journal_folder) {
  Follower follower(std::move(journal_folder));
  CLAW_TRY(const std::vector<store::SegmentFile> files, store::segments_in(follower.folder_));
  if (files.empty()) return follower;
  follower.segment_ = files.back().number - 1;
  CLAW_TRY_DONE(follower.read(files.back(), 0, [](const audit::Record&, std::string_view) { return true; }));
  return follower;
}

Status Follower::catch_up(const store::Visit& visit) {
  CLAW_TRY(const std::vector<store::SegmentFile> files, store::segments_in(folder_));
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].number < segment_) continue;
    CLAW_TRY_DONE(read(files[i], store::first_after(files, i), visit));
  }
  return Done{};
}

Status Follower::read(const store::SegmentFile& file, std::uint64_t until, const store::Visit& visit) {
  CLAW_TRY(const std::string content, store::read_segment(file));
  const bool at_header = file.number != segment_;
  if (at_header) {
    const Result<audit::Header> header = audit::peek_header(content);
    segment_ = file.number;
    used_ = 0;
    last_ = header ? header->previous : crypto::Digest{};
  }
  const std::size_t from = std::min(used_, content.size());
  store::SegmentReader reader(file, std::string_view(content).substr(from), from, last_, until);
  if (at_header) reader.skip_header();
  const auto skipped = [this](const store::Skipped& each) {
    if (std::exchange(told_, each.text) != each.text) remark_skipped(each.text);
  };
  while (const std::optional<audit::Record> record = reader.next(skipped)) {
    if (!visit(*record, reader.payload())) break;
  }
  used_ = reader.used();
  last_ = reader.last();
  return Done{};
}

}  // namespace claw::verbs
