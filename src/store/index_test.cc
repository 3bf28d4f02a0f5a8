#include "store/index.h"

#include <gtest/gtest.h>

#include <fstream>

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
  void judge(std::string_view text, action::Outcome outcome, std::string rule) {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = R"("family":"sql","text":")" + std::string(text) + "\"";
    auto context = std::make_shared<action::Context>();
    context->record_json = R"("agent":"oncall","endpoint":"postgres.prod")";
    action::Action action;
    action.id = make_id(clock.wall_us());
    action.subject = subject;
    action.context = context;
    const action::Verdict verdict{outcome, std::move(rule), "", ""};
    EXPECT_TRUE(journal->append(audit::Judged{.action = action, .verdict = verdict}).ok());
    if (verdict.allowed()) EXPECT_TRUE(journal->append(audit::Ended{action.id, "ok", 1}).ok());
    clock.advance_us(1000);
  }
  std::vector<std::uint64_t> found(Index& index, const audit::Filter& filter) {
    std::vector<std::uint64_t> seqs;
    const Status searched =
        index.search(filter, 1000, [&](std::uint64_t seq, std::string_view) { seqs.push_back(seq); });
    EXPECT_TRUE(searched.ok()) << searched.error().text();
    return seqs;
  }
  std::unique_ptr<Index> index() { return Index::open(scratch / "index.db", scratch / "j").value(); }

  ScratchFolder scratch;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

using Seqs = std::vector<std::uint64_t>;

}  // namespace

TEST(index, follows_the_journal_and_finds_by_word_rule_and_verdict) {
  World world;
  const auto index = world.index();
  world.judge("delete from orders", action::Outcome::deny, "no-deletes");
  ASSERT_TRUE(index->follow().ok());
  world.judge("select id from orders", action::Outcome::allow, "reads");
  ASSERT_TRUE(index->follow().ok());
  EXPECT_EQ(world.found(*index, {}), (Seqs{3, 2, 1}));
  EXPECT_EQ(world.found(*index, {.verdict = "deny"}), (Seqs{1}));
  EXPECT_EQ(world.found(*index, {.text = "ord"}), (Seqs{3, 2, 1}));
  EXPECT_EQ(world.found(*index, {.text = "delete orders"}), (Seqs{1}));
  EXPECT_EQ(world.found(*index, {.rule = "reads"}), (Seqs{3, 2}));
  EXPECT_EQ(world.found(*index, {.kind = "ended", .rule = "reads"}), (Seqs{3}));
  EXPECT_EQ(world.found(*index, {.agent = "nobody"}), (Seqs{}));
}

TEST(index, streams_are_found_by_their_action_and_not_by_their_words) {
  World world;
  const auto index = world.index();
  const Id id = make_id(world.clock.wall_us());
  const audit::Piece pieces[] = {{0, "output", "unmistakable"}};
  ASSERT_TRUE(world.journal->append(audit::Stream{id, pieces}).ok());
  ASSERT_TRUE(index->follow().ok());
  EXPECT_EQ(world.found(*index, {.text = "unmistakable"}), Seqs{});
  const std::vector<std::string> actions = {std::string(id.view())};
  std::vector<std::string> found;
  const Status asked = index->of_actions(
      actions, "stream", [&](std::uint64_t, std::string_view payload) { found.emplace_back(payload); });
  ASSERT_TRUE(asked.ok());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("unmistakable"), std::string::npos);
}

TEST(index, what_a_person_types_is_never_an_operator) {
  World world;
  const auto index = world.index();
  world.judge("delete from orders", action::Outcome::deny, "no-deletes");
  ASSERT_TRUE(index->follow().ok());
  for (const char* text : {"\"", "a OR b", "NEAR(", "text:delete", "*", "' OR 1=1 --", "^x", "-delete"}) {
    world.found(*index, {.text = text});
  }
}

TEST(index, it_follows_over_segments_and_every_record_is_there_once) {
  World world;
  const auto index = world.index();
  for (int i = 0; i < 300; ++i) {
    world.judge("select " + std::string(200, 'x'), action::Outcome::deny, "r");
    if (i % 50 == 0) ASSERT_TRUE(index->follow().ok());
  }
  ASSERT_TRUE(index->follow().ok());
  EXPECT_EQ(world.found(*index, {.rule = "r"}).size(), 300u);
}

TEST(index, a_damaged_index_is_built_again) {
  World world;
  world.judge("delete from orders", action::Outcome::deny, "no-deletes");
  ASSERT_TRUE(world.index()->follow().ok());
  std::ofstream(world.scratch / "index.db") << std::string(8192, 'x');
  const auto index = world.index();
  ASSERT_TRUE(index->follow().ok());
  EXPECT_EQ(world.found(*index, {}), (Seqs{1}));
}

}  // namespace claw::store
