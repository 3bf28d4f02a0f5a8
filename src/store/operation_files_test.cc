#include "store/operation_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/scratch_folder.h"

namespace claw::store {
namespace {

constexpr std::string_view id = "0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e";

TEST(operation_files, keeps_replaces_and_removes_what_only_its_owner_reads) {
  const ScratchFolder scratch;
  const auto keep = operation_files(scratch / "operations").value();
  EXPECT_TRUE(keep->all()->empty());
  ASSERT_TRUE(keep->put(id, "one"));
  ASSERT_TRUE(keep->put(id, "two"));
  EXPECT_EQ(keep->all().value(), std::vector<std::string>{"two"});
  struct stat about {};
  ASSERT_EQ(::stat(((scratch / "operations") + "/" + std::string(id) + ".json").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  ASSERT_TRUE(keep->remove(id));
  EXPECT_TRUE(keep->all()->empty());
}

TEST(operation_files, an_id_is_no_path_and_what_a_power_cut_left_is_no_operation) {
  const ScratchFolder scratch;
  const auto keep = operation_files(scratch / "operations").value();
  for (const std::string_view bad :
       {"", "../../../../../../../../../../../etc", "0192D3C8-7b1e-7c6a-9d2e-0f1a2b3c4d5e"}) {
    EXPECT_FALSE(keep->put(bad, "x")) << bad;
    EXPECT_FALSE(keep->remove(bad)) << bad;
  }
  EXPECT_FALSE(keep->put(id, std::string(operation_bytes_max + 1, 'x')));
  ASSERT_TRUE(replace_file((scratch / "operations") + "/" + std::string(id) + ".json.tmp", "half"));
  EXPECT_TRUE(keep->all()->empty());
}

}  // namespace
}  // namespace claw::store
