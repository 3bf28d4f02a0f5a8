#include "action/body/graphql.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "action/body/graphql_tokens.h"
#include "base/text.h"

namespace claw::action {
namespace {

using Kind = GraphqlToken::Kind;

// The top level of one selection set: fields, and fragments whose fields count as its own.
struct Selection {
  std::vector<std::string_view> fields;
  std::vector<std::string_view> fragments;
};
struct Operation {
  std::string_view kind;
  std::string_view name;
  Selection selection;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : tokens_(text) {}

  Status read() {
    while (tokens_.next().kind != Kind::end) CLAW_TRY_DONE(definition());
    return Done{};
  }

  const Operation* chosen(std::optional<std::string_view> name) const {
    if (!name || name->empty()) return operations_.size() == 1 ? &operations_.front() : nullptr;
    const auto is_it = [&](const Operation& each) { return each.name == *name; };
    const auto found = std::find_if(operations_.begin(), operations_.end(), is_it);
    return found == operations_.end() ? nullptr : &*found;
  }

  // Every fragment once: a cycle ends where it began.
  Status gather(const Selection& from, std::vector<std::string_view>& fields) const {
    std::unordered_set<std::string_view> seen_fields;
    std::unordered_set<std::string_view> seen_fragments;
    std::vector<const Selection*> open{&from};
    while (!open.empty()) {
      const Selection& selection = *open.back();
      open.pop_back();
      for (const std::string_view field : selection.fields) {
        if (seen_fields.insert(field).second) fields.push_back(field);
      }
      if (fields.size() > graphql_fields_max) return Error{Code::limit, "GraphQL: more than 1000 fields", {}};
      for (const std::string_view name : selection.fragments) {
        const auto found = fragments_.find(name);
        if (found == fragments_.end()) return invalid("GraphQL: a fragment that is not defined");
        if (seen_fragments.insert(name).second) open.push_back(&found->second);
      }
    }
    return Done{};
  }

 private:
  Status definition() {
    const GraphqlToken first = tokens_.next();
    if (first.is("{")) return operation("query", {});
    if (first.kind != Kind::name) return unexpected();
    tokens_.take();
    if (first.text == "fragment") return fragment();
    if (first.text != "query" && first.text != "mutation" && first.text != "subscription") {
      return invalid(fmt::format("GraphQL: {} is no operation", quoted(first.text)));
    }
    const std::string_view name = tokens_.next().kind == Kind::name ? tokens_.take().text : "";
    if (tokens_.next().is("(")) CLAW_TRY_DONE(variables());
    CLAW_TRY_DONE(directives());
    return operation(first.text, name);
  }

  // §5.2: a name once; one without a name stands alone.
  Status operation(std::string_view kind, std::string_view name) {
    for (const Operation& other : operations_) {
      if (name.empty() || other.name.empty() || other.name == name) {
        return invalid("GraphQL: two operations that cannot be told apart");
      }
    }
    if (operations_.size() == graphql_fields_max) {
      return Error{Code::limit, "GraphQL: more than 1000 operations", {}};
    }
    Operation& made = operations_.emplace_back(Operation{kind, name, {}});
    return selection_set(&made.selection);
  }

  Status fragment() {
    CLAW_TRY(const std::string_view name, expect_name());
    if (name == "on" || !tokens_.next().is("on")) return unexpected();
    tokens_.take();
    CLAW_TRY_DONE(expect_name());
    CLAW_TRY_DONE(directives());
    const auto [place, is_new] = fragments_.emplace(name, Selection{});
    if (!is_new) return invalid("GraphQL: two fragments of one name");
    return selection_set(&place->second);
  }

  // `into` is null below the top: there only the form matters.
  Status selection_set(Selection* into) {
    CLAW_TRY_DONE(enter("{"));
    do {
      CLAW_TRY_DONE(selection(into));
    } while (!tokens_.next().is("}"));
    return leave();
  }

  Status selection(Selection* into) {
    if (tokens_.next().is("...")) return spread(into);
    CLAW_TRY(std::string_view name, expect_name());
    if (tokens_.next().is(":")) {
      tokens_.take();
      CLAW_TRY(name, expect_name());
    }
    if (into != nullptr) into->fields.push_back(name);
    if (tokens_.next().is("(")) CLAW_TRY_DONE(arguments());
    CLAW_TRY_DONE(directives());
    return tokens_.next().is("{") ? selection_set(nullptr) : Done{};
  }

