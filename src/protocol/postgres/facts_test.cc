#include "protocol/postgres/facts.h"

#include <gtest/gtest.h>


#include "sql/postgres.h"

namespace claw::postgres {
namespace {

TEST(read, knows_what_can_be_held_to_reading) {
  const std::pair<std::string_view, Lane> cases[] = {
      {"select 1", Lane::reading},
      {"select 1; select 2", Lane::reading},
      {"", Lane::reading},
      {"set search_path = a", Lane::any},
      {"show all", Lane::any},
      {"set search_path = a; select 1", Lane::reading},
      {"select set_config('a.b', 'c', false)", Lane::reading},
      {"set transaction_read_only = off; select 1", Lane::mixed},
      {"reset all; select 1", Lane::mixed},
      {"begin; select 1; commit", Lane::mixed},
      {"select 1; delete from t", Lane::writing},
      {"with d as (delete from t returning *) select * from d", Lane::writing},
      {"begin", Lane::writing},
      {"selec 1", Lane::writing},
      {"select nextval('s')", Lane::writing},
      {"explain analyze delete from t", Lane::writing},
  };
  for (const auto& [text, lane] : cases) EXPECT_EQ(read(text)->lane, lane) << text;
  EXPECT_EQ(read("select 1"), read("select 1"));  // Read once.
}

// Three hundred forms: the shelf forgets in between, and may not mix them up.
TEST(read, knows_texts_that_differ_only_in_numbers_apart) {
  for (int round = 0; round < 3; ++round) {
    for (int form = 0; form < 300; ++form) {
      const std::string own =
          "select c" + std::to_string(form) + "x from t where a = " + std::to_string(round);
      const ReadingPtr reading = read(" " + own + " ;");
      ASSERT_EQ(reading->subject->text, " " + own + " ;");
      ASSERT_EQ(reading->subject->parts.at(0).text, own);
      ASSERT_EQ(reading->lane, Lane::reading);
      const auto fresh = std::make_shared<const sql::Facts>(sql::read_postgres(" " + own + " ;"));
      const auto alone = action::make_sql_subject(" " + own + " ;", fresh);
      ASSERT_EQ(reading->subject->record_json, alone->record_json);
    }
  }
}

TEST(read, follows_transactions) {
  EXPECT_TRUE(read("begin; select 1")->opens_block);
  EXPECT_TRUE(read("begin; commit")->closes_block);
  EXPECT_FALSE(read("begin; commit")->opens_block);
  EXPECT_FALSE(read("rollback to s")->closes_block);
}

TEST(read, tells_what_a_commit_could_still_run) {
  EXPECT_TRUE(read("declare c cursor with hold for select 1")->holds);
  EXPECT_FALSE(read("declare c scroll cursor for select 1")->holds);
  EXPECT_FALSE(read("set a.b = 1")->writes);
  EXPECT_FALSE(read("savepoint s")->writes);
  EXPECT_TRUE(read("delete from t")->writes);
}

// What changes how text is read cannot come with text that this would change.
TEST(read, refuses_text_that_changes_how_it_is_read_itself) {
  Settings settings({{"bot", "ops", ""}, "postgres.test", "cred", "s"}, "ann", "shop");
  const auto understood = [&](std::string_view text) {
    return settings.read_as_server(text)->subject->understood;
  };
  EXPECT_TRUE(understood("set standard_conforming_strings = off; select 1"));
  EXPECT_FALSE(understood("set standard_conforming_strings = off; do $x$ begin perform 'a\\'; end $x$"));
  EXPECT_FALSE(understood("select enc(); do $x$ begin perform 'a\\'; end $x$"));
  EXPECT_FALSE(understood("select set_config('client_encoding', 'GBK', false), '\\'"));
  EXPECT_TRUE(understood("select E'a\\n'"));
}

Settings make_settings() {
  return Settings({{"bot", "ops", ""}, "postgres.test", "cred", "s"}, "ann", "shop");
}

TEST(settings, trust_no_text_the_server_could_lex_in_another_way) {
  Settings settings = make_settings();
  EXPECT_TRUE(settings.read_as_server("select '\\'")->subject->understood);
  settings.reported("standard_conforming_strings", "off");
  EXPECT_FALSE(settings.read_as_server("select '\\'")->subject->understood);
  EXPECT_TRUE(settings.read_as_server("set standard_conforming_strings = on")->subject->understood);
  settings.reported("standard_conforming_strings", "on");
  settings.reported("client_encoding", "SJIS");
  EXPECT_FALSE(settings.read_as_server("select '\xc3\xa4'")->subject->understood);
  EXPECT_TRUE(settings.read_as_server("select 1")->subject->understood);
}

std::string path_after(std::string_view text) {
  Settings settings = make_settings();
  settings.completed(*read(text)->facts);
  for (const action::Stated& each : action::state_of(action::Family::sql, *settings.context())) {
    if (each.name == "search_path") return action::shown(each);
  }
  return "no such fact";
}

// What an agent sets must not look to a person like another path than the server's.
TEST(settings, a_search_path_is_read_as_the_server_reads_it) {
  EXPECT_EQ(path_after("select 1"), "not known");
  EXPECT_EQ(path_after("set search_path = App, public"), "app, public");
  EXPECT_EQ(path_after("set search_path = \"$user\", public"), "\"$user\", public");
  EXPECT_EQ(path_after("set search_path = 'a, b'"), "\"a, b\"") << "one schema with a strange name";
  EXPECT_EQ(path_after("set search_path = 'say \"hi\"', x"), "\"say \\\"hi\\\"\", x");
  EXPECT_EQ(path_after("set search_path = ''"), "\"\"");
  EXPECT_EQ(path_after("select set_config('search_path', 'a, \"B\"', false)"), "a, \"B\"");
  EXPECT_EQ(path_after("select set_config('search_path', 'a b', false)"), "not known");
  EXPECT_EQ(path_after("set search_path = a; reset search_path"), "not known");
}

TEST(settings, mean_the_same_until_something_known_has_another_value) {
  Settings settings = make_settings();
  const auto before = settings.context();
  EXPECT_TRUE(settings.still_means(*before));
  settings.reported("search_path", "public");  // Was not known.
  EXPECT_TRUE(settings.still_means(*before));
  const auto known = settings.context();
  settings.reported("search_path", "public");
  EXPECT_TRUE(settings.still_means(*known)) << "the same again";
  settings.reported("search_path", "evil, public");
  EXPECT_FALSE(settings.still_means(*known));
  EXPECT_TRUE(settings.still_means(*before));
  settings.completed(*read("set role admin")->facts);
  EXPECT_FALSE(settings.still_means(*before));
}

TEST(settings, make_a_context_anew_only_when_the_session_changed) {
  Settings settings = make_settings();
  const auto first = settings.context();
  settings.completed(*read("select 1")->facts);
  settings.ready(false, false, false);
  EXPECT_EQ(settings.context(), first);
  settings.completed(*read("set role admin")->facts);
  settings.ready(false, false, false);
  const auto second = settings.context();
  EXPECT_NE(second, first);
  settings.completed(*read("set local role other")->facts);
  EXPECT_NE(settings.context(), second);
  settings.ready(false, false, false);  // Local to a transaction that is over.
  EXPECT_EQ(settings.context()->record_json, second->record_json);
}

}  // namespace
}  // namespace claw::postgres
