#include "guard/ledger.h"

#include <gtest/gtest.h>

#include <thread>

#include "action/sql.h"
#include "base/json.h"

namespace claw::guard {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

Budget budget(std::string name, Per per, std::initializer_list<std::pair<Use, std::int64_t>> limits) {
  Budget made;
  made.name = std::move(name);
  made.per = per;
  made.approvers = {"ops"};
  for (const auto& [use, limit] : limits) made.limits[static_cast<std::size_t>(use)] = limit;
  return made;
}

class Book : public testing::Test {
 protected:
  static action::Principal bot(std::string agent = "bot") {
    return {std::move(agent), "ops", "10.0.0.7:4711"};
  }

  std::optional<Over> allow(const action::Principal& who, audit::Charged charged = {},
                            std::vector<std::string_view> labels = {}) {
    last_ = make_id(clock_.wall_us());
    return ledger_.allow({last_, who, terms_, charged, labels});
  }

  action::Standing stand(const action::Principal& who) {
    action::Standing standing;
    ledger_.stand(who, terms_, standing);
    return standing;
  }

  std::int64_t used(std::string_view account, Use use) {
    for (const Stint& stint : ledger_.list(terms_)) {
      for (const Spent& spent : stint.budgets) {
        if (stint.account == account && spent.use == use) return spent.used;
      }
    }
    return -1;
  }

  // What a gateway that was killed finds: what was saved, and the records since.
  std::unique_ptr<Ledger> restarted(const std::string& saved, const std::vector<std::string>& records) {
    auto ledger = std::make_unique<Ledger>(clock_);
    EXPECT_TRUE(ledger->restore(saved));
    for (const std::string& record : records) ledger->recall(audit::parse_record(record).value(), terms_);
    ledger->recalled();
    return ledger;
  }

