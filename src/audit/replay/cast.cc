#include "audit/replay/cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "audit/replay/terminal.h"
#include "base/text.h"

namespace claw::audit {

namespace {

constexpr std::size_t title_bytes_max = 200;
constexpr std::size_t size_bytes_max = 4096;  // Of a resize message that has not ended.

// Sizes come as JSON objects one after another, in pieces cut anywhere.
class Sizes {
 public:
  void feed(std::string_view bytes) {
    text_ += bytes;
    if (text_.size() > size_bytes_max) text_.clear();
  }

  struct Size {
    std::uint32_t columns;
    std::uint32_t rows;
  };
  std::optional<Size> next() {
    for (std::size_t end = text_.find('}'); end != std::string::npos; end = text_.find('}')) {
      const auto size = json::parse(std::string_view(text_).substr(0, end + 1));
      text_.erase(0, end + 1);
      if (!size) continue;
      const std::int64_t columns = size->int_or("Width", 0);
      const std::int64_t rows = size->int_or("Height", 0);
      if (columns < 1 || rows < 1 || columns > columns_max || rows > columns_max) continue;
      return Size{static_cast<std::uint32_t>(columns), static_cast<std::uint32_t>(rows)};
    }
    return std::nullopt;
  }

 private:
  std::string text_;
};

// Returns the carriage where only lines were fed.
std::string returned(std::string_view text, char& last) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && last != '\r') out += '\r';
    out += c;
    last = c;
  }
  return out;
}

class Player {
 public:
  explicit Player(bool has_terminal) : has_terminal_(has_terminal) {}

  void take(const Said& said) {
    if (said.channel == "resize") {
      sizes_.feed(said.bytes);
      while (const auto size = sizes_.next()) resize(said.at_us, size->columns, size->rows);
    } else if (said.channel == "input") {
      add(said.at_us, 'i', input_.feed(said.bytes));
    } else {
      const std::string shown = (said.channel == "errors" ? errors_ : output_).feed(said.bytes);
      add(said.at_us, 'o', has_terminal_ ? shown : returned(shown, last_));
    }
    if (said.left_out > 0) {
      add(said.at_us, 'm', fmt::format("{} bytes of {} not recorded", said.left_out, said.channel));
    }
  }

  Played finish() { return std::move(played_); }

 private:
  void resize(std::int64_t at_us, std::uint32_t columns, std::uint32_t rows) {
    if (!std::exchange(has_size_, true)) {
      played_.columns = columns;
      played_.rows = rows;
      return;
    }
    add(at_us, 'r', fmt::format("{}x{}", columns, rows));
  }

  void add(std::int64_t at_us, char code, std::string text) {
    if (!text.empty()) played_.frames.push_back({at_us, code, std::move(text)});
  }

  bool has_terminal_;
  bool has_size_ = false;
  char last_ = 0;
  Sizes sizes_;
  TerminalFilter output_;
  TerminalFilter errors_;
  TerminalFilter input_;
  Played played_;
};

}  // namespace

Played play(std::span<const Said> said) {
  const bool has_terminal = std::ranges::any_of(said, [](const Said& s) { return s.channel == "resize"; });
  Player player(has_terminal);
  for (const Said& each : said) player.take(each);
  return player.finish();
}

std::string asciicast_of(const Scene& scene) {
  const Played played = play(scene.said);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("version", 2);
  out.member("width", std::int64_t{played.columns});
  out.member("height", std::int64_t{played.rows});
  out.member("timestamp", scene.time_us / 1'000'000);
  out.member("title", printable(scene.summary, title_bytes_max));
  out.end_object();
  text += '\n';
  for (const Frame& frame : played.frames) {
    text += fmt::format("[{}.{:06}, \"{}\", ", frame.at_us / 1'000'000, frame.at_us % 1'000'000, frame.code);
    json::append_string(text, frame.text);
    text += "]\n";
  }
  return text;
}

}  // namespace claw::audit
