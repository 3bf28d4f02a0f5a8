#include "watch/watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "action/sql.h"
#include "approval/queue.h"
#include "store/journal.h"
#include "store/file.h"
#include "store/scratch_folder.h"
#include "watch/follower.h"

namespace claw::watch {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t day_us = 24 * 60 * minute_us;

// A journal, the guard, and the watch over both.
struct World {
  World() : journal(open()), guard(clock, *journal, questions, registry), follower(begun()) {}

  std::unique_ptr<store::Journal> open() {
    return store::Journal::open(
               {.folder = scratch / "j", .key = crypto::generate_ed25519(), .segment_bytes = 64 << 10}, clock)
        .value();
  }
  std::unique_ptr<Follower> begun() {
    auto made = std::make_unique<Follower>(
        Services{clock, guard, *journal, registry, scratch / "j", scratch / "anomalies.json",
                 [this](const std::vector<std::string>& who, const anomaly::Finding& what) {
                   told.push_back(who.front() + " " + std::string(name_of(what.kind)));
                 }});
    made->use(settings);
    return made;
  }
  void read() {
    while (follower->step()) {
    }
  }
  void refuse(int number) {
    action::Action action;
    action.id = make_id(clock.wall_us());
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = fmt::format(R"("family":"sql","text":"drop table t{}")", number);
    auto context = std::make_shared<action::Context>();
    context->record_json = R"("agent":"triage","endpoint":"postgres.db","session":"s1")";
    action.subject = subject;
    action.context = context;
    const action::Verdict verdict{action::Outcome::deny, "no-ddl", "tables stay", ""};
    ASSERT_TRUE(journal->append(audit::Judged{action, verdict}).ok());
  }
  std::vector<std::string> on_record() {
    std::vector<std::string> found;
    EXPECT_TRUE(store::each_record(scratch / "j", [&](const audit::Record& record, std::string_view) {
      if (record.kind == "anomaly") found.push_back(record.members.text_or("what", ""));
      return true;
    }, [](const store::Skipped&) {}).ok());
    return found;
  }

  store::ScratchFolder scratch;
  FakeClock clock;
  metrics::Registry registry;
  config::AnomalySettings settings{true, day_us, config::Sensitivity::normal, {}, {"ops"}};
  std::vector<std::string> told;
  std::unique_ptr<store::Journal> journal;
  approval::Queue questions;
  guard::Guard guard;
  std::unique_ptr<Follower> follower;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST(watch, a_finding_is_recorded_counted_told_and_known_to_rules) {
  World world;
  world.read();
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{"denials"});
  EXPECT_EQ(world.told, Texts{"ops denials"});
  EXPECT_EQ(world.guard.unlike().of("triage", world.clock.monotonic_us()), Texts{"denials"});
  EXPECT_EQ(world.guard.unlike().of("other", world.clock.monotonic_us()), Texts{});
  EXPECT_NE(world.registry.text().find("claw_anomalies_total{kind=\"denials\"} 1"), std::string::npos);
  world.clock.advance_us(61 * minute_us);
  EXPECT_EQ(world.guard.unlike().of("triage", world.clock.monotonic_us()), Texts{});
}

TEST(watch, quiet_kinds_and_what_happened_while_it_was_off_are_not_reported) {
  World world;
  world.settings.quiet = {"denials"};
  world.follower->use(world.settings);
  world.read();
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{});
  world.settings.quiet.clear();
  world.settings.enabled = false;
  world.follower->use(world.settings);
  world.read();
  world.clock.advance_us(20 * minute_us);
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{});
  world.settings.enabled = true;
  world.follower->use(world.settings);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{});
}

TEST(watch, what_a_killed_gateway_had_not_found_yet_is_found_at_the_next_start_and_once) {
  World world;
  world.refuse(0);
  world.read();
  world.clock.advance_us(saved_every_us);
  world.read();  // It is saved.
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.follower = world.begun();
  world.read();
  EXPECT_EQ(world.on_record(), Texts{"denials"});
  world.follower = world.begun();
  world.read();
  EXPECT_EQ(world.on_record(), Texts{"denials"});
}

TEST(watch, without_what_was_saved_the_past_is_learned_and_not_told) {
  World world;
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.follower = world.begun();
  world.read();
  EXPECT_EQ(world.on_record(), Texts{});
}

TEST(watch, what_comes_before_its_first_look_is_told) {
  World world;
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{"denials"});
}

TEST(watch, a_file_that_is_damaged_is_learned_anew) {
  World world;
  ASSERT_TRUE(store::replace_file(world.scratch / "anomalies.json", "{").ok());
  world.read();
  for (int i = 0; i < 12; ++i) world.refuse(i);
  world.read();
  EXPECT_EQ(world.on_record(), Texts{"denials"});
}

}  // namespace claw::watch
