#include "anomaly/detector.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "anomaly/reading.h"

namespace claw::anomaly {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t hour_us = 3600 * second_us;
constexpr std::int64_t day_us = 24 * hour_us;
constexpr std::int64_t start_us = 1'799'625'600LL * second_us;  // A midnight.

Seen select(std::int64_t time_us, std::string table = "orders") {
  Seen seen;
  seen.seq = 9;
  seen.time_us = time_us;
  seen.agent = "triage";
  seen.session = "s1";
  seen.endpoint = "postgres.db";
  seen.text = "select";
  seen.verbs = {"select"};
  seen.objects = {std::move(table)};
  seen.allowed = true;
  return seen;
}

Seen refused(std::int64_t time_us, int number) {
  Seen seen = select(time_us);
  seen.allowed = false;
  seen.rule = "no-ddl";
  seen.text = fmt::format("drop table t{}", number);
  return seen;
}

// Ten days of an action each ten minutes.
std::int64_t live(Detector& detector, int days = 10) {
  std::int64_t time_us = start_us;
  for (; time_us < start_us + days * day_us; time_us += 600 * second_us) {
    EXPECT_TRUE(detector.judged(select(time_us)).empty());
    EXPECT_TRUE(detector.moved({9, time_us, "triage", "s1", "postgres.db", 20}).empty());
  }
  return time_us;
}

struct Known : testing::Test {
  Detector detector{Settings()};
  std::int64_t now_us = live(detector);
};

}  // namespace

TEST_F(Known, a_table_never_named_is_found_once_and_said_in_words) {
  const auto found = detector.judged(select(now_us, "payroll"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::new_object);
  EXPECT_EQ(found[0].subject, "payroll");
  EXPECT_EQ(found[0].session, "s1");
  EXPECT_EQ(found[0].seq, 9u);
  EXPECT_EQ(found[0].sentence,
            "named `payroll` of `postgres.db` for the first time in 10 days and 1440 actions");
  EXPECT_TRUE(detector.judged(select(now_us + 2 * hour_us, "payroll")).empty());
}

TEST_F(Known, of_a_new_endpoint_its_table_and_verb_are_no_further_news) {
  Seen seen = select(now_us, "other");
  seen.endpoint = "https.crm";
  seen.host = "crm.example";
  seen.verbs = {"get"};
  const auto found = detector.judged(seen);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::new_endpoint);
}

TEST_F(Known, a_new_verb_and_a_new_host_are_found) {
  Seen verb = select(now_us);
  verb.verbs = {"truncate"};
  ASSERT_EQ(detector.judged(verb).size(), 1u);
  Seen host = select(now_us + second_us);
  host.host = "paste.example";
  const auto found = detector.judged(host);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::new_host);
}

