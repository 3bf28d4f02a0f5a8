#include "store/pins/pins_file.h"

#include <gtest/gtest.h>

#include "store/file.h"
#include "store/scratch_folder.h"

namespace claw::store {
namespace {

TEST(PinsFile, KeepsWhatWasAccepted) {
  const ScratchFolder folder;
  const auto tool = json::parse(R"({"name":"add","inputSchema":{"type":"object"}})");
  const pins::Definition add = pins::read_definition(pins::Kind::tool, *tool).value();
  {
    auto board = pins::Board::open(pins_file(folder.path())).value();
    EXPECT_TRUE(board->sort("mcp.a", {add}, false, 1).open.empty());
    EXPECT_TRUE(board->accept("mcp.a", pins::Kind::tool, "add", add.hash, "ann", 2));
  }
  auto board = pins::Board::open(pins_file(folder.path())).value();
  EXPECT_EQ(board->sort("mcp.a", {add}, false, 3).open.size(), 1u);
  ASSERT_TRUE(replace_file(folder.path() + "/mcp_pins.json", "not JSON"));
  EXPECT_FALSE(pins::Board::open(pins_file(folder.path())));
}

}  // namespace
}  // namespace claw::store
