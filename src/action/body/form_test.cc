#include "action/body/form.h"

#include <gtest/gtest.h>

namespace claw::action {
namespace {

std::string show(const Status& read, const std::vector<Named>& fields) {
  if (!read) return "! " + read.error().what;
  std::string shown;
  for (const Named& field : fields) {
    shown.append("[").append(field.name).append("|").append(field.value).append("]");
  }
  return shown;
}

std::string form(std::string_view text) {
  cel::Arena arena;
  std::vector<Named> fields;
  const Status read = read_urlencoded(text, arena, fields);
  return show(read, fields);
}

std::string multipart(std::string_view body, std::string_view boundary = "b") {
  std::vector<Named> fields;
  const Status read = read_multipart(body, boundary, fields);
  return show(read, fields);
}

TEST(form, fields_are_decoded_once_and_kept_in_order) {
  EXPECT_EQ(form(""), "");
  EXPECT_EQ(form("a=1&b=2&a=3"), "[a|1][b|2][a|3]");
  EXPECT_EQ(form("a+b=c%20d%2B%26%3D"), "[a b|c d+&=]");
  EXPECT_EQ(form("a&=&b="), "[a|][|][b|]");
  EXPECT_EQ(form("&&a=b=c&"), "[a|b=c]");
  EXPECT_EQ(form("a=1;b=2"), "[a|1;b=2]");
  EXPECT_EQ(form("%2541=%2542"), "[%41|%42]");
}

TEST(form, what_cannot_be_decoded_is_an_error) {
  for (const std::string_view text : {"a=%", "a=%4", "%zz=1", "a=%ff", "%c0%80=1", "a=%u0041"}) {
    EXPECT_TRUE(form(text).starts_with("! ")) << text;
  }
  std::string many = "a";
  for (int i = 0; i < 999; ++i) many += "&a";
  EXPECT_FALSE(form(many).starts_with("! "));
  EXPECT_EQ(form(many + "&a"), "! more than 1000 fields");
}

constexpr std::string_view two_fields =
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n"
    "--b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: "
    "text/plain\r\n\r\nfile\r\n"
    "--b\r\nContent-Disposition: form-data;name=\"\"\r\n\r\n\r\n--b--\r\n";

TEST(multipart, text_fields_are_found_and_files_left_out) {
  EXPECT_EQ(multipart(two_fields), "[a|1\r\n2][|]");
  EXPECT_EQ(multipart("--b--\r\n"), "");
  EXPECT_EQ(multipart("--b--"), "");
}

TEST(multipart, cut_anywhere_it_is_an_error) {
  for (std::size_t size = 0; size < two_fields.size() - 2; ++size) {
    EXPECT_TRUE(multipart(two_fields.substr(0, size)).starts_with("! ")) << size;
  }
}

TEST(multipart, what_two_readers_could_take_apart_differently_is_an_error) {
  const std::string head = "--b\r\nContent-Disposition: form-data; name=\"a\"";
  const std::string end = "\r\n\r\nx\r\n--b--\r\n";
  ASSERT_EQ(multipart(head + end), "[a|x]");
  const std::string bad[] = {
      "preamble\r\n" + head + end, "\r\n" + head + end, head + end + "epilogue", head + end + "\r\n",
      head + "; name=\"b\"" + end, head + "; name*=\"b\"" + end, head + "; filename*=utf-8''x" + end,
      head + "; filename=x" + end, head + ";" + "\r\nContent-Disposition: form-data; name=\"b\"" + end,
      head + "\r\nContent-Transfer-Encoding: base64" + end, head + "\r\n folded: x" + end,
      head + "\r\nContent-Type: text/plain; charset=utf-16" + end,
      head + "\r\nno colon" + end, head + "\nX: y" + end, "--b\r\n\r\nx\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
      "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data; name=\"a\\\"\"\r\n\r\nx\r\n--b--\r\n",
      "--b\r\nContent-Disposition: form-data; name=\"%61\"\r\n\r\nx\r\n--b--\r\n",
      "--b\nContent-Disposition: form-data; name=\"a\"\n\nx\n--b--\n",
      "--b \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
      head + "\r\n\r\nx\n--b\r\nhidden\r\n--b--\r\n", head + "\r\n\r\n--b--\r\n--b--\r\n",
      head + "\r\n\r\nx\r\n--bc\r\n--b--\r\n", head + "\r\n\r\n\xff\r\n--b--\r\n",
  };
  for (const std::string& body : bad) {
    EXPECT_TRUE(multipart(body).starts_with("! ")) << body << multipart(body);
  }
  for (const std::string_view boundary : {"", "b\"", "a b", "b\r\n", "b;"}) {
    EXPECT_TRUE(multipart(two_fields, boundary).starts_with("! ")) << boundary;
  }
  EXPECT_TRUE(multipart(two_fields, std::string(71, 'b')).starts_with("! "));
}

}  // namespace
}  // namespace claw::action
