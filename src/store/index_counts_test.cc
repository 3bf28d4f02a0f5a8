#include <gtest/gtest.h>

#include "store/file.h"
#include "store/index.h"
#include "store/journal.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

struct World {
  World() : journal(make()) {}
  std::unique_ptr<Journal> make() {
    return Journal::open(
               {.folder = scratch / "j", .key = crypto::generate_ed25519(), .segment_bytes = 16 << 10}, clock)
        .value();
  }
  Id judge(std::string agent, action::Outcome outcome, std::string rule, std::int64_t waited_us = 0) {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = R"("family":"sql","text":"select 1")";
    auto context = std::make_shared<action::Context>();
    context->record_json =
        "\"agent\":\"" + agent + R"(","endpoint":"postgres.prod","credential":"db","session":"s1")";
    action::Action action;
    action.id = make_id(clock.wall_us());
    action.subject = subject;
    action.context = context;
    const action::Verdict verdict{outcome, std::move(rule), "", ""};
    audit::Judged judged{.action = action, .verdict = verdict};
    if (waited_us != 0) {
      judged.asked_us = clock.wall_us() - waited_us;
      judged.approver = "ann";
    }
    EXPECT_TRUE(journal->append(judged).ok());
    audit::Ended ended{.action = action.id, .ending = "ok"};
    ended.duration_us = 1500;
    if (verdict.allowed()) EXPECT_TRUE(journal->append(ended).ok());
    return action.id;
  }
  std::unique_ptr<Index> index() {
    auto made = Index::open(scratch / "index.db", scratch / "j").value();
    EXPECT_TRUE(made->follow().ok());
    return made;
  }
  ScratchFolder scratch;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

}  // namespace

TEST(index_counts, counts_by_whatever_is_asked) {
  World world;
  world.judge("a", action::Outcome::allow, "reads");
  world.judge("a", action::Outcome::deny, "no-ddl");
  world.judge("b", action::Outcome::deny, "no-ddl", 2'000'000);
  const auto index = world.index();
  constexpr std::string_view by_rule[] = {"rule", "verdict"};
  const auto rules = index->tallies(0, by_rule).value();
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].rule, "no-ddl");
  EXPECT_EQ(rules[0].count, 2);
  EXPECT_EQ(rules[1].count, 1);
  constexpr std::string_view by_asked[] = {"asked"};
  EXPECT_EQ(index->tallies(0, by_asked).value().size(), 2U);
  EXPECT_TRUE(index->tallies(world.clock.wall_us() + 120'000'000, by_rule).value().empty());
  const auto waits = index->waits(0, 10).value();
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].waited_us, 2'000'000);
  EXPECT_EQ(waits[0].approver, "ann");
}

TEST(index_counts, finds_endings_durations_and_what_was_lent) {
  World world;
  const Id id = world.judge("a", action::Outcome::allow, "reads");
  const auto index = world.index();
  const std::vector<std::string> actions = {std::string(id.view())};
  int found = 0;
  ASSERT_TRUE(index->of_actions(actions, "ended", [&](std::uint64_t, std::string_view) { ++found; }).ok());
  EXPECT_EQ(found, 1);
  EXPECT_EQ(index->durations(0, 10).value(), (std::vector<std::int64_t>{1500}));
  EXPECT_EQ(index->lent().value().count("db"), 1U);
  EXPECT_GE(index->extent().value().records, 2);
}

TEST(index_counts, sums_up_connections) {
  World world;
  const action::Principal principal{"a", "agents", "10.0.0.7"};
  ASSERT_TRUE(world.journal->append(audit::Session{"opened", principal, "s1", "postgres.prod", "db"}).ok());
  world.judge("a", action::Outcome::allow, "reads");
  world.judge("a", action::Outcome::deny, "no-ddl");
  ASSERT_TRUE(world.journal->append(audit::Session{"closed", principal, "s1", "postgres.prod", "db"}).ok());
  const auto index = world.index();
  const auto connections = index->connections({}, 10).value();
  ASSERT_EQ(connections.size(), 1U);
  EXPECT_EQ(connections[0].actions, 2);
  EXPECT_EQ(connections[0].denied, 1);
  EXPECT_FALSE(connections[0].closed.empty());
  EXPECT_TRUE(index->connections({.agent = "nobody"}, 10).value().empty());
}

TEST(index_counts, pages_go_back_in_time) {
  World world;
  for (int i = 0; i < 10; ++i) world.judge("a", action::Outcome::deny, "no");
  const auto index = world.index();
  std::vector<std::uint64_t> seqs;
  const auto visit = [&](std::uint64_t seq, std::string_view) { seqs.push_back(seq); };
  ASSERT_TRUE(index->search({.kind = "judged"}, 3, visit).ok());
  ASSERT_TRUE(index->search({.kind = "judged"}, 3, visit, seqs.back()).ok());
  EXPECT_EQ(seqs, (std::vector<std::uint64_t>{10, 9, 8, 7, 6, 5}));
}

// What retires old records takes the index away while it is open.
TEST(index_counts, an_index_that_was_taken_away_is_made_anew) {
  World world;
  world.judge("a", action::Outcome::deny, "no");
  const auto index = world.index();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    ASSERT_TRUE(remove_file((world.scratch / "index.db") + suffix).ok());
  }
  ASSERT_TRUE(index->follow().ok());
  EXPECT_EQ(index->extent().value().records, 1);
  EXPECT_TRUE(read_start(world.scratch / "index.db", 16).value().has_value());
}

}  // namespace claw::store
