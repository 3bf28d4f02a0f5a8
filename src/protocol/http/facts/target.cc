#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "action/body/escape.h"
#include "base/text.h"
#include "protocol/http/facts/facts.h"

namespace claw::http {
namespace {

using action::hex_digit;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }

constexpr bool is_unreserved(char c) {  // RFC 3986 §2.3.
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

constexpr auto path_chars = [] {  // pchar of §3.3, but for escapes.
  std::array<bool, 256> are{};
  for (unsigned c = 0; c < are.size(); ++c) {
    const char letter = static_cast<char>(c);
    const bool is_other = std::string_view("!$&'()*+,;=:@").find(letter) != std::string_view::npos;
    are[c] = is_unreserved(letter) || is_other;
  }
  return are;
}();

bool is_path_char(char c) { return path_chars[static_cast<unsigned char>(c)]; }

bool is_query_char(
    char c) {  // What servers take raw; quotes and braces are common, and mean only themselves.
  return c > ' ' && c < '\x7f' && c != '#';
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', digits[byte >> 4], digits[byte & 15]};
}

// An escape that is still there after decoding: whoever decodes twice reads something else.
bool has_escape(std::string_view decoded) {
  for (std::size_t i = 0; i + 2 < decoded.size(); ++i) {
    if (decoded[i] == '%' && hex_digit(decoded[i + 1]) && hex_digit(decoded[i + 2])) return true;
  }
  return false;
}

// A dot segment, also before what Tomcat takes for a parameter: `..;a`.
bool is_dots(std::string_view piece) {
  piece = piece.substr(0, piece.find(';'));
  return piece == "." || piece == "..";
}

// Why two servers could read this segment differently; empty when they could not.
std::string_view ambiguity_of(std::string_view raw, std::string_view decoded) {
  if (!is_utf8(decoded)) return "a path that is not UTF-8";
  if (std::any_of(decoded.begin(), decoded.end(), is_control)) return "a control character in the path";
  if (decoded.find('\\') != decoded.npos) return "a backslash in the path";
  if (raw.find(';') != raw.npos) return "a `;` in the path, which some servers cut off";
  if (has_escape(decoded)) return "a path that is escaped twice";
  const bool is_composite = decoded.find('/') != decoded.npos;
  const bool has_parameter = decoded.find(';') != decoded.npos;
  if (!is_composite && !has_parameter) return {};
  for (const std::string_view piece : split(decoded, '/')) {
    if (is_composite && piece.empty()) return "an escaped slash beside a slash";
    if (is_dots(piece)) return "dots beside an escaped slash or `;`";
  }
  return {};
}

struct Segment {
  std::string send;
  std::string decoded;
  std::string_view why_not;
};

// A `%` that begins no escape means itself, and is sent so.
Segment read_segment(std::string_view raw) {
  Segment made;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    const auto high = c == '%' && raw.size() - i >= 3 ? hex_digit(raw[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(raw[i + 2]) : std::nullopt;
    if (c == '%' && !low) {
      made.why_not = "a `%` without two hexadecimal digits";
      append_escaped(made.send, c);
      made.decoded += c;
      continue;
    }
    const char decoded = low ? static_cast<char>(*high << 4 | *low) : c;
    if (low) i += 2;
    if (low ? is_unreserved(decoded) : is_path_char(decoded)) {
      made.send += decoded;
    } else {
      append_escaped(made.send, decoded);
    }
    made.decoded += decoded;
  }
  if (made.why_not.empty()) made.why_not = ambiguity_of(raw, made.decoded);
  return made;
}

// RFC 3986 §5.2.4 over segments that are already decoded, so that `%2e%2e` is `..`, with empty segments
// folded afterwards. Ends with an empty one where the path ends in a slash.
class Resolver {
 public:
  explicit Resolver(std::size_t segments) { kept_.reserve(segments); }

  void add(Segment segment, bool is_last) {
    if (segment.decoded == "." || segment.decoded == "..") {
      if (segment.decoded == ".." && !kept_.empty()) kept_.pop_back();
      if (is_last) kept_.emplace_back();
    } else {
      kept_.push_back(std::move(segment));
    }
  }

  void write(Target& target) {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const Segment& segment = kept_[i];
      if (segment.decoded.empty() && i + 1 < kept_.size()) continue;
      target.send.append("/").append(segment.send);
      target.path.append("/").append(segment.decoded);
      if (target.why_not.empty()) target.why_not = segment.why_not;
    }
  }

 private:
  std::vector<Segment> kept_;  // Never empty after the last.
};

void resolve(std::string_view path, Target& target) {
  const std::vector<std::string_view> raw = split(path, '/');
  Resolver resolver(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) resolver.add(read_segment(raw[i]), i + 1 == raw.size());
  resolver.write(target);
}

// Already canonical, as nearly every path is: nothing to decode, to resolve or to fold.
bool is_plain(std::string_view path) {
  char before = '/';
  for (const char c : path) {
    const bool is_open = before == '/' && (c == '/' || c == '.');
    if (is_open || c == ';' || (c != '/' && !is_path_char(c))) return false;
    before = c;
  }
  return true;
}

std::string query_to_send(std::string_view query) {
  std::string send;
  send.reserve(query.size());
  for (const char c : query) is_query_char(c) ? void(send += c) : append_escaped(send, c);
  return send;
}

}  // namespace

Result<Target> read_target(std::string_view origin_form) {
  Target target;
  if (origin_form == "*") {  // Of the server as a whole (RFC 9112 §3.2.4).
    target.send = target.path = "*";
    return target;
  }
  if (!origin_form.starts_with('/')) return invalid("a target that does not begin with a slash");
  const auto is_bad = [](char c) { return is_control(c) || c == ' '; };
  if (std::any_of(origin_form.begin(), origin_form.end(), is_bad)) {
    return invalid("a control character or a space in the target");
  }
  const std::size_t fragment = origin_form.find('#');
  if (fragment != origin_form.npos) target.why_not = "a fragment in the target";
  origin_form = origin_form.substr(0, fragment);
  const std::size_t mark = origin_form.find('?');
  const std::string_view path = origin_form.substr(1, mark == origin_form.npos ? mark : mark - 1);
  target.send.reserve(origin_form.size());
  if (is_plain(path)) {
    target.path.append("/").append(path);
    target.send = target.path;
  } else {
    resolve(path, target);
  }
  if (mark != origin_form.npos) {
    target.query = query_to_send(origin_form.substr(mark + 1));
    target.send.append("?").append(target.query);
    if (!is_utf8(origin_form.substr(mark + 1)) && target.why_not.empty()) {
      target.why_not = "a query that is not UTF-8";
    }
  }
  return target;
}

}  // namespace claw::http
