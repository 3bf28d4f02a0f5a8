#include "audit/search/term.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/text.h"

namespace claw::audit {

namespace {

struct Sign {
  std::string_view text;
  Compare how;
};
// Longer ones first.
constexpr Sign signs[] = {{"!=", Compare::not_equal}, {"^=", Compare::begins}, {"<=", Compare::at_most},
                          {">=", Compare::at_least},  {"==", Compare::equal},  {"=", Compare::equal},
                          {"<", Compare::less},       {">", Compare::greater}};

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

struct Divided {
  std::string_view name;
  Sign sign;
  std::string_view value;
};

std::optional<Divided> divide(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_name_byte);
  const std::size_t length = static_cast<std::size_t>(end - text.begin());
  if (length == 0 || (text.front() >= '0' && text.front() <= '9')) return std::nullopt;
  const std::string_view rest = text.substr(length);
  for (const Sign& sign : signs) {
    if (rest.starts_with(sign.text)) {
      return Divided{text.substr(0, length), sign, rest.substr(sign.text.size())};
    }
  }
  return std::nullopt;
}

Error unknown(std::string_view name) {
  if (const auto why = why_unrecorded(name)) {
    return {Code::unsupported, fmt::format("{} cannot be searched for: {}", quoted(name), *why), {}};
  }
  const std::vector<std::string> names = field_names();
  const auto near = nearest(name, names);
  const std::string meant = near ? fmt::format("did you mean `{}`? ", *near) : std::string();
  return invalid(fmt::format("no fact {}; {}`clawpatrol audit facts` lists them, and quotes make it text",
                             quoted(name), meant));
}

bool orders(Compare how) { return how >= Compare::less; }

Result<std::int64_t> number_of(const Divided& term, const Field& field) {
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(term.value.data(), term.value.data() + term.value.size(), number);
  if (error == std::errc{} && end == term.value.data() + term.value.size()) return number;
  if (field.name.ends_with("_us")) {
    if (const auto duration = parse_duration_us(term.value)) return *duration;
  }
  return invalid(fmt::format("{} is compared with a number, not {}", quoted(term.name), quoted(term.value)));
}

bool compares(std::int64_t value, Compare how, std::int64_t with) {
  switch (how) {
    case Compare::equal: return value == with;
    case Compare::not_equal: return value != with;
    case Compare::less: return value < with;
    case Compare::at_most: return value <= with;
    case Compare::greater: return value > with;
    case Compare::at_least: return value >= with;
    case Compare::begins: return false;
  }
  return false;
}

// Collects which terms hold. A `not_equal` needs the fact to be there and no value to be equal.
class Marker final : public FactVisitor {
 public:
  explicit Marker(const std::vector<Term>& terms) : terms_(terms) {}

  void text(std::uint8_t field, std::string_view value) override {
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      const Term& term = terms_[i];
      if (!asks(term, field)) continue;
      const bool same = value == term.text;
      if (term.how == Compare::begins) set(value.starts_with(term.text), i);
      else if (term.how == Compare::equal) set(same, i);
      else if (term.how == Compare::not_equal) note(same, i);
    }
  }
  void number(std::uint8_t field, std::int64_t value) override {
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (!asks(terms_[i], field)) continue;
      if (terms_[i].how == Compare::not_equal) note(value == terms_[i].number, i);
      else set(compares(value, terms_[i].how, terms_[i].number), i);
    }
  }
  void word(std::string_view) override {}
  std::uint64_t marks() const { return marks_ | (present_ & ~equal_); }

 private:
  static bool asks(const Term& term, std::uint8_t field) {
    return std::ranges::find(term.fields, field) != term.fields.end();
  }
  void set(bool holds, std::size_t i) { marks_ |= holds ? std::uint64_t{1} << i : 0; }
  void note(bool same, std::size_t i) {
    present_ |= std::uint64_t{1} << i;
    equal_ |= same ? std::uint64_t{1} << i : 0;
  }

  const std::vector<Term>& terms_;
  std::uint64_t marks_ = 0;
  std::uint64_t present_ = 0;
  std::uint64_t equal_ = 0;
};

