// The index finds what going through everything finds, whatever is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/index.h"
#include "store/journal.h"
#include "store/journal_files.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

struct World {
  World() {
    journal =
        Journal::open({.folder = scratch / "j", .key = crypto::generate_ed25519(), .segment_bytes = 64 << 10},
                      clock)
            .value();
  }
  void act() {
    auto subject = std::make_shared<action::Subject>();
    const std::string table = "t" + std::to_string(random() % 5);
    const char* verb = random() % 3 == 0 ? "delete" : "select";
    subject->record_json = R"("family":"sql","text":")" + std::string(verb) + " from " + table +
                           R"(","parts":[{"verb":")" + verb + R"(","tables":["shop.)" + table +
                           R"("],"has_where":)" + (random() % 2 == 0 ? "true" : "false") + "}]";
    auto context = std::make_shared<action::Context>();
    context->record_json = R"("agent":"a)" + std::to_string(random() % 4) +
                           R"(","endpoint":"postgres.p","session":"s)" + std::to_string(random() % 9) + "\"";
    const action::Action action{
        make_id(clock.wall_us()), subject, context, {std::to_string(random() % 50)}, ""};
    const bool denied = random() % 4 == 0;
    const action::Verdict verdict{denied ? action::Outcome::deny : action::Outcome::allow,
                                  "r" + std::to_string(random() % 3), "", ""};
    ASSERT_TRUE(journal->append(audit::Judged{.action = action, .verdict = verdict}).ok());
    clock.advance_us(1000);
    if (!denied) waiting.push_back(action.id);
    if (waiting.size() > random() % 10) {  // Ends come in another order, and much later.
      const std::size_t at = random() % waiting.size();
      audit::Ended ended{waiting[at], random() % 5 == 0 ? "failed" : "ok",
                         static_cast<std::int64_t>(random() % 300)};
      ASSERT_TRUE(journal->append(ended).ok());
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  std::vector<std::uint64_t> by_reading(const audit::Filter& filter) {
    std::vector<std::uint64_t> seqs;
    audit::Search search(filter);
    EXPECT_TRUE(each_record(scratch / "j", [&](const audit::Record& record, std::string_view) {
      if (search.matches(record)) seqs.insert(seqs.begin(), record.seq);
      return true;
    }, [](const Skipped&) {}));
    return seqs;
  }
  static std::vector<std::uint64_t> by_index(Index& index, const audit::Filter& filter) {
    std::vector<std::uint64_t> seqs;
    const auto visit = [&](std::uint64_t seq, std::string_view) { seqs.push_back(seq); };
    EXPECT_TRUE(index.search(filter, 100'000, visit).ok());
    return seqs;
  }

  ScratchFolder scratch;
  FakeClock clock;
  std::mt19937 random{5};
  std::vector<Id> waiting;
  std::unique_ptr<Journal> journal;
};

const char* const lines[] = {"",
                             "tables=t1",
                             "sql.tables=shop.t2 verb=delete",
                             "tables^=shop.",
                             "verb!=select",
                             "agent=a3 rule=r0",
                             "rows>100",
                             "rows<=5 tables=t0",
                             "rows=7",
                             "rows!=7 agent=a1",
                             "ending=failed tables=t4",
                             "verdict=deny t3",
                             "del",
                             "delete t1",
                             "parameters=7",
                             "sql.has_where=false agent=a2",
                             "session=s4 rows>=250",
                             "nothing",
                             "agent=nobody",
                             "action.destructive=false verdict=allow",
                             "kind=ended",
                             "family=sql rule!=r1"};

}  // namespace

TEST(index_search, finds_what_reading_everything_finds) {
  World world;
  const auto index = Index::open(world.scratch / "index.db", world.scratch / "j").value();
  for (int i = 0; i < 400; ++i) {
    world.act();
    if (i % 100 == 0) ASSERT_TRUE(index->follow().ok());
  }
  ASSERT_TRUE(index->follow().ok());
  const auto other = Index::open(world.scratch / "index.db", world.scratch / "j").value();
  ASSERT_TRUE(other->follow().ok());
  for (const char* line : lines) {
    const auto query = audit::parse_query(line);
    ASSERT_TRUE(query.ok()) << line;
    for (const char* kind : {"", "judged", "ended"}) {
      audit::Filter filter{.kind = kind, .text = query->text, .terms = query->terms};
      const bool of_ending = std::string_view(line).find("rows") != std::string_view::npos ||
                             std::string_view(line).find("ending") != std::string_view::npos;
      if (of_ending && std::string_view(kind) == "judged") continue;  // Found by their ends: below.
      EXPECT_EQ(world.by_index(*index, filter), world.by_reading(filter)) << line << " " << kind;
      EXPECT_EQ(world.by_index(*other, filter), world.by_index(*index, filter)) << line << " opened again";
      filter.since_us = world.clock.wall_us() - 250'000;
      filter.until_us = world.clock.wall_us() - 100'000;
      EXPECT_EQ(world.by_index(*index, filter), world.by_reading(filter))
          << line << " " << kind << " in time";
    }
  }
}

TEST(index_search, an_action_is_found_by_its_end_and_pages_go_on) {
  World world;
  for (int i = 0; i < 300; ++i) world.act();
  const auto index = Index::open(world.scratch / "index.db", world.scratch / "j").value();
  ASSERT_TRUE(index->follow().ok());
  const auto query = audit::parse_query("rows>200 tables=t1");
  const audit::Filter filter{.kind = "judged", .terms = query->terms};
  std::vector<std::uint64_t> ends;
  std::vector<std::string> payloads;
  const auto visit = [&](std::uint64_t seq, std::string_view payload) {
    ends.push_back(seq);
    payloads.emplace_back(payload);
  };
  ASSERT_TRUE(index->search(filter, 1000, visit).ok());
  ASSERT_GT(ends.size(), 10U);
  const std::vector<std::uint64_t> all = std::exchange(ends, {});
  for (const std::string& payload : payloads) {
    EXPECT_NE(payload.find(R"("kind":"judged")"), std::string::npos);
    EXPECT_NE(payload.find("shop.t1"), std::string::npos);
  }
  do {
    const std::size_t before = ends.size();
    ASSERT_TRUE(index->search(filter, 4, visit, ends.empty() ? 0 : ends.back()).ok());
    if (ends.size() == before) break;
  } while (ends.size() < all.size());
  EXPECT_EQ(ends, all);
}

TEST(index_search, it_says_how_far_it_is) {
  World world;
  for (int i = 0; i < 50; ++i) world.act();
  const auto index = Index::open(world.scratch / "index.db", world.scratch / "j").value();
  ASSERT_TRUE(index->follow(1).ok());
  EXPECT_EQ(index->progress().segments_left, 0U);
  EXPECT_EQ(static_cast<std::int64_t>(index->progress().through), index->extent()->last);
}

}  // namespace claw::store
