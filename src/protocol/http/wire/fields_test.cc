#include "protocol/http/wire/fields.h"

#include <gtest/gtest.h>

namespace claw::http {
namespace {

std::string text_of(const Fields& fields) {
  std::string text;
  for (const Field field : fields) text.append(field.name).append("=").append(field.value).append(";");
  return text;
}

Fields some() {
  Fields fields;
  fields.add("A", "1");
  fields.add("b", "2");
  fields.add("a", "3");
  return fields;
}

TEST(Fields, keep_their_order_and_case_and_are_found_in_any) {
  const Fields fields = some();
  EXPECT_EQ(text_of(fields), "A=1;b=2;a=3;");
  EXPECT_EQ(fields.find("a"), "1");
  EXPECT_EQ(fields.find("B"), "2");
  EXPECT_EQ(fields.find("ab"), std::nullopt);
  EXPECT_EQ(fields.count("A"), 2u);
  EXPECT_EQ(fields.bytes(), 6u);
}

TEST(Fields, set_replaces_all_where_the_first_was) {
  Fields fields = some();
  fields.set("a", "9");
  EXPECT_EQ(text_of(fields), "a=9;b=2;");
  fields.set("c", "4");
  EXPECT_EQ(text_of(fields), "a=9;b=2;c=4;");
  fields.remove("B");
  EXPECT_EQ(text_of(fields), "a=9;c=4;");
}

TEST(Fields, may_be_given_views_of_themselves) {
  Fields fields = some();
  for (int i = 0; i < 200; ++i) fields.add(fields[0].name, *fields.find("b"));
  fields.set(fields[1].name, fields[0].value);
  EXPECT_EQ(fields.find("b"), "1");
  EXPECT_EQ(fields.size(), 203u);
}

TEST(Fields, are_copied_and_moved) {
  Fields fields = some();
  fields.add_secret("S", Secret("xyz"));
  Fields copy = fields;
  const Fields moved = std::move(fields);
  EXPECT_EQ(text_of(copy), text_of(moved));
  copy = some();
  EXPECT_EQ(text_of(copy), "A=1;b=2;a=3;");
  copy = moved;
  EXPECT_EQ(copy.find("s"), "xyz");
  copy.clear();
  EXPECT_TRUE(copy.empty());
  EXPECT_EQ(copy.find("s"), std::nullopt);
}

}  // namespace
}  // namespace claw::http
