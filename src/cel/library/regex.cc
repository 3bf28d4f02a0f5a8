// matches() and the regex extension. Text that is not UTF-8 is an error: a `.` matches no bad byte, so a
// peer could hide a forbidden word behind one.
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/functions.h"
#include "cel/pattern.h"

namespace claw::cel {
namespace {

constexpr std::size_t compile_steps =
    2000;  // A pattern made while evaluating costs about this much more than a step.
constexpr std::size_t groups_max = 32;

struct Prepared {
  std::optional<Pattern> pattern;
  Value failure;
};

Prepared prepare(const Call& call) {
  if (!call.budget.spend(compile_steps) || !call.budget.spend_bytes(4 * call.text(0).size())) {
    return {{}, too_costly()};
  }
  if (!is_utf8(call.text(0))) return {{}, Value::error("the text to match is not valid utf-8")};
  auto pattern = Pattern::compile(call.text(1));
  if (!pattern) return {{}, call.error(pattern.error().what)};
  if (pattern->groups() >= static_cast<int>(groups_max)) {
    return {{}, Value::error("the pattern has too many groups")};
  }
  return {*std::move(pattern), {}};
}

Value matches(const Call& call) {
  const Prepared made = prepare(call);
  return made.pattern ? Value::boolean(made.pattern->matches(call.text(0))) : made.failure;
}

// The whole match if the pattern has no group, else its only group; nothing if that took no part.
std::optional<std::string_view> extracted(std::span<const std::string_view> found) {
  const std::string_view part = found.back();
  return part.data() == nullptr ? std::nullopt : std::optional(part);
}

// Goes on after a match; an empty one moves by a character, or it would be found for ever.
std::size_t after(std::string_view text, std::string_view match) {
  const auto end = static_cast<std::size_t>(match.data() - text.data()) + match.size();
  return match.empty() ? end + 1 : end;
}

Value extract(const Call& call) {
  const Prepared made = prepare(call);
  if (!made.pattern) return made.failure;
  if (made.pattern->groups() > 1) {
    return Value::error("regex.extract() takes a pattern with one group at most");
  }
  std::array<std::string_view, 2> found;
  const std::span<std::string_view> wanted =
      std::span(found).first(1 + static_cast<std::size_t>(made.pattern->groups()));
  if (!made.pattern->find(call.text(0), 0, wanted)) return Value::optional(nullptr);
  const auto part = extracted(wanted);
  return part ? call.optional(Value::string(*part)) : Value::optional(nullptr);
}

Value extract_all(const Call& call) {
  const Prepared made = prepare(call);
  if (!made.pattern) return made.failure;
  if (made.pattern->groups() > 1) {
    return Value::error("regex.extractAll() takes a pattern with one group at most");
  }
  const std::string_view text = call.text(0);
  std::array<std::string_view, 2> found;
  const std::span<std::string_view> wanted =
      std::span(found).first(1 + static_cast<std::size_t>(made.pattern->groups()));
  std::vector<Value> parts;
  for (std::size_t at = 0; at <= text.size() && made.pattern->find(text, at, wanted);
       at = after(text, found[0])) {
    if (!call.budget.spend(10)) return too_costly();
    if (const auto part = extracted(wanted)) parts.push_back(Value::string(*part));
  }
  return call.list(parts);
}

// `\1` stands for a group, `\\` for a backslash; anything else after a backslash is a mistake.
bool append_replacement(std::string& to, std::string_view replacement,
                        std::span<const std::string_view> found) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\') {
      to += replacement[i];
      continue;
    }
    if (++i >= replacement.size()) return false;
    const char next = replacement[i];
    const auto group = static_cast<std::size_t>(next - '0');
    if (next == '\\') {
      to += '\\';
    } else if (next < '0' || next > '9' || group >= found.size()) {
      return false;
    } else {
      to += found[group];
    }
  }
  return true;
}

Value replace(const Call& call) {
  const Prepared made = prepare(call);
  if (!made.pattern) return made.failure;
  const std::string_view text = call.text(0);
  const std::int64_t count = call.arguments.size() == 4 ? call.integer(3) : -1;
  std::array<std::string_view, groups_max> found;
  const std::span<std::string_view> wanted =
      std::span(found).first(1 + static_cast<std::size_t>(made.pattern->groups()));
  std::string out;
  if (!append_replacement(out, call.text(2), wanted)) {
    return Value::error("the replacement names a group the pattern does not have");
  }
  out.clear();
  std::size_t copied = 0;
  std::size_t at = 0;
  for (std::int64_t done = 0; (count < 0 || done < count) && at <= text.size(); ++done) {
    if (!made.pattern->find(text, at, wanted)) break;
    const auto start = static_cast<std::size_t>(found[0].data() - text.data());
    out += text.substr(copied, start - copied);
    append_replacement(out, call.text(2), wanted);
    if (!call.budget.spend(10) || !call.budget.spend_bytes(out.size() / 64)) return too_costly();
    copied = start + found[0].size();
    at = after(text, found[0]);
  }
  return call.string(out.append(text.substr(copied)));
}

constexpr std::array declarations = {
    Declaration{"matches", "string.(string) bool; (string, string) bool", matches},
    Declaration{"regex.replace", "(string, string, string) string; (string, string, string, int) string",
                replace},
    Declaration{"regex.extract", "(string, string) optional(string)", extract},
    Declaration{"regex.extractAll", "(string, string) list(string)", extract_all},
};

}  // namespace

std::span<const Declaration> regex_declarations() { return declarations; }

Value match_text(const Call& call, const Pattern& pattern) {
  if (!call.budget.spend_bytes(4 * call.text(0).size())) return too_costly();
  if (!is_utf8(call.text(0))) return Value::error("the text to match is not valid utf-8");
  return Value::boolean(pattern.matches(call.text(0)));
}

}  // namespace claw::cel