  FakeClock clock_;
  Terms terms_{true, session_idle_default_us, {}, {}};
  Ledger ledger_{clock_};
  Id last_;
};

TEST_F(Book, a_stint_counts_what_an_agent_did_and_keeps_its_labels) {
  EXPECT_EQ(stand(bot()).actions, 0);
  allow(bot(), {}, {"untrusted-input"});
  allow(bot(), {true, 1, false}, {"seen", "untrusted-input"});
  ledger_.deny({last_, bot(), terms_});
  const action::Standing standing = stand(bot());
  EXPECT_EQ(standing.actions, 3);
  EXPECT_EQ(standing.denied, 1);
  EXPECT_EQ(standing.destructive, 1);
  EXPECT_EQ(standing.labels, (std::vector<std::string>{"seen", "untrusted-input"}));
  EXPECT_EQ(stand(bot("other")).actions, 0);
}

TEST_F(Book, a_pause_ends_a_stint_and_what_runs_is_no_pause) {
  allow(bot(), {}, {"untrusted-input"});
  clock_.advance_us(90 * minute_us);
  EXPECT_EQ(stand(bot()).labels.size(), 1U) << "it still runs: a stream that feeds the agent all the while";
  ledger_.finished(last_, true, -1);
  clock_.advance_us(session_idle_default_us - 1);
  EXPECT_EQ(stand(bot()).labels.size(), 1U);
  clock_.advance_us(1);
  EXPECT_TRUE(stand(bot()).labels.empty());
  EXPECT_EQ(stand(bot()).actions, 0);
}

TEST_F(Book, labels_are_not_shed_by_a_new_connection_address_or_listener) {
  allow({"bot", "ops", "10.0.0.7:1"}, {}, {"untrusted-input"});
  EXPECT_EQ(stand({"bot", "other", "[2001:db8::1]:2"}).labels.size(), 1U);
  const auto account = [](std::string address) { return account_of({"anonymous", "p", std::move(address)}); };
  EXPECT_EQ(account("10.0.0.7:1"), account("10.0.0.7:60000"));
  EXPECT_NE(account("10.0.0.7:1"), account("10.0.0.8:1"));
  EXPECT_EQ(account("127.0.0.1:1"), account("127.9.9.9:1"));
  EXPECT_EQ(account("127.0.0.1:1"), account("[::1]:1"));
  EXPECT_EQ(account("127.0.0.1:1"), account("[::ffff:127.0.0.1]:1"));
  EXPECT_EQ(account("10.0.0.7:1"), account("[::ffff:10.0.0.7]:1"));
  EXPECT_EQ(account("[2001:db8:0:5::1]:1"), account("[2001:db8:0:5:1:2:3:4]:9"));
  EXPECT_EQ(account("[2001:0:0:5::1]:1"), account("[2001::5:1:2:3:4]:9"));
  EXPECT_NE(account("[2001:db8:0:5::1]:1"), account("[2001:db8:0:6::1]:1"));
  EXPECT_NE(account_of({"this machine", "p", ""}), account("127.0.0.1:1"));
}

TEST_F(Book, an_operator_ends_a_stint) {
  terms_.budgets = {budget("b", Per::session, {{Use::actions, 1}})};
  EXPECT_FALSE(allow(bot(), {}, {"x"}));
  EXPECT_TRUE(allow(bot()));
  EXPECT_FALSE(ledger_.end("nobody", terms_));
  EXPECT_TRUE(ledger_.end("bot", terms_));
  EXPECT_TRUE(stand(bot()).labels.empty());
  EXPECT_FALSE(allow(bot()));
}

TEST_F(Book, a_budget_says_what_it_has_no_room_for) {
  terms_.budgets = {budget("few", Per::hour, {{Use::actions, 2}, {Use::destructive, 0}})};
  EXPECT_FALSE(allow(bot()));
  EXPECT_FALSE(allow(bot()));
  const auto over = allow(bot());
  ASSERT_TRUE(over);
  EXPECT_EQ(over->reason, "budget `few`: 2 of 2 actions this hour");
  EXPECT_EQ(over->budgets, "few");
  EXPECT_EQ(over->approvers, std::vector<std::string>{"ops"});
  EXPECT_FALSE(over->is_refused);
  EXPECT_FALSE(allow(bot("other"))) << "each agent has its own";
  EXPECT_EQ(allow(bot("other"), {true, 1, false})->reason,
            "budget `few`: 0 of 0 destructive actions this hour");
  terms_.budgets[0].approvers.clear();
  EXPECT_TRUE(allow(bot())->is_refused);
}

TEST_F(Book, a_budget_is_for_whom_it_names) {
  Budget made = budget("some", Per::hour, {{Use::actions, 0}});
  made.agents = {"bot"};
  made.profiles = {"guests"};
  terms_.budgets = {made};
  EXPECT_TRUE(allow(bot()));
  EXPECT_FALSE(allow(bot("other")));
  EXPECT_TRUE(allow({"other", "guests", ""}));
}

TEST_F(Book, hours_end_by_time_that_ran) {
  terms_.budgets = {budget("h", Per::hour, {{Use::actions, 1}}), budget("d", Per::day, {{Use::actions, 2}})};
  EXPECT_FALSE(allow(bot()));
  clock_.advance_us(60 * minute_us - 1);
  EXPECT_EQ(allow(bot())->budgets, "h");
  clock_.advance_us(1);
  EXPECT_FALSE(allow(bot()));
  clock_.advance_us(60 * minute_us);
  EXPECT_EQ(allow(bot())->budgets, "d");
}

TEST_F(Book, rows_count_when_a_write_has_ended_and_what_runs_holds_a_share) {
  terms_.budgets = {budget("w", Per::day, {{Use::rows_written, 100}})};
  const audit::Charged write{false, 0, true};
  EXPECT_FALSE(allow(bot(), write));
  const Id first = last_;
  EXPECT_EQ(used("bot", Use::rows_written), 10);
  EXPECT_FALSE(allow(bot(), write));
  const Id failing = last_;
  ledger_.finished(first, true, 95);
  ledger_.finished(failing, true, -1);
  EXPECT_EQ(used("bot", Use::rows_written), 95) << "what failed wrote nothing";
  ledger_.finished(first, true, 95);
  EXPECT_EQ(used("bot", Use::rows_written), 95) << "an action ends once";
  EXPECT_FALSE(allow(bot(), write)) << "there is room for something";
  EXPECT_EQ(allow(bot(), write)->reason,
            "budget `w`: 105 of 100 rows written this day (10 of them held for what still runs)");
  ledger_.finished(last_, true, 1);
  EXPECT_FALSE(allow(bot())) << "reading is not writing";
  EXPECT_FALSE(allow(bot("other"), write));
  ledger_.finished(last_, false, 3);
  EXPECT_EQ(used("other", Use::rows_written), 10) << "nobody saw how many";
  EXPECT_FALSE(allow(bot("third"), {false, 0, true, true}));
  ledger_.finished(last_, true, 1);
  EXPECT_EQ(used("third", Use::rows_written), 10) << "its count is of the SELECT around the INSERT";
}

TEST_F(Book, denials_and_bytes_make_the_next_action_ask) {
  terms_.budgets = {budget("d", Per::session, {{Use::denials, 2}, {Use::bytes_out, 1000}})};
  ledger_.deny({last_, bot(), terms_});
  EXPECT_FALSE(allow(bot()));
  ledger_.deny({last_, bot(), terms_});
  EXPECT_EQ(allow(bot())->reason, "budget `d`: 2 of 2 denials this session");
  ledger_.sent(bot("other"), terms_, 999);
  EXPECT_FALSE(allow(bot("other")));
  ledger_.sent(bot("other"), terms_, 1);
  EXPECT_EQ(allow(bot("other"))->reason, "budget `d`: 1000 of 1000 bytes sent to the agent this session");
}

TEST_F(Book, a_hundred_at_once_do_not_get_past_a_limit) {
  terms_.budgets = {budget("w", Per::day, {{Use::actions, 50}, {Use::rows_written, 1000}})};
  std::atomic<int> allowed = 0;
  std::atomic<int> writing = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        const Id id = make_id(0);
        allowed += ledger_.allow({id, bot(), terms_, {}, {}}) ? 0 : 1;
        const Id write = make_id(0);
        writing += ledger_.allow({write, bot("writer"), terms_, {false, 0, true}, {}}) ? 0 : 1;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(allowed, 50);
  EXPECT_EQ(writing, 10) << "each holds a tenth until it has ended";
}

TEST_F(Book, a_killed_gateway_knows_what_was_saved_and_what_the_journal_has_since) {
  terms_.budgets = {budget("w", Per::day, {{Use::rows_written, 100}, {Use::destructive, 5}})};
  allow(bot(), {true, 2, true}, {"untrusted-input"});
  const Id running = last_;
  const std::string saved = ledger_.save(7);
  EXPECT_EQ(Ledger(clock_).restore(saved).value(), 7U);
  const auto judged = [](std::string_view id, std::string_view rest) {
    return R"({"seq":8,"time":"2027-01-15T08:00:00.000000Z","kind":"judged","agent":"bot",)"
           R"("profile":"ops","action":")" +
           std::string(id) + "\"," + std::string(rest) + "}";
  };
  const std::string ended =
      R"({"seq":9,"time":"2027-01-15T08:00:00.000000Z","kind":"ended","ending":"ok","rows":40,"action":")";
  const std::string other = std::string(make_id(1).view());
  clock_.advance_us(minute_us);
  const auto after = restarted(saved, {
      judged(running.view(), R"("verdict":"allow","charged":{"destructive":true,"rows":true})"),
      judged(other, R"("verdict":"allow","labels":["seen"],"charged":{"rows":true})"),
      judged(make_id(2).view(), R"("verdict":"deny")"),
      ended + std::string(running.view()) + "\"}"});
  const auto stints = after->list(terms_);
  ASSERT_EQ(stints.size(), 1U);
  EXPECT_EQ(stints[0].labels, (std::vector<std::string>{"seen", "untrusted-input"}));
  EXPECT_EQ(stints[0].actions, 3);
  EXPECT_EQ(stints[0].denied, 1);
  EXPECT_EQ(stints[0].destructive, 1) << "what was saved as running is not counted twice";
  EXPECT_EQ(stints[0].running, 0);
  ASSERT_EQ(stints[0].budgets.size(), 2U);
  EXPECT_EQ(stints[0].budgets[0].used, 50) << "40 that ended, and a tenth for the one nobody saw end";
  clock_.advance_us(session_idle_default_us);
  EXPECT_TRUE(after->list(terms_)[0].labels.empty());
  EXPECT_EQ(after->list(terms_)[0].budgets[0].used, 50);
}