// The next piece of a line, without its quotes.
struct Piece {
  std::string text;
  bool is_text = false;  // Quoted from its first byte.
};
Result<Piece> next_piece(std::string_view line, std::size_t& at) {
  Piece piece;
  piece.is_text = line[at] == '"';
  for (bool quoted_now = false; at < line.size(); ++at) {
    if (line[at] == '"') quoted_now = !quoted_now;
    else if (line[at] == ' ' && !quoted_now) return piece;
    else piece.text += line[at];
    if (at + 1 == line.size() && quoted_now) return invalid("a quote is not closed");
  }
  return piece;
}

}  // namespace

bool is_term(std::string_view text) { return divide(text).has_value(); }

Result<Term> parse_term(std::string_view text) {
  const std::optional<Divided> divided = divide(text);
  if (!divided) return invalid(fmt::format("{} is no condition: NAME=VALUE", quoted(text)));
  Term term{fields_meant(divided->name), divided->sign.how, std::string(divided->value)};
  if (term.fields.empty()) return unknown(divided->name);
  const Field& field = fields()[term.fields.front()];
  if (field.shape == Shape::number) {
    if (term.how == Compare::begins) {
      return invalid(quoted(divided->name) + " is a number: write = < > <= >=");
    }
    CLAW_TRY(term.number, number_of(*divided, field));
    term.text.clear();
    return term;
  }
  if (orders(term.how)) return invalid(quoted(divided->name) + " is no number: write = != ^=");
  if (term.text.empty()) return invalid(quoted(divided->name) + " is compared with nothing");
  if (term.how == Compare::begins && term.text.size() > begin_bytes_max) {
    return Error{Code::limit, fmt::format("a beginning is at most {} bytes", begin_bytes_max), {}};
  }
  if (field.shape == Shape::flag && term.text != "true" && term.text != "false") {
    return invalid(quoted(divided->name) + " is `true` or `false`");
  }
  if (field.folded) term.text = lower(term.text);
  return term;
}

Term equals(std::string_view field, std::string_view value) {
  const std::uint8_t place = field_named(field);
  return {{place}, Compare::equal, fields()[place].folded ? lower(value) : std::string(value)};
}

Result<Query> parse_query(std::string_view line) {
  if (line.size() > query_bytes_max) {
    return Error{Code::limit, fmt::format("a search is at most {} bytes", query_bytes_max), {}};
  }
  Query query;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    CLAW_TRY(const Piece piece, next_piece(line, at));
    if (piece.is_text || !is_term(piece.text)) {
      query.text += (query.text.empty() ? "" : " ") + piece.text;
      continue;
    }
    CLAW_TRY(Term term, parse_term(piece.text));
    query.terms.push_back(std::move(term));
  }
  if (query.terms.size() > terms_max) {
    return Error{Code::limit, fmt::format("a search has at most {} conditions", terms_max), {}};
  }
  return query;
}

std::uint64_t fulfilled(const std::vector<Term>& terms, const Record& record) {
  Marker marker(terms);
  each_fact(record, marker);
  return marker.marks();
}

bool has_words(const std::vector<std::string>& wanted, const Record& record) {
  class Found final : public FactVisitor {
   public:
    explicit Found(const std::vector<std::string>& wanted) : wanted_(wanted), found_(wanted.size()) {}
    void text(std::uint8_t, std::string_view) override {}
    void number(std::uint8_t, std::int64_t) override {}
    void word(std::string_view word) override {
      for (std::size_t i = 0; i < wanted_.size(); ++i) {
        if (word.starts_with(wanted_[i])) found_[i] = true;
      }
    }
    bool all() const { return std::ranges::find(found_, false) == found_.end(); }

   private:
    const std::vector<std::string>& wanted_;
    std::vector<bool> found_;
  };
  Found found(wanted);
  each_fact(record, found);
  return found.all();
}

}  // namespace claw::audit
