// The text of every configuration file that was read, and positions in it. The readers, the decoder and the
// diagnostics share one Sources; a position is a byte offset until a person has to see it. Nothing here opens
// a file: the loader hands in names and text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace claw::config {

struct FileId {
  std::uint32_t index = 0;
  friend bool operator==(FileId, FileId) = default;
};

// Bytes [begin, end) of one file.
struct Range {
  FileId file;
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// From the start of `first` to the end of `last`.
inline Range span(const Range& first, const Range& last) { return {first.file, first.begin, last.end}; }

// Both count from 1; the column counts characters (code points), not bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

class Sources {
 public:
  FileId add(std::string name, std::string text);

  std::size_t count() const { return files_.size(); }
  std::string_view name(FileId file) const;
  std::string_view text(FileId file) const;     // Lives as long as the Sources.
  std::string_view text(const Range& range) const;
  Position position(FileId file, std::size_t offset) const;
  std::string where(const Range& range) const;  // `policy.hcl:4:12`
  Range line_of(FileId file, std::size_t offset) const;  // The line without its line end.

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<std::size_t> line_starts;
  };
  const File& file_at(FileId file) const;
  static std::size_t line_index(const File& file, std::size_t offset);

  std::vector<std::unique_ptr<const File>> files_;
};

}  // namespace claw::config
