#include "store/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>

namespace claw::store {

namespace {

// About 450 records; a multiple of every page size.
constexpr std::size_t window_bytes = 256 << 10;

Error no_room(int number, const std::string& path) {
  errno = number;
  return system_error("make room for", path);
}

std::uint32_t big_endian(std::uint32_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}

}  // namespace

Result<std::unique_ptr<Segment>> Segment::create(const std::string& path, std::size_t bytes) {
  CLAW_TRY(Descriptor file, open_file(path, O_RDWR | O_CREAT | O_EXCL));
  if (const int failed = ::posix_fallocate(file.number(), 0, static_cast<off_t>(bytes)); failed != 0) {
    ::unlink(path.c_str());
    return no_room(failed, path);
  }
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (mapped == MAP_FAILED) {
    const int failed = errno;
    ::unlink(path.c_str());
    return no_room(failed, path);
  }
  return std::unique_ptr<Segment>(new Segment(path, std::move(file), {static_cast<char*>(mapped), bytes}));
}

// Makes the next pages ready, which saves appending a page fault for every sixth record, and lets go of
// those that are written: they stay in the page cache, and the gateway stays small; the first only when
// something is appended, since a spare segment may wait for hours. Kernels before 5.14 cannot make pages
// ready: then appending just faults.
void Segment::move_window() {
  const std::size_t done = used_ / window_bytes * window_bytes;
  if (done > released_) {
    const std::span<char> written = map_.subspan(released_, done - released_);
    ::madvise(written.data(), written.size(), MADV_DONTNEED);
    released_ = done;
  }
  const std::span<char> next = map_.subspan(ready_, std::min(window_bytes, map_.size() - ready_));
  ::madvise(next.data(), next.size(), MADV_POPULATE_WRITE);
  ready_ += next.size();
}

Segment::~Segment() { ::munmap(map_.data(), map_.size()); }

void Segment::append(const crypto::Digest& hash, std::string_view head, std::string_view body) {
  const std::size_t length = head.size() + body.size();
  CLAW_CHECK(length % 4 == 0 && length <= audit::record_bytes_max);
  CLAW_CHECK(audit::frame_head_bytes + length <= room());
  while (used_ + audit::frame_head_bytes + length > ready_) move_window();
  const std::span<char> frame = map_.subspan(used_, audit::frame_head_bytes + length);
  const std::span<char> payload = frame.subspan(audit::frame_head_bytes);
  std::ranges::copy(hash, frame.subspan(audit::length_bytes).begin());
  std::ranges::copy(head, payload.begin());
  std::ranges::copy(body, payload.subspan(head.size()).begin());
  auto& word = *reinterpret_cast<std::uint32_t*>(frame.data());
  std::atomic_ref(word).store(big_endian(static_cast<std::uint32_t>(length)), std::memory_order_release);
  used_ += frame.size();
}

Status Segment::rename(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return system_error("rename", path_);
  path_ = path;
  return Done{};
}

Status Segment::sync() {
  if (::fdatasync(file_.number()) != 0) return system_error("sync", path_);
  return Done{};
}

Status Segment::finish() {
  if (::ftruncate(file_.number(), static_cast<off_t>(used_)) != 0) return system_error("shorten", path_);
  return Done{};
}

}  // namespace claw::store
