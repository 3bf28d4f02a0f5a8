// The talk between an agent and its upstream once both are logged in: each message judged, relayed,
// answered or refused as table.h says. Five files carry it: session.cc (events and endings),
// client_side.cc, upstream_side.cc, lane.cc (reads held to reading) and breaker.cc (writes held to so many
// rows).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/postgres/breaker.h"
#include "protocol/postgres/facts.h"
#include "protocol/postgres/phase.h"
#include "protocol/postgres/queue.h"

namespace claw::postgres {

constexpr std::size_t read_ahead_bytes_max = 64 * 1024;  // Of a client we are not ready to listen to.
constexpr std::size_t statements_max = 10'000;  // Prepared ones per connection; drivers keep some hundred.
constexpr std::size_t portals_max = 1'000;                  // Open at once.
constexpr std::size_t outstanding_max = 4'096;           // Messages of one group that await answers.

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};

class Session final : public Phase {
 public:
  Session(Seat seat, Arrival arrival);

  void on(const protocol::Event& event, protocol::Commands& out) override;
  bool wants(protocol::Side side) const override;
  std::string_view state() const override;

 private:
  using Ticket = protocol::Ticket;
  using Commands = protocol::Commands;

  // An action from its Decide until it is sent or refused. Its bytes stay in the receive buffer.
  struct Question {
    Ticket ticket;
    ReadingPtr reading;
    std::shared_ptr<const action::Context> context;  // As it was judged.
    std::optional<action::Verdict> verdict;
  };
  struct Portal {
    std::string name;
    ReadingPtr reading;
    Ticket ticket;
  };
  struct Running {  // An allowed action whose end is not yet recorded.
    Ticket ticket;
    std::int64_t rows = -1;
    std::string detail;
    bool failed = false;
    std::uint64_t rows_max = 0;  // It may change so many; 0: any number.
    bool alone = false;          // It came first in its group.
    std::string bind = {};       // Of such a one, the message its portal was made by.
  };
  enum class Mode : std::uint8_t {
    unknown,
    reading,
    writing
  };                                                    // What default_transaction_read_only was set to.
  enum class Gate : std::uint8_t { open, wait, shut };  // Shut: refused, and the agent told.

  // client_side.cc: true when the front message is done with and the next may be looked at.
  void on_client(std::string_view bytes, Commands& out);
  bool on_client_frame(std::string_view bytes, Commands& out);
  bool on_client_message(const Header& header, std::string_view bytes, Commands& out);
  bool on_query(std::string_view frame, Commands& out);
  bool on_parse(std::string_view frame, std::string_view after, Commands& out);
  bool on_bind(std::string_view frame, Commands& out);
  bool on_execute(std::string_view frame, Commands& out);
  bool on_describe(std::string_view frame, Commands& out);
  bool on_close(std::string_view frame, Commands& out);
  bool on_sync(std::string_view frame, Commands& out);
  bool on_flush(std::string_view frame, Commands& out);
  bool on_terminate(Commands& out);
  bool on_copy(const Header& header, std::string_view bytes, Commands& out);
  bool on_message_in_copy(const Header& header, Commands& out);
  bool on_function_call(const Header& header, Commands& out);
  bool too_long(const Header& header, bool simple, std::string_view what, Commands& out);
  bool refuse_reserved(std::size_t frame_bytes, Commands& out);
  bool refuse_unknown(const Target& target, std::size_t frame_bytes, Commands& out);
  bool skip(std::size_t frame_bytes, Commands& out);
  bool refuse_full(std::size_t frame_bytes, Commands& out);
  bool drain(Commands& out);
  bool dropped(Gate gate, std::size_t frame_bytes);
  bool broken_client(Commands& out, std::string_view what);

  Gate judge(const ReadingPtr& reading, std::vector<action::Parameter> parameters, bool simple,
             Commands& out);
  Gate pass(const ReadingPtr& reading, std::vector<action::Parameter> parameters, bool simple, bool runs,
            Commands& out);
  bool steers_own_block(const Reading& reading, bool simple, Commands& out);
  void refuse(const Problem& problem, bool simple, Commands& out);
  void refuse_judged(const action::Verdict& verdict, const sql::Facts* facts, bool simple, Commands& out);
  void relay_up(std::string_view frame, Entry entry, Commands& out);
  void send_up(std::string bytes, Entry entry, Commands& out);
  ReadingPtr read(std::string_view text) const;
  ReadingPtr statement_named(std::string_view name) const;
  std::optional<Portal> portal_named(std::string_view name) const;

  // lane.cc
  Gate enter_lane(const Reading& reading, bool runs, bool simple, Commands& out);
  Gate enter_idle(Lane lane, bool simple, Commands& out);
  Gate enter_block(const Reading& reading, bool runs, Commands& out);
  void housekeep(std::string_view sql, Commands& out, Fate of_execute = Fate::swallow);
  Gate switch_mode(Mode to, Commands& out);
  void follow(const Reading& reading, Commands& out);
  void pin_lexing(Commands& out);
  void lane_ready(Transaction status);

