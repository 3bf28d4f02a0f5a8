#include "config/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "base/text.h"

namespace claw::config {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The bytes of an escape between double quotes, `\x41` and the like included.
std::size_t escape_length(std::string_view source) {
  if (source.size() < 2) return source.size();
  return source[1] == 'x' ? 4 : source[1] == 'u' ? 6 : source[1] == 'U' ? 10 : 2;
}

std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

// Where the content of a scalar starts: past the quote, or past the header line of a block scalar.
std::size_t content_start(std::string_view source, std::size_t begin) {
  if (begin >= source.size()) return source.size();
  const char first = source[begin];
  if (first == '"' || first == '\'') return begin + 1;
  if (first != '|' && first != '>') return begin;
  return std::min(source.find('\n', begin), source.size() - 1) + 1;
}

// The library tells only where a scalar starts. Its text and the source are walked side by side: indentation,
// folding and escapes are what differs, and after each of them the next visible character is common again.
void place(YamlNode& node, std::string_view source) {
  const std::size_t begin = node.range.begin;
  const char style = begin < source.size() && node.kind == YamlKind::quoted ? source[begin] : ' ';
  std::size_t at = content_start(source, begin);
  std::size_t decoded = 0;
  std::optional<std::size_t> distance;
  while (decoded < node.text.size() && at < source.size()) {
    const bool escaped = style == '"' && source[at] == '\\';
    if (!escaped && node.text[decoded] != source[at]) {
      is_space(source[at]) || !is_space(node.text[decoded]) ? ++at : ++decoded;
      continue;
    }
    if (distance != at - decoded) node.anchors.push_back({decoded, at});
    distance = at - decoded;
    const bool line_continues =
        escaped && at + 1 < source.size() && (source[at + 1] == '\n' || source[at + 1] == '\r');
    at += escaped ? escape_length(source.substr(at)) : 1;
    if (!line_continues)
      decoded += escaped ? character_length(std::string_view(node.text).substr(decoded)) : 1;
  }
  if ((style == '"' || style == '\'') && at < source.size()) ++at;
  node.range.end = std::max(at, begin);
}

class Builder : public YAML::EventHandler {
 public:
  Builder(const Sources& sources, FileId file, Diagnostics& diagnostics)
      : source_(sources.text(file)), sources_(sources), file_(file), diagnostics_(diagnostics) {}

  YamlNode take() { return std::move(root_); }
  std::size_t documents() const { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) refuse(mark, "a second document in one file", "put it into a file of its own");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(start(mark, YamlKind::null)); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are refused", "write the value where it is used");
    add(start(mark, YamlKind::null));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node = start(mark, tag == "?" ? YamlKind::plain : YamlKind::quoted);
    node.text = value;
    place(node, source_);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(start(mark, YamlKind::list));
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(start(mark, YamlKind::mapping));
  }
  void OnMapEnd() override {
    check_keys(open_.back());
    close();
  }

 private:
  YamlNode start(const YAML::Mark& mark, YamlKind kind) const {
    YamlNode node;
    node.kind = kind;
    const auto at = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), source_.size());
    node.range = {file_, at, at};
    return node;
  }

  void refuse(const YAML::Mark& mark, std::string text, std::string hint) {
    Range range = start(mark, YamlKind::null).range;
    range.end = std::min(range.begin + 1, source_.size());
    diagnostics_.error(range, std::move(text), std::move(hint));
  }

  // `?` and `!` are how the library says plain and quoted.
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    refuse(mark, fmt::format("the tag {} is refused", quoted(tag)), "a value is what it looks like");
  }

  void open(YamlNode node) {
    if (open_.size() >= nesting_max) throw YAML::ParserException(mark_of(node), "nested too deep");
    open_.push_back(std::move(node));
  }

  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.pos = static_cast<int>(node.range.begin);
    return mark;
  }

  void close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    if (!node.items.empty()) {
      node.range.end = std::max(node.range.end, node.items.back().range.end);
    } else {
      node.range.end = std::min(node.range.begin + 2, source_.size());  // `[]` or `{}`
    }
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      if (documents_ <= 1) root_ = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  void check_keys(const YamlNode& mapping) {
    std::map<std::string_view, Range> seen;
    for (std::size_t i = 0; i < mapping.items.size(); i += 2) {
      const YamlNode& key = mapping.items[i];
      if (key.kind != YamlKind::plain && key.kind != YamlKind::quoted) {
        diagnostics_.error(key.range, "a key must be plain text");
        continue;
      }
      if (key.text == "<<" && key.kind == YamlKind::plain) {
        diagnostics_.error(key.range, "merge keys are refused", "write the values where they are used");
      }
      const auto [first, added] = seen.emplace(key.text, key.range);
      if (!added) {
        diagnostics_.error(key.range, fmt::format("{} is set twice", quoted(key.text)),
                           fmt::format("the first is at {}", sources_.where(first->second)));
      }
    }
  }

  std::string_view source_;
  const Sources& sources_;
  FileId file_;
  Diagnostics& diagnostics_;
  std::vector<YamlNode> open_;
  YamlNode root_;
  std::size_t documents_ = 0;
};

}  // namespace

std::optional<YamlNode> read_yaml_document(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  if (!check_text(sources, file, diagnostics)) return std::nullopt;
  const std::size_t errors_before = diagnostics.errors();
  const std::string_view text = sources.text(file);
  Builder builder(sources, file, diagnostics);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    // A second document is refused; after it the library may begin one after another without getting on.
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const auto at = std::min(static_cast<std::size_t>(std::max(error.mark.pos, 0)), text.size());
    diagnostics.error({file, at, at}, fmt::format("this is not YAML: {}", printable(error.msg, 200)));
  }
  if (diagnostics.errors() > errors_before) return std::nullopt;
  return builder.take();
}

}  // namespace claw::config
