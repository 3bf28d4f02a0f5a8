// What the machine itself costs, without sockets and without a policy: one judged statement from the
// agent's bytes to the record, and rows on their way back.
#include <benchmark/benchmark.h>

#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"

namespace {

using namespace claw;
using namespace claw::postgres;
using protocol::Side;

class Session {
 public:
  Session() : machine_(make_options(), {"bot", "ops", ""}, "session", "OURKEY88") {
    tell(protocol::Received{Side::client, encode_startup({{"user", "ann"}})});
    tell(protocol::Leased{{}, std::make_shared<action::Login>()});
    tell(protocol::Connected{});
    tell(protocol::Received{Side::upstream,
                            encode_challenge(Challenge::Kind::ok) + encode_status(Transaction::idle)});
  }

  void tell(const protocol::Event& event) {
    out_.clear();
    machine_.on(event, out_);
  }

  void ask(std::string_view frames) {
    tell(protocol::Received{Side::client, frames});
    tell(protocol::Decided{++ticket_, {action::Outcome::allow, {}, {}, {}}});
    tell(protocol::Received{Side::client, frames});
  }

 private:
  static std::shared_ptr<const Options> make_options() {
    auto options = std::make_shared<Options>();
    options->sslmode = SslMode::disable;
    options->enforce_read = false;
    return options;
  }

  Machine machine_;
  protocol::Commands out_;
  protocol::Ticket ticket_ = 0;
};

const std::string answer = encode(Back::row_description, "x") + encode(Back::data_row, "y") +
                           encode(Back::command_complete, std::string_view("SELECT 1", 9)) +
                           encode_status(Transaction::idle);

void judged_query(benchmark::State& state) {
  Session session;
  const std::string query =
      encode(Front::query, std::string("SELECT abalance FROM pgbench_accounts WHERE aid = 1") + '\0');
  for (auto _ : state) {
    session.ask(query);
    session.tell(protocol::Received{Side::upstream, answer});
  }
}
BENCHMARK(judged_query);

void relayed_rows(benchmark::State& state) {
  Session session;
  session.ask(encode(Front::query, std::string_view("select 1", 9)));
  std::string rows;
  while (rows.size() < 64 * 1024) rows += encode(Back::data_row, std::string(100, 'r'));
  for (auto _ : state) session.tell(protocol::Received{Side::upstream, rows});
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(relayed_rows);

}  // namespace
