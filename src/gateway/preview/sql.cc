// A statement's plan, and how many rows its condition finds, asked on a connection of its own: the same
// credential, database, role and search path, held to reading by the server.
#include <fmt/format.h>

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"
#include "gateway/preview/preview.h"
#include "protocol/postgres/codec.h"
#include "sql/postgres_count.h"

namespace claw::gateway {
namespace {

using approval::Evidence;
using postgres::Back;
using postgres::Front;

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

class SqlPreview final : public Preview {
 public:
  explicit SqlPreview(PreviewSeat seat) : seat_(std::move(seat)) {}

  void start() {
    if (auto why = why_not()) return give_up(*why);
    auto end = seat_.connect();
    if (!end) return give_up(end.error().what);
    plan();
    loopback_ = std::make_unique<Loopback>(
        seat_.loop, std::move(end).value(), [this](std::string& unread) { return heard(unread); },
        [this](const std::optional<Error>& why) { over(why); });
    loopback_->send(postgres::encode_startup(startup()));
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

  // True: everything has been asked and answered.
  bool heard(std::string& unread) {
    while (true) {
      const auto header = postgres::decode_header(unread);
      if (!header) return failed("the answer makes no sense");
      if (!*header || unread.size() < (*header)->whole()) return false;
      const std::string body = unread.substr(postgres::header_bytes, (*header)->body);
      unread.erase(0, (*header)->whole());
      const Back type = static_cast<Back>((*header)->type);  // The rest is nothing to show.
      if (type == Back::data_row) rows_.push_back(first_column(body));
      if (type == Back::error_response) problem_ = problem(body);
      if (type == Back::ready_for_query && next()) return true;
    }
  }

  bool failed(std::string_view why) {
    found_.push_back({"preview", Evidence::Kind::text, std::string(why), true});
    return true;
  }

  static std::string first_column(std::string_view body) {
    Cursor in(body);
    const std::uint16_t count = in.u16();
    const std::int32_t size = in.i32();
    return count == 0 || size < 0 ? std::string() : std::string(in.take(static_cast<std::size_t>(size)));
  }

  static std::string problem(std::string_view body) {
    const auto decoded = postgres::decode_problem(body);
    return decoded ? std::string(decoded->message) : std::string("an error that cannot be read");
  }

  // The step before has been answered.
  bool next() {
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
    const std::size_t count = step.takes_parameters ? seat_.action->parameters.size() : 0;
    std::string parse, bind, execute;
    Writer to_parse(parse);
    to_parse.text("");
    to_parse.text(step.sql);
    to_parse.u16(static_cast<std::uint16_t>(count));
    for (std::size_t i = 1; i <= count; ++i) to_parse.u32(names_parameter(step.sql, i) ? 0 : text_type);
    Writer to_bind(bind);
    to_bind.text("");
    to_bind.text("");
    to_bind.u16(0);  // All values are text,
    to_bind.u16(static_cast<std::uint16_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      const action::Parameter& value = seat_.action->parameters[i];
      to_bind.u32(value ? static_cast<std::uint32_t>(value->size()) : UINT32_MAX);
      if (value) to_bind.bytes(*value);
    }
    to_bind.u16(0);  // and so is the answer.
    Writer to_execute(execute);
    to_execute.text("");
    to_execute.u32(0);
    loopback_->send(postgres::encode(Front::parse, parse) + postgres::encode(Front::bind, bind) +
                    postgres::encode(Front::execute, execute) + postgres::encode(Front::sync));
  }

  void over(const std::optional<Error>& why) {
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
  std::unique_ptr<Loopback> loopback_;
};

}  // namespace

std::unique_ptr<Preview> preview_sql(PreviewSeat seat) {
  auto preview = std::make_unique<SqlPreview>(std::move(seat));
  preview->start();
  return preview;
}

}  // namespace claw::gateway
