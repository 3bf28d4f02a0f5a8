#include "config/source.h"

#include <fmt/format.h>

#include "base/check.h"

namespace claw::config {

FileId Sources::add(std::string name, std::string text) {
  auto file = std::make_unique<File>();
  file->name = std::move(name);
  file->text = std::move(text);
  file->line_starts.push_back(0);
  for (std::size_t at = 0; (at = file->text.find('\n', at)) != std::string::npos;) {
    file->line_starts.push_back(++at);
  }
  files_.push_back(std::move(file));
  return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

const Sources::File& Sources::file_at(FileId file) const {
  CLAW_CHECK(file.index < files_.size());
  return *files_[file.index];
}

std::string_view Sources::name(FileId file) const { return file_at(file).name; }

std::string_view Sources::text(FileId file) const { return file_at(file).text; }

std::string_view Sources::text(const Range& range) const {
  const std::string_view all = text(range.file);
  const std::size_t begin = std::min(range.begin, all.size());
  return all.substr(begin, std::max(range.end, begin) - begin);
}

std::size_t Sources::line_index(const File& file, std::size_t offset) {
  const auto& starts = file.line_starts;
  return static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), offset) - starts.begin()) -
         1;
}

Position Sources::position(FileId file, std::size_t offset) const {
  const File& source = file_at(file);
  offset = std::min(offset, source.text.size());
  const std::size_t line = line_index(source, offset);
  const std::size_t start = source.line_starts[line];
  const auto before = std::string_view(source.text).substr(start, offset - start);
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; };
  const auto characters = std::count_if(before.begin(), before.end(), starts_character);
  return {line + 1, static_cast<std::size_t>(characters) + 1};
}

std::string Sources::where(const Range& range) const {
  const Position start = position(range.file, range.begin);
  return fmt::format("{}:{}:{}", name(range.file), start.line, start.column);
}

Range Sources::line_of(FileId file, std::size_t offset) const {
  const File& source = file_at(file);
  const std::size_t line = line_index(source, std::min(offset, source.text.size()));
  const std::size_t begin = source.line_starts[line];
  const bool last = line + 1 == source.line_starts.size();
  std::size_t end = last ? source.text.size() : source.line_starts[line + 1] - 1;
  if (end > begin && source.text[end - 1] == '\r') --end;
  return {file, begin, end};
}

}  // namespace claw::config