TEST_F(Known, a_rate_beyond_all_it_ever_had_is_found_and_learned_only_in_part) {
  std::vector<Finding> found;
  for (int i = 0; i < 1000 && found.empty(); ++i) found = detector.judged(select(now_us + i * 100'000));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::rate);
  EXPECT_EQ(found[0].number, 41);
  EXPECT_NE(found[0].sentence.find("41 actions in five minutes"), std::string::npos) << found[0].sentence;
  found.clear();
  for (int i = 0; i < 1000 && found.empty(); ++i) {
    found = detector.judged(select(now_us + day_us + i * 100'000));
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_LT(found[0].number, 200);
}

TEST_F(Known, one_statement_that_reads_everything_is_found_by_its_rows) {
  const auto found = detector.moved({12, now_us, "triage", "s1", "postgres.db", 1'000'000});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].subject, "rows");
  EXPECT_EQ(found[0].number, 1'000'000);
}

TEST_F(Known, refusals_of_different_texts_are_probing_and_the_same_text_again_is_not) {
  std::vector<Finding> found;
  for (int i = 0; i < 20; ++i) {
    for (Finding& each : detector.judged(refused(now_us + i * second_us, 1))) {
      found.push_back(std::move(each));
    }
  }
  EXPECT_TRUE(found.empty());
  for (int i = 0; i < 12; ++i) {
    for (Finding& each : detector.judged(refused(now_us + (20 + i) * second_us, i))) {
      found.push_back(std::move(each));
    }
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::denials);
  EXPECT_EQ(found[0].subject, "no-ddl");
  EXPECT_EQ(found[0].number, 10);
}

TEST_F(Known, a_spike_of_destructive_actions_is_found) {
  std::vector<Finding> found;
  for (int i = 0; i < 20; ++i) {
    Seen seen = select(now_us + i * second_us);
    seen.destructive = true;
    for (Finding& each : detector.judged(seen)) found.push_back(std::move(each));
  }
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, Kind::destructive);
  EXPECT_EQ(found[0].number, 7);
}

TEST_F(Known, destructive_actions_that_were_refused_did_nothing) {
  for (int i = 0; i < 9; ++i) {
    Seen seen = refused(now_us + i * second_us, i);
    seen.verbs = {"select"};
    seen.destructive = true;
    EXPECT_TRUE(detector.judged(seen).empty());
  }
}

TEST_F(Known, names_of_an_agent_are_quoted_where_people_read_them) {
  const auto found = detector.judged(select(now_us, "a`\n\x1b[31mb"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].sentence.find('\n'), std::string::npos);
  EXPECT_EQ(found[0].sentence.find('\x1b'), std::string::npos);
}

TEST_F(Known, a_restart_forgets_nothing) {
  Detector other{Settings()};
  const auto through = other.restore(detector.save(77));
  ASSERT_TRUE(through);
  EXPECT_EQ(*through, 77u);
  EXPECT_EQ(other.save(77).size(), detector.save(77).size());
  EXPECT_TRUE(other.judged(select(now_us)).empty());
  EXPECT_EQ(other.judged(select(now_us, "payroll")).size(), 1u);
}

TEST_F(Known, a_clock_that_goes_back_makes_nothing_new) {
  EXPECT_TRUE(detector.judged(select(now_us - 3 * day_us)).empty());
}

TEST(detector, who_learns_is_told_nothing_new_and_probing_is_found_all_the_same) {
  Detector detector{Settings()};
  for (int i = 0; i < 400; ++i) {
    EXPECT_TRUE(detector.judged(select(start_us + i * second_us, fmt::format("t{}", i))).empty());
  }
  EXPECT_TRUE(detector.is_learning("triage", start_us + hour_us));
  std::size_t found = 0;
  for (int i = 0; i < 12; ++i) found += detector.judged(refused(start_us + 500 * second_us, i)).size();
  EXPECT_EQ(found, 1u);
}

TEST(detector, an_agent_that_meets_new_tables_every_day_is_not_told_about_for_one_more) {
  Detector detector{Settings()};
  std::size_t found = 0;
  for (int day = 0; day < 20; ++day) {
    for (int i = 0; i < 50; ++i) {
      const std::int64_t time_us = start_us + day * day_us + i * 20 * 60 * second_us;
      const bool is_temporary = i % 10 == 0;
      const std::string table = is_temporary ? fmt::format("tmp_{}_{}", day, i) : "orders";
      found += detector.judged(select(time_us, table)).size();
    }
  }
  EXPECT_EQ(found, 0u);
}

TEST(detector, histories_are_bounded) {
  Detector detector{Settings()};
  for (std::size_t i = 0; i < agents_max + 10; ++i) {
    Seen seen = select(start_us + static_cast<std::int64_t>(i) * second_us, fmt::format("t{}", i));
    seen.agent = fmt::format("agent{}", i);
    (void)detector.judged(seen);
  }
  EXPECT_EQ(detector.agents(), agents_max);
}

TEST(detector, what_is_saved_and_damaged_is_refused) {
  Detector detector{Settings()};
  live(detector, 1);
  const std::string saved = detector.save(5);
  EXPECT_FALSE(detector.restore("{}"));
  EXPECT_FALSE(detector.restore("not json"));
  for (std::size_t cut = 0; cut < saved.size(); cut += 97) {
    EXPECT_FALSE(Detector(Settings()).restore(std::string_view(saved).substr(0, cut)));
  }
}

TEST(reading, a_record_shows_verbs_tables_and_what_became_of_it) {
  const auto record = audit::parse_record(
      R"({"seq":7,"time":"2027-01-15T08:00:00.000000Z","kind":"judged","action":"a1","agent":"triage",)"
      R"("endpoint":"postgres.db","session":"s1","family":"sql","text":"x","destructive":true,)"
      R"("parts":[{"verb":"drop","tables":["users"],"objects":["i"]},{"verb":"select","tables":["users"]}],)"
      R"("verdict":"deny","rule":"no-ddl"})");
  ASSERT_TRUE(record);
  const auto seen = seen_in(*record);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->verbs, (std::vector<std::string>{"drop", "select"}));
  EXPECT_EQ(seen->objects, (std::vector<std::string>{"users", "i"}));
  EXPECT_FALSE(seen->allowed);
  EXPECT_TRUE(seen->destructive);
  EXPECT_EQ(seen->rule, "no-ddl");
}

TEST(reading, rows_belong_to_who_began_the_action) {
  const auto judged = audit::parse_record(
      R"({"seq":7,"time":"2027-01-15T08:00:00.000000Z","kind":"judged","action":"a1","agent":"triage",)"
      R"("endpoint":"postgres.db","session":"s1","verdict":"allow"})");
  const auto ended = audit::parse_record(
      R"({"seq":8,"time":"2027-01-15T08:00:01.000000Z","kind":"ended","action":"a1","ending":"ok",)"
      R"("rows":12})");
  ASSERT_TRUE(judged && ended);
  Endings endings;
  EXPECT_FALSE(endings.moved_in(*ended));
  endings.begin(*judged, *seen_in(*judged));
  const auto moved = endings.moved_in(*ended);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->rows, 12);
  EXPECT_EQ(moved->agent, "triage");
  EXPECT_FALSE(endings.moved_in(*ended));
}

}  // namespace claw::anomaly
