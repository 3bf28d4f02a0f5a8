#include "protocol/kubernetes/dialect.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "protocol/kubernetes/refusal.h"
#include "protocol/kubernetes/watch.h"
#include "protocol/websocket/codec.h"

namespace claw::kubernetes {
namespace {

http::Request asking(std::string method, std::string path) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

TEST(refusal, is_a_status_that_kubectl_prints) {
  const auto refusal =
      refuse_as_status(asking("DELETE", "/apis/apps/v1/namespaces/prod/deployments/web"), 403,
                       {action::Outcome::deny, "no-deletes", "ask the team", "scale it to 0"});
  EXPECT_EQ(refusal.response.status, 403);
  EXPECT_EQ(refusal.response.fields.find("content-type"), "application/json");
  EXPECT_EQ(refusal.response.fields.count("content-type"), 1U);
  EXPECT_EQ(refusal.response.length, refusal.body.size());
  EXPECT_EQ(
      refusal.body,
      R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
      R"("message":"ask the team (rule no-deletes); scale it to 0","reason":"Forbidden",)"
      R"("details":{"name":"web","group":"apps","kind":"deployments","causes":)"
      R"([{"reason":"Rule","message":"no-deletes"},)"
      R"({"reason":"Hint","message":"scale it to 0"}]},"code":403})");
}

TEST(refusal, has_the_reason_of_its_status) {
  const auto reason = [](int status) {
    const auto body =
        json::parse(refuse_as_status(asking("GET", "/healthz"), status, action::refuse("why")).body);
    EXPECT_TRUE(body);
    EXPECT_EQ(body->int_or("code", 0), status);
    EXPECT_EQ(body->text_or("message", ""), "why");
    return body->text_or("reason", "");
  };
  EXPECT_EQ(reason(400), "BadRequest");
  EXPECT_EQ(reason(401), "Unauthorized");
  EXPECT_EQ(reason(407), "Unauthorized");
  EXPECT_EQ(reason(408), "Timeout");
  EXPECT_EQ(reason(413), "RequestEntityTooLarge");
  EXPECT_EQ(reason(421), "BadRequest");
  EXPECT_EQ(reason(502), "ServiceUnavailable");
  EXPECT_TRUE(refuse_as_status(asking("GET", "/x"), 401, {}).response.fields.find("WWW-Authenticate"));
}

TEST(refusal, of_a_head_and_of_what_makes_no_sense) {
  const auto head = refuse_as_status(asking("HEAD", "/api/v1/pods"), 403, {});
  EXPECT_FALSE(head.response.has_body);
  EXPECT_TRUE(head.body.empty());
  for (const std::string_view path : {"", "*", "x", "/api/v1/a%2Fb", "/api/v1/\xFF"}) {
    const auto body =
        json::parse(refuse_as_status(asking("GET", std::string(path)), 403, action::refuse("\xFF\"")).body);
    ASSERT_TRUE(body) << path;
    EXPECT_EQ(json::format(*body->find("details")), "{}");
  }
}

TEST(dialect, answers_what_http_asks) {
  const http::Dialect& kubernetes = dialect();
  EXPECT_EQ(kubernetes.family(), action::Family::k8s);
  http::Response response;
  EXPECT_EQ(kubernetes.note(response), "");
  response.fields.add("Audit-Id", "4d6f-\n" + std::string(200, 'x'));
  EXPECT_TRUE(kubernetes.note(response).starts_with(" audit-id 4d6f-"));
  EXPECT_LT(kubernetes.note(response).size(), 120U);
  EXPECT_EQ(kubernetes.note(response).find('\n'), std::string::npos);
  http::Request exec = asking("GET", "/api/v1/namespaces/prod/pods/web/exec?command=sh&stdin=true&tty=true");
  exec.protocol = "websocket";
  const http::Target target = http::read_target(exec.path).value();
  exec.fields.add("Sec-WebSocket-Protocol", "v5.channel.k8s.io");
  const auto upgrade = kubernetes.upgrade(exec, target);
  ASSERT_NE(upgrade, nullptr);
  EXPECT_EQ(upgrade->input(1024), nullptr) << "a terminal's input has no end";
  EXPECT_NE(upgrade->streams(response, {}), nullptr);
  exec.protocol = "h2c";
  EXPECT_EQ(kubernetes.upgrade(exec, target), nullptr);
  exec.protocol.clear();
  const auto subject = kubernetes.read({exec, target, "https", "h", {}}, {});
  EXPECT_EQ(subject->parts.front().verb, "create");
}

TEST(watch, is_one_way) {
  const std::string mask = "abcd";
  const auto fed = [](const std::string& frames) {
    bool ok = true;
    for (std::size_t step = 1; step <= frames.size(); ++step) {
      const auto streams = make_watch_streams();
      ok = true;
      for (std::size_t at = 0; at < frames.size() && ok; at += step) {
        ok = streams->feed(true, std::string_view(frames).substr(at, step)).ok();
      }
    }
    return ok;
  };
  EXPECT_TRUE(fed(websocket::encode(websocket::Opcode::ping, "x", mask) +
                  websocket::encode_close(1000, "", mask)));
  EXPECT_FALSE(fed(websocket::encode(websocket::Opcode::text, "x", mask)));
  EXPECT_FALSE(fed(websocket::encode(websocket::Opcode::binary, "", mask)));
  EXPECT_FALSE(fed(websocket::encode(websocket::Opcode::ping, "x"))) << "not masked";
  const auto streams = make_watch_streams();
  EXPECT_TRUE(streams->feed(false, "anything"));
  EXPECT_EQ(streams->note(), "events 8 bytes");
}

}  // namespace
}  // namespace claw::kubernetes