  // breaker.cc
  bool run_counted(std::string_view frame, Entry entry, bool simple, Commands& out);
  void await(bool simple, Commands& out);
  void note_count(std::string_view body);
  void hold_back(std::string_view part);
  void go_on_counted(Commands& out);
  void keep_rows(Commands& out);
  void tell_held(Commands& out);
  void undone(Commands& out);
  void ask_again(Commands& out);
  bool on_execute_again(std::string_view frame, Commands& out);
  void bind_again(const std::string& frame, const Entry& execute, Commands& out);
  void keep_bind(std::string_view frame);
  void abandon_counted(const std::string& detail, Commands& out);
  bool end_own_block(Transaction status, Commands& out);

  // upstream_side.cc: false when the message has no place there.
  struct Run;
  void on_upstream(std::string_view bytes, Commands& out);
  bool on_answer(Back type, const Header& header, std::string_view body, Run& run);
  bool owes(Awaits a, Awaits b);
  bool answered(Awaits awaits, Commands& out);
  bool answered_describe(Commands& out);
  void drop_portal(std::string_view name, Commands& out);
  bool begin_copy();
  bool on_complete(Back type, std::string_view body, Commands& out);
  void settle(const Reading& reading);
  void forget_names(const sql::Facts& facts, Commands& out);
  bool on_problem(std::string_view body, Run& run);
  void skip_to_sync(const std::string& detail, Commands& out);
  bool on_ready(std::string_view body, Run& run);
  bool on_setting(std::string_view body);
  void broken_upstream(Commands& out, std::string_view what);

  // session.cc
  void withdraw(std::string_view why, Commands& out);
  Running* running(Ticket ticket);
  void end_ticket(Ticket ticket, protocol::Ending ending, std::string detail, Commands& out);
  void end_all(protocol::Ending ending, std::string_view detail, Commands& out);
  void on_late(const protocol::Decided& decided, Commands& out);
  void on_closed(const protocol::PeerClosed& closed, Commands& out);
  void on_idle(Commands& out);

  Settings settings_;
  Queue queue_;
  Transaction status_ = Transaction::idle;          // As the last ReadyForQuery said.
  std::optional<Question> question_;
  Ticket tickets_ = 0;
  std::vector<Running> running_;
  std::unordered_map<std::string, ReadingPtr, NameHash, std::equal_to<>>
      statements_;  // Those the upstream has.
  std::vector<Portal> portals_;

  std::size_t client_passing_ = 0;        // Bytes of a CopyData frame still to come,
  std::size_t client_dropping_ = 0;       // or of a refused one.
  std::size_t upstream_passing_ = 0;      // Bytes of a large answer still to come;
  bool upstream_hidden_ = false;          // it is not the agent's,
  bool upstream_held_ = false;            // or not yet.
  bool client_mid_frame_ = false;         // What the agent got last ended inside a message.
  std::size_t client_left_ = 0;           // Bytes of the agent's we have not taken.
  bool blocked_ = false;                  // They wait for an answer or a verdict, not for more bytes.
  bool skipping_ = false;                 // After a refusal, up to the agent's Sync,
  bool skipping_here_ = false;            // which the upstream knows nothing of.
  bool left_name_ = false;  // A statement of ours failed when it ran, and kept its name upstream.
  bool draining_ = false;                 // A Flush of ours is on its way.
  bool copy_in_ = false;
  Ticket copy_ticket_ = 0;
  bool group_failed_ = false;
  bool rolled_back_ = false;              // The last word on transactions was ROLLBACK.
  std::int64_t rows_seen_ = 0;

  Mode mode_ = Mode::writing;             // Nothing was set yet: the server's own default.
  bool reports_read_only_;
  Mode switching_ = Mode::unknown;        // What our SET under way makes it; unknown: none is.
  std::string switch_problem_;
  Lane group_lane_ = Lane::any;           // Of the implicit transaction under way; any: none is.
  bool group_sent_ = false;  // Some of it is upstream, answered or not: a transaction is open there.
  bool group_ran_ = false;                // More than a Parse of it was sent,
  bool group_wrote_ = false;              // and some of that was no read.
  bool relexed_ = false;                  // Text may be read differently from here to the group's end.
  bool block_wrote_ = false;              // Something in this transaction block was no read.
  bool newer_grammar_ = false;            // The server's is newer than ours.
  bool in_block_ = false;                 // As the messages sent so far make it.
  bool wrapped_ = false;                  // Inside our own read-only savepoint.
  bool own_block_ = false;                // In a transaction block that we began, for a write under a cap.
  Breaker breaker_;
};

}  // namespace claw::postgres
