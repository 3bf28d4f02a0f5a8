// timeline.h, cast.h and terminal.h: what is told again, and what it may do to the terminal it is told on.
#include "audit/replay/timeline.h"

#include <gtest/gtest.h>

#include "audit/replay/cast.h"
#include "audit/replay/terminal.h"
#include "base/text.h"

namespace claw::audit {

namespace {

Record record(std::uint64_t seq, std::string_view rest) {
  const std::string text = "{\"seq\":" + std::to_string(seq) + ",\"time\":\"2027-01-15T08:00:0" +
                           std::to_string(seq % 10) + ".000000Z\"," + std::string(rest) + "}";
  auto parsed = parse_record(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? std::move(*parsed) : Record{};
}

std::vector<Record> a_session() {
  return {
      record(1,
             R"("kind":"session","event":"opened","session":"s1","agent":"bot","endpoint":"postgres.prod")"),
      record(
          2,
          R"("kind":"held","action":"a1","session":"s1","agent":"bot","summary":"delete orders",)"
          R"("text":"delete from orders","question":"q1","rule":"ask","approvers":["dba"],"verb":"delete",)"
          R"("reasoning":"cleaning up")"),
      record(3, R"("kind":"judged","action":"a2","session":"s1","agent":"bot","summary":"drop orders",)"
                R"("text":"drop table orders","verdict":"deny","rule":"no-ddl","reason":"never")"),
      record(
          6,
          R"("kind":"judged","action":"a1","session":"s1","agent":"bot","summary":"delete orders",)"
          R"("text":"delete from orders","verdict":"allow","rule":"ask","approver":"alice","comment":"fine",)"
          R"("asked":"2027-01-15T08:00:02.000000Z","decided":"2027-01-15T08:00:05.500000Z",)"
          R"("verb":"delete","reasoning":"cleaning up")"),
      record(7,
             R"("kind":"ended","action":"a1","ending":"ok","rows":3,"detail":"DELETE 3","duration_us":1500)"),
      record(8, R"("kind":"incident","what":"bad bytes","session":"s1","agent":"bot")"),
      record(9, R"("kind":"session","event":"closed","session":"s1","agent":"bot","detail":"done")"),
  };
}

TEST(timeline, a_held_action_and_its_verdict_are_one_scene_where_it_began) {
  const std::vector<Scene> scenes = scenes_of(a_session());
  ASSERT_EQ(scenes.size(), 5u);
  EXPECT_EQ(scenes[0].kind, Scene::Kind::opened);
  const Scene& held = scenes[1];
  EXPECT_EQ(held.action, "a1");
  EXPECT_EQ(held.seq, 2u);
  EXPECT_EQ(held.verdict, "allow");
  EXPECT_EQ(held.approver, "alice");
  EXPECT_EQ(held.comment, "fine");
  EXPECT_EQ(held.waited_us, 3'500'000);
  EXPECT_EQ(held.reasoning, "cleaning up");
  EXPECT_EQ(held.rows, 3);
  EXPECT_EQ(held.result, "DELETE 3");
  ASSERT_EQ(held.facts.size(), 1u) << "what a reader has elsewhere is no fact of it";
  EXPECT_EQ(held.facts[0].first, "verb");
  EXPECT_EQ(scenes[2].verdict, "deny");
  EXPECT_EQ(scenes[2].reason, "never");
  EXPECT_EQ(scenes[2].waited_us, -1);
  EXPECT_EQ(scenes[3].kind, Scene::Kind::incident);
  EXPECT_EQ(scenes[4].summary, "done");
}

TEST(timeline, the_order_of_records_does_not_matter) {
  std::vector<Record> turned = a_session();
  std::ranges::reverse(turned);
  const std::vector<Scene> scenes = scenes_of(a_session());
  const std::vector<Scene> again = scenes_of(turned);
  ASSERT_EQ(scenes.size(), again.size());
  for (std::size_t i = 0; i < scenes.size(); ++i) EXPECT_EQ(format_scene(scenes[i]), format_scene(again[i]));
}

TEST(timeline, what_still_waits_is_held) {
  const std::vector<Record> records = a_session();
  const std::vector<Scene> scenes = scenes_of(std::span(records).first(2));
  ASSERT_EQ(scenes.size(), 2u);
  EXPECT_EQ(scenes[1].verdict, "held");
  EXPECT_EQ(scenes[1].ending, "");
}

TEST(timeline, a_scene_is_strict_json) {
  std::vector<Record> records = a_session();
  records.push_back(record(10, R"("kind":"stream","action":"a1","pieces":[{"at_us":5,"channel":"output",)"
                               R"("text":"hi\u001b[1m"},{"at_us":7,"channel":"errors","base64":"//4="},)"
                               R"({"at_us":9,"channel":"input","left_out":4}])"));
  for (const Scene& scene : scenes_of(records)) {
    const auto parsed = json::parse(format_scene(scene));
    ASSERT_TRUE(parsed) << format_scene(scene);
    if (scene.action != "a1") continue;
    const json::Array& said = *parsed->find("said")->array();
    ASSERT_EQ(said.size(), 3u);
    EXPECT_EQ(said[0].text_or("text", ""), "hi\x1b[1m");
    EXPECT_EQ(said[1].text_or("base64", ""), "//4=");
    EXPECT_EQ(said[2].int_or("left_out", 0), 4);
  }
}

// The terminal.

std::string filtered(std::string_view text, std::size_t slice = 1 << 20) {
  TerminalFilter filter;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += slice) out += filter.feed(text.substr(at, slice));
  return out;
}

struct Case {
  std::string_view said;
  std::string_view shown;
};
constexpr Case cases[] = {
    {"plain \xc3\xa9 \xf0\x9f\xa6\x9e\r\n", "plain \xc3\xa9 \xf0\x9f\xa6\x9e\r\n"},
    {"\x1b[1;31mred\x1b[0m\x1b[K\x1b[2J\x1b[10;4H", "\x1b[1;31mred\x1b[0m\x1b[K\x1b[2J\x1b[10;4H"},
    {"\x1b[38:2::1:2:3mx", "\x1b[38:2::1:2:3mx"},
    {"\x1b[?1049h\x1b[?25lx\x1b[?25h\x1b[?1049l", "\x1b[?1049h\x1b[?25lx\x1b[?25h\x1b[?1049l"},
    {"\x1b(0q\x1b(B", "\x1b(0q\x1b(B"},
    // Clipboard, title, links, colours that are asked for.
    {"a\x1b]52;c;cm0gLXJmIC8=\ab", "ab"},
    {"a\x1b]52;c;cm0gLXJmIC8=\x1b\\b", "ab"},
    {"a\x1b]0;title\x1b\\b\x1b]8;;http://evil/\x1b\\link\x1b]8;;\x1b\\", "ablink"},
    {"a\x1b]10;?\ab", "ab"},
    // What is answered: by the shell of who looks.
    {"a\x1b[6nb\x1b[cb\x1b[>c\x1b[=c\x1b[0x\x1b[?6n\x1bZ\x05", "abb"},
    {"a\x1bP$qm\x1b\\b\x1bP+q544e\x1b\\c", "abc"},
    {"a\x1b[21tb\x1b[18t\x1b[8;1;1t\x1b[!p\x1b[?1$p\x1b[>q", "ab"},
    {"a\x1b_Gi=1,a=q\x1b\\b\x1b^x\x1b\\c\x1bXy\x1b\\d", "abcd"},
    // Mouse, focus, pasting, keys.
    {"a\x1b[?1000h\x1b[?1003;1006h\x1b[?1004h\x1b[?2004hb\x1b[?1h\x1b=\x1b[>4;2m\x1b[>1u", "ab"},
    {"a\x1b[?25;1000hb", "ab"},
    {"a\x1b[5ib\x1b[4i", "ab"},                       // A printer.
    {"a\x1b" "cb\x1b#8", "ab8"},                        // Resets.
    // C1 in UTF-8, and bytes that are none.
    {"a\xc2\x9b" "6nb\xc2\x9d" "0;t\xc2\x9c", "a6nb0;t"},
    {"a\x9b" "6nb\xff\xc0\x80", "a\xef\xbf\xbd" "6nb\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xe2\x82x", "\xef\xbf\xbdx"},
    {"a\xed\xa0\x80" "b", "a\xef\xbf\xbd" "b"},
    // Sequences within others.
    {"a\x1b[3\x1b[1mb", "a\x1b[1mb"},
    {"a\x1b]0;x\x1b[1mb", "a\x1b[1mb"},
    {"a\x1b[6\x18nb", "anb"},
    {"a\x1b[\x07" "1mb", "a\x1b[1mb"},
    {"bell\a\a", "bell"},
};

TEST(terminal, is_shown_letters_and_colours_and_never_asked) {
  for (const Case& each : cases) {
    for (std::size_t slice = 1; slice <= each.said.size(); ++slice) {
      ASSERT_EQ(filtered(each.said, slice), each.shown) << printable(each.said, 200) << " in " << slice;
    }
  }
}

TEST(terminal, a_string_that_does_not_end_hides_nothing) {
  const std::string shown = filtered("\x1b]0;" + std::string(control_string_bytes_max, 'x') + "rm -rf /");
  EXPECT_NE(shown.find("rm -rf /"), std::string::npos);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(filtered("\x1b[" + std::string(100, '1') + "here").find("here"), std::string::npos);
}

// Whatever comes, nothing leaves that asks: every ESC in what is shown begins a sequence of the list.
TEST(terminal, no_bytes_make_it_ask) {
  constexpr std::string_view letters = "\x1b\x1b\x1b[]P_?>=0;152nctqhlm\a\\ \x18\xc2\x9b";
  std::uint32_t random = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string said;
    for (int i = 0; i < 24; ++i) {
      random = random * 1664525 + 1013904223;
      said += letters[(random >> 16) % letters.size()];
    }
    const std::string shown = filtered(said);
    for (std::size_t at = shown.find('\x1b'); at != std::string::npos; at = shown.find('\x1b', at + 1)) {
      const char kind = at + 1 < shown.size() ? shown[at + 1] : '?';
      ASSERT_TRUE(std::string_view("[78DEMH()").find(kind) != std::string_view::npos) << printable(said, 200);
      if (kind != '[') continue;
      const std::size_t final = shown.find_first_not_of("0123456789;:?", at + 2);
      ASSERT_NE(final, std::string::npos);
      ASSERT_EQ(std::string_view("nctqpx").find(shown[final]), std::string_view::npos)
          << printable(said, 200);
    }
  }
}

// Casts.

std::string events_of(const std::string& cast) { return cast.substr(cast.find('\n') + 1); }

TEST(cast, is_an_asciicast_of_what_the_terminal_showed) {
  Scene scene;
  scene.time_us = 1'800'000'000'000'000;
  scene.summary = "create pods/exec \x1b]0;x\a";
  scene.said = {{0, "resize", R"({"Width":120,"Hei)", 0},
                {1, "resize", R"(ght":40})", 0},
                {1'500'000, "output", "caf\xc3", 0},
                {1'600'000, "output", "\xa9\x1b[6n\r\n", 0},
                {2'000'000, "input", "ls\r", 0},
                {2'000'001, "resize",
                 R"({"Width":80,"Height":24}{"Width":0,"Height":9}{"Width":9999999,"Height":9})", 0},
                {3'000'000, "output", "", 77}};
  const std::string cast = asciicast_of(scene);
  EXPECT_EQ(
      cast.substr(0, cast.find('\n')),
      R"({"version":2,"width":120,"height":40,"timestamp":1800000000,)"
            R"("title":"create pods/exec \\x1b]0;x\\x07"})");
  EXPECT_EQ(events_of(cast), "[1.500000, \"o\", \"caf\"]\n"
                             "[1.600000, \"o\", \"\xc3\xa9\\r\\n\"]\n"
                             "[2.000000, \"i\", \"ls\\r\"]\n"
                             "[2.000001, \"r\", \"80x24\"]\n"
                             "[3.000000, \"m\", \"77 bytes of output not recorded\"]\n");
}

TEST(cast, lines_return_where_there_was_no_terminal) {
  Scene scene;
  scene.said = {{0, "output", "a\nb\r", 0}, {1, "output", "\nc", 0}, {2, "errors", "\nd", 0}};
  EXPECT_EQ(events_of(asciicast_of(scene)),
            "[0.000000, \"o\", \"a\\r\\nb\\r\"]\n[0.000001, \"o\", \"\\nc\"]\n"
            "[0.000002, \"o\", \"\\r\\nd\"]\n");
}

}  // namespace

}  // namespace claw::audit
