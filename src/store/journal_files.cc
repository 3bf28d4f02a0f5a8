#include "store/journal_files.h"

#include <fmt/format.h>

#include <charconv>

#include "store/file.h"

namespace claw::store {

namespace {

constexpr std::string_view ending = ".journal";
// A segment is at most what its writer was configured for; this only stops a reader from loading a disk.
constexpr std::size_t segment_bytes_max = std::size_t{1} << 30;

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
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  audit::Verifier verifier(std::move(public_keys), anchor);
  for (const SegmentFile& file : files) {
    CLAW_TRY(const std::string content, read_segment(file));
    verifier.segment(content);
  }
  return verifier.finish();
}

Result<std::uint64_t> segment_of(const std::string& folder, std::uint64_t seq) {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    CLAW_TRY(const std::string content, read_segment(*file));
    const Result<audit::Header> header = audit::peek_header(content);
    if (header && header->first <= seq) return file->number;
  }
  return std::uint64_t{1};
}

Status each_record(const std::string& folder, const Visit& visit, std::uint64_t from) {
  CLAW_TRY(const std::vector<SegmentFile> files, segments_in(folder));
  for (const SegmentFile& file : files) {
    if (file.number < from) continue;
    CLAW_TRY(const std::string content, read_segment(file));
    const Result<audit::Header> header = audit::peek_header(content);
    if (!header) return Error{header.error().code, header.error().what, file.path};
    audit::Reader reader(content, header->previous);
    audit::Step step = reader.next();  // The header's own frame.
    while (step == audit::Step::record && (step = reader.next()) == audit::Step::record) {
      CLAW_TRY(const audit::Record record, audit::parse_record(reader.payload()));
      if (!visit(record, reader.payload())) return Done{};
    }
    if (step == audit::Step::corrupt) {
      return invalid(fmt::format("bytes from offset {} on do not fit the chain", reader.used()), file.path);
    }
  }
  return Done{};
}

}  // namespace claw::store
