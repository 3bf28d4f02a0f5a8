// What the end-to-end tests have no time for: calls whose client was sent away to show a page, and comes back
// or does not.
#include "toolcall/desk.h"

#include <gtest/gtest.h>

#include "audit/memory.h"

namespace claw::toolcall {
namespace {

constexpr int minute_s = 60;

class Probe final : public Tool {  // Has run where it is called.
 public:
  explicit Probe(int& runs) : runs_(runs) {}
  std::string_view name() const override { return "probe"; }
  std::string_view description() const override { return "Does nothing."; }
  Traits traits() const override { return {}; }
  void write_schema(json::Writer& out) const override { out.begin_object(), out.end_object(); }
  std::optional<Mistake> check(const json::Value&) const override { return std::nullopt; }
  Plan plan(const Asking& asking) const override {
    Planned planned;
    planned.call.name = "probe";
    planned.call.arguments = asking.arguments;
    planned.is_program = true;
    planned.start = [this](const Seat& seat) {
      ++runs_;
      Outcome outcome;
      outcome.result = R"({"ran":true})";
      seat.loop.post([seat, outcome] { seat.done(outcome); });
      return std::make_unique<Nothing>();
    };
    return planned;
  }

 private:
  class Nothing final : public Run {
    void cancel() override {}
  };
  int& runs_;
};

struct Client final : public Guest {
  void joined(std::string_view named, std::string_view) override { id = named; }
  void tell(std::string_view, std::string_view) override {}
  void over(const Said& said) override { status = said.status; }
  std::string id;
  int status = 0;
};

class World : public testing::Test {
 protected:
  guard::Endpoint asks_for_all() const {
    policy::RuleSource rule;
    rule.name = "all";
    rule.verdict = policy::Outcome::approve;
    rule.approvers = {"ops"};
    auto made = policy::compile_rules(action::Family::tool, {rule}, {});
    return {"tools.local", "tools", "v1", made.rules, {{{.name = "ops"}, 30LL * minute_s * 1'000'000}}};
  }
  Who who() const { return {{snapshot_, &endpoint_, gate_}, {"bot", "agents", "127.0.0.1"}}; }

  std::shared_ptr<Client> call(const std::string& key = {}) {
    const auto client = std::make_shared<Client>();
    Want want;
    want.tool = "probe";
    want.key = key;
    want.may_step_out = true;
    desk_.begin(who(), std::move(want), client);
    return client;
  }
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.advance_us(1'000'001);
      guard_.tick();
      turn();
    }
  }
  void turn() {
    loop_.post([this] { loop_.stop(); });
    loop_.run();
  }
  void allow() {
    ASSERT_TRUE(questions_.answer(questions_.list().at(0).question.id,
                                  {"ann", approval::Choice::allow, "", ""}, clock_.wall_us()));
    turn();
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  approval::Queue questions_;
  metrics::Registry registry_;
  guard::Guard guard_{clock_, sink_, questions_, registry_};
  std::shared_ptr<const guard::Gate> gate_ = guard_.open(asks_for_all());
  std::shared_ptr<const config::Snapshot> snapshot_ = std::make_shared<config::Snapshot>();
  config::Endpoint endpoint_ = [] {
    config::Endpoint made;
    made.typed = "tools.local";
    return made;
  }();
  int runs_ = 0;
  io::Loop loop_{clock_};
  Desk desk_{{loop_, guard_, [this](std::string_view) { return std::optional(who().ground); },
              {{[this](const Asker&, Catalogue& into) { into.push_back(std::make_shared<Probe>(runs_)); }}},
              {}, {}}};
};

TEST_F(World, who_shows_a_page_has_as_long_as_people_take_and_then_some_minutes) {
  const auto first = call();
  ASSERT_FALSE(first->id.empty());
  desk_.step_out(first->id, first.get());
  pass(14 * minute_s);
  ASSERT_EQ(questions_.open(), 1U) << "people are still asked";
  allow();
  pass(4 * minute_s);
  EXPECT_EQ(runs_, 0) << "nobody is there";
  const auto second = call(first->id);
  turn();
  turn();
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(second->status, 200);
  EXPECT_EQ(first->status, 0);
}

TEST_F(World, who_does_not_come_back_after_the_answer_has_left) {
  const auto client = call();
  desk_.step_out(client->id, client.get());
  pass(2 * minute_s);
  allow();
  pass(11 * minute_s);
  EXPECT_EQ(runs_, 0);
  const json::Value last = json::parse(sink_.records().back()).value();
  EXPECT_EQ(last.text_or("kind", ""), "ended");
  EXPECT_EQ(last.text_or("detail", ""), "the agent had gone");
}

TEST_F(World, the_last_who_leaves_takes_the_question_back) {
  const auto client = call();
  desk_.leave(client->id, client.get());
  turn();
  EXPECT_EQ(questions_.open(), 0U);
  EXPECT_EQ(runs_, 0);
}

}  // namespace
}  // namespace claw::toolcall
