#include "toolcall/refusals/refusals.h"

#include <gtest/gtest.h>

#include "audit/memory.h"

namespace claw::toolcall {
namespace {

class World : public testing::Test {
 protected:
  static guard::Endpoint endpoint() {
    auto made = policy::compile_rules(action::Family::tool, {}, {});
    return {"tools.local", "tools", "v1", made.rules, {}};
  }

  void attempt(const std::string& agent, const std::string& arguments = "{}", const std::string& tool = "x") {
    const json::Value given = json::parse(arguments).value();
    refusals_->add(
        {gate_, {agent, "p", "127.0.0.1"}, tool, given, "why", agent + "/s", "there is no such tool"});
  }
  json::Value record(std::size_t at) const { return json::parse(sink_.records().at(at)).value(); }
  void pass_s(int seconds) {  // What is due by then runs, second by second.
    for (int i = 0; i < seconds; ++i) {
      clock_.advance_us(1'000'001);
      loop_.post([this] { loop_.stop(); });
      loop_.run();
    }
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  approval::Queue questions_;
  metrics::Registry registry_;
  guard::Guard guard_{clock_, sink_, questions_, registry_};
  std::shared_ptr<const guard::Gate> gate_ = guard_.open(endpoint());
  io::Loop loop_{clock_};
  std::unique_ptr<Refusals> refusals_ = std::make_unique<Refusals>(loop_, guard_);
};

TEST_F(World, each_is_a_refusal_on_record) {
  attempt("bot", R"({"sq":"select 1"})", "postgres.query");
  ASSERT_EQ(sink_.records().size(), 1U);
  const json::Value one = record(0);
  EXPECT_EQ(one.text_or("verdict", ""), "deny");
  EXPECT_EQ(one.text_or("agent", ""), "bot");
  EXPECT_EQ(one.text_or("session", ""), "bot/s");
  EXPECT_EQ(one.text_or("not_understood", ""), "there is no such tool");
  EXPECT_EQ(one.text_or("text", ""), R"(postgres.query {"sq":"select 1"})");
}

TEST_F(World, a_flood_is_one_a_second_that_says_how_many) {
  for (int i = 0; i < 1000; ++i) attempt("bot");
  EXPECT_EQ(sink_.records().size(), 20U);
  attempt("other");
  EXPECT_EQ(sink_.records().size(), 21U) << "one agent's flood is not another's";
  pass_s(2);
  ASSERT_EQ(sink_.records().size(), 22U);
  EXPECT_EQ(record(21).text_or("detail", ""), "stands for 979 more, refused since the last one");
  EXPECT_NE(registry_.text().find("verdict=\"deny\"} 1001"), std::string::npos) << registry_.text();
  pass_s(30);
  EXPECT_EQ(sink_.records().size(), 22U);
  for (int i = 0; i < 25; ++i) attempt("bot");
  EXPECT_EQ(sink_.records().size(), 42U) << "it has its room again";
}

TEST_F(World, what_waits_is_written_at_the_end) {
  for (int i = 0; i < 25; ++i) attempt("bot");
  refusals_.reset();
  ASSERT_EQ(sink_.records().size(), 21U);
  EXPECT_EQ(record(20).text_or("detail", ""), "stands for 4 more, refused since the last one");
}

std::string kept(const std::string& arguments) {
  return json::format(recordable(json::parse(arguments).value()));
}

TEST(refusals, what_may_be_a_secret_is_its_size) {
  const std::string text =
      kept(R"({"api_key":"hunter2-hunter2","body":{"a":"inner-secret"},"stdin":"typed-secret",)"
           R"("headers":{"X-Anything":"field-secret"},"parameters":["4711"],)"
           R"("url":"https://h/p?token=url-secret&page=2","args":["--help"],"n":1})");
  for (const char* gone : {"hunter2", "inner", "typed", "field-secret", "4711", "url-secret"}) {
    EXPECT_EQ(text.find(gone), std::string::npos) << text;
  }
  for (const char* there : {"api_key", "X-Anything", "page=2", "--help", R"("n":1)"}) {
    EXPECT_NE(text.find(there), std::string::npos) << text;
  }
}

TEST(refusals, what_is_long_deep_or_many_is_cut) {
  EXPECT_NE(kept(R"({"sql":")" + std::string(2000, 'x') + R"("})").find(R"("bytes":2000)"),
            std::string::npos);
  EXPECT_LT(kept(R"({"a":)" + std::string(60, '[') + std::string(60, ']') + "}").size(), 200U);
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += "\"" + std::to_string(i) + "\":\"" + std::string(900, 'x') + "\",";
  many.back() = '}';
  EXPECT_LE(kept(many).size(), refused_arguments_bytes_max);
  EXPECT_EQ(kept("[1]"), "{}");
  EXPECT_EQ(kept("null"), "{}");
}

}  // namespace
}  // namespace claw::toolcall
