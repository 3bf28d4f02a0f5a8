// Words, patterns, kubectl's flags and results: what is decided before anything runs.
#include <gtest/gtest.h>

#include "toolcall/command/kubectl.h"
#include "toolcall/command/program_run.h"
#include "toolcall/command/words.h"

namespace claw::toolcall {
namespace {

using List = std::vector<std::string>;

Words words(std::string_view arguments) {
  return std::get<Words>(words_of(json::parse(arguments).value(), {"gcloud", "gc"}));
}

Mistake mistake(std::string_view arguments) {
  return std::get<Mistake>(words_of(json::parse(arguments).value(), {"gcloud", "gc"}));
}

TEST(words, come_one_by_one_or_as_a_line) {
  EXPECT_EQ(words(R"({"args":["a b","c;d"]})").after, (List{"a b", "c;d"}));
  EXPECT_EQ(words(R"({"command":"gc list 'a b'"})").after, (List{"list", "a b"}));
  EXPECT_EQ(words(R"({"command":"gcloud"})").after, List{});
  EXPECT_EQ(words("{}").after, List{});
}

TEST(words, a_line_that_needs_a_shell_is_not_understood) {
  for (const std::string_view text :
       {"gcloud list; rm x", "gcloud $(x)", "gcloud > f", "X=1 gcloud", "gcloud 'a"}) {
    const Words read = words(json::format(json::Object{{"command", std::string(text)}}));
    EXPECT_FALSE(read.not_understood.empty()) << text;
    EXPECT_EQ(read.line, text);
  }
}

TEST(words, mistakes_are_pointed_at) {
  EXPECT_EQ(mistake(R"({"command":"sh -c x"})").pointer, "/arguments/command");
  EXPECT_EQ(mistake(R"({"args":["a",1]})").pointer, "/arguments/args/1");
  EXPECT_EQ(mistake(R"({"args":["a\u0000b"]})").pointer, "/arguments/args/0");
  EXPECT_EQ(mistake(R"({"args":[],"command":"gc"})").pointer, "/arguments/command");
}

TEST(patterns, fit_all_words_or_none) {
  const std::vector<List> allow = {{"list"}, {"describe", "vm-*"}, {"logs", "..."}, {"a*b*c", "x"}};
  for (const List& good : {List{"list"},
                           {"describe", "vm-1"},
                           {"describe", "vm-"},
                           {"logs"},
                           {"logs", "a", "b"},
                           {"a1b2b3c", "x"},
                           {"abc", "x"}}) {
    EXPECT_TRUE(are_allowed(allow, good)) << good.front();
  }
  for (const List& bad : {List{}, {"lists"}, {"list", "x"}, {"describe"}, {"describe", "xvm-1"}, {"Logs"},
                          {"describe", "vm-1", "--x"}, {"ab", "x"}, {"..."}}) {
    EXPECT_FALSE(are_allowed(allow, bad)) << (bad.empty() ? "" : bad.front());
  }
  EXPECT_TRUE(are_allowed({}, {"anything"}));
  EXPECT_TRUE(are_allowed({{}}, {}));
  EXPECT_FALSE(are_allowed({{}}, {"x"}));
  // No pattern makes it slow.
  std::string stars, letters(20'000, 'a');
  for (int i = 0; i < 1000; ++i) stars += "a*";
  EXPECT_FALSE(are_allowed({{stars + "b"}}, {letters}));
}

TEST(kubectl, may_say_what_the_cluster_judges) {
  for (const List& good : {List{"get", "pods"},
                           {"-n", "shop", "get", "pods", "-o", "json"},
                           {"--namespace=shop", "logs", "x", "-f"},
                           {"delete", "pod", "x", "--as", "ann"},
                           {"exec", "x", "--", "ls", "--server", "-s"},
                           {},
                           {"--help"},
                           {"get", "pods", "-Aowide"},
                           {"-v=6", "get", "nodes"},
                           {"exec", "-i", "x", "--", "sh", "-t"},
                           {"get", "pods", "--show-labels", "-lapp=s"},
                           {"apply", "-f", "-"},
                           {"-v", "7", "get", "x"}}) {
    EXPECT_EQ(read_kubectl(good).wrong, "") << (good.empty() ? "" : good.front());
  }
  EXPECT_TRUE(read_kubectl({"-nshop", "get", "x"}).reads_only);
  EXPECT_TRUE(read_kubectl({"delete", "x"}).destroys);
  EXPECT_FALSE(read_kubectl({"apply", "-f", "-"}).reads_only);
  EXPECT_EQ(read_kubectl({"--as", "ann", "scale", "x"}).verb, "scale");
}

TEST(kubectl, may_not_choose_where_it_goes_or_as_whom) {
  for (const List& bad : {List{"get", "pods", "--server=http://x"},
                          {"get", "--kubeconfig", "/x"},
                          {"-s", "x", "get"},
                          {"-shttp://x"},
                          {"get", "-Ashttp://x"},
                          {"--token=x", "get"},
                          {"get", "--insecure_skip_tls_verify"},
                          {"get", "--context", "c"},
                          {"get", "--v=8"},
                          {"-v8", "get"},
                          {"-v", "10", "get"},
                          {"get", "-v=99"},
                          {"exec", "-it", "x", "--", "sh"},
                          {"exec", "x", "--tty"},
                          {"--cache-dir=/x", "get"},
                          {"--output", "json", "get"},
                          {"-A", "get"},
                          {"proxy"},
                          {"edit", "x"},
                          {"port-forward", "x", "80"},
                          {"cp", "a", "b"},
                          {"config", "view"},
                          {"attach", "x"},
                          {"foo"},
                          {"plugin", "list"},
                          {"-n", "x", "proxy"}}) {
    EXPECT_NE(read_kubectl(bad).wrong, "") << bad.front() << " " << bad.back();
  }
  const KubectlReading reading = read_kubectl({"get", "pods", "--token", "x"});
  EXPECT_EQ(reading.wrong,
            "--token is refused: the gateway says which cluster, and whose credential it is given");
  EXPECT_EQ(reading.at, 2U);
}

TEST(program_results, say_how_it_ended) {
  using Why = sandbox::Ended::Why;
  EXPECT_EQ(program_result({Why::exited, 3, {}}, "out", "err"),
            R"({"exit_code":3,"stdout":"out","stderr":"err","truncated":false})");
  EXPECT_EQ(program_result({Why::too_much_output, 137, {}}, "caf\xC3", ""),
            R"({"exit_code":137,"stdout":"caf","stderr":"","stopped":"too much output","truncated":true})");
  EXPECT_EQ(program_result({Why::exited, 0, {}}, "\xFF\xFE", ""),
            R"({"exit_code":0,"stdout_base64":"//4=","stderr":"","truncated":false})");
}

}  // namespace
}  // namespace claw::toolcall
