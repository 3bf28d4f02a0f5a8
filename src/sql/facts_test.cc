#include "sql/facts.h"

#include <gtest/gtest.h>
#include <set>

#include "sql/cache.h"
#include "sql/functions.h"

namespace claw::sql {
namespace {

TEST(Effects, have_names_and_sort_them) {
  const Effects effects = {Effect::write, Effect::remove, Effect::alter};
  EXPECT_EQ(effects.names(), (std::vector<std::string>{"alter", "delete", "write"}));
  EXPECT_TRUE(effects.has(Effect::remove));
  EXPECT_FALSE(effects.only({Effect::write, Effect::remove}));
  EXPECT_TRUE(Effects().empty());
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < effect_count; ++i) names.insert(name_of(static_cast<Effect>(i)));
  EXPECT_EQ(names.size(), effect_count);
}

TEST(Name, is_written_without_its_empty_parts) {
  EXPECT_EQ((Name{"c", "s", "n"}.text()), "c.s.n");
  EXPECT_EQ((Name{"", "s", "n"}.text()), "s.n");
  EXPECT_EQ((Name{"", "", "n"}.text()), "n");
}

TEST(Functions, are_looked_up_folded) {
  EXPECT_TRUE(postgres::effects_of("pg_read_file").has(Effect::file));
  EXPECT_TRUE(postgres::effects_of("lower").empty());
  EXPECT_TRUE(postgres::effects_of("").empty());
}

int reads = 0;

Facts counting_reader(std::string_view text) {
  ++reads;
  Facts facts;
  facts.why = std::string(text);
  return facts;
}

TEST(Cache, reads_a_text_once_and_forgets_the_oldest) {
  reads = 0;
  Cache cache(counting_reader);
  const auto first = cache.read("a").facts;
  EXPECT_EQ(cache.read("a").facts, first);
  EXPECT_EQ(reads, 1);
  for (int i = 0; i < 5000; ++i) cache.read(std::to_string(i));
  EXPECT_EQ(cache.read("a").facts->why, "a");
  EXPECT_EQ(reads, 5002);
  EXPECT_EQ(first->why, "a");  // Facts outlive the cache's memory of them.
}

TEST(Cache, does_not_keep_long_texts) {
  reads = 0;
  Cache cache(counting_reader);
  const std::string text(100 * 1024, 'x');
  cache.read(text);
  cache.read(text);
  EXPECT_EQ(reads, 2);
}

}  // namespace
}  // namespace claw::sql
