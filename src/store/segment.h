// One file of the journal, open for appending: preallocated, mapped, written by plain stores. A frame's
// length is stored last, so a process that dies at any instant leaves whole frames and at most one
// unfinished one. Its space is allocated before it is mapped: a full disk is an error here, never a SIGBUS.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "audit/format.h"
#include "store/file.h"

namespace claw::store {

class Segment {
 public:
  // A new file of `bytes` bytes, allocated (some milliseconds, so do it ahead).
  // Code::unavailable, and no file left behind, where there is no room.
  static Result<std::unique_ptr<Segment>> create(const std::string& path, std::size_t bytes);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  Status rename(const std::string& path);
  std::size_t used() const { return used_; }
  std::size_t room() const { return map_.size() - used_; }

  // The frame must fit: room() says. Payloads are a multiple of 4 bytes long, so that every length can be
  // stored as one aligned word.
  void append(const crypto::Digest& hash, std::string_view head, std::string_view body);

  Status sync();    // Until everything appended so far is on the disk.
  Status finish();  // Gives back the unused space; nothing may be appended any more.

 private:
  Segment(std::string path, Descriptor file, std::span<char> map)
      : path_(std::move(path)), file_(std::move(file)), map_(map) {}

  void move_window();

  std::string path_;
  Descriptor file_;
  std::span<char> map_;
  std::size_t used_ = 0;
  std::size_t ready_ = 0;     // Pages are there up to here,
  std::size_t released_ = 0;  // and no longer held before here.
};

}  // namespace claw::store