  Status spread(Selection* into) {
    tokens_.take();
    if (tokens_.next().kind == Kind::name && !tokens_.next().is("on")) {
      if (into != nullptr) into->fragments.push_back(tokens_.next().text);
      tokens_.take();
      return directives();
    }
    if (tokens_.next().is("on")) {
      tokens_.take();
      CLAW_TRY_DONE(expect_name());
    }
    CLAW_TRY_DONE(directives());
    return selection_set(into);  // An inline fragment's fields stand where it stands.
  }

  Status variables() {
    CLAW_TRY_DONE(enter("("));
    do {
      CLAW_TRY_DONE(expect("$"));
      CLAW_TRY_DONE(expect_name());
      CLAW_TRY_DONE(expect(":"));
      CLAW_TRY_DONE(type());
      if (tokens_.next().is("=")) {
        tokens_.take();
        CLAW_TRY_DONE(value());
      }
      CLAW_TRY_DONE(directives());
    } while (!tokens_.next().is(")"));
    return leave();
  }

  Status type() {
    if (tokens_.next().is("[")) {
      CLAW_TRY_DONE(enter("["));
      CLAW_TRY_DONE(type());
      if (!tokens_.next().is("]")) return unexpected();
      CLAW_TRY_DONE(leave());
    } else {
      CLAW_TRY_DONE(expect_name());
    }
    if (tokens_.next().is("!")) tokens_.take();
    return Done{};
  }

  Status directives() {
    while (tokens_.next().is("@")) {
      tokens_.take();
      CLAW_TRY_DONE(expect_name());
      if (tokens_.next().is("(")) CLAW_TRY_DONE(arguments());
    }
    return Done{};
  }

  Status arguments() { return named_values("(", ")", false); }

  Status named_values(std::string_view open, std::string_view close, bool may_be_empty) {
    CLAW_TRY_DONE(enter(open));
    if (!may_be_empty && tokens_.next().is(close)) return unexpected();
    while (!tokens_.next().is(close)) {
      CLAW_TRY_DONE(expect_name());
      CLAW_TRY_DONE(expect(":"));
      CLAW_TRY_DONE(value());
    }
    return leave();
  }

  Status value() {
    const GraphqlToken first = tokens_.next();
    if (first.is("{")) return named_values("{", "}", true);
    if (first.is("[")) {
      CLAW_TRY_DONE(enter("["));
      while (!tokens_.next().is("]")) CLAW_TRY_DONE(value());
      return leave();
    }
    if (first.is("$")) {
      tokens_.take();
      CLAW_TRY_DONE(expect_name());
      return Done{};
    }
    if (first.kind != Kind::name && first.kind != Kind::number && first.kind != Kind::string) {
      return unexpected();
    }
    tokens_.take();
    return Done{};
  }

  Result<std::string_view> expect_name() {
    if (tokens_.next().kind != Kind::name) return unexpected();
    return tokens_.take().text;
  }
  Status expect(std::string_view punctuator) {
    if (!tokens_.next().is(punctuator)) return unexpected();
    tokens_.take();
    return Done{};
  }
  Status enter(std::string_view bracket) {
    if (++depth_ > graphql_depth_max) return Error{Code::limit, "GraphQL: nested too deep", {}};
    return expect(bracket);
  }
  Status leave() {
    --depth_;
    tokens_.take();
    return Done{};
  }
  Error unexpected() const {
    const GraphqlToken& next = tokens_.next();
    if (next.kind == Kind::end) return invalid("GraphQL: the document ends too early");
    return invalid("GraphQL: unexpected " + (next.text.empty() ? "character" : quoted(next.text)));
  }

  GraphqlTokens tokens_;
  std::vector<Operation> operations_;
  std::unordered_map<std::string_view, Selection> fragments_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<GraphqlOperation> read_graphql(std::string_view text, std::optional<std::string_view> chosen) {
  if (!is_utf8(text)) return invalid("GraphQL: not UTF-8");
  Reader reader(text);
  CLAW_TRY_DONE(reader.read());
  const Operation* operation = reader.chosen(chosen);
  if (operation == nullptr) return invalid("GraphQL: which operation is meant cannot be told");
  GraphqlOperation made{operation->kind, operation->name, {}};
  CLAW_TRY_DONE(reader.gather(operation->selection, made.fields));
  return made;
}

}  // namespace claw::action
