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

Result<Records> from_index(store::Index& index, const audit::Filter& filter, std::size_t count) {
  CLAW_TRY_DONE(index.follow());
  Records found;
  CLAW_TRY_DONE(index.search(filter, count, [&](std::uint64_t, std::string_view payload) {
    if (auto record = audit::parse_record(payload)) found.push_back(std::move(*record));
  }));
  std::reverse(found.begin(), found.end());
  return found;
}

Result<Records> from_journal(const std::string& folder, const audit::Filter& filter, std::size_t count) {
  std::deque<audit::Record> found;
  audit::Search search(filter);
  CLAW_TRY_DONE(store::each_record(folder, [&](const audit::Record& record, std::string_view) {
    if (search.matches(record)) found.push_back(record);
    if (found.size() > count) found.pop_front();
    return true;
  }));
  return Records(found.begin(), found.end());
}

}  // namespace

Result<Records> latest(const std::string& state_folder, const audit::Filter& filter, std::size_t count) {
  auto index = store::Index::open(state_folder + "/index.db", journal_folder(state_folder));
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
  CLAW_TRY_DONE(follower.read(files.back(), [](const audit::Record&, std::string_view) { return true; }));
  return follower;
}

Status Follower::catch_up(const store::Visit& visit) {
  CLAW_TRY(const std::vector<store::SegmentFile> files, store::segments_in(folder_));
  for (const store::SegmentFile& file : files) {
    if (file.number >= segment_) CLAW_TRY_DONE(read(file, visit));
  }
  return Done{};
}

Status Follower::read(const store::SegmentFile& file, const store::Visit& visit) {
  CLAW_TRY(const std::string content, store::read_segment(file));
  bool at_header = file.number != segment_;
  if (at_header) {
    CLAW_TRY(const audit::Header header, audit::peek_header(content));
    segment_ = file.number;
    used_ = 0;
    last_ = header.previous;
  }
  audit::Reader reader(std::string_view(content).substr(std::min(used_, content.size())), last_);
  audit::Step step = audit::Step::end;
  while ((step = reader.next()) == audit::Step::record) {
    if (std::exchange(at_header, false)) continue;
    CLAW_TRY(const audit::Record record, audit::parse_record(reader.payload()));
    if (!visit(record, reader.payload())) break;
  }
  used_ += reader.used();
  last_ = reader.last();
  if (step != audit::Step::corrupt) return Done{};
  return invalid(fmt::format("bytes from offset {} on do not fit the chain", used_), file.path);
}

}  // namespace claw::verbs
