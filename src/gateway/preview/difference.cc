#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "gateway/preview/preview.h"

namespace claw::gateway {
namespace {

constexpr std::size_t lines_max = 2000;  // The table below is this squared; what is longer is shown unmarked.
constexpr std::size_t context_lines = 2;

struct Line {
  char mark;  // ` `, `-` or `+`
  std::string_view text;
};

using Lines = std::vector<std::string_view>;

// The longest common subsequence, from the end: what is in it stays, the rest went or came.
std::vector<Line> marked(const Lines& before, const Lines& after) {
  const std::size_t width = after.size() + 1;
  std::vector<std::uint16_t> common((before.size() + 1) * width, 0);
  for (std::size_t i = before.size(); i-- > 0;) {
    for (std::size_t j = after.size(); j-- > 0;) {
      const std::size_t at = i * width + j;
      common[at] = before[i] == after[j] ? static_cast<std::uint16_t>(common[at + width + 1] + 1)
                                         : std::max(common[at + width], common[at + 1]);
    }
  }
  std::vector<Line> lines;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      lines.push_back({' ', before[i++]});
      ++j;
    } else if (j == after.size() ||
               (i < before.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push_back({'-', before[i++]});
    } else {
      lines.push_back({'+', after[j++]});
    }
  }
  return lines;
}

bool is_near_change(const std::vector<Line>& lines, std::size_t at) {
  const std::size_t from = at > context_lines ? at - context_lines : 0;
  const std::size_t to = std::min(lines.size(), at + context_lines + 1);
  for (std::size_t i = from; i < to; ++i) {
    if (lines[i].mark != ' ') return true;
  }
  return false;
}

}  // namespace

std::string difference(std::string_view before, std::string_view after) {
  if (before == after) return "nothing";
  const Lines old_lines = split(before, '\n');
  const Lines new_lines = split(after, '\n');
  if (old_lines.size() > lines_max || new_lines.size() > lines_max) return "too long to be compared";
  const std::vector<Line> lines = marked(old_lines, new_lines);
  std::string out;
  bool skipped = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_near_change(lines, i)) {
      skipped = true;
      continue;
    }
    if (std::exchange(skipped, false)) out += "@@\n";
    out += lines[i].mark;
    out += lines[i].text;
    out += '\n';
  }
  return out;
}

}  // namespace claw::gateway
