#include "outbound/smtp.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace claw::outbound {
namespace {

using Security = MailServer::Security;

Submission submission(Security security, std::string user = "",
                      std::string text = "Subject: x\r\n\r\nhi\r\n") {
  return Submission({"gateway@example.com", {"ann@example.com", "bob@example.com"}, std::move(text)},
                    security, std::move(user), Secret("pass word"));
}

// Says each line, and returns all that was sent; `tls` where TLS was started.
std::string talk(Submission& session, const std::vector<std::string>& lines, std::size_t slice = 0) {
  std::string sent;
  for (const std::string& line : lines) {
    const std::string bytes = line + "\r\n";
    const std::size_t step = slice == 0 ? bytes.size() : slice;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      auto next = session.feed(std::string_view(bytes).substr(at, step));
      if (!next) return sent + "error: " + next.error().what;
      sent += next->send;
      if (next->done) sent += "done";
      if (next->start_tls) sent += "tls " + session.tls_ready()->send;
    }
  }
  return sent;
}

const std::vector<std::string> whole = {
    "220-mail.example.com", "220 ready", "250-mail", "250-STARTTLS", "250 SIZE 1000", "220 go", "250-mail",
    "250 AUTH LOGIN PLAIN", "235 ok", "250 ok", "250 ok", "250 ok", "354 go", "250 queued"};

TEST(smtp, a_message_is_submitted_by_starttls_whatever_the_slices) {
  const std::string wanted = "EHLO clawpatrol\r\nSTARTTLS\r\ntls EHLO clawpatrol\r\nAUTH PLAIN " +
                             to_base64(std::string_view("\0me\0pass word", 13)) +
                             "\r\nMAIL FROM:<gateway@example.com>\r\nRCPT TO:<ann@example.com>\r\n"
                             "RCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\nhi\r\n.\r\nQUIT\r\ndone";
  for (const std::size_t slice : {0U, 1U, 2U, 3U, 7U}) {
    Submission session = submission(Security::starttls, "me");
    EXPECT_EQ(talk(session, whole, slice), wanted) << slice;
  }
}

TEST(smtp, auth_login_where_there_is_no_plain) {
  Submission session = submission(Security::tls, "me");
  const std::string sent =
      talk(session, {"220 hi", "250-x", "250 AUTH LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok"});
  EXPECT_EQ(sent, "EHLO clawpatrol\r\nAUTH LOGIN\r\n" + to_base64("me") + "\r\n" + to_base64("pass word") +
                      "\r\nMAIL FROM:<gateway@example.com>\r\n");
}

TEST(smtp, no_password_without_tls) {
  Submission plain = submission(Security::none, "me");
  EXPECT_NE(talk(plain, {"220 hi", "250-x", "250 AUTH PLAIN"}).find("error: a password is not sent"),
            std::string::npos);
  Submission stripped = submission(Security::starttls, "me");
  const std::string sent = talk(stripped, {"220 hi", "250-x", "250 AUTH PLAIN"});
  EXPECT_NE(sent.find("error: the mail server has no STARTTLS"), std::string::npos);
  EXPECT_EQ(sent.find("AUTH"), std::string::npos);
}

TEST(smtp, what_came_before_tls_is_not_taken_for_what_comes_in_it) {
  Submission session = submission(Security::starttls);
  ASSERT_TRUE(session.feed("220 hi\r\n"));
  ASSERT_TRUE(session.feed("250-x\r\n250 STARTTLS\r\n"));
  EXPECT_EQ(session.feed("220 go\r\n250 injected\r\n").error().code, Code::invalid);
}

TEST(smtp, refusals_are_told_apart) {
  for (const auto& [line, code] :
       {std::pair("550 no such user", Code::denied), std::pair("451 later", Code::unavailable),
        std::pair("HTTP/1.1 400 Bad", Code::invalid), std::pair("354 go", Code::invalid),
        std::pair("25", Code::invalid), std::pair("", Code::invalid)}) {
    Submission session = submission(Security::none);
    ASSERT_TRUE(session.feed("220 hi\r\n"));
    ASSERT_TRUE(session.feed("250 x\r\n"));
    const auto answer = session.feed(std::string(line) + "\r\n");
    ASSERT_FALSE(answer) << line;
    EXPECT_EQ(answer.error().code, code) << line;
  }
}

TEST(smtp, no_line_of_the_message_ends_it) {
  Submission session = submission(Security::none, "", "Subject: x\r\n\r\n.\r\n..\r\nRCPT TO:<eve@evil.test>");
  const std::string sent = talk(session, {"220 hi", "250 x", "250 ok", "250 ok", "250 ok", "354 go"});
  EXPECT_TRUE(sent.ends_with("\r\n\r\n..\r\n...\r\nRCPT TO:<eve@evil.test>\r\n.\r\n")) << sent;
}

TEST(smtp, a_server_that_talks_for_ever_is_cut_off) {
  Submission endless = submission(Security::none);
  EXPECT_EQ(endless.feed(std::string(10'000, 'x')).error().code, Code::limit);
  Submission many = submission(Security::none);
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += "220-more\r\n";
  EXPECT_EQ(many.feed(lines).error().code, Code::limit);
}

TEST(smtp, an_address_is_an_address) {
  for (const std::string_view good : {"a@b.c", "first.last+tag@mail.example.com"}) {
    EXPECT_TRUE(is_mail_address(good)) << good;
  }
  for (const std::string_view bad : {"", "a", "@b.c", "a@", "a b@c.d", "a@b.c>", "a@b.c\r\nDATA", "<a@b.c>",
                                     "a@[1.2.3.4]", "\"a\"@b.c", "a..b@c.d", "a@b@c.d e"}) {
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  }
}

}  // namespace
}  // namespace claw::outbound
