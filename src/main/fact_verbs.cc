// facts and eval: what a statement yields for rules to name, and what an expression makes of values.
#include <fmt/format.h>

#include "action/sql.h"
#include "base/text.h"
#include "cel/json.h"
#include "cel/program.h"
#include "main/shown_facts.h"
#include "main/speak.h"
#include "main/verbs.h"
#include "sql/postgres.h"

namespace claw::verbs {

namespace {

const std::vector<std::string> facts_members = {"sql"};
const std::vector<std::string> eval_members = {"expr", "vars"};

struct Read {
  std::shared_ptr<const sql::Facts> facts;
  std::shared_ptr<const action::Subject> subject;
};

Read read(std::string_view text) {
  Read made;
  made.facts = std::make_shared<const sql::Facts>(sql::read_postgres(text));
  made.subject = action::make_sql_subject(text, made.facts);
  return made;
}

std::string_view name_of(sql::SessionChange::Kind kind) {
  using Kind = sql::SessionChange::Kind;
  switch (kind) {
    case Kind::set: return "set";
    case Kind::transaction: return "transaction";
    case Kind::prepare: return "prepare";
    case Kind::cursor: return "cursor";
    case Kind::discard: return "discard";
  }
  check_failed("every kind has a name", __FILE__, __LINE__);
}

std::vector<std::string> texts_of(const std::vector<sql::Name>& names) {
  std::vector<std::string> texts;
  for (const sql::Name& name : names) texts.push_back(name.text());
  return texts;
}

void append_statement(json::Writer& out, const sql::Statement& statement) {
  out.begin_object();
  out.member("verb", statement.verb);
  out.member("text", statement.text);
  out.member("effects", statement.effects.names());
  out.member("tables", texts_of(statement.tables));
  out.member("reads", texts_of(statement.reads));
  out.member("writes", texts_of(statement.writes));
  out.member("functions", statement.functions);
  out.member("columns", statement.columns);
  out.member("objects", texts_of(statement.objects));
  out.member("has_where", statement.has_where);
  out.member("inner", statement.inner);
  out.member("destructive", statement.destructive);
  out.end_object();
}

void append_change(json::Writer& out, const sql::SessionChange& change) {
  out.begin_object();
  out.member("kind", name_of(change.kind));
  out.member("name", change.name);
  if (change.value) out.member("value", *change.value);
  if (change.local) out.member("local", true);
  if (change.reset) out.member("reset", true);
  out.end_object();
}

// `statements` is what the grammar shows, `facts` what rules are given for each of them.
std::string json_of(const Read& made) {
  std::string text;
  json::Writer out(text);
  const auto list = [&](std::string_view key, const auto& elements, const auto& append) {
    out.key(key);
    out.begin_array();
    for (const auto& element : elements) append(out, element);
    out.end_array();
  };
  out.begin_object();
  out.member("understood", made.subject->understood);
  out.member_unless_empty("why", made.subject->why_not);
  out.member("summary", made.subject->summary);
  out.member("destructive", made.subject->destructive);
  out.member("reads_only", made.subject->reads_only);
  out.member("top_level", static_cast<std::int64_t>(made.facts->top_level));
  list("statements", made.facts->statements, append_statement);
  list("session", made.facts->session, append_change);
  list("facts", made.subject->parts, [](json::Writer& to, const action::Part& part) {
    append_facts(to, action::Family::sql, part.facts);
  });
  out.end_object();
  return text;
}

// What the text does not say: who acts, on which connection, and what the agent did before.
std::string facts_of_a_gateway() {
  constexpr auto family = action::Family::sql;
  std::string names;
  for (const action::Fact& fact : action::schema(family).subspan(action::runs(family).own)) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", fact.name);
  }
  return names;
}

void print_text(const Read& made) {
  print("{}\n", printable(made.subject->summary, 200));
  if (!made.subject->understood) print("not understood: {}\n", printable(made.subject->why_not, 400));
  for (const action::Part& part : made.subject->parts) {
    print("\n{}", facts_text(action::Family::sql, part.facts));
  }
  for (const sql::SessionChange& change : made.facts->session) {
    const std::string value = change.value ? " = " + *change.value : "";
    print("\nsession: {} {}\n", name_of(change.kind), printable(change.name + value, 200));
  }
  print("\nknown to a gateway that serves it: {}\n", facts_of_a_gateway());
}

// Variables by name, each with its JSON.
using Variables = std::vector<json::Member>;

class Given final : public cel::Activation {
 public:
  Given(const Variables& variables, cel::Arena& arena) {
    for (const auto& [name, value] : variables) values_.push_back(cel::from_json(value, arena));
  }
  cel::Value fact(std::uint32_t slot) const override { return values_.at(slot); }

