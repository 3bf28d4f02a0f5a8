#include "config/yaml.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/hcl.h"
#include "config/yaml_document.h"

namespace claw::config {
namespace {

constexpr BlockShape gateway_blocks[] = {{"wireguard", 0}};
constexpr BlockShape shapes[] = {{"gateway", 0, gateway_blocks}, {"endpoint", 2}, {"rule", 1}};

struct Read {
  Sources sources;
  Diagnostics diagnostics;
  Block document;

  explicit Read(std::string text) {
    document = read_yaml(sources, sources.add("t.yaml", std::move(text)), shapes, diagnostics);
  }
  const Node& node(std::string_view name) const { return document.find(name)->value; }
  bool refused() const { return diagnostics.has_errors(); }
};

std::string read_file(const std::string& name) {
  std::ifstream in("testdata/syntax/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void expect_same(const Node& a, const Node& b, const std::string& where);

void expect_same(const std::vector<Attribute>& a, const std::vector<Attribute>& b, const std::string& where) {
  ASSERT_EQ(a.size(), b.size()) << where;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name) << where;
    expect_same(a[i].value, b[i].value, where + "." + a[i].name);
  }
}

void expect_same(const Node& a, const Node& b, const std::string& where) {
  EXPECT_EQ(a.kind, b.kind) << where;
  EXPECT_EQ(a.text, b.text) << where;
  EXPECT_EQ(a.boolean, b.boolean) << where;
  EXPECT_EQ(a.number.integer, b.number.integer) << where;
  EXPECT_EQ(a.number.real, b.number.real) << where;
  ASSERT_EQ(a.items.size(), b.items.size()) << where;
  for (std::size_t i = 0; i < a.items.size(); ++i) expect_same(a.items[i], b.items[i], where);
  expect_same(a.members, b.members, where);
}

void expect_same(const Block& a, const Block& b, const std::string& where) {
  EXPECT_EQ(a.type, b.type) << where;
  ASSERT_EQ(a.labels.size(), b.labels.size()) << where;
  for (std::size_t i = 0; i < a.labels.size(); ++i) EXPECT_EQ(a.labels[i].text, b.labels[i].text) << where;
  expect_same(a.attributes, b.attributes, where);
  ASSERT_EQ(a.blocks.size(), b.blocks.size()) << where;
  for (std::size_t i = 0; i < a.blocks.size(); ++i)
    expect_same(a.blocks[i], b.blocks[i], where + "/" + a.blocks[i].type);
}

TEST(Yaml, the_same_policy_gives_the_same_tree_as_hcl) {
  const Read yaml(read_file("policy.yaml"));
  Sources sources;
  Diagnostics diagnostics;
  const Block hcl = read_hcl(sources, sources.add("policy.hcl", read_file("policy.hcl")), diagnostics);
  EXPECT_EQ(yaml.diagnostics.format(yaml.sources), "");
  EXPECT_EQ(diagnostics.format(sources), "");
  expect_same(hcl, yaml.document, "");
}

TEST(Yaml, mistakes_are_shown_in_one_go) {
  Sources sources;
  Diagnostics diagnostics;
  read_yaml(sources, sources.add("mistakes.yaml", read_file("mistakes.yaml")), shapes, diagnostics);
  EXPECT_EQ(diagnostics.format(sources), read_file("mistakes.yaml.txt"));
}

TEST(Yaml, only_true_and_false_are_booleans_and_quotes_make_strings) {
  const Read read(
      "a: true\nb: yes\nc: on\nd: \"true\"\ne: '1'\nf: 1\ng: 1.5\nh: 0o17\ni: 1_000\nj: ~\nk: .inf\nl: "
      "12e03\n");
  EXPECT_FALSE(read.refused()) << read.diagnostics.format(read.sources);
  EXPECT_EQ(read.node("a").kind, Kind::boolean);
  for (const std::string_view name : {"b", "c", "d", "e", "i", "k"})
    EXPECT_EQ(read.node(name).kind, Kind::string) << name;
  EXPECT_EQ(read.node("f").number.integer, 1);
  EXPECT_EQ(read.node("g").number.real, 1.5);
  EXPECT_EQ(read.node("h").number.integer, 15);
  EXPECT_EQ(read.node("j").kind, Kind::null);
  EXPECT_EQ(read.node("l").number.integer, 12000);
}

TEST(Yaml, what_hides_its_meaning_is_refused) {
  EXPECT_TRUE(Read("a: &x 1\nb: *x\n").refused());
  EXPECT_TRUE(Read("a: {b: &x [1], <<: *x}\n").refused());
  EXPECT_TRUE(Read("a: !!str 1\n").refused());
  EXPECT_TRUE(Read("a: 1\na: 2\n").refused());
  EXPECT_TRUE(Read("a: {b: 1, \"b\": 2}\n").refused());
  EXPECT_TRUE(Read("? [a]\n: 1\n").refused());
  EXPECT_TRUE(Read("a: 1\n---\nb: 1\n").refused());
  EXPECT_TRUE(Read("a: [1\nb: 2\n").refused());
  EXPECT_TRUE(Read("- a\n").refused());
  EXPECT_TRUE(Read("gateway: 1\n").refused());
  EXPECT_TRUE(Read("endpoint: {https: [1]}\n").refused());
  EXPECT_TRUE(Read("a: " + std::string(100000, '[')).refused());
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'z'; ++c)
    bomb += fmt::format("{0}: &{0} [*{1},*{1},*{1},*{1}]\n", c, static_cast<char>(c - 1));
  EXPECT_TRUE(Read(bomb).refused());
}

TEST(Yaml, a_list_repeats_a_block_and_nothing_is_an_empty_one) {
  const Read read("rule:\n  a:\n    - {x: 1}\n    - {x: 2}\n  b:\ngateway:\n");
  EXPECT_FALSE(read.refused()) << read.diagnostics.format(read.sources);
  ASSERT_EQ(read.document.blocks.size(), 4U);
  EXPECT_EQ(read.document.blocks[1].find("x")->value.number.integer, 2);
  EXPECT_EQ(read.document.blocks[2].labels.at(0).text, "b");
}

TEST(Yaml, a_place_in_a_string_leads_back_to_the_source) {
  const std::string text =
      "a: |\n  one\n    two\nb: \"x\\ty\\u00e9z\"\nc: 'it''s é fine'\nd: >-\n  folded\n  words\ne: many\n  "
      "lines\n";
  const Read read(text);
  EXPECT_FALSE(read.refused());
  const auto leads = [&](std::string_view name, std::string_view word) {
    const Node& node = read.node(name);
    return text.substr(node.at(node.text.find(word)), word.size()) == word;
  };
  EXPECT_TRUE(leads("a", "one"));
  EXPECT_TRUE(leads("a", "two"));
  EXPECT_TRUE(leads("b", "z"));
  EXPECT_TRUE(leads("c", "fine"));
  EXPECT_TRUE(leads("d", "words"));
  EXPECT_TRUE(leads("e", "lines"));
  EXPECT_EQ(text.substr(read.node("c").range.begin, read.node("c").range.end - read.node("c").range.begin),
            "'it''s é fine'");
}

TEST(YamlDocument, quoted_and_plain_are_told_apart) {
  Sources sources;
  Diagnostics diagnostics;
  const auto root = read_yaml_document(sources, sources.add("t", "[a, 'a', \"a\", ~]"), diagnostics);
  ASSERT_TRUE(root && root->items.size() == 4);
  EXPECT_EQ(root->items[0].kind, YamlKind::plain);
  EXPECT_EQ(root->items[1].kind, YamlKind::quoted);
  EXPECT_EQ(root->items[2].range, (Range{{}, 9, 12}));
  EXPECT_EQ(root->items[3].kind, YamlKind::null);
}

TEST(Yaml, text_that_the_library_never_gets_past_is_refused) {
  EXPECT_TRUE(Read(",`{b\x1a b\x1aU*a1,`{b\x1a b\x1aU*").refused());
  EXPECT_TRUE(Read("a: 1\n...\n, b\n").refused());
}

TEST(Yaml, every_prefix_of_a_file_is_read_without_harm) {
  const std::string text = read_file("policy.yaml");
  for (std::size_t end = 0; end < text.size(); ++end) Read(text.substr(0, end));
}

}  // namespace
}  // namespace claw::config
