// Questions for names as resolvers of programs send them to a name server, and the answers (RFC 1035 §4): one
// question of class IN, with nothing else in the message but what EDNS puts there. Nothing is asked of
// anybody here, and which names there are is the caller's to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace claw::dns {

constexpr std::size_t message_bytes_max = 512;  // RFC 1035 §2.3.4: no question of ours is longer.
constexpr std::size_t name_bytes_max = 253;

enum class Code : std::uint8_t {  // RFC 1035 §4.1.1
  none = 0,
  format_error = 1,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
};

struct Question {
  std::uint16_t id = 0;
  bool wants_recursion = false;
  std::string name;      // Lower case, of letters, digits, `-` and `_`, without the root's dot.
  bool is_a = false;     // For an IPv4 address; otherwise for something that no name has here.
  std::string spelling;  // As it was sent: an answer repeats it to the letter.
};

// What cannot be answered as a question: all there is to say of it. Empty: silence.
struct Refusal {
  std::string answer;
};
std::variant<Question, Refusal> decode_question(std::string_view message);

// With an address, where there is one: four bytes as on the wire.
std::string encode_answer(const Question& question, Code code, std::string_view address = {});

}  // namespace claw::dns
