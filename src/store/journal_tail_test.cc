#include "store/journal_tail.h"

#include <gtest/gtest.h>

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
  void note(const std::string& subject) {
    ASSERT_TRUE(journal->append(audit::Admin{"ann", "secret_set", subject, {}}).ok());
  }
  std::vector<std::string> heard(JournalTail& tail, std::size_t most = 10'000) {
    std::vector<std::string> subjects;
    const Status caught = tail.catch_up([&](const audit::Record& record, std::string_view) {
      if (record.kind == "admin") subjects.push_back(record.members.text_or("subject", ""));
      return subjects.size() < most;
    }, [](const Skipped& skipped) { ADD_FAILURE() << skipped.text; });
    EXPECT_TRUE(caught.ok());
    return subjects;
  }
  ScratchFolder scratch;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST(journal_tail, tells_what_is_written_from_now_on_once_each) {
  World world;
  world.note("before");
  auto tail = JournalTail::at_end(world.scratch / "j").value();
  EXPECT_EQ(world.heard(tail), Texts{});
  world.note("a");
  world.note("b");
  EXPECT_EQ(world.heard(tail), (Texts{"a", "b"}));
  EXPECT_EQ(world.heard(tail), Texts{});
  EXPECT_GE(tail.last_seq(), 3U);
}

TEST(journal_tail, goes_on_in_the_next_segment) {
  World world;
  auto tail = JournalTail::at_end(world.scratch / "j").value();
  Texts written;
  for (int i = 0; i < 400; ++i) {
    written.push_back("subject number " + std::to_string(i));
    world.note(written.back());
  }
  ASSERT_GT(segments_in(world.scratch / "j").value().size(), 2U);
  EXPECT_EQ(world.heard(tail), written);
}

TEST(journal_tail, who_has_enough_goes_on_there_the_next_time) {
  World world;
  auto tail = JournalTail::at_end(world.scratch / "j").value();
  for (int i = 0; i < 200; ++i) world.note(std::to_string(i));
  Texts all;
  for (int i = 0; i < 100 && all.size() < 200; ++i) {
    for (std::string& each : world.heard(tail, 7)) all.push_back(std::move(each));
  }
  ASSERT_EQ(all.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], std::to_string(i));
}

}  // namespace claw::store
