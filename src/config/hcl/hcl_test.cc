#include "config/hcl.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <fstream>
#include <sstream>

#include "config/hcl/evaluate.h"
#include "config/number.h"
#include "config/hcl/parser.h"

namespace claw::config {
namespace {

struct Read {
  Sources sources;
  Diagnostics diagnostics;
  Block document;

  explicit Read(std::string text) {
    document = read_hcl(sources, sources.add("t.hcl", std::move(text)), diagnostics);
  }

  const Node& node(std::string_view name) const { return document.find(name)->value; }
  std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const Diagnostic& each : diagnostics.sorted())
      out.push_back(sources.where(each.range).substr(6) + " " + each.text);
    return out;
  }
};

std::string read_file(const std::string& name) {
  std::ifstream in("../testdata/syntax/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Hcl, every_mistake_of_a_file_is_shown_in_one_go) {
  Sources sources;
  Diagnostics diagnostics;
  read_hcl(sources, sources.add("mistakes.hcl", read_file("mistakes.hcl")), diagnostics);
  EXPECT_EQ(diagnostics.format(sources), read_file("mistakes.hcl.txt"));
}

TEST(Hcl, blocks_carry_types_labels_and_attributes) {
  const Read read("a \"b\" c {\n  d = 1\n  e { f = x.y-z }\n}\ng = [true, null]\n");
  ASSERT_TRUE(read.errors().empty()) << read.errors()[0];
  const Block& block = read.document.blocks.at(0);
  EXPECT_EQ(block.type, "a");
  EXPECT_EQ(block.labels.at(0).text + block.labels.at(1).text, "bc");
  EXPECT_EQ(block.find("d")->value.number.integer, 1);
  EXPECT_EQ(block.blocks.at(0).find("f")->value.dotted(), "x.y-z");
  EXPECT_EQ(read.node("g").items.at(0).boolean, true);
  EXPECT_EQ(read.node("g").items.at(1).kind, Kind::null);
}

TEST(Hcl, windows_line_ends_are_line_ends) {
  const Read read("a = 1\r\nb {\r\n  c = \"x\"\r\n}\r\nd = <<E\r\ntext\r\nE\r\n");
  ASSERT_TRUE(read.errors().empty()) << read.errors()[0];
  EXPECT_EQ(read.node("d").text, "text\r\n");
}

TEST(Hcl, a_place_in_a_string_leads_back_to_the_source) {
  const std::string text = "a = \"x\\ty\\u00e9z\"\nb = <<-E\n    one\n      two\n    E\n";
  const Read read(text);
  const Node& quoted = read.node("a");
  EXPECT_EQ(quoted.text, "x\tyéz");
  EXPECT_EQ(text[quoted.at(0)], 'x');
  EXPECT_EQ(text[quoted.at(1)], '\\');
  EXPECT_EQ(text[quoted.at(2)], 'y');
  EXPECT_EQ(text[quoted.at(5)], 'z');
  const Node& heredoc = read.node("b");
  EXPECT_EQ(heredoc.text, "one\n  two\n");
  EXPECT_EQ(text.substr(heredoc.at(0), 3), "one");
  EXPECT_EQ(text.substr(heredoc.at(6), 3), "two");
  EXPECT_EQ(read.sources.where(heredoc.range_at(6, 9)), "t.hcl:4:7");
}

TEST(Hcl, integers_are_exact_to_64_bits) {
  const Read read(
      "a = 9223372036854775807\nb = -9223372036854775808\nc = 9223372036854775808\nd = 1e3\ne = 0.5\n");
  EXPECT_EQ(read.node("a").number.integer, INT64_MAX);
  EXPECT_EQ(read.node("b").number.integer, INT64_MIN);
  EXPECT_EQ(read.node("c").number.integer, std::nullopt);
  EXPECT_EQ(read.node("d").number.integer, 1000);
  EXPECT_EQ(read.node("e").number.real, 0.5);
}

TEST(Hcl, constants_are_evaluated_and_nothing_else_exists) {
  const Read read(
      "a = 2 * (3 + 4)\nb = \"${1 + 1} of ${\"x\"}\"\nc = [for v in [1, 2] : v * 2]\nd = x ? 1 : 2\n"
      "e = upper(\"x\")\nf = \"${x}\"\ng = a.b[0]\n");
  EXPECT_EQ(read.node("a").number.integer, 14);
  EXPECT_EQ(read.node("b").text, "2 of x");
  EXPECT_EQ(read.node("c").items.at(1).number.integer, 4);
  const std::vector<std::string> wanted = {"4:5 there is no variable `x`", "5:5 there is no function `upper`",
                                           "6:8 there is no variable `x`", "7:5 there is no variable `a`"};
  EXPECT_EQ(read.errors(), wanted);
  EXPECT_TRUE(read.node("d").broken);
}

TEST(Hcl, duplicates_are_refused) {
  EXPECT_EQ(Read("a = 1\na = 2\n").errors().size(), 1U);
  EXPECT_EQ(Read("a = { b = 1, \"b\" = 2 }\n").errors().size(), 1U);
}

TEST(Hcl, an_unquoted_include_is_explained) {
  const Read read("a = <<file:x.cel>>\nb = \"<<file:x.cel>>\"\n");
  ASSERT_EQ(read.diagnostics.all().size(), 1U);
  EXPECT_EQ(read.diagnostics.all()[0].hint, "an include stands in quotes: \"<<file:x.cel>>\"");
  EXPECT_EQ(read.node("b").text, "<<file:x.cel>>");
}

TEST(Hcl, a_line_that_looks_like_the_heredocs_name_ends_it_only_alone) {
  const Read read("a = <<EOT\nnot EOT\nEOTX\n${\"x\"}EOT\n  EOT  \nb = 1\n");
  ASSERT_TRUE(read.errors().empty()) << read.errors()[0];
  EXPECT_EQ(read.node("a").text, "not EOT\nEOTX\nxEOT\n");
}

// On a stack so small that whatever recursed once for each of 10,000 steps would run out of it: a level takes
// more than the hundred bytes that are there for each.
bool is_refused_on_a_small_stack(const std::string& text) {
  constexpr std::size_t stack_bytes = 1 << 20;
  struct Run {
    const std::string& text;
    bool refused = false;
  } run{text};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_t thread;
  const int made = pthread_create(&thread, &attributes, [](void* raw) -> void* {
    Run& asked = *static_cast<Run*>(raw);
    asked.refused = !Read(asked.text).errors().empty();
    return nullptr;
  }, &run);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(made, 0);
  if (made == 0) pthread_join(thread, nullptr);
  return run.refused;
}

TEST(Hcl, depth_is_limited_wherever_it_can_grow) {
  constexpr std::size_t steps = 10'000;
  const auto repeated = [](std::string_view text, std::size_t count) {
    std::string out;
    while (count-- > 0) out += text;
    return out;
  };
  for (const std::string_view step :
       {"[", "(", "{a=", "!", "-", "a?1:", "\"${", "a[", "f(", "[for x in ", "%", "a+("}) {
    EXPECT_TRUE(is_refused_on_a_small_stack("a = " + repeated(step, steps) + "\n")) << step;
  }
  for (const std::string_view step : {".b", "[0]", "+1", "[*]", ".*.b"}) {
    EXPECT_TRUE(is_refused_on_a_small_stack("a = 1" + repeated(step, steps) + "\n")) << step;
  }
  EXPECT_TRUE(is_refused_on_a_small_stack(repeated("a {\n", steps)));
  EXPECT_TRUE(is_refused_on_a_small_stack("a = \"" + repeated("%{if true}", steps) + "\"\n"));
  EXPECT_TRUE(Read(repeated("a {\n", 50) + repeated("}\n", 50)).errors().empty());
}

TEST(Hcl, loops_over_constants_cannot_fill_memory) {
  std::string text = "\"xxxxxxxxxxxxxxxx\"";
  for (int i = 0; i < 40; ++i) text = "[for v in [" + text + "]: \"${v}${v}\"][0]";
  const Read read("a = " + text + "\n");
  ASSERT_FALSE(read.errors().empty());
  EXPECT_FALSE(Read("a = 1e999999999\n").errors().empty());
  EXPECT_FALSE(Read("a = " + std::string(5000, '9') + "\n").errors().empty());
}

TEST(Hcl, every_prefix_of_a_file_is_read_without_harm) {
  const std::string text = read_file("policy.hcl");
  ASSERT_TRUE(Read(text).errors().empty()) << Read(text).errors()[0];
  for (std::size_t end = 0; end < text.size(); ++end) Read(text.substr(0, end));
}

TEST(Hcl, a_brace_inside_a_string_ends_no_recovery) {
  for (const std::string_view text :
       {"\"}\"\n", ")\"}\"\n", "a = ) ${}\"}\" }\n", "a {\n)\"}\"\n}\n", "]\"${1}\"\n"}) {
    EXPECT_FALSE(Read(std::string(text)).errors().empty()) << text;
  }
}

TEST(HclNumber, decimal_text_loses_nothing) {
  EXPECT_EQ(parse_decimal("1.50e2").value(), "150");
  EXPECT_EQ(parse_decimal("-0.0").value(), "0");
  EXPECT_EQ(parse_decimal("007.10").value(), "7.1");
  EXPECT_EQ(parse_decimal("12e-3").value(), "0.012");
  EXPECT_EQ(calculate("/", "1", "10").value(), "0.1");
  EXPECT_EQ(calculate("%", "-7", "3").value(), "-1");
  EXPECT_FALSE(calculate("%", "1", "0").ok());
  for (const std::string_view wrong : {"", ".", "1e", "1.2.3", "x", "1e5x", "--1"}) {
    EXPECT_FALSE(parse_decimal(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace claw::config
