// Any datagram: no crash, a question is one of a host's name, and whatever is answered is short, an answer,
// and to that question.
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "protocol/dns/question.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claw::dns;
  const std::string message(data, data + size);
  const auto read = decode_question(message);
  std::string answer;
  if (const auto* question = std::get_if<Question>(&read)) {
    CLAW_CHECK(!question->name.empty() && question->name.size() <= name_bytes_max);
    CLAW_CHECK(question->name == claw::lower(question->name));
    CLAW_CHECK(message.find(question->spelling) != std::string::npos);
    answer = encode_answer(*question, Code::none, std::string("\xc6\x12\0\1", 4));
    CLAW_CHECK(answer.size() == 12 + question->spelling.size() + 16);
  } else {
    answer = std::get<Refusal>(read).answer;
    CLAW_CHECK(answer.size() <= message.size());
  }
  if (answer.empty()) return 0;
  CLAW_CHECK(answer.size() >= 12 && (answer[2] & 0x80) != 0);
  CLAW_CHECK(answer.substr(0, 2) == message.substr(0, 2));
  CLAW_CHECK(std::get<Refusal>(decode_question(answer)).answer.empty());
  return 0;
}
