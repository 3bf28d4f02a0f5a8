#include "protocol/dns/question.h"

#include <algorithm>

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"

namespace claw::dns {

namespace {

constexpr std::uint16_t is_answer = 0x8000, opcode = 0x7800, is_authority = 0x0400, is_cut = 0x0200,
                        wants_recursion = 0x0100, has_recursion = 0x0080;
constexpr std::uint16_t class_in = 1, type_a = 1, type_opt = 41;
constexpr std::uint16_t name_above = 0xC00C;  // A pointer to the question's own name, behind the head.
constexpr std::uint32_t lives_s = 60;         // An address stands for its name as long as the program runs.
constexpr std::uint8_t label_bytes_max = 63;  // More is a pointer, and a question has nothing to point to.

struct Head {
  std::uint16_t id = 0, flags = 0, questions = 0, answers = 0, authorities = 0, more = 0;
};

Head read_head(Cursor& in) {
  Head head;
  for (std::uint16_t* each :
       {&head.id, &head.flags, &head.questions, &head.answers, &head.authorities, &head.more}) {
    *each = in.u16();
  }
  return head;
}

std::string write_head(std::uint16_t id, bool recursion, Code code, bool repeats, bool has_address) {
  std::string out;
  Writer to(out);
  const unsigned flags = is_answer | is_authority | (recursion ? wants_recursion | has_recursion : 0U) |
                         static_cast<unsigned>(code);
  to.u16(id);
  to.u16(static_cast<std::uint16_t>(flags));
  to.u16(repeats ? 1 : 0);
  to.u16(has_address ? 1 : 0);
  to.u32(0);
  return out;
}

Refusal refuse(const Head& head, Code code) {
  return {write_head(head.id, (head.flags & wants_recursion) != 0, code, false, false)};
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Labels with dots between them. A dot inside of one would be read as another name.
Code read_name(Cursor& in, std::string& name) {
  bool is_host = true;
  for (std::uint8_t length = in.u8(); length != 0; length = in.u8()) {
    if (length > label_bytes_max) return Code::format_error;
    const std::string_view label = in.take(length);
    is_host = is_host && std::ranges::all_of(label, is_host_letter);
    if (!name.empty()) name += '.';
    name += lower(label);
    if (name.size() > name_bytes_max) return Code::format_error;
  }
  if (!in.ok()) return Code::format_error;
  return is_host && !name.empty() ? Code::none : Code::refused;
}

// What EDNS adds (RFC 6891 §6.1.2), and nothing behind it.
bool is_rest_well(Cursor& in, std::uint16_t more) {
  if (more == 1) {
    const bool is_option = in.u8() == 0 && in.u16() == type_opt;
    in.u16();
    in.u32();
    in.take(in.u16());
    if (!is_option) return false;
  }
  return in.done();
}

}  // namespace

std::variant<Question, Refusal> decode_question(std::string_view message) {
  Cursor in(message);
  const Head head = read_head(in);
  // An answer to an answer would be answered.
  if (!in.ok() || (head.flags & is_answer) != 0) return Refusal{};
  if ((head.flags & opcode) != 0) return refuse(head, Code::not_implemented);
  const bool is_one = head.questions == 1 && head.answers == 0 && head.authorities == 0 && head.more <= 1;
  if (message.size() > message_bytes_max || (head.flags & is_cut) != 0 || !is_one) {
    return refuse(head, Code::format_error);
  }
  Question question{head.id, (head.flags & wants_recursion) != 0, {}, false, {}};
  const std::string_view begin = in.rest();
  const Code name = read_name(in, question.name);
  if (name == Code::format_error) return refuse(head, name);
  question.is_a = in.u16() == type_a;
  const std::uint16_t kind = in.u16();
  question.spelling = begin.substr(0, begin.size() - in.left());
  if (!in.ok() || !is_rest_well(in, head.more)) return refuse(head, Code::format_error);
  if (name != Code::none || kind != class_in) return Refusal{encode_answer(question, Code::refused)};
  return question;
}

std::string encode_answer(const Question& question, Code code, std::string_view address) {
  const bool has_address = address.size() == 4;
  std::string out = write_head(question.id, question.wants_recursion, code, true, has_address);
  Writer to(out);
  to.bytes(question.spelling);
  if (!has_address) return out;
  to.u16(name_above);
  to.u16(type_a);
  to.u16(class_in);
  to.u32(lives_s);
  to.u16(static_cast<std::uint16_t>(address.size()));
  to.bytes(address);
  return out;
}

}  // namespace claw::dns
