#include "config/tools/programs.h"

#include <gtest/gtest.h>

namespace claw::config {
namespace {

TEST(programs, are_found_where_systems_keep_them) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_EQ(*find_program("/usr/bin/env"), "/usr/bin/env");
  for (const char* name :
       {"", "no-such-program", "./sh", "../bin/sh", "/usr/bin", "/no/such", "/etc/passwd"}) {
    EXPECT_FALSE(find_program(name)) << name;
  }
}

TEST(programs, are_shown_where_they_and_what_they_lead_to_are) {
  EXPECT_TRUE(is_shown("/usr/bin/env", {}));
  EXPECT_TRUE(is_shown("/bin/sh", {}));
  EXPECT_FALSE(is_shown("/proc/self/exe", {}));
  EXPECT_FALSE(is_shown("/etc/passwd", {"/et"}));
  EXPECT_TRUE(is_shown("/etc/passwd", {"/etc/"}));
  EXPECT_FALSE(is_shown("/usr/bin/no-such-program", {}));
}

}  // namespace
}  // namespace claw::config
