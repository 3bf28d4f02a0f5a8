#include "base/yaml/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "base/text.h"

namespace claw::yaml {
namespace {

// What is a bool in YAML 1.1, and in part a string in 1.2.
constexpr std::array<std::string_view, 8> old_words{"y", "n", "yes", "no", "on", "off", "=", "<<"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count])) ++count;
  return count;
}

// `e-10` at the end, or nothing.
bool is_exponent(std::string_view text) {
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  const std::size_t sign = text.size() > 1 && (text[1] == '+' || text[1] == '-') ? 2 : 1;
  const std::size_t digits = digits_at(text, sign);
  return digits > 0 && sign + digits == text.size();
}

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  return is_exponent(text.substr(at));
}

// Whether some reader takes it for a number in spelling of its own: `+1`, `.5`, `0x1F`, `017`, `1_000`,
// `.inf`.
bool is_odd_number(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '_') plain += c;
  }
  std::string_view rest = plain;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const std::string folded = lower(rest);
  if (folded == ".inf" || folded == ".nan" || folded == "inf" || folded == "nan") return true;
  if (folded.starts_with("0x") || folded.starts_with("0b") || folded.starts_with("0o")) return true;
  const std::size_t whole = digits_at(rest, 0);
  std::size_t at = whole;
  if (at < rest.size() && rest[at] == '.') at += 1 + digits_at(rest, at + 1);
  const bool has_digits = whole > 0 || at > 1;
  return has_digits && is_exponent(rest.substr(at));
}

// `true`, `True` and `TRUE` are one word to every reader; `tRUE` is not.
bool is_spelled(std::string_view text, std::string_view word) {
  std::string title(word);
  title[0] = upper(word.substr(0, 1))[0];
  return text == word || text == title || text == upper(word);
}

Result<json::Value> read_plain(const std::string& text, bool in_flow) {
  if (text.empty() || text == "~" || is_spelled(text, "null")) return json::Value();
  if (is_spelled(text, "true")) return json::Value(true);
  if (is_spelled(text, "false")) return json::Value(false);
  if (is_json_number(text)) return json::Value(json::Number{text});
  const std::string folded = lower(text);
  const bool is_word = folded == "null" || folded == "true" || folded == "false" ||
                       std::find(old_words.begin(), old_words.end(), folded) != old_words.end();
  if (is_word || is_odd_number(text) || (in_flow && text.find(':') != text.npos)) {
    return invalid("a YAML scalar that two readers read differently: " + quoted(text));
  }
  return json::Value(text);
}

struct Open {
  bool is_map = false;
  bool in_flow = false;
  json::Array list;
  json::Object map;
  std::set<std::string> keys;
  std::optional<std::string> key;  // Its value comes next.
};

class Builder : public YAML::EventHandler {
 public:
  Result<json::Value> take() {
    if (!why_.empty()) return invalid(why_);
    if (documents_ != 1) return invalid("no YAML document");
    return std::move(root_);
  }
  bool goes_on() const { return why_.empty() && documents_ < 2; }

  void OnDocumentStart(const YAML::Mark&) override {
    if (++documents_ > 1) refuse("several YAML documents in one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override {
    check("?", anchor);
    add(json::Value(), false);
  }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { refuse("a YAML alias"); }
  void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(tag, anchor);
    if (tag != "?") return add(json::Value(value), true);
    auto read = read_plain(value, !open_.empty() && open_.back().in_flow);
    if (!read) return refuse(read.error().what);
    const bool is_text = read->string() != nullptr;
    add(std::move(read).value(), is_text);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    check(tag, anchor);
    open(false, style);
  }
  void OnMapStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    check(tag, anchor);
    open(true, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  // The library goes on after an event whatever we think of it, so that it must be stopped.
  void refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    throw YAML::ParserException(YAML::Mark(), why_);
  }

  // `?` and `!` are how the library says plain and quoted.
  void check(const std::string& tag, YAML::anchor_t anchor) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse("a YAML tag");
    if (anchor != 0) refuse("a YAML anchor");
  }

  void open(bool is_map, YAML::EmitterStyle::value style) {
    if (open_.size() >= depth_max) refuse("YAML that is nested too deep");
    if (awaits_key()) refuse("a YAML key that is no text");
    const bool in_flow = style == YAML::EmitterStyle::Flow || (!open_.empty() && open_.back().in_flow);
    open_.push_back({});
    open_.back().is_map = is_map;
    open_.back().in_flow = in_flow;
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(done.is_map ? json::Value(std::move(done.map)) : json::Value(std::move(done.list)), false);
  }

  bool awaits_key() const { return !open_.empty() && open_.back().is_map && !open_.back().key; }

  void add(json::Value value, bool is_text) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& into = open_.back();
    if (!into.is_map) {
      into.list.push_back(std::move(value));
    } else if (into.key) {
      into.map.emplace_back(std::move(*into.key), std::move(value));
      into.key.reset();
    } else {
      if (!is_text) refuse("a YAML key that is no text");
      if (!into.keys.insert(*value.string()).second) refuse("the key " + quoted(*value.string()) + " twice");
      into.key = *value.string();
    }
  }

  std::vector<Open> open_;
  json::Value root_;
  std::size_t documents_ = 0;
  std::string why_;
};

// What readers of YAML take for a line's end, or for another encoding, in part only.
Status check_text(std::string_view text) {
  if (text.size() > bytes_max) return Error{Code::limit, "YAML that is too long", {}};
  if (!is_utf8(text)) return invalid("YAML that is not UTF-8");
  constexpr std::array<std::string_view, 4> odd{"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"};
  for (const std::string_view each : odd) {
    if (text.find(each) != text.npos) {
      return invalid("YAML with a character that ends lines for some readers");
    }
  }
  bool is_indent = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_return = c == '\r' && text.substr(i + 1).starts_with('\n');
    const bool is_control = (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7f';
    if (is_control && !is_return) return invalid("a control character in YAML");
    if (c == '\t' && is_indent) return invalid("YAML that is indented by a tab");
    is_indent = c == '\n' || (is_indent && c == ' ');
  }
  return Done{};
}

// With the mark that ends a document: without it the library takes a quote that is never closed.
std::string ended(std::string_view text) {
  std::string whole(text);
  if (!whole.ends_with('\n')) whole += '\n';
  return whole += "...\n";
}

}  // namespace

Result<json::Value> parse(std::string_view text) {
  CLAW_TRY_DONE(check_text(text));
  const std::size_t first = text.find_first_not_of(" \r\n");
  if (first != text.npos && (text[first] == '{' || text[first] == '[')) {
    if (auto parsed = json::parse(text)) return parsed;
  }
  Builder builder;
  try {
    std::istringstream stream{ended(text)};
    YAML::Parser parser(stream);
    while (builder.goes_on() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    auto taken = builder.take();
    return taken ? invalid(fmt::format("this is not YAML: {}", printable(error.msg, 100))) : taken.error();
  }
  return builder.take();
}

}  // namespace claw::yaml
