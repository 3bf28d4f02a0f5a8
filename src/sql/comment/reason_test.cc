#include "sql/comment/reason.h"

#include <gtest/gtest.h>

namespace claw::sql {
namespace {

TEST(reason, before_and_behind) {
  EXPECT_EQ(reason_in("/* reason: to clean up */ delete from t"), "to clean up");
  EXPECT_EQ(reason_in("-- reason: to clean up\ndelete from t"), "to clean up");
  EXPECT_EQ(reason_in("  -- another\n/* Reason : x */delete from t"), "x");
  EXPECT_EQ(reason_in("delete from t -- reason: y"), "y");
  EXPECT_EQ(reason_in("delete from t; /* reason: y */ ;"), "y");
  EXPECT_EQ(reason_in("/* reason: first */ delete from t /* reason: last */"), "first");
  EXPECT_EQ(reason_in("/* reason: of nothing */"), "of nothing");
  EXPECT_EQ(reason_in("/* reason: a /* b */ c */ select 1"), "a /* b */ c");
}

TEST(reason, as_sqlcommenter_writes_it) {
  EXPECT_EQ(reason_in("select 1 /*action='%2Fpay',reason='to%20see%2C why',traceparent='00-1'*/"),
            "to see, why");
  EXPECT_EQ(reason_in("select 1 /* reason='it\\'s late' */"), "it's late");
  EXPECT_EQ(reason_in("select 1 /*reason='100%'*/"), "100%");
  for (const char* none : {"select 1 /*reason='open*/", "select 1 /*a='b'*/", "select 1 /*reason=*/",
                           "select 1 /*what if reason='x'*/", "select 1 /*reason='x\\'*/"}) {
    EXPECT_EQ(reason_in(none), "") << none;
  }
}

TEST(reason, what_only_looks_like_a_comment) {
  for (const char* none :
       {"select 1", "select '/* reason: x */'", "select '-- reason: x", "select 'a'' -- reason: x'",
        "select e'\\' -- reason: x'", "select \"-- reason: x\"", "select $$ -- reason: x $$",
        "select $a$ $$ /* reason: x */ $a$", "select $a$ /* reason: x */", "/* reason: x",
        "/* /* reason: x */", "select 1 /* reason: x */ + 1", "select /* reason: x */ 1",
        "select 1 /* reasons: x */", "select 1 -- the reason: x", "/* reason: */ select 1", ""}) {
    EXPECT_EQ(reason_in(none), "") << none;
  }
  EXPECT_EQ(reason_in("select $1 -- reason: x"), "x");
  EXPECT_EQ(reason_in("select a$b$ -- reason: x\n"), "x");
  EXPECT_EQ(reason_in("select 'a\\' -- reason: x"), "x") << "no escape in a plain string";
}

}  // namespace
}  // namespace claw::sql
