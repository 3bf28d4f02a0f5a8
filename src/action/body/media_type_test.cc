#include "action/body/media_type.h"

#include <gtest/gtest.h>

namespace claw::action {
namespace {

std::string read(std::string_view text) {
  cel::Arena arena;
  const auto made = read_media_type(text, arena);
  if (!made) return "!";
  std::string shown(made->name);
  if (!made->charset.empty()) shown.append(" ").append(made->charset);
  if (!made->boundary.empty()) shown.append(" /").append(made->boundary);
  return shown + (made->is_json() ? " json" : "") + (made->is_text_we_read() ? "" : " foreign");
}

TEST(media_type, name_charset_and_boundary) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("Application/JSON"), "application/json json");
  EXPECT_EQ(read(" application/vnd.api+json ; Charset=\"UTF-8\" ;"), "application/vnd.api+json utf-8 json");
  EXPECT_EQ(read("text/plain;charset=us-ascii"), "text/plain us-ascii");
  EXPECT_EQ(read("text/plain;charset=utf-16"), "text/plain utf-16 foreign");
  EXPECT_EQ(read("multipart/form-data; boundary=aB; x=y"), "multipart/form-data /aB");
}

TEST(media_type, what_could_be_two_types_is_an_error) {
  for (const std::string_view text :
       {"json", "/", "a/", "/b", "a/b/c", "a b/c", "a/b, c/d", "a/b;charset=x;charset=y",
        "a/b;boundary=x; boundary=y", "a/b;charset", "a/b;=x", "a/b;x=", "a/b; x=\"y", "a/b; x=\"\\\"\"",
        "a/b x", "a/b; c d=e", "a/b;x=y,c/d"}) {
    EXPECT_EQ(read(text), "!") << text;
  }
}

}  // namespace
}  // namespace claw::action
