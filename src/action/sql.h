// What a SQL text does, as an action: turns the reader's facts into a Subject and a session's state into a
// Context. Protocols that carry SQL use it, fixtures too. It reads no SQL itself and knows no dialect.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "sql/facts.h"

namespace claw::action {

// Every statement is a part, the inner ones too. A text that was not understood is one part whose facts
// are unknown, but for the text itself. Never null; keep it as long as the facts are cached.
// `truncated`: the text is only the beginning, so it is one such part too, its text unknown as well.
std::shared_ptr<const Subject> make_sql_subject(std::string_view text,
                                                std::shared_ptr<const sql::Facts> facts,
                                                bool truncated = false);

// The subject of a text that means what `form`'s does but for its numbers, which are in no fact other than
// the texts; `own` is its one statement's text. `form` was made by make_sql_subject() and understood.
std::shared_ptr<const Subject> make_sql_subject_like(const Subject& form, std::string_view text,
                                                     std::string_view own);

// What the session is, as far as rules may ask.
struct SqlSession {
  std::string user;                      // As the upstream knows it.
  std::string database;
  std::string role;                      // After SET ROLE; the user's own name before. Empty: not known.
  std::vector<std::string> search_path;  // Empty: not known. What is not known is unknown to rules too.
};

// Where and by whom, apart from the session's own state.
struct Place {
  Principal principal;
  std::string endpoint;    // `postgres.prod`
  std::string credential;  // Bare name; empty when none.
  std::string session;     // Names the connection in the record.
};

std::shared_ptr<const Context> make_context(Family family, Place place);  // Families without session state.
std::shared_ptr<const Context> make_sql_context(Place place, SqlSession session);

}  // namespace claw::action
