// One exporter over a real journal, by told time: its sink is a file, which is there or is not. What each
// sink says to its server is tried in tests/e2e/test_exports.py.
#include "exporter/line.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/file.h"
#include "store/journal.h"
#include "store/scratch_folder.h"

namespace claw::exporter {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;

struct World {
  World() {
    for (const char* name : {"cursors", "out"}) EXPECT_EQ(::mkdir((scratch / name).c_str(), 0700), 0);
    open();
    settings.kind = config::Exporter::Kind::ocsf_file;
    settings.name = "events";
    settings.path = scratch / "out/events";
    settings.batch_records = 10;
    settings.batch_bytes = 1 << 20;
    settings.batch_every_us = second_us;
  }
  using Retention = std::map<std::string, std::int64_t, std::less<>>;
  void open(std::int64_t keep_us = 0, Retention retention_us = {}) {
    journal.reset();
    journal = store::Journal::open(
        {.folder = scratch / "j", .key = crypto::generate_ed25519(), .segment_bytes = 16 << 10,
         .keep_us = keep_us, .retention_us = std::move(retention_us)}, clock).value();
  }
  // The gateway as it starts: what ran before will never end.
  void begin() { write(audit::Gateway{"started", "1"}); }
  void write(const audit::Entry& entry) { ASSERT_TRUE(journal->append(entry).ok()); }

  std::string act(const std::string& what, bool allowed = false, const char* endpoint = "postgres.db") {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = "\"family\":\"sql\",\"summary\":\"" + what + "\"";
    auto context = std::make_shared<action::Context>();
    context->record_json = R"("endpoint":")" + std::string(endpoint) + "\"";
    const action::Action action{make_id(clock.wall_us()), subject, context, {}, ""};
    const action::Verdict verdict{allowed ? action::Outcome::allow : action::Outcome::deny, "r", "", ""};
    write(audit::Judged{action, verdict});
    last_action = action.id;
    return std::string(action.id.view());
  }
  void end() { write(audit::Ended{last_action, "ok"}); }

  Parts parts() { return {loop, clock, vault, "j1", settings, {}, {}, nullptr}; }
  Places places() {
    return {scratch / "j", scratch / "cursors", [this] { return journal->last_seq(); }};
  }
  std::vector<json::Value> events() const {
    std::vector<json::Value> found;
    const auto text = store::read_file(scratch / "out/events", 1 << 24).value();
    std::string_view rest = text ? std::string_view(*text) : "";
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) {
        ADD_FAILURE() << "a torn line: " << rest;
        break;
      }
      found.push_back(json::parse(rest.substr(0, end)).value());
      rest.remove_prefix(end + 1);
    }
    return found;
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> ids;
    for (const json::Value& event : events()) ids.push_back(event.find("metadata")->text_or("uid", ""));
    return ids;
  }

  store::ScratchFolder scratch;
  FakeClock clock;
  io::Loop loop{clock};
  metrics::Registry registry;
  vault::Vault vault{clock, {}};
  std::unique_ptr<store::Journal> journal;
  config::Exporter settings;
  Id last_action;
};

