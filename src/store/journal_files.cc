#include "store/journal_files.h"

#include <fmt/format.h>

#include <charconv>

#include "audit/record.h"
#include "store/file.h"

namespace claw::store {

namespace {

constexpr std::string_view ending = ".journal";
// A segment is at most what its writer was configured for; this only stops a reader from loading a disk.
constexpr std::size_t segment_bytes_max = std::size_t{1} << 30;

constexpr std::size_t header_bytes_max = 4096;  // It takes about 400.

std::optional<std::uint64_t> number_of(std::string_view name) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.begin(), name.end(), number);
  if (error != std::errc{} || end != name.end() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

std::string segment_path(const std::string& folder, std::uint64_t number) {
  return fmt::format("{}/{:08}{}", folder, number, ending);
}

std::string spare_path(const std::string& folder) { return folder + "/spare"; }
std::string begun_path(const std::string& folder) { return folder + "/begun"; }

Result<std::vector<SegmentFile>> segments_in(const std::string& folder) {
  CLAW_TRY(const std::vector<std::string> names, names_in(folder));
  std::vector<SegmentFile> files;
  for (const std::string& name : names) {
    if (const auto number = number_of(name)) files.push_back({*number, folder + "/" + name});
  }
  std::ranges::sort(files, {}, &SegmentFile::number);
  return files;
}

Result<std::string> read_segment(const SegmentFile& file) {
  CLAW_TRY(std::optional<std::string> content, read_file(file.path, segment_bytes_max));
  if (!content) return Error{Code::not_found, "a journal segment has gone", file.path};
  return std::move(*content);
}

Result<audit::Header> read_header(const SegmentFile& file) {
  CLAW_TRY(const std::optional<std::string> start, read_start(file.path, header_bytes_max));
  if (!start) return Error{Code::not_found, "a journal segment has gone", file.path};
  return audit::peek_header(*start);
}

Result<Tail> tail_of(std::string_view segment) {
  CLAW_TRY(const audit::Header header, audit::peek_header(segment));
  audit::Reader reader(segment, header.previous);
  if (reader.next() != audit::Step::record) return invalid("the segment's header is damaged");
  Tail tail;
  tail.segment = header.segment;
  tail.seq = header.first - 1;
  audit::Step step = reader.next();
  for (; step == audit::Step::record; step = reader.next()) ++tail.seq;
  tail.hash = reader.last();
  tail.used = reader.used();
  tail.left = reader.left();
  tail.size = segment.size();
  tail.damaged = step == audit::Step::corrupt;
  return tail;
}

Result<audit::Findings> verify_journal(const std::string& folder, std::vector<std::string> public_keys,
                                       std::optional<audit::Anchor> anchor) {
  return verify_journal(folder, std::move(public_keys),
                        anchor ? std::vector<audit::Anchor>{*anchor} : std::vector<audit::Anchor>{});
}

Result<audit::Findings> verify_journal(const std::string& folder, std::vector<std::string> public_keys,
                                       const std::vector<audit::Anchor>& anchors) {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  audit::Verifier verifier(std::move(public_keys));
  for (const audit::Anchor& anchor : anchors) verifier.expect(anchor);
  for (const SegmentFile& file : files) {
    CLAW_TRY(const std::string content, read_segment(file));
    verifier.segment(content);
  }
  return verifier.finish();
}

Result<std::uint64_t> segment_of(const std::string& folder, std::uint64_t seq) {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    const Result<audit::Header> header = read_header(*file);
    if (header && header->first <= seq) return file->number;
  }
  return std::uint64_t{1};
}

// `next_seq` is 0 where nothing could be read behind it.
void SegmentReader::tell(const Skip& skipped, const audit::Gap& gap, std::uint64_t next_seq) const {
  const std::size_t offset = offset_ + gap.offset;
  std::string lost;
  if (next_seq > seq_ + 1 && seq_ != 0) {
    lost = fmt::format("; records {} to {} are lost", seq_ + 1, next_seq - 1);
  }
  if (next_seq == 0) lost = seq_ == 0 ? "" : fmt::format("; nothing behind record {} could be read", seq_);
  skipped({file_.number, offset,
           fmt::format("segment {}, offset {}: {} bytes do not fit the chain and were skipped{}",
                       file_.number, offset, gap.bytes, lost)});
}

// Of a record whose kind and number can be told by its head alone, which is as the journal writes it.
bool SegmentReader::pass_over() {
  const std::string_view payload = reader_.payload();
  const std::string_view head = payload.substr(0, audit::head_bytes_max + kind_.size());
  constexpr std::string_view before_seq = "{\"seq\":", before_kind = "\"kind\":\"";
  const std::size_t at = head.find(before_kind);
  if (kind_.empty() || at == head.npos || !head.starts_with(before_seq)) return false;
  if (head.substr(at + before_kind.size()).starts_with(kind_)) return false;
  std::uint64_t seq = 0;
  const std::string_view digits = head.substr(before_seq.size());
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), seq);
  if (error != std::errc{} || (until_ != 0 && seq >= until_)) return false;
  seq_ = seq;
  return true;
}

