// What is looked up for a person, and those who would make looking up do something.
#include <gtest/gtest.h>

#include "action/requests.h"
#include "action/sql.h"
#include "audit/memory.h"
#include "guard/guard.h"

namespace claw::guard {
namespace {

class Previewing : public testing::Test {
 protected:
  Previewing() {
    policy::RuleSource asks;
    asks.name = "ask";
    asks.verdict = policy::Outcome::approve;
    asks.approvers = {"ops"};
    policy::RuleSource never = asks;
    never.name = "never";
    never.condition = "http.path == '/never'";
    never.verdict = policy::Outcome::deny;
    never.approvers.clear();
    never.priority = 2;
    policy::RuleSource writes = never;
    writes.name = "writes";
    writes.condition = "http.path == '/writes'";
    writes.verdict = policy::Outcome::allow;
    writes.writes = true;
    gate_ = guard_.open({"https.api", "https", "v1",
                         policy::compile_rules(action::Family::http, {asks, never, writes}).rules,
                         {{{.name = "ops"}}}});
  }

  Ruling send(std::string method, std::string path, std::string preview_of = "0123") {
    action::HttpRequest request;
    request.method = std::move(method);
    request.host = "api.test";
    request.path = std::move(path);
    action::Action made;
    made.subject = action::make_http_subject(std::move(request));
    action::Principal principal{"bot", "ops", ""};
    principal.preview_of = std::move(preview_of);
    made.context = action::make_context(action::Family::http, {principal, "https.api", "key", "s"});
    return guard_.judge(gate_, std::move(made), {});
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  approval::Queue questions_;
  metrics::Registry registry_;
  Guard guard_{clock_, sink_, questions_, registry_};
  std::shared_ptr<const Gate> gate_;
};

TEST_F(Previewing, only_looks_and_nobody_is_asked_about_it) {
  EXPECT_TRUE(send("GET", "/users").verdict.allowed());
  EXPECT_FALSE(send("DELETE", "/users").verdict.allowed());
  EXPECT_FALSE(send("POST", "/writes").verdict.allowed()) << "whatever a rule allows an agent";
  EXPECT_EQ(questions_.open(), 0U);
  EXPECT_EQ(sink_.records().size(), 3U) << "all of it is on record";
  EXPECT_TRUE(send("GET", "/users", "").held) << "the agent itself has to ask";
}

TEST_F(Previewing, sees_nothing_that_a_rule_denies) {
  EXPECT_EQ(send("GET", "/never").verdict.rule, "never");
}

TEST_F(Previewing, is_lent_what_reads_even_where_a_rule_lends_more) {
  EXPECT_FALSE(send("GET", "/writes").verdict.may_write);
  EXPECT_TRUE(send("GET", "/writes", "").verdict.may_write);
}

}  // namespace
}  // namespace claw::guard
