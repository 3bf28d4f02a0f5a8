// A Postgres session as a program of ours holds it: statements one after the other, by the extended protocol,
// values and answers as text. Its other end is the gateway, which lends the credential; so it proves nothing
// and knows no secret. Rows are handed on as they come; how many are wanted is the asker's to say.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loopback/line.h"

namespace claw::loopback {

using Value = std::optional<std::string>;  // Text, or NULL.

struct Column {
  std::string name;
  std::uint32_t type = 0;  // pg_type's oid.
};

struct Statement {
  std::string sql;
  std::vector<Value> parameters;
  std::vector<std::uint32_t> types = {};  // Of the parameters; 0 or missing: the server finds out.
  std::uint32_t rows_max = 0;             // 0: all of them.
};

struct Problem {
  std::string severity, code, message, hint;
  std::uint32_t position = 0;
};

// Told in this order for each statement; `ready` is also told once, first, when the session has begun.
class Hearer {
 public:
  virtual ~Hearer() = default;
  virtual void on_columns(std::vector<Column> columns) = 0;
  virtual void on_row(std::vector<Value> row) = 0;
  virtual void on_done(std::string tag) = 0;    // Empty: there were more rows than were wanted.
  virtual void on_problem(Problem problem) = 0;
  virtual bool on_ready() = 0;                  // True: that was all.
  virtual void on_over(const std::optional<Error>& why) = 0;  // Once; this may be let go of.
};

class Session {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  Session(io::Loop& loop, io::Fd end, Limits limits, const Parameters& startup, Hearer& hearer);

  void ask(const Statement& statement);            // After on_ready().
  const std::string& cancel_key() const { return cancel_key_; }  // Empty until there is one.

 private:
  bool heard(std::string& unread);
  bool take(char type, std::string_view body);     // False: it makes no sense.

  Hearer& hearer_;
  std::string cancel_key_;
  bool done_ = false;
  std::optional<Error> nonsense_;
  std::unique_ptr<Line> line_;
};

// A cancel request, on a connection of its own: to be kept until `over`.
std::unique_ptr<Line> send_cancel(io::Loop& loop, io::Fd end, std::string_view key, Line::Over over);

}  // namespace claw::loopback
