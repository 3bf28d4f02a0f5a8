// postgres.query: one statement on a connection of its own, by the agent's own credential.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "loopback/postgres.h"
#include "sql/postgres.h"
#include "toolcall/built_in.h"

namespace claw::toolcall {
namespace {

constexpr std::int64_t rows_otherwise = 1000;
constexpr std::int64_t rows_most = 100'000;            // result_buffer is what usually ends it.
constexpr std::uint32_t run_ms_max = 30 * 60 * 1000;   // A person may be asked on the way, and be asleep.
constexpr std::uint32_t cancel_ms_max = 5000;          // A server that does not answer a cancel is left.
constexpr std::size_t unread_bytes_max = 16 * 1024 * 1024;  // One row.
constexpr std::size_t piece_rows = 100;                // Of the output told at once.

constexpr Field fields[] = {
    {"sql", Field::Kind::text, "One statement; `$1` stands for the first parameter", true},
    {"parameters", Field::Kind::values, "Values of `$1`, `$2`, …"},
    {"endpoint", Field::Kind::text, "Which database server, `postgres.NAME`; needed where there are several"},
    {"database", Field::Kind::text, "Which database; as the credential says where it is left out"},
    {"user", Field::Kind::text, "Which user; as the credential says where it is left out"},
    {"rows_max", Field::Kind::integer, "How many rows to return at most: 1000", false, 1, rows_most},
};

struct TypeName {
  std::uint32_t oid;
  std::string_view name;
  enum class As : std::uint8_t { text, number, boolean, json } as = As::text;
};
using As = TypeName::As;
constexpr TypeName types[] = {  // pg_type.dat.
    {16, "bool", As::boolean}, {17, "bytea"}, {20, "int8", As::number}, {21, "int2", As::number},
    {23, "int4", As::number}, {25, "text"}, {114, "json", As::json}, {700, "float4", As::number},
    {701, "float8", As::number}, {1042, "bpchar"}, {1043, "varchar"}, {1082, "date"}, {1114, "timestamp"},
    {1184, "timestamptz"}, {1700, "numeric"}, {2950, "uuid"}, {3802, "jsonb", As::json},
};

const TypeName* type_of(std::uint32_t oid) {
  const auto found = std::ranges::find(types, oid, &TypeName::oid);
  return found == std::end(types) ? nullptr : &*found;
}

// As JSON where it is the same value there; as the server's text otherwise.
void append_value(std::string& out, const loopback::Value& value, std::uint32_t oid) {
  if (!value) {
    out += "null";
    return;
  }
  const TypeName* type = type_of(oid);
  const As as = type == nullptr ? As::text : type->as;
  if (as == As::boolean) {
    out += *value == "t" ? "true" : "false";
    return;
  }
  const bool may_be_json = as == As::number || as == As::json;  // `NaN` is a number of Postgres, not of JSON.
  if (may_be_json && json::parse(*value)) out += *value;
  else json::append_string(out, *value);
}

struct Login {
  const config::Endpoint* endpoint = nullptr;
  std::string user;
  std::string database;
};

bool is_usable(const config::Endpoint& endpoint, const config::Snapshot& snapshot, std::string_view profile) {
  return endpoint.kind == "postgres" && endpoint.unserved.empty() && snapshot.reaches(profile, endpoint);
}

bool is_for(const config::Snapshot& snapshot, std::string_view profile) {
  return std::ranges::any_of(snapshot.endpoints, [&](const config::Endpoint& each) {
    return is_usable(each, snapshot, profile);
  });
}

std::variant<const config::Endpoint*, Mistake> endpoint_of(const Asking& asking) {
  const std::string wanted = asking.arguments.text_or("endpoint", "");
  std::vector<const config::Endpoint*> usable;
  std::vector<std::string> names;
  for (const config::Endpoint& each : asking.snapshot.endpoints) {
    if (!is_usable(each, asking.snapshot, asking.profile)) continue;
    if (each.typed == wanted || each.name == wanted) return &each;
    usable.push_back(&each);
    names.push_back(each.typed);
  }
  if (wanted.empty() && usable.size() == 1) return usable.front();
  return Mistake{
      "/arguments/endpoint",
      fmt::format("{}; there are: {}", wanted.empty() ? "this is missing" : "there is none of this name",
                  join(names, ", "))};
}

// Whom the server is to know it as: what the agent says, else what its one credential says.
std::variant<Login, Mistake> login_of(const config::Endpoint& endpoint, const Asking& asking) {
  Login login{&endpoint, asking.arguments.text_or("user", ""), asking.arguments.text_or("database", "")};
  const auto& choices = asking.snapshot.profile(asking.profile)->choices.find(endpoint.typed)->second;
  for (const config::Choice& choice : choices) {
    if (choices.size() > 1) break;
    const config::Credential* credential = asking.snapshot.credential(choice.credential);
    if (login.user.empty()) login.user = choice.user.value_or(credential ? credential->user : "");
    if (login.database.empty()) {
      login.database = choice.database.value_or(credential ? credential->database : "");
    }
  }
  if (login.user.empty()) {
    return Mistake{"/arguments/user", choices.size() > 1 ? "this is missing: it chooses among credentials"
                                                         : "this is missing: the credential names no user"};
  }
  return login;
}

std::vector<action::Parameter> parameters_of(const json::Value& arguments) {
  std::vector<action::Parameter> made;
  const json::Value* list = arguments.find("parameters");
  if (list == nullptr) return made;
  for (const json::Value& each : *list->array()) {
    if (each.is_null()) made.emplace_back(std::nullopt);
    else made.emplace_back(each.string() != nullptr ? *each.string() : json::format(each));
  }
  return made;
}

// Values are shown beside the text, and hidden in the record where the policy says so.
json::Value without_values(const json::Value& arguments) {
  json::Object shown;
  for (const auto& [name, value] : *arguments.object()) {
    if (name != "parameters") shown.emplace_back(name, value);
  }
  return shown;
}

struct Query {
  Goal goal;
  loopback::Session::Parameters startup;
  loopback::Statement statement;
  std::size_t rows_max = 0;
  bool reads_only = false;
};

class QueryRun final : public Run, public loopback::Hearer {
 public:
  QueryRun(Seat seat, Query query) : seat_(std::move(seat)), query_(std::move(query)) {
    auto end = seat_.connect(query_.goal);
    if (!end) {
      fail_later(end.error().what);
      return;
    }
    session_ = std::make_unique<loopback::Session>(seat_.loop, std::move(end).value(),
                                                   loopback::Limits{run_ms_max, unread_bytes_max},
                                                   query_.startup, *this);
  }
  ~QueryRun() override {
    if (cancel_timer_ != 0) seat_.loop.cancel(cancel_timer_);
  }