TEST_F(Book, a_clock_set_back_over_a_restart_empties_nothing) {
  terms_.budgets = {budget("h", Per::hour, {{Use::actions, 1}})};
  allow(bot(), {}, {"x"});
  ledger_.finished(last_, true, 0);
  clock_.advance_us(10 * minute_us);
  std::string saved = ledger_.save(1);
  const std::string now = std::to_string(clock_.wall_us());
  const std::string later = std::to_string(clock_.wall_us() + 1000 * minute_us);
  saved.replace(saved.find(now), now.size(), later);  // As if the clock had been set back since.
  const auto after = restarted(saved, {});
  EXPECT_EQ(after->list(terms_)[0].labels.size(), 1U);
  clock_.advance_us(19 * minute_us);
  EXPECT_EQ(after->list(terms_)[0].labels.size(), 1U);
  clock_.advance_us(minute_us);
  EXPECT_TRUE(after->list(terms_)[0].labels.empty()) << "idle for ten minutes then and twenty now";
}

TEST_F(Book, what_is_no_ledger_is_told_at_every_truncation) {
  terms_.budgets = {budget("h", Per::hour, {{Use::rows_written, 9}})};
  allow(bot(), {true, 1, true}, {"x"});
  const std::string saved = ledger_.save(1);
  for (std::size_t length = 0; length < saved.size(); ++length) {
    EXPECT_FALSE(Ledger(clock_).restore(saved.substr(0, length))) << length;
  }
  EXPECT_FALSE(Ledger(clock_).restore("{}"));
  EXPECT_FALSE(Ledger(clock_).restore(R"({"format":1})"));
  EXPECT_TRUE(Ledger(clock_).restore(R"({"format":1,"through":0,"agents":[7,{}],"running":[null]})"));
}

