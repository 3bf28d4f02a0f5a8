#include "store/index/payloads.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "audit/format.h"
#include "base/cursor.h"
#include "store/journal_files.h"

namespace claw::store {

namespace {

constexpr std::size_t most_bytes = 4096;  // Nearly every record is shorter: one look at the disk.

std::string bytes_at(const Descriptor& file, std::size_t offset, std::size_t bytes) {
  std::string content(bytes, '\0');
  const ssize_t got = ::pread(file.number(), content.data(), bytes, static_cast<off_t>(offset));
  content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return content;
}

}  // namespace

std::optional<std::string> Payloads::read(std::uint64_t segment, std::size_t offset, std::uint64_t seq) {
  if (segment != segment_) {
    auto opened = open_file(segment_path(folder_, segment), O_RDONLY);
    if (!opened) return std::nullopt;
    file_ = std::move(*opened);
    segment_ = segment;
  }
  std::string frame = bytes_at(file_, offset, most_bytes);
  Cursor cursor(frame);
  const std::size_t length = cursor.u32();
  const std::size_t whole = audit::frame_head_bytes + length;
  if (!cursor.ok() || length == 0 || length > audit::record_bytes_max) return std::nullopt;
  if (frame.size() < whole) frame = bytes_at(file_, offset, whole);
  if (frame.size() < whole) return std::nullopt;
  std::string payload = frame.substr(audit::frame_head_bytes, length);
  if (seq != 0 && !payload.starts_with(fmt::format("{{\"seq\":{},", seq))) return std::nullopt;
  return payload;
}

}  // namespace claw::store