  void cancel() override {
    if (std::exchange(cancelled_, true)) return;
    const bool can_be_told = session_ != nullptr && !session_->cancel_key().empty();
    auto end = can_be_told ? seat_.connect(query_.goal) : Result<io::Fd>(invalid("nothing runs yet"));
    if (!end) return fail_later("it was cancelled");
    cancel_line_ = loopback::send_cancel(seat_.loop, std::move(end).value(), session_->cancel_key(),
                                         [](const std::optional<Error>&) {});
    cancel_timer_ = seat_.loop.after_ms(cancel_ms_max, [this] {
      cancel_timer_ = 0;
      finish("it was cancelled, and the server did not say what became of it");
    });
  }

 private:
  void on_columns(std::vector<loopback::Column> columns) override { columns_ = std::move(columns); }

  void on_row(std::vector<loopback::Value> row) override {
    if (count_ == query_.rows_max || is_cut_) {
      is_cut_ = true;
      return;
    }
    std::string text = "[";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += ',';
      append_value(text, row[i], i < columns_.size() ? columns_[i].type : 0);
    }
    text += ']';
    if (rows_.size() + text.size() > seat_.result_bytes_max) {
      is_cut_ = true;
      // Nothing is lost by leaving what only reads; what changes something is heard to its end.
      if (query_.reads_only) fail_later({});
      return;
    }
    if (count_++ > 0) rows_ += ',';
    rows_ += text;
    if (!piece_.empty()) piece_ += ',';
    piece_ += text;
    if (count_ % piece_rows == 0) tell_piece();
  }

  void tell_piece() {
    if (piece_.empty()) return;
    if (seat_.piece) seat_.piece("{\"rows\":[" + piece_ + "]}");
    piece_.clear();
  }

  void on_done(std::string tag) override { tag_ = std::move(tag); }
  void on_problem(loopback::Problem problem) override { problem_ = std::move(problem); }

  bool on_ready() override {
    if (std::exchange(asked_, true)) return true;
    session_->ask(query_.statement);
    return false;
  }

  void on_over(const std::optional<Error>& why) override {
    finish(why ? why->what : std::string());
  }

  // Later: whoever asked is still building this.
  void fail_later(std::string why) {
    seat_.loop.post([this, why = std::move(why), guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) finish(why);
    });
  }

  void finish(const std::string& why) {
    if (std::exchange(finished_, true)) return;
    tell_piece();
    Outcome outcome;
    outcome.cancelled = cancelled_;
    if (problem_) {
      outcome.problem = printable(problem_->message, 2000);
      json::Writer out(outcome.problem_more);
      out.begin_object();
      out.member("code", printable(problem_->code, 20));
      out.member_unless_empty("hint", printable(problem_->hint, 1000));
      if (problem_->position > 0) out.member("position", std::int64_t{problem_->position});
      out.end_object();
      outcome.problem_more = outcome.problem_more.substr(1, outcome.problem_more.size() - 2);
      outcome.detail = problem_->code;
    } else if (!why.empty()) {
      outcome.problem = why;
      outcome.detail = why;
    } else {
      write(outcome);
    }
    seat_.done(std::move(outcome));
  }