 private:
  std::vector<cel::Value> values_;
};

// `offset` is where in the expression it is wrong; without one it failed while it was evaluated.
struct Wrong {
  std::string what;
  std::optional<std::uint32_t> offset;
};
using Evaluated = std::variant<std::string, Wrong>;  // JSON, or why not.

Evaluated evaluate(std::string_view expression, const Variables& variables) {
  std::vector<cel::Variable> declared;
  for (const auto& [name, value] : variables) declared.push_back({name, cel::Type::dyn()});
  cel::Issues issues;
  const Result<cel::Program> program = cel::build(expression, cel::Environment(std::move(declared)), &issues);
  if (!program) {
    if (issues.empty()) return Wrong{program.error().what, 0};
    const cel::Issue& first = issues.front();
    return Wrong{first.text + (first.suggestion.empty() ? "" : ", did you mean `" + first.suggestion + "`?"),
                 first.offset};
  }
  cel::Arena arena;
  const cel::Value value = program->evaluate(Given(variables, arena), arena);
  if (value.is(cel::Kind::error)) return Wrong{std::string(value.as_text()), {}};
  Result<std::string> json = cel::to_json(value);
  if (!json) return Wrong{json.error().what, {}};
  return std::move(*json);
}

std::string json_of(const Evaluated& evaluated) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (const Wrong* wrong = std::get_if<Wrong>(&evaluated)) {
    out.member("error", wrong->what);
    if (wrong->offset) out.member("offset", std::int64_t{*wrong->offset});
  } else {
    out.key("value");
    out.raw(std::get<std::string>(evaluated));
  }
  out.end_object();
  return text;
}

Result<std::string> answer_eval(const json::Value& line) {
  CLAW_TRY_DONE(check_members(line, eval_members));
  const json::Value* expression = line.find("expr");
  if (expression == nullptr || expression->string() == nullptr) return invalid("`expr` is missing");
  const json::Value* variables = line.find("vars");
  if (variables != nullptr && variables->object() == nullptr) return invalid("`vars` is not an object");
  return json_of(evaluate(*expression->string(), variables == nullptr ? Variables() : *variables->object()));
}

Result<Variables> variables_of(const std::vector<std::string>& written) {
  Variables variables;
  for (const std::string& each : written) {
    const std::size_t equals = each.find('=');
    const std::string name = each.substr(0, equals);
    if (equals == std::string::npos || name.empty()) return invalid("not name=JSON: " + quoted(each));
    for (const auto& [other, value] : variables) {
      if (other == name) return invalid("given twice: " + quoted(name));
    }
    Result<json::Value> value = json::parse(std::string_view(each).substr(equals + 1));
    if (!value) {
      return invalid(fmt::format("the value of {} is not JSON: {}", quoted(name), value.error().what));
    }
    variables.emplace_back(name, std::move(*value));
  }
  return variables;
}

int print_evaluated(std::string_view expression, const Evaluated& evaluated) {
  const Wrong* wrong = std::get_if<Wrong>(&evaluated);
  if (wrong == nullptr) {
    print("{}\n", std::get<std::string>(evaluated));
    return close_output(ok);
  }
  if (!wrong->offset || expression.find('\n') != std::string_view::npos) return complain(wrong->what);
  const std::size_t column = std::min<std::size_t>(*wrong->offset, expression.size());
  return complain(wrong->what, fmt::format("  {}\n  {:>{}}", expression, '^', column + 1));
}

}  // namespace

int facts(const Facts& options) {
  return on_deep_stack([&] {
    if (options.statements.empty()) {
      return answer_lines([](const json::Value& line) -> Result<std::string> {
        CLAW_TRY_DONE(check_members(line, facts_members));
        const json::Value* text = line.find("sql");
        if (text == nullptr || text->string() == nullptr) return invalid("`sql` is missing");
        return json_of(read(*text->string()));
      });
    }
    for (std::size_t i = 0; i < options.statements.size(); ++i) {
      if (i > 0 && !options.json) print("\n");
      const Read made = read(options.statements[i]);
      if (options.json) print("{}\n", json_of(made));
      else print_text(made);
    }
    return close_output(ok);
  });
}

int eval(const Eval& options) {
  const Result<Variables> variables = variables_of(options.variables);
  if (!variables) {
    return misuse(variables.error().text(),
                  "write a variable as name=JSON, text in quotes: --var 'who=\"me\"'");
  }
  if (options.expression.empty()) return answer_lines(answer_eval);
  const Evaluated evaluated = evaluate(options.expression, *variables);
  if (!options.json) return print_evaluated(options.expression, evaluated);
  print("{}\n", json_of(evaluated));
  return close_output(std::holds_alternative<Wrong>(evaluated) ? failed : ok);
}

}  // namespace claw::verbs
