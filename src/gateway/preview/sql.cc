// A statement's plan, and how many rows its condition finds, asked on a connection of its own: the same
// credential, database, role and search path, held to reading by the server.
#include <fmt/format.h>

#include "base/text.h"
#include "gateway/preview/preview.h"
#include "loopback/postgres.h"
#include "sql/postgres_count.h"

namespace claw::gateway {
namespace {

using approval::Evidence;

constexpr std::size_t statement_bytes_max = 16 * 1024;  // Longer ones are data more than conditions.
constexpr std::uint32_t text_type = 25;                 // pg_type.dat: text, for what a question leaves out.

struct Step {
  std::string title;
  std::string sql;
  Evidence::Kind kind = Evidence::Kind::text;
  bool is_shown = true;
  bool takes_parameters = true;
};

const action::Stated* stated(const std::vector<action::Stated>& state, std::string_view name) {
  for (const action::Stated& each : state) {
    if (each.name == name && each.is_known && !each.values.empty()) return &each;
  }
  return nullptr;
}

std::string identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

bool names_parameter(std::string_view sql, std::size_t number) {
  const std::string name = fmt::format("${}", number);
  for (std::size_t at = sql.find(name); at != sql.npos; at = sql.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if (end == sql.size() || sql[end] < '0' || sql[end] > '9') return true;
  }
  return false;
}

class SqlPreview final : public Preview, public loopback::Hearer {
 public:
  explicit SqlPreview(PreviewSeat seat) : seat_(std::move(seat)) {}

  void start() {
    if (auto why = why_not()) return give_up(*why);
    auto end = seat_.connect();
    if (!end) return give_up(end.error().what);
    plan();
    session_ = std::make_unique<loopback::Session>(seat_.loop, std::move(end).value(), preview_limits,
                                                   startup(), *this);
  }

 private:
  const action::Subject& subject() const { return *seat_.action->subject; }

  std::optional<std::string> why_not() const {
    if (subject().parts.size() != 1) {
      return "several statements at once: each would change what the next finds";
    }
    if (subject().text.size() > statement_bytes_max) return "the statement is too long to be looked into";
    for (const action::Parameter& value : seat_.action->parameters) {
      if (value && value->starts_with("\\x")) {
        return "a value was bound in binary: only the server can read it";
      }
    }
    return std::nullopt;
  }

  void plan() {
    const std::vector<action::Stated> state = action::state_of(subject().family, *seat_.action->context);
    const action::Stated* user = stated(state, "user");
    const action::Stated* role = stated(state, "role");
    const bool has_role = role != nullptr && (user == nullptr || role->values != user->values);
    if (has_role) {
      steps_.push_back(
          {"role", "SET ROLE " + identifier(role->values[0]), Evidence::Kind::text, false, false});
    }
    if (auto count = sql::count_query(subject().text)) {
      steps_.push_back({"rows its condition finds now", std::move(count).value(), Evidence::Kind::count});
    }
    steps_.push_back({"plan", "EXPLAIN " + subject().text, Evidence::Kind::text});
  }

  std::vector<std::pair<std::string, std::string>> startup() const {
    const std::vector<action::Stated> state = action::state_of(subject().family, *seat_.action->context);
    std::vector<std::pair<std::string, std::string>> parameters;
    if (const action::Stated* user = stated(state, "user")) parameters.emplace_back("user", user->values[0]);
    if (const action::Stated* database = stated(state, "database")) {
      parameters.emplace_back("database", database->values[0]);
    }
    std::string path;
    if (const action::Stated* known = stated(state, "search_path")) {
      for (const std::string& schema : known->values) {
        if (!path.empty()) path += ", ";
        path += identifier(schema);
      }
      parameters.emplace_back("search_path", path);
    }
    parameters.emplace_back("statement_timeout", "2000");
    parameters.emplace_back("lock_timeout", "500");
    parameters.emplace_back("application_name", "claw patrol preview");
    return parameters;
  }

  void on_columns(std::vector<loopback::Column>) override {}
  void on_row(std::vector<loopback::Value> row) override {
    rows_.push_back(row.empty() ? std::string() : std::move(row.front()).value_or(""));
  }
  void on_done(std::string) override {}
  void on_problem(loopback::Problem problem) override { problem_ = std::move(problem.message); }

  // The step before has been answered.
  bool on_ready() override {
    if (at_ > 0) {
      const Step& done = steps_[at_ - 1];
      if (!problem_.empty()) {
        found_.push_back({done.title, Evidence::Kind::text, printable(problem_, 400), true});
        if (!done.is_shown) return true;  // Another role would find other rows.
      } else if (done.is_shown) {
        found_.push_back({done.title, done.kind, join(rows_, "\n"), false});
      }
    }
    rows_.clear();
    problem_.clear();
    if (at_ == steps_.size()) return true;
    ask(steps_[at_++]);
    return false;
  }

  void ask(const Step& step) {
    loopback::Statement statement{step.sql, {}};
    if (step.takes_parameters) statement.parameters = seat_.action->parameters;
    for (std::size_t i = 1; i <= statement.parameters.size(); ++i) {
      statement.types.push_back(names_parameter(step.sql, i) ? 0 : text_type);
    }
    session_->ask(statement);
  }

  void on_over(const std::optional<Error>& why) override {
    if (why) {
      found_.push_back({"preview", Evidence::Kind::text, problem_.empty() ? why->what : problem_, true});
    }
    seat_.done(std::move(found_));
  }

  void give_up(std::string why) {
    seat_.loop.post([done = seat_.done, text = std::move(why)] {
      done({{"preview", Evidence::Kind::text, text, true}});
    });
  }

  PreviewSeat seat_;
  std::vector<Step> steps_;
  std::size_t at_ = 0;
  std::vector<std::string> rows_;
  std::string problem_;
  Found found_;
  std::unique_ptr<loopback::Session> session_;
};

}  // namespace

std::unique_ptr<Preview> preview_sql(PreviewSeat seat) {
  auto preview = std::make_unique<SqlPreview>(std::move(seat));
  preview->start();
  return preview;
}

}  // namespace claw::gateway
