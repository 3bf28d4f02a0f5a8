#include "main/replay/scene_text.h"

#include <fmt/format.h>

#include "audit/replay/cast.h"
#include "base/clock.h"
#include "base/text.h"

namespace claw::verbs {

namespace {

using audit::Scene;

constexpr std::size_t line_bytes_max = 2000;    // Of one value; `audit show` has the rest.
constexpr std::size_t fact_bytes_max = 400;
constexpr std::size_t evidence_lines_max = 12;
constexpr std::size_t digest_digits = 16;
constexpr std::string_view indent = "              ";
constexpr std::string_view said_indent = "              | ";

// Facts that say what the summary and the text say already, or that only machines ask about.
constexpr std::string_view left_out[] = {"parts", "family", "method", "host",    "path",
                                         "profile", "address", "credential", "effects"};

void add_line(std::string& out, std::string_view title, std::string_view value,
              std::size_t bytes_max = line_bytes_max) {
  if (value.empty()) return;
  out += fmt::format("{}{:<10}  {}\n", indent, title, printable(value, bytes_max));
}

// What people saw before they answered, some lines of each.
void add_evidence(std::string& out, const std::vector<audit::Shown>& evidence) {
  for (const audit::Shown& each : evidence) {
    const std::string more = each.sha256.empty() ? "" : ", sha256 " + each.sha256.substr(0, digest_digits);
    add_line(out, each.failed ? "not seen" : "seen", each.title + more);
    std::size_t lines = 0;
    for (const std::string_view line : split(each.text, '\n')) {
      if (line.empty()) continue;
      if (++lines > evidence_lines_max) break;
      out += fmt::format("{}{}\n", said_indent, printable(line, fact_bytes_max));
    }
  }
}

// Line by line; the first is often the summary.
void add_text(std::string& out, const Scene& scene) {
  std::string_view title = "text";
  for (const std::string_view line : split(scene.text, '\n')) {
    if (line == scene.summary || line.starts_with("sha256 ")) continue;
    out += fmt::format("{}{:<10}  {}\n", indent, std::exchange(title, ""), printable(line, line_bytes_max));
  }
}

std::string head_of(const Scene& scene) {
  switch (scene.kind) {
    case Scene::Kind::opened: return "opened";
    case Scene::Kind::closed: return "closed";
    case Scene::Kind::incident: return "refused";
    case Scene::Kind::action: break;
  }
  return scene.observed ? scene.verdict + "*" : scene.verdict;
}

std::string seconds_of(std::int64_t us) { return fmt::format("{:.3f} s", static_cast<double>(us) * 1e-6); }

std::string verdict_of(const Scene& scene) {
  std::string text = scene.rule.empty() ? "no rule" : "rule " + scene.rule;
  if (!scene.reason.empty()) text += ": " + scene.reason;
  if (scene.observed) text += " (observed, not obeyed)";
  for (const std::string& shadow : scene.shadows) text += "; shadow " + shadow;
  return text;
}

std::string answer_of(const Scene& scene) {
  if (scene.waited_us < 0) return {};
  const std::string who = scene.approver.empty() ? "nobody answered" : scene.approver;
  const std::string comment = scene.comment.empty() ? "" : ": " + scene.comment;
  return fmt::format("{} after {}{}", who, seconds_of(scene.waited_us), comment);
}

std::string result_of(const Scene& scene) {
  if (scene.ending.empty()) return {};
  std::string text = scene.ending;
  if (scene.rows >= 0) text += fmt::format(", {} row{}", scene.rows, scene.rows == 1 ? "" : "s");
  if (scene.duration_us >= 0) text += ", " + seconds_of(scene.duration_us);
  if (!scene.result.empty()) text += "; " + scene.result;
  return text;
}

std::string facts_of(const Scene& scene) {
  std::string text;
  for (const auto& [name, value] : scene.facts) {
    if (std::ranges::find(left_out, name) != std::end(left_out)) continue;
    if (!text.empty()) text += ' ';
    text += fmt::format("{}={}", name, value.string() != nullptr ? *value.string() : json::format(value));
  }
  return text;
}

// Without the sequences that colour it: letters and lines.
class Plain {
 public:
  void feed(std::string_view text) {
    for (const char c : text) on(c);
  }
  std::string finish() { return std::move(text_); }

 private:
  enum class State : std::uint8_t { text, escape, charset, sequence };

  void on(char c) {
    switch (state_) {
      case State::text:
        if (c == '\x1b') state_ = State::escape;
        else if (c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20) text_ += c;
        return;
      case State::escape:
        state_ = c == '[' ? State::sequence : c == '(' || c == ')' ? State::charset : State::text;
        return;
      case State::charset: state_ = State::text; return;
      case State::sequence:
        if (c >= '@' && c <= '~') state_ = State::text;
        return;
    }
  }

  State state_ = State::text;
  std::string text_;
};

}  // namespace

std::string span_text(std::int64_t us) {
  const std::int64_t seconds = us / 1'000'000;
  if (seconds < 3600) return fmt::format("{}:{:02}.{:03}", seconds / 60, seconds % 60, us / 1000 % 1000);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string session_text(const Scene& scene) {
  std::string out = fmt::format("session {}: {} on {}", printable(scene.session, 60),
                                printable(scene.agent, 60), printable(scene.endpoint, 80));
  for (const auto& [name, value] : scene.facts) {
    const bool is_place = name == "profile" || name == "address" || name == "credential";
    if (is_place && value.string() != nullptr) {
      out += fmt::format(", {} {}", name, printable(*value.string(), 80));
    }
  }
  return out + ", " + format_time(scene.time_us) + "\n";
}

std::string scene_text(const Scene& scene, std::int64_t start_us) {
  const std::string at = "+" + span_text(std::max<std::int64_t>(scene.time_us - start_us, 0));
  std::string out = fmt::format("{:<12}  {:<8}  ", at, head_of(scene));
  if (scene.kind == Scene::Kind::opened || scene.kind == Scene::Kind::closed) {
    out += fmt::format("{} on {}", printable(scene.agent, 60), printable(scene.endpoint, 80));
    if (!scene.summary.empty()) out += ": " + printable(scene.summary, line_bytes_max);
    out += '\n';
    return out;
  }
  out += printable(scene.summary, line_bytes_max) + '\n';
  if (scene.kind == Scene::Kind::incident) return out;
  add_line(out, "endpoint", scene.endpoint);
  add_text(out, scene);
  add_line(out, "because", scene.reasoning);
  add_line(out, "facts", facts_of(scene), fact_bytes_max);
  add_line(out, "verdict", verdict_of(scene));
  add_evidence(out, scene.evidence);
  add_line(out, "answered", answer_of(scene));
  add_line(out, "result", result_of(scene));
  return out;
}

std::string said_text(const Scene& scene, std::size_t lines_max) {
  if (scene.said.empty()) return {};
  const audit::Played played = audit::play(scene.said);
  Plain plain;
  for (const audit::Frame& frame : played.frames) {
    if (frame.code == 'o') plain.feed(frame.text);
    if (frame.code == 'm') plain.feed("[" + frame.text + "]\n");
  }
  const std::string text = plain.finish();
  std::string out;
  std::vector<std::string_view> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::size_t i = 0; i < std::min(lines.size(), lines_max); ++i) {
    out += fmt::format("{}{}\n", said_indent, printable(lines[i], line_bytes_max));
  }
  if (lines.size() > lines_max) {
    out += fmt::format("{}… {} more lines; --cast keeps them all\n", said_indent, lines.size() - lines_max);
  }
  return out;
}

}  // namespace claw::verbs