std::optional<audit::Record> SegmentReader::next(const Skip& skipped) {
  std::optional<audit::Gap> gap;
  for (;;) {
    const audit::Step step = reader_.next();
    if (step == audit::Step::record) {
      if (!gap && pass_over()) continue;
      Result<audit::Record> record = audit::parse_record(reader_.payload());
      if (!record) {
        const std::size_t bytes = audit::frame_head_bytes + reader_.payload().size();
        if (!gap) gap = audit::Gap{reader_.used() - bytes, 0};
        gap->bytes += bytes;
        continue;
      }
      if (until_ != 0 && record->seq >= until_) {
        const std::size_t at = gap ? gap->offset : reader_.used();
        tell(skipped, {at, reader_.used() + reader_.left() - at}, 0);
        return std::nullopt;
      }
      if (gap) tell(skipped, *gap, record->seq);
      gap.reset();
      seq_ = record->seq;
      if (!kind_.empty() && record->kind != kind_) continue;
      return std::move(*record);
    }
    const std::size_t at = reader_.used();
    const std::size_t left = reader_.left();
    const std::optional<audit::Gap> passed = step == audit::Step::end ? std::nullopt : reader_.pick_up();
    if (passed) {
      gap = audit::Gap{gap ? gap->offset : passed->offset, (gap ? gap->bytes : 0) + passed->bytes};
      continue;
    }
    if (step == audit::Step::corrupt) gap = audit::Gap{gap ? gap->offset : at, (gap ? gap->bytes : 0) + left};
    if (gap) tell(skipped, *gap, 0);
    return std::nullopt;
  }
}

std::uint64_t first_after(const std::vector<SegmentFile>& files, std::size_t at) {
  if (at + 1 >= files.size()) return 0;
  const Result<audit::Header> header = read_header(files[at + 1]);
  return header ? header->first : 0;
}

Status each_record(const std::string& folder, const Visit& visit, const Skip& skipped, std::uint64_t from) {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const SegmentFile& file = files[i];
    if (file.number < from) continue;
    const Result<std::string> content = read_segment(file);
    if (!content && content.error().code == Code::not_found) continue;  // Old enough to go, just now.
    if (!content) return content.error();
    const Result<audit::Header> header = audit::peek_header(*content);
    if (header && last != 0 && header->first > last + 1) {
      skipped({file.number, 0, fmt::format("segment {} begins at record {}: records {} to {} are missing",
                                           file.number, header->first, last + 1, header->first - 1)});
    }
    // Without a header the first frames are looked for like those behind any damage.
    SegmentReader reader(file, *content, 0, header ? header->previous : crypto::Digest{},
                         first_after(files, i));
    if (header) reader.skip_header();
    while (std::optional<audit::Record> record = reader.next(skipped)) {
      last = record->seq;
      if (!visit(*record, reader.payload())) return Done{};
    }
  }
  return Done{};
}

Status records_in(const std::vector<SegmentFile>& files, std::size_t at, std::string_view kind,
                  const Visit& visit, const Skip& skipped) {
  const SegmentFile& file = files.at(at);
  const Result<std::string> content = read_segment(file);
  if (!content && content.error().code == Code::not_found) return Done{};
  if (!content) return content.error();
  const Result<audit::Header> header = audit::peek_header(*content);
  SegmentReader reader(file, *content, 0, header ? header->previous : crypto::Digest{},
                       first_after(files, at));
  if (header) reader.skip_header();
  reader.look_for(kind);
  while (const std::optional<audit::Record> record = reader.next(skipped)) {
    if (!visit(*record, reader.payload())) break;
  }
  return Done{};
}

// Clocks are set, and a segment may be made a little ahead of its first record.
constexpr std::int64_t made_ahead_us = 3'600'000'000;

std::vector<std::size_t> segments_since(const std::vector<SegmentFile>& files, std::int64_t since_us) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < files.size(); ++at) {
    std::int64_t ended_us = INT64_MAX;
    if (at + 1 < files.size()) {
      if (const Result<audit::Header> next = read_header(files[at + 1])) {
        ended_us = next->created_us + made_ahead_us;
      }
    }
    if (ended_us >= since_us) found.push_back(at);
  }
  return found;
}

}  // namespace claw::store
