// From a statement's text to what is judged, and what is known of the session it runs in. read() is the
// only door to the grammar; Settings follows what the server reports and what completed statements
// change, and says when a text may not mean to the server what it means to us.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/sql.h"
#include "sql/facts.h"

namespace claw::postgres {

enum class Lane : std::uint8_t {
  any,      // Only the session's own settings: SET, SHOW, DEALLOCATE.
  reading,  // Can be held to reading.
  writing,  // Everything else, what was not understood included.
  mixed,    // Reads beside commands that could free them from being held: BEGIN, SET transaction_read_only.
};

// One text, read: shared by every action that says the same.
struct Reading {
  std::shared_ptr<const action::Subject> subject;
  std::shared_ptr<const sql::Facts> facts;
  Lane lane = Lane::writing;
  bool opens_block = false;   // Its last word on transactions is BEGIN,
  bool closes_block = false;  // or COMMIT or ROLLBACK.
  bool plain = false;         // Every server lexes it as we do, whatever its settings.
  bool writes = false;        // Does more than read and steer the session or the transaction, or may.
  bool holds = false;         // Declares a cursor WITH HOLD.
  bool relexes = false;       // Changes settings that decide how text is lexed, or may.
  std::string reasoning;      // What the agent says of it in a comment.
};
using ReadingPtr = std::shared_ptr<const Reading>;

// Each thread keeps what it has read. Recurses with the grammar: see sql::stack_bytes_min.
ReadingPtr read(std::string_view text);
ReadingPtr not_understood(std::string_view text, std::string why);

class Settings {
 public:
  explicit Settings(action::Place place, std::string user, std::string database);

  void reported(std::string_view name, std::string_view value);  // ParameterStatus.
  void sent(const sql::Facts& facts);       // What it changes is not known until it has been answered.
  void completed(const sql::Facts& facts);  // All of it, without an error.
  void ready(bool in_block, bool rolled_back, bool failed);      // ReadyForQuery, and of what.

  // read(), unless the server could lex this text in another way.
  ReadingPtr read_as_server(std::string_view text) const;
  const std::shared_ptr<const action::Context>& context();
  // Nothing that was known when this context was made has another value now.
  bool still_means(const action::Context& before);
  const std::string& encoding() const { return encoding_; }

 private:
  struct Known {
    std::string role;                      // Empty: not known.
    std::vector<std::string> search_path;  // Likewise.
    bool operator==(const Known&) const = default;
  };
  void change(const sql::SessionChange& change, Known& known) const;

  action::Place place_;
  std::string user_;
  std::string database_;
  bool standard_strings_ = true;
  std::string encoding_ = "UTF8";
  Known current_;  // With what SET LOCAL did,
  Known lasting_;  // without it,
  Known settled_;  // and before this transaction.
  bool changed_ = false;  // Since the last ReadyForQuery.
  std::shared_ptr<const action::Context> context_;  // Null: made anew when next asked for.
};

}  // namespace claw::postgres
