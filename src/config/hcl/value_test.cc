#include "config/hcl/value.h"

#include <gtest/gtest.h>

#include "config/hcl/node.h"

namespace claw::config {
namespace {

Value one() { return Value::number("1"); }

TEST(HclValue, types_that_differ_are_not_equal_and_null_is_null) {
  EXPECT_EQ(equal(Value::string("1"), one()), false);
  EXPECT_EQ(equal(one(), Value::number("1")), true);
  EXPECT_EQ(equal(Value::null(), Value::null()), true);
  EXPECT_EQ(equal(one(), Value{}), std::nullopt);
  EXPECT_EQ(equal(Value::tuple({one(), Value{}}), Value::tuple({Value::number("2"), Value{}})), false);
}

TEST(HclValue, both_sides_come_to_one_type_or_to_none) {
  Value a = one();
  Value b = Value::string("x");
  EXPECT_TRUE(unify(a, b));
  EXPECT_EQ(a.kind, ValueKind::string);
  Value c = Value::of(true);
  Value d = one();
  EXPECT_FALSE(unify(c, d));
  Value e = Value::tuple({one()});
  Value f = Value::tuple({one(), Value::string("x")});
  EXPECT_TRUE(unify(e, f));
  EXPECT_EQ(e.kind, ValueKind::list);
  EXPECT_EQ(e.items.at(0).kind, ValueKind::string);
}

TEST(HclValue, only_what_reads_as_the_other_type_converts) {
  EXPECT_EQ(convert_to_number(Value::string("12.50"))->text, "12.5");
  EXPECT_FALSE(convert_to_number(Value::of(true)));
  EXPECT_FALSE(convert_to_boolean(Value::string("yes")));
  EXPECT_FALSE(convert_to_string(Value::tuple({})));
}

TEST(HclNode, a_dotted_name_is_a_reference_and_a_broken_value_says_so) {
  Diagnostics diagnostics;
  auto root = make_expression({{}, 0, 1}, Variable{"a"});
  const auto name = make_expression({{}, 0, 3}, GetAttribute{std::move(root), "b", {{}, 2, 3}});
  EXPECT_EQ(make_node(*name, diagnostics).dotted(), "a.b");
  const auto call = make_expression({{}, 0, 3}, Call{"f", {}, false});
  EXPECT_TRUE(make_node(*call, diagnostics).broken);
  EXPECT_EQ(diagnostics.errors(), 1U);
}

}  // namespace
}  // namespace claw::config