  void write(Outcome& outcome) const {
    json::Writer out(outcome.result);
    out.begin_object();
    out.key("columns"), out.begin_array();
    for (const loopback::Column& column : columns_) {
      const TypeName* type = type_of(column.type);
      out.begin_object();
      out.member("name", column.name);
      out.member("type", type != nullptr ? std::string(type->name) : fmt::format("oid {}", column.type));
      out.end_object();
    }
    out.end_array();
    out.key("rows"), out.raw("[" + rows_ + "]");
    out.member("row_count", static_cast<std::int64_t>(count_));
    out.member_unless_empty("command", tag_);
    out.member("truncated", is_cut_);
    out.end_object();
    outcome.rows = static_cast<std::int64_t>(count_);
    outcome.detail = tag_.empty() ? fmt::format("{} rows, and more", count_) : tag_;
  }

  Seat seat_;
  Query query_;
  std::vector<loopback::Column> columns_;
  std::string rows_;
  std::string piece_;
  std::size_t count_ = 0;
  std::string tag_;
  std::optional<loopback::Problem> problem_;
  bool asked_ = false;
  bool is_cut_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  io::TimerId cancel_timer_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
  std::unique_ptr<loopback::Line> cancel_line_;
  std::unique_ptr<loopback::Session> session_;
};

Query query_of(const Login& login, const json::Value& arguments, const sql::Facts& read,
               std::vector<action::Parameter> parameters) {
  Query query;
  query.goal.endpoint = login.endpoint->typed;
  query.startup.emplace_back("user", login.user);
  if (!login.database.empty()) query.startup.emplace_back("database", login.database);
  query.startup.emplace_back("application_name", "claw patrol tools");
  query.rows_max = static_cast<std::size_t>(arguments.int_or("rows_max", rows_otherwise));
  query.statement.sql = arguments.text_or("sql", "");
  query.statement.parameters = std::move(parameters);
  query.statement.rows_max =
      static_cast<std::uint32_t>(query.rows_max + 1);  // One more tells that there are.
  query.reads_only = read.understood && std::ranges::all_of(read.statements, [](const sql::Statement& each) {
    return each.effects.only({sql::Effect::read});
  });
  return query;
}

// A statement that hides others is one statement; two that are sent together are not.
std::optional<Mistake> check_single(const sql::Facts& read) {
  const auto own =
      std::ranges::count_if(read.statements, [](const sql::Statement& each) { return !each.inner; });
  if (!read.understood || own == 1) return std::nullopt;
  return Mistake{"/arguments/sql", own == 0 ? "this is no statement" : "one statement is run at a time"};
}

Plan plan(std::string_view name, const Asking& asking) {
  auto endpoint = endpoint_of(asking);
  if (auto* mistake = std::get_if<Mistake>(&endpoint)) return std::move(*mistake);
  auto login = login_of(*std::get<const config::Endpoint*>(endpoint), asking);
  if (auto* mistake = std::get_if<Mistake>(&login)) return std::move(*mistake);
  const Login& as = std::get<Login>(login);
  const std::string text = asking.arguments.text_or("sql", "");
  if (text.find('\0') != text.npos) return Mistake{"/arguments/sql", "this has a NUL in it"};
  if (text.size() > sql::text_bytes_max) return Mistake{"/arguments/sql", "this is too long to be read"};
  const sql::Facts read = sql::read_postgres(text);
  if (auto mistake = check_single(read)) return std::move(*mistake);

  Planned made;
  made.parameters = parameters_of(asking.arguments);
  made.covers = action::covered_sql(as.endpoint->typed, text, made.parameters);
  Query query = query_of(as, asking.arguments, read, made.parameters);
  made.call.name = name;
  json::Object filled = *asking.arguments.object();
  std::erase_if(filled, [](const json::Member& each) {
    return each.first == "endpoint" || each.first == "user" || each.first == "database";
  });
  filled.insert(filled.begin(), {"endpoint", as.endpoint->typed});
  filled.emplace_back("user", as.user);
  if (!as.database.empty()) filled.emplace_back("database", as.database);
  made.call.arguments = json::Value(std::move(filled));
  made.call.shown = without_values(made.call.arguments);
  made.call.gist = fmt::format("{} on {}", text, as.endpoint->typed);
  made.call.reads_only = query.reads_only;
  if (read.understood) {
    made.call.destructive = std::ranges::any_of(read.statements, &sql::Statement::destructive);
  }
  made.start = [query = std::move(query)](Seat seat) -> std::unique_ptr<Run> {
    return std::make_unique<QueryRun>(std::move(seat), query);
  };
  return made;
}

}  // namespace

constinit const Row postgres_query{
    "postgres.query", "Runs one SQL statement on a PostgreSQL database and returns its rows.",
    fields,           false,
    is_for,           plan};

}  // namespace claw::toolcall
