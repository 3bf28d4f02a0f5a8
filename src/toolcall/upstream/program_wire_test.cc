// Programs of a few words in the sandbox, and what is heard of them: lines in any pieces, lines without an
// end, last words, and a program that does not listen.
#include "toolcall/upstream/program_wire.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace claw::toolcall::upstream {
namespace {

class Told final : public Ear {
 public:
  explicit Told(io::Loop& loop) : loop_(loop) {}
  void heard(std::string_view text) override {
    all.emplace_back(text);
    if (all.size() == wanted) loop_.stop();
  }
  void unanswered(const claw::mcp::Id&, const Error&) override { ADD_FAILURE(); }
  void lost(const Error& why) override {
    ++ends;
    end = why.what;
    loop_.stop();
  }

  std::vector<std::string> all;
  std::size_t wanted = 0;
  std::string end;
  int ends = 0;

 private:
  io::Loop& loop_;
};

class ProgramWireTest : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);  // As the gateway does.
    ASSERT_TRUE(sandbox::check_machine()) << sandbox::check_machine().error().text();
  }

  void start(std::string script) {
    ProgramTerms terms;
    terms.endpoint = "mcp.x";
    terms.message_bytes_max = 1000;
    terms.outfit.program.arguments = {"/bin/sh", "-c", std::move(script)};
    terms.outfit.program.stage = CLAW_STAGE;
    terms.outfit.program.takes_input = true;
    terms.outfit.program.limits.time_ms = 0;
    terms.outfit.program.limits.output_bytes = 0;
    auto started = ProgramWire::start(loop, std::move(terms));
    ASSERT_TRUE(started) << started.error().text();
    wire = std::move(*started);
    wire->open(told);
  }
  void end_of(std::string script) {
    start(std::move(script));
    loop.run();
  }
  void say(std::string text) { wire->send({std::move(text), {}, {}, {}}); }

  SystemClock clock;
  io::Loop loop{clock};
  Told told{loop};
  std::unique_ptr<Wire> wire;
};

TEST_F(ProgramWireTest, ALineIsAMessageHoweverItComes) {
  told.wanted = 4;
  start(R"(printf '{"a":'; read x; printf '1}\n\n  {"b":2} \r\n{"c"'; read y)"
        R"(; printf ':3}\n%s\n' "$x$y"; read z)");
  say("first");
  say("second");
  loop.run();
  EXPECT_EQ(told.all, (std::vector<std::string>{R"({"a":1})", R"({"b":2})", R"({"c":3})", "firstsecond"}));
  EXPECT_EQ(told.ends, 0);
}

TEST_F(ProgramWireTest, ItsLastWordsAreToldAndHalfALineIsNone) {
  end_of(R"(printf '{"a":1}\n{"b"'; echo "no such database" >&2; exit 3)");
  EXPECT_EQ(told.all, std::vector<std::string>{R"({"a":1})"});
  EXPECT_NE(told.end.find("its program ended: "), std::string::npos) << told.end;
  EXPECT_NE(told.end.find("3"), std::string::npos) << told.end;
  EXPECT_TRUE(told.end.ends_with(": no such database")) << told.end;
  say("anybody there?");
  EXPECT_EQ(told.ends, 1);
}

TEST_F(ProgramWireTest, ALineWithoutAnEndIsTheEnd) {
  end_of("echo '{}'; while :; do printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; done");
  EXPECT_EQ(told.end, "it said a line that is too long");
  EXPECT_LE(told.all.size(), 1u);
}

TEST_F(ProgramWireTest, ALineThatIsTooLongIsTheEndThoughItEnds) {
  end_of("head -c 1001 /dev/zero | tr '\\0' x; echo; echo '{}'; read x");
  EXPECT_EQ(told.end, "it said a line that is too long");
  EXPECT_TRUE(told.all.empty());
}

// What it says faster than anybody listens waits in its pipe.
TEST_F(ProgramWireTest, AFloodIsHeardAsFastAsItIsHeard) {
  told.wanted = 20'000;
  start("exec yes '{}'");
  loop.run();
  EXPECT_GE(told.all.size(), 20'000u);
  EXPECT_EQ(told.ends, 0);
}

TEST_F(ProgramWireTest, WhoDoesNotReadIsGivenUp) {
  start("exec tail -f /dev/null");
  for (int i = 0; i < 20; ++i) say(std::string(1024 * 1024, 'x'));
  loop.run();
  EXPECT_EQ(told.end, "its program does not read what it is asked");
  EXPECT_EQ(told.ends, 1);
}

TEST_F(ProgramWireTest, WhatItComplainsOfIsBounded) {
  end_of("yes complaint | head -c 200000 >&2; printf 'the \\033[2Jend' >&2; exit 1");
  EXPECT_LT(told.end.size(), 500u);
  EXPECT_EQ(told.end.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace claw::toolcall::upstream
