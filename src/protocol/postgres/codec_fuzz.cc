// Every decoder on any bytes: no crash, nothing read beyond its frame, and what was decoded is in it.
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/postgres/codec.h"

namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claw::postgres;
  const std::string bytes(data,
                          data + size);  // A heap block of exactly this size, so that ASan sees its end.
  if (const auto frame = decode_opening(bytes); frame && *frame) CLAW_CHECK((*frame)->size <= bytes.size());
  static_cast<void>(decode_header(bytes));
  if (const auto query = decode_query(bytes)) CLAW_CHECK(query->text.size() + 1 == bytes.size());
  if (const auto parse = decode_parse(bytes)) CLAW_CHECK(is_inside(parse->text, bytes));
  if (const auto bind = decode_bind(bytes)) {
    std::size_t carried = 0;
    for (const auto& value : bind->parameters) carried += value ? value->size() : 0;
    CLAW_CHECK(carried <= 2 * bytes.size() + 2 * bind->parameters.size());
  }
  if (const auto target = decode_target(bytes)) CLAW_CHECK(is_inside(target->name, bytes));
  static_cast<void>(decode_execute(bytes));
  if (const auto problem = decode_problem(bytes)) CLAW_CHECK(is_inside(problem->message, bytes));
  static_cast<void>(decode_setting(bytes));
  static_cast<void>(decode_challenge(bytes));
  if (const auto tag = decode_tag(bytes)) static_cast<void>(rows_of(*tag));
  return 0;
}
