#include "config/decode/sugar.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cel/program.h"
#include "config/decode/fields.h"

namespace claw::config {

namespace {

// The text of an action that `patterns` look at. A body may be unknown: then only a match elsewhere counts,
// and without one the rule denies.

std::vector<std::string_view> text_facts(action::Family family) {
  switch (family) {
    case action::Family::sql: return {"sql.statement"};
    case action::Family::http: return {"http.path", "http.body"};
    case action::Family::k8s:
      return {"(k8s.verb + ' ' + k8s.resource + ' ' + k8s.namespace + '/' + k8s.name)"};
    case action::Family::ssh: return {"ssh.command"};
    case action::Family::tool: return {"tool.command"};
    case action::Family::mcp: return {"mcp.text"};
  }
  return {};
}

std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string literals(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + literal(text);
  return out + "]";
}

// A plain text as a regular expression: blanks stand for any run of blanks, or two spaces would evade it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (blank) {
      if (!out.ends_with("\\s+")) out += "\\s+";
    } else {
      if (!word) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string pattern_regex(std::string_view pattern) {
  const bool regex = pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/';
  return "(?is)" + (regex ? std::string(pattern.substr(1, pattern.size() - 2)) : escaped(pattern));
}

std::string any(const std::vector<std::string>& conditions) { return "(" + join(conditions, " || ") + ")"; }

class Writer {
 public:
  explicit Writer(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void add(std::string_view text, const Node& node, bool verbatim) {
    if (!out_.text.empty()) out_.text += " && ";
    // The line end closes a comment that the condition may end with.
    if (verbatim) out_.text += "(";
    const std::size_t begin = out_.text.size();
    out_.text += text;
    out_.segments.push_back({begin, out_.text.size(), &node, verbatim});
    if (verbatim) out_.text += "\n)";
  }

  void patterns(const Node& node, action::Family family) {
    std::vector<std::string> conditions;
    for (const Node* item : elements(node)) {
      if (item->kind != Kind::string) continue;
      if (trim(item->text).empty()) {
        diagnostics_.error(item->range, "an empty pattern is found everywhere");
        continue;
      }
      for (const std::string_view fact : text_facts(family)) {
        conditions.push_back(fmt::format("{}.matches({})", fact, literal(pattern_regex(item->text))));
      }
    }
    if (!conditions.empty()) add(any(conditions), node, false);
    else diagnostics_.error(node.range, "an empty list of patterns never matches");
  }

  void argument(const Block& block, action::Family family) {
    const Label& label = block.labels.front();
    const std::optional<std::uint32_t> slot = action::slot_of(family, label.text);
    if (!slot) return unknown_fact(label, family);
    const action::Fact& fact = action::schema(family)[*slot];
    const bool is_list = fact.type == cel::Type::list(cel::Type::string());
    if (!is_list && fact.type != cel::Type::string()) {
      return diagnostics_.error(
          label.range, fmt::format("{} is neither a string nor a list of strings", quoted(label.text)),
          "write it in the `condition`");
    }
    if (block.attributes.empty()) diagnostics_.error(head_of(block), "this argument constrains nothing");
    for (const Attribute& attribute : block.attributes) constraint(attribute, fact, is_list);
  }

  Condition take() { return std::move(out_); }

 private:
  void unknown_fact(const Label& label, action::Family family) {
    std::vector<std::string> names;
    for (const action::Fact& fact : action::schema(family)) names.emplace_back(fact.name);
    diagnostics_.error(label.range, fmt::format("there is no fact {} here", quoted(label.text)),
                       did_you_mean(label.text, names));
  }

  void constraint(const Attribute& attribute, const action::Fact& fact, bool is_list) {
    std::vector<std::string> texts;
    for (const Node* item : elements(attribute.value)) {
      if (item->kind == Kind::string) texts.push_back(fact.folded ? lower(item->text) : item->text);
    }
    if (texts.empty()) return diagnostics_.error(attribute.value.range, "an empty list constrains nothing");
    const std::string_view element = is_list ? std::string_view("it") : fact.name;
    const std::string one = element_condition(attribute.name, element, texts);
    const bool all = attribute.name == "only";
    const std::string text = !is_list ? one
                             : all    ? fmt::format("({0}.size() > 0 && {0}.all(it, {1}))", fact.name, one)
                                      : fmt::format("{}.exists(it, {})", fact.name, one);
    add(attribute.name == "not_in" ? "!" + text : text, attribute.value, false);
  }

  // For `not_in` the opposite of what is wanted; constraint() turns it round, for lists around exists().
  static std::string element_condition(std::string_view how, std::string_view element,
                                       const std::vector<std::string>& texts) {
    if (how != "contains" && how != "matches") return fmt::format("({} in {})", element, literals(texts));
    std::vector<std::string> conditions;
    for (const std::string& text : texts)
      conditions.push_back(fmt::format("{}.{}({})", element, how, literal(text)));
    return any(conditions);
  }

  Diagnostics& diagnostics_;
  Condition out_;
};

bool is_blank(const Node* node) { return !node || node->kind != Kind::string || trim(node->text).empty(); }

}  // namespace

Condition condition_of(const Block& rule, action::Family family, Diagnostics& diagnostics) {
  const Fields fields(rule);
  const Node* written = fields.find("condition");
  const bool has_sugar = fields.has("patterns") || !rule.blocks.empty();
  if (written && is_blank(written)) diagnostics.warning(written->range, "an empty condition is always true");
  // Parsed alone: `a) || (b` must not pair its parentheses with ours.
  const bool alone = !has_sugar || (!is_blank(written) && !cel::parse(written->text));
  if (alone) {
    if (is_blank(written)) return {};
    return {written->text, {{0, written->text.size(), written, true}}};
  }
  Writer writer(diagnostics);
  if (!is_blank(written)) writer.add(written->text, *written, true);
  if (const Node* patterns = fields.find("patterns")) writer.patterns(*patterns, family);
  for (const Block& block : rule.blocks) {
    if (block.type == "argument" && block.labels.size() == 1) writer.argument(block, family);
  }
  return writer.take();
}

Range range_of(const std::vector<Segment>& segments, std::size_t offset, std::size_t length,
               const Range& otherwise) {
  for (const Segment& segment : segments) {
    if (offset < segment.begin || offset > segment.end) continue;
    if (!segment.verbatim) return segment.node->range;
    const std::size_t begin = offset - segment.begin;
    return segment.node->range_at(begin, std::min(begin + length, segment.end - segment.begin));
  }
  return otherwise;
}

}  // namespace claw::config
