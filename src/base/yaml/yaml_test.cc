#include "base/yaml/yaml.h"

#include <gtest/gtest.h>

namespace claw::yaml {
namespace {

std::string read(std::string_view text) {
  const auto value = parse(text);
  return value ? json::format(*value) : "error: " + value.error().what;
}

bool is_refused(std::string_view text) { return !parse(text).ok(); }

TEST(yaml, is_read_as_the_json_it_stands_for) {
  EXPECT_EQ(
      read("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-1\n  labels: {app: web, tier: \"1\"}\n"),
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","labels":{"app":"web","tier":"1"}}})");
  EXPECT_EQ(read("- 1\n- -2.50\n- 1e3\n- true\n- False\n- null\n- ~\n-\n- 'yes'\n- \"0x1\"\n"),
            R"([1,-2.50,1e3,true,false,null,null,null,"yes","0x1"])");
  EXPECT_EQ(read("script: |\n  a: b\n   echo\nfolded: >-\n  one\n  two\n"),
            R"({"script":"a: b\n echo\n","folded":"one two"})");
  for (const std::string_view text : {"10Gi", "100m", "1.2.3", "2020-01-01", "80:80", "a-b", "v1"}) {
    EXPECT_EQ(read(text), "\"" + std::string(text) + "\"");
  }
  EXPECT_EQ(read("---\na: 1\n...\n"), R"({"a":1})");
  EXPECT_EQ(read("# nothing\n"), "null");
  EXPECT_EQ(read("a: 1 # why\r\nb: 2\r\n"), R"({"a":1,"b":2})");
}

TEST(yaml, json_is_read_as_json) {
  EXPECT_EQ(read(R"( {"a":[1,"x\/y"],"b":{"on":true}} )"), R"({"a":[1,"x/y"],"b":{"on":true}})");
  EXPECT_TRUE(is_refused(R"({"a":1,"a":2})"));
}

TEST(yaml, what_two_readers_read_differently_is_refused) {
  for (const std::string_view scalar :
       {"yes", "No",    "ON", "off", "y",  "N",    "tRue",  "nULL", "0777", "0o17", "0x1F",
        "0b1", "1_000", "+1", ".5",  "5.", ".inf", "-.INF", ".nan", "00",   "-01",  "="}) {
    EXPECT_TRUE(is_refused("a: " + std::string(scalar))) << scalar;
  }
  for (const std::string_view text : {"a: &x 1\nb: *x\n", "a: &x 1\n",        "a: !!str 1\n",
                                      "!!map {a: 1}\n",   "a: !x 1\n",        "<<: {a: 1}\n",
                                      "a: 1\na: 2\n",     "a: 1\n\"a\": 2\n", "a: 1\n---\nb: 2\n",
                                      "1: a\n",           "true: a\n",        "? [a]\n: b\n",
                                      "{a:1}\n",          "[a:b]\n",          "~: 1\n",
                                      "\ta: 1\n",         "a: 1\n  \tb: 2\n", "a: \"b\n",
                                      "a: [1\n",          "a: b: c\n"}) {
    EXPECT_TRUE(is_refused(text)) << text << " was read as " << read(text);
  }
}

TEST(yaml, bytes_that_are_text_to_some_readers_only_are_refused) {
  for (const std::string_view text : {"\xEF\xBB\xBF"
                                      "a: 1",
                                      "\xFF\xFE"
                                      "a",
                                      "a: \xC2\x85"
                                      "b: 1",
                                      "a: \xE2\x80\xA8"
                                      "b",
                                      "a: 1\rb: 2", "a: \x01", "a: \x7F"}) {
    EXPECT_TRUE(is_refused(text));
  }
  EXPECT_TRUE(is_refused(std::string_view("a: 1\0", 5)));
  EXPECT_TRUE(is_refused(std::string(200, '[')));
  EXPECT_TRUE(is_refused(std::string(bytes_max + 1, ' ')));
}

TEST(yaml, every_beginning_of_a_document_is_read_or_refused) {
  const std::string text = "a: {b: [1, 'x', \"y\\n\"]}\nc:\n- d: |\n    e\n  f: >\n    g\n";
  for (std::size_t size = 0; size <= text.size(); ++size) read(text.substr(0, size));
  EXPECT_EQ(read(text), R"({"a":{"b":[1,"x","y\n"]},"c":[{"d":"e\n","f":"g\n"}]})");
}

}  // namespace
}  // namespace claw::yaml
