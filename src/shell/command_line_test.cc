#include "shell/command_line.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>

#include "base/text.h"

namespace claw::shell {
namespace {

using Words = std::vector<std::string>;

Words read(std::string_view text) {
  auto words = read_command_line(text);
  EXPECT_TRUE(words) << text << ": " << words.error().what;
  return words ? *words : Words();
}

std::string why_not(std::string_view text) {
  const auto words = read_command_line(text);
  return words ? "understood" : words.error().what;
}

TEST(CommandLine, is_split_as_a_shell_does) {
  EXPECT_EQ(read("kubectl get pods"), (Words{"kubectl", "get", "pods"}));
  EXPECT_EQ(read("  git\tlog  --format='%h %s' \n"), (Words{"git", "log", "--format=%h %s"}));
  EXPECT_EQ(read(R"(a "b c"d\ e 'f'"g")"), (Words{"a", "b cd e", "fg"}));
  EXPECT_EQ(read(R"(a "" '')"), (Words{"a", "", ""}));
  EXPECT_EQ(read(R"(a "x\"y\\z\n")"), (Words{"a", R"(x"y\z\n)"}));
  EXPECT_EQ(read("kubectl \\\n  get pods"), (Words{"kubectl", "get", "pods"}));
  EXPECT_EQ(read("kubectl get pods -o jsonpath={.items[0].metadata.name}"),
            (Words{"kubectl", "get", "pods", "-o", "jsonpath={.items[0].metadata.name}"}));
  EXPECT_EQ(read("\n\nls\n\n"), (Words{"ls"}));
  EXPECT_EQ(read("a b#c x=y 'if'"), (Words{"a", "b#c", "x=y", "if"}));
  EXPECT_EQ(read("psql -c 'select 1; drop table t'"), (Words{"psql", "-c", "select 1; drop table t"}));
}

TEST(CommandLine, what_needs_a_shell_is_not_understood) {
  for (const std::string_view text :
       {"a | b",      "a && b", "a || b",  "a; b",     "a & b",          "a &",
        "a\nb",       "(a)",    "{ a; }",  "a > f",    "a 2>&1",         "a < f",
        "a <<E\nE",   "a $(b)", "a `b`",   "a $x",     "a \"$x\"",       "a \"`b`\"",
        "if a",       "! a",    "time a",  "x=1 a",    "x+=1 a",         "a ~/f",
        "~/a",  "\"\"~", "a x=~",  "a {b,c}", "a {1..3}", "a # b",          "# a",
        "f() { a; }", "a $'b'", "[[ a ]]", "while a",  "a \"\\$(b)\"$c", "PATH=/tmp\\ a b"}) {
    EXPECT_NE(why_not(text), "understood") << text;
  }
  EXPECT_NE(why_not("a | b").find("pipe"), std::string::npos);
}

TEST(CommandLine, what_is_no_command_says_so) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, "  "sv, "\n"sv, "''"sv, "a 'b"sv, "a \"b"sv, "a \\"sv, "a \0b"sv,
                                      "a \x1b[0m"sv, "a \xff"sv, "a\rb"sv}) {
    EXPECT_NE(why_not(text), "understood") << printable(text, 40);
  }
  EXPECT_EQ(read_command_line(std::string(command_bytes_max + 1, 'a')).error().code, Code::limit);
  std::string many = "a";
  for (std::size_t i = 0; i < words_max; ++i) many += " b";
  EXPECT_EQ(read_command_line(many).error().code, Code::limit);
}

// Everything a real shell prints for it, word by word, each ended by NUL.
std::optional<Words> words_of(const std::string& shell, const std::string& line) {
  const std::string script = "set -f; printf '%s\\0' " + line;
  const std::string call = shell + " -c " + command_line({script}) + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(call.c_str(), "r"), pclose);
  Words words;
  std::string word;
  for (int c = fgetc(pipe.get()); c != EOF; c = fgetc(pipe.get())) {
    if (c != 0) word += static_cast<char>(c);
    else words.push_back(std::exchange(word, {}));
  }
  return words;
}

TEST(CommandLine, agrees_with_real_shells_on_whatever_it_understands) {
  constexpr std::array<std::string_view, 24> pieces{"a", "b", " ", "  ", "'", "\"",  "\\", "\\\n",
                                                    "{", "}", ",", "..", "=", "~",   "#",  "[",
                                                    "*", "é", "-", "!",  ":", "if ", "/",  "\t"};
  std::mt19937 random(7);
  std::size_t compared = 0;
  for (int i = 0; i < 400; ++i) {
    std::string line = "x";
    const auto length = random() % 9;
    for (std::size_t j = 0; j < length; ++j) line += pieces.at(random() % pieces.size());
    const auto ours = read_command_line(line);
    if (!ours) continue;
    ++compared;
    for (const char* shell : {"dash", "bash"}) {
      EXPECT_EQ(words_of(shell, line), *ours) << shell << ": " << line;
    }
  }
  EXPECT_GT(compared, 150U);
}

TEST(CommandLine, words_read_back_as_they_were) {
  const Words words{"a", "", "b c", "it's", "$x", "\"", "\\", "{a,b}", "~", "#", "if", "\n"};
  EXPECT_EQ(read(command_line(words)), words);
  EXPECT_EQ(command_line({"kubectl", "get", "pods"}), "kubectl get pods");
  EXPECT_EQ(read(command_line({"if", "x=1"})), (Words{"if", "x=1"})) << "what stands first is quoted too";
}

}  // namespace
}  // namespace claw::shell