// A line and the places it refers to.
struct Worker {
  explicit Worker(World& world) : places(world.places()), line(world.parts(), places, world.registry) {}
  // As the loop would, for some seconds.
  void run(World& world, int seconds = 3) {
    for (int i = 0; i < seconds * 5; ++i) {
      world.clock.advance_us(second_us / 5);
      line.tick();
    }
  }
  Places places;
  Line line;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST(line, sends_what_is_there_and_what_comes) {
  World world;
  Worker worker(world);
  Texts ids;
  for (int i = 0; i < 25; ++i) ids.push_back(world.act("before"));
  worker.run(world);
  EXPECT_EQ(world.actions(), ids);
  ids.push_back(world.act("after"));
  worker.line.tick();
  EXPECT_NE(world.actions(), ids) << "it waits for others first";
  worker.run(world);
  EXPECT_EQ(world.actions(), ids);
  EXPECT_EQ(worker.line.standing().state, "current");
  EXPECT_EQ(worker.line.standing().sent, 26U);
  EXPECT_EQ(worker.line.standing().behind, 0U);
}

TEST(line, goes_on_where_it_stood) {
  World world;
  Texts ids;
  for (int round = 0; round < 5; ++round) {
    Worker worker(world);
    for (int i = 0; i < 13; ++i) ids.push_back(world.act("round"));
    worker.run(world);
    ids.push_back(world.act("nobody is there"));
  }
  Worker worker(world);
  worker.run(world);
  EXPECT_EQ(world.actions(), ids);
}

TEST(line, begins_now_where_it_is_told_to_and_only_the_first_time) {
  World world;
  world.act("long ago");
  world.settings.from_start = false;
  { Worker(world).run(world); }
  const Texts ids = {world.act("while it was away")};
  { Worker(world).run(world); }
  EXPECT_EQ(world.actions(), ids);
}

TEST(line, what_was_written_and_not_noted_is_written_once) {
  World world;
  Texts ids;
  for (int i = 0; i < 5; ++i) ids.push_back(world.act("first"));
  { Worker(world).run(world); }
  const auto cursors = store::names_in(world.scratch / "cursors").value();
  ASSERT_EQ(cursors.size(), 1U);
  const std::string cursor = world.scratch / ("cursors/" + cursors.front());
  const std::string before = *store::read_file(cursor, 1 << 14).value();
  for (int i = 0; i < 5; ++i) ids.push_back(world.act("second"));
  { Worker(world).run(world); }
  ASSERT_TRUE(store::replace_file(cursor, before).ok());  // Killed before the cursor moved.
  { Worker(world).run(world); }
  EXPECT_EQ(world.actions(), ids);
}

TEST(line, an_action_is_awaited_over_restarts) {
  World world;
  const std::string id = world.act("slow", true);
  world.act("denied");
  { Worker(world).run(world); }
  EXPECT_EQ(world.events().size(), 1U);
  world.last_action.text = {};
  std::ranges::copy(id, world.last_action.text.begin());
  world.end();
  { Worker(world).run(world); }
  ASSERT_EQ(world.actions().size(), 2U);
  EXPECT_EQ(world.actions().back(), id);
  EXPECT_EQ(world.events().back().text_or("status", ""), "Success");
}

TEST(line, what_ran_when_the_gateway_died_ends_when_it_starts) {
  World world;
  const std::string id = world.act("cut off", true);
  { Worker(world).run(world); }
  EXPECT_TRUE(world.events().empty());
  world.begin();
  { Worker(world).run(world); }
  ASSERT_EQ(world.actions(), Texts{id});
  EXPECT_EQ(world.events().back().text_or("status", ""), "Unknown");
}

TEST(line, a_sink_that_is_away_is_caught_up_with) {
  World world;
  ASSERT_EQ(::rename((world.scratch / "out").c_str(), (world.scratch / "away").c_str()), 0);
  Worker worker(world);
  Texts ids;
  for (int i = 0; i < 30; ++i) ids.push_back(world.act("nobody listens"));
  worker.run(world, 10);
  EXPECT_EQ(worker.line.standing().state, "failing");
  EXPECT_EQ(worker.line.standing().behind, 30U);
  EXPECT_GE(worker.line.standing().failures, 3U);
  EXPECT_LE(worker.line.standing().failures, 5U) << "pauses grow";
  EXPECT_FALSE(worker.line.standing().why.empty());
  ASSERT_EQ(::rename((world.scratch / "away").c_str(), (world.scratch / "out").c_str()), 0);
  worker.run(world, 61);
  EXPECT_EQ(world.actions(), ids);
  EXPECT_EQ(worker.line.standing().state, "current");
}

TEST(line, a_file_that_was_moved_away_is_begun_anew) {
  World world;
  Worker worker(world);
  world.act("old");
  worker.run(world);
  ASSERT_EQ(::rename((world.scratch / "out/events").c_str(), (world.scratch / "out/events.1").c_str()), 0);
  const Texts ids = {world.act("new")};
  worker.run(world);
  EXPECT_EQ(world.actions(), ids);
}

TEST(line, what_somebody_else_left_torn_does_not_tear_ours) {
  World world;
  ASSERT_TRUE(store::replace_file(world.scratch / "out/events", "{\"torn\":").ok());
  Worker worker(world);
  world.act("x");
  worker.run(world);
  const std::string text = **store::read_file(world.scratch / "out/events", 1 << 14);
  EXPECT_EQ(text.substr(0, 10), "{\"torn\":\n{");
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(line, a_link_in_place_of_the_file_is_not_followed) {
  World world;
  ASSERT_TRUE(store::replace_file(world.scratch / "precious", "keep me").ok());
  ASSERT_EQ(::symlink((world.scratch / "precious").c_str(), (world.scratch / "out/events").c_str()), 0);
  Worker worker(world);
  world.act("x");
  worker.run(world);
  EXPECT_EQ(worker.line.standing().state, "failing");
  EXPECT_EQ(*store::read_file(world.scratch / "precious", 100).value(), "keep me");
}

TEST(line, records_that_their_endpoint_forgot_before_they_were_sent_are_missed) {
  World world;
  world.open(0, {{"postgres.short", 30 * day_us}});
  Texts lasting;
  for (int day = 0; day < 60; ++day) {
    for (int i = 0; i < 10; ++i) {
      world.act("short", false, "postgres.short");
      lasting.push_back(world.act("lasting"));
    }
    world.clock.advance_us(day_us);
  }
  ASSERT_TRUE(world.journal->empty_old());
  Worker worker(world);
  worker.run(world, 300);
  const Standing standing = worker.line.standing();
  EXPECT_GT(standing.missed, 100U);
  EXPECT_EQ(standing.seq, world.journal->last_seq());
  std::size_t arrived = 0;
  const Texts sent = world.actions();
  for (const std::string& id : lasting) arrived += std::ranges::count(sent, id) == 1 ? 1 : 0;
  EXPECT_EQ(arrived, lasting.size());
  for (const json::Value& event : world.events()) {
    EXPECT_EQ(json::format(event).find("\"gone\""), std::string::npos);
  }
}

TEST(line, records_that_retention_took_are_said_to_be_missed) {
  World world;
  world.open(10 * day_us);
  ASSERT_EQ(::rename((world.scratch / "out").c_str(), (world.scratch / "away").c_str()), 0);
  Worker worker(world);
  worker.run(world);
  for (int i = 0; i < 500; ++i) world.act("will be old");
  worker.run(world);
  world.clock.advance_us(20 * day_us);
  for (int i = 0; i < 500; ++i) world.act("is new");
  ASSERT_TRUE(world.journal->retire_old().ok());
  ASSERT_EQ(::rename((world.scratch / "away").c_str(), (world.scratch / "out").c_str()), 0);
  worker.run(world, 200);
  const Standing& standing = worker.line.standing();
  EXPECT_EQ(standing.state, "current");
  EXPECT_GT(standing.missed, 100U);
  EXPECT_EQ(standing.missed + standing.sent, standing.seq);
  EXPECT_NE(world.registry.text().find("claw_export_missed_total{exporter=\"ocsf_file.events\"}"),
            std::string::npos);
}

TEST(line, a_journal_that_lost_its_end_is_exported_from_where_it_was_begun_again) {
  World world;
  Texts ids;
  for (int i = 0; i < 20; ++i) ids.push_back(world.act("kept"));
  world.journal.reset();
  ASSERT_EQ(std::system(("cp -r " + world.scratch / "j" + " " + world.scratch / "copy").c_str()), 0);
  world.open();
  for (int i = 0; i < 20; ++i) ids.push_back(world.act("lost with the machine"));
  { Worker(world).run(world, 10); }
  EXPECT_EQ(world.actions(), ids);
  world.journal.reset();
  ASSERT_EQ(std::system(("rm -r " + world.scratch / "j" + " && mv " + world.scratch / "copy" + " " +
                         world.scratch / "j").c_str()), 0);
  world.clock.advance_us(second_us);
  world.open();
  for (int i = 0; i < 30; ++i) ids.push_back(world.act("after the machine came back"));
  { Worker(world).run(world, 20); }
  const Texts found = world.actions();
  EXPECT_EQ(found, ids);
}

TEST(line, only_the_kinds_that_are_wanted) {
  World world;
  world.settings.kinds = {"judged"};
  Worker worker(world);
  for (int i = 0; i < 50; ++i) world.write(audit::Admin{"ann", "secret_set", "x", {}});
  const Texts ids = {world.act("wanted")};
  worker.run(world);
  EXPECT_EQ(world.actions(), ids);
  EXPECT_EQ(worker.line.standing().sent, 1U);
  EXPECT_EQ(worker.line.standing().behind, 0U);
}

TEST(line, a_cursor_that_cannot_be_read_is_no_reason_to_begin_anew) {
  World world;
  world.act("first");
  { Worker(world).run(world); }
  const auto cursors = store::names_in(world.scratch / "cursors").value();
  ASSERT_TRUE(store::replace_file(world.scratch / ("cursors/" + cursors.front()), "{}").ok());
  world.act("second");
  Worker worker(world);
  worker.run(world);
  EXPECT_EQ(worker.line.standing().state, "failing");
  EXPECT_EQ(world.actions().size(), 1U);
}

}  // namespace claw::exporter