TEST_F(Book, agents_are_forgotten_after_a_day_and_not_while_something_runs) {
  allow(bot());
  const Id running = last_;
  allow(bot("other"));
  ledger_.finished(last_, true, 0);
  clock_.advance_us(24 * 60 * minute_us + 1);
  ledger_.forget();
  ASSERT_EQ(ledger_.list(terms_).size(), 1U);
  EXPECT_EQ(ledger_.list(terms_)[0].account, "bot");
  ledger_.finished(running, true, 0);
  clock_.advance_us(24 * 60 * minute_us + 1);
  ledger_.forget();
  EXPECT_TRUE(ledger_.list(terms_).empty());
}

TEST_F(Book, newcomers_share_an_account_when_there_are_too_many) {
  allow(bot(), {}, {"x"});
  for (std::size_t i = 0; i < agents_max; ++i) allow(bot("a" + std::to_string(i)));
  EXPECT_EQ(stand(bot()).labels.size(), 1U) << "nobody is forgotten to make room";
  allow(bot("late"), {}, {"y"});
  EXPECT_EQ(stand(bot("later")).labels.size(), 1U);
}

sql::Statement statement(std::string verb, std::vector<sql::Name> tables, sql::Effect effect) {
  sql::Statement made;
  made.verb = std::move(verb);
  made.tables = std::move(tables);
  made.destructive = effect == sql::Effect::destroy;
  made.effects.add(effect);
  return made;
}

audit::Charged charged(std::vector<sql::Statement> statements) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = 1;
  facts->statements = std::move(statements);
  return charge_of(*action::make_sql_subject("...", facts));
}

TEST(charge, what_is_deleted_is_counted_by_name_and_what_cannot_be_read_as_what_it_may_be) {
  using enum sql::Effect;
  EXPECT_EQ(charged({statement("select", {{"", "", "orders"}}, read)}), (audit::Charged{}));
  EXPECT_EQ(charged({statement("drop", {{"", "", "a"}, {"", "public", "b"}}, destroy)}),
            (audit::Charged{true, 2, false, false}));
  EXPECT_EQ(charged({statement("drop", {}, destroy), statement("drop", {}, destroy)}),
            (audit::Charged{true, 2, false, false}));
  EXPECT_EQ(charge_of(*action::make_sql_subject("frobnicate", std::make_shared<sql::Facts>())),
            (audit::Charged{true, 1, true, true}));
}

TEST(charge, rows_are_written_by_what_writes_and_hidden_inside_something_else) {
  using enum sql::Effect;
  EXPECT_EQ(charged({statement("insert", {}, write)}), (audit::Charged{false, 0, true, false}));
  EXPECT_EQ(charged({statement("begin", {}, transaction)}), (audit::Charged{}));
  EXPECT_EQ(charged({statement("set", {}, session)}), (audit::Charged{}));
  EXPECT_EQ(charged({statement("do", {}, procedural)}), (audit::Charged{false, 0, true, true}));
  sql::Statement within = statement("delete", {}, remove);
  within.inner = true;
  EXPECT_EQ(charged({statement("select", {}, read), within}), (audit::Charged{false, 0, true, true}));
}

TEST(budget, every_use_and_period_has_words) {
  for (const Use use : uses) {
    EXPECT_FALSE(name_of(use).empty());
    EXPECT_FALSE(words_of(use).empty());
  }
  EXPECT_EQ(name_of(Per::session), "session");
  EXPECT_EQ(name_of(Per::hour), "hour");
  EXPECT_EQ(name_of(Per::day), "day");
}

}  // namespace
}  // namespace claw::guard
