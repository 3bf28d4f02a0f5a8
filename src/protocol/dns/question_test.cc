// Messages by the byte: what is a question, and what is said of the rest. That the C library's and others'
// resolvers take the answers is tried where programs run, in tests/e2e/test_sandbox_network.py.
#include "protocol/dns/question.h"

#include <arpa/nameser.h>
#include <gtest/gtest.h>

#include "base/writer.h"

namespace claw::dns {
namespace {

using namespace std::string_literals;

std::string label(std::string_view text) {
  return std::string(1, static_cast<char>(text.size())) + std::string(text);
}

struct Shape {
  std::uint16_t flags = 0x0100, questions = 1, answers = 0, authorities = 0, more = 0;
  std::string name = label("Api") + label("test") + "\0"s;
  std::uint16_t type = 1, kind = 1;
  std::string rest = {};
};

std::string message(const Shape& shape) {
  std::string out;
  Writer to(out);
  to.u16(0x1234);
  for (const std::uint16_t each :
       {shape.flags, shape.questions, shape.answers, shape.authorities, shape.more}) {
    to.u16(each);
  }
  to.bytes(shape.name);
  to.u16(shape.type);
  to.u16(shape.kind);
  to.bytes(shape.rest);
  return out;
}

Question question(const Shape& shape = {}) { return std::get<Question>(decode_question(message(shape))); }
int code_of(const Shape& shape) {
  const std::string answer = std::get<Refusal>(decode_question(message(shape))).answer;
  return answer.empty() ? -1 : answer.at(3) & 0x0F;
}

const std::string option = "\0\0\x29\x04\xd0\0\0\0\0\0\4abcd"s;  // Of EDNS, with something in it.

TEST(Question, is_read) {
  const Question read = question();
  EXPECT_EQ(read.name, "api.test");
  EXPECT_EQ(read.id, 0x1234);
  EXPECT_TRUE(read.is_a && read.wants_recursion);
  EXPECT_EQ(read.spelling, label("Api") + label("test") + "\0\0\1\0\1"s);
  EXPECT_FALSE(question({.type = 28}).is_a);
  EXPECT_FALSE(question({.flags = 0}).wants_recursion);
  EXPECT_EQ(question({.more = 1, .rest = option}).name, "api.test");
}

// As the C library reads it.
TEST(Question, its_answer_has_an_address) {
  const std::string answer = encode_answer(question(), Code::none, "\xc6\x12\0\1"s);
  ns_msg read;
  ASSERT_EQ(ns_initparse(reinterpret_cast<const unsigned char*>(answer.data()),
                         static_cast<int>(answer.size()), &read), 0);
  EXPECT_EQ(ns_msg_id(read), 0x1234);
  EXPECT_TRUE(ns_msg_getflag(read, ns_f_qr) == 1 && ns_msg_getflag(read, ns_f_ra) == 1);
  EXPECT_EQ(ns_msg_getflag(read, ns_f_rcode), ns_r_noerror);
  ns_rr record;
  ASSERT_EQ(ns_parserr(&read, ns_s_qd, 0, &record), 0);
  EXPECT_STREQ(ns_rr_name(record), "Api.test");
  ASSERT_EQ(ns_parserr(&read, ns_s_an, 0, &record), 0);
  EXPECT_STREQ(ns_rr_name(record), "Api.test");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(ns_rr_rdata(record)), ns_rr_rdlen(record)),
            "\xc6\x12\0\1"s);
  const std::string none = encode_answer(question(), Code::no_such_name);
  ASSERT_EQ(ns_initparse(reinterpret_cast<const unsigned char*>(none.data()), static_cast<int>(none.size()),
                         &read), 0);
  EXPECT_EQ(ns_msg_getflag(read, ns_f_rcode), ns_r_nxdomain);
  EXPECT_EQ(ns_msg_count(read, ns_s_an), 0);
}

TEST(Question, what_is_none_is_not_answered) {
  for (const std::string& bytes : {std::string(), "x"s, std::string(11, '\0')}) {
    EXPECT_EQ(std::get<Refusal>(decode_question(bytes)).answer, "");
  }
  EXPECT_EQ(code_of({.flags = 0x8100}), -1);
}

TEST(Question, what_is_another_is_refused) {
  for (const std::uint16_t other : std::initializer_list<std::uint16_t>{0x0800, 0x1000, 0x2000, 0x7800}) {
    EXPECT_EQ(code_of({.flags = other}), 4) << other;
  }
  EXPECT_EQ(code_of({.kind = 3}), 5);
  EXPECT_EQ(code_of({.kind = 255}), 5);
  for (const Shape& wrong : {Shape{.questions = 0}, {.questions = 2}, {.answers = 1}, {.authorities = 1},
                             {.more = 2}, {.flags = 0x0200}, {.rest = "x"}, {.more = 1},
                             {.more = 1, .rest = option + "x"}, {.more = 1, .rest = "\0\0\xfa"s + option}}) {
    EXPECT_EQ(code_of(wrong), 1);
  }
}

TEST(Question, names_are_of_hosts) {
  const std::string longest = label(std::string(63, 'a'));
  EXPECT_EQ(question({.name = longest + longest + longest + label(std::string(61, 'b')) + "\0"s}).name.size(),
            253U);
  for (const std::string& name :
       {longest + longest + longest + longest + "\0"s, "\xC0\x0C"s, "\x40"s + std::string(64, 'a') + "\0"s,
        label("api"), "\x7f"s}) {
    EXPECT_EQ(code_of({.name = name}), 1);
  }
  for (const std::string& name :
       {"\0"s, label("a.b") + "\0"s, label("\0x"s) + "\0"s, label("\xffx") + "\0"s}) {
    EXPECT_EQ(code_of({.name = name}), 5);
  }
}

TEST(Question, cut_anywhere_it_is_none) {
  const std::string whole = message({.more = 1, .rest = option});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<Refusal>(decode_question(whole.substr(0, size)))) << size;
  }
  EXPECT_TRUE(std::holds_alternative<Refusal>(decode_question(whole + std::string(512, '\0'))));
}

}  // namespace
}  // namespace claw::dns
