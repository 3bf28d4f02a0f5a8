#include <cstddef>
#include <cstdint>

#include "cel/json.h"
#include "cel/program.h"

namespace {

using namespace claw::cel;

const Environment& environment() {
  static const Environment made({{"text", Type::string(), true},
                                 {"texts", Type::list(Type::string())},
                                 {"number", Type::int64()},
                                 {"unsigned", Type::uint64()},
                                 {"real", Type::float64()},
                                 {"flag", Type::boolean()},
                                 {"time", Type::timestamp()},
                                 {"span", Type::duration()},
                                 {"bytes", Type::bytes()},
                                 {"body", Type::dyn()},
                                 {"lost", Type::dyn()},
                                 {"missing", Type::dyn()}});
  return made;
}

class Facts final : public Activation {
 public:
  explicit Facts(bool withheld) : withheld_(withheld) {}
  Value fact(std::uint32_t slot) const override {
    if (withheld_ && slot != 11) return Value::unknown(Cause::truncated);
    const std::array values = {Value::string("select"),
                               Value::list(texts_),
                               Value::int64(INT64_MIN),
                               Value::uint64(UINT64_MAX),
                               Value::float64(-0.5),
                               Value::boolean(true),
                               Value::timestamp(1'700'000'000, 5),
                               Value::duration(-1, -1),
                               Value::bytes("\xff\x00"),
                               body_,
                               Value::unknown(Cause::unparsed),
                               Value::absent()};
    return values.at(slot);
  }

 private:
  bool withheld_;
  std::vector<std::string> names_ = {"users", "", "caf\xc3\xa9"};
  TextList texts_{names_};
  claw::json::Value json_ =
      *claw::json::parse(R"({"a": [1, 2.5, {"b": null}], "c": "d", "e": 18446744073709551615})");
  Arena arena_;
  Value body_ = from_json(json_, arena_);
};

}  // namespace

// Whatever the expression: an answer within the limits, the same twice; and knowing less never turns an
// answer round: with every fact withheld the answer is unknown, an error, or the one it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Facts known(false);
  static const Facts withheld(true);
  const auto program = build(std::string(bytes, bytes + size), environment());
  if (!program.ok()) return 0;
  Arena arena;
  const Value value = program->evaluate(known, arena);
  const Value again = program->evaluate(known, arena);
  CLAW_CHECK(value.kind() == again.kind());
  CLAW_CHECK(!value.is(Kind::absent));
  if (!value.is(Kind::boolean)) return 0;
  const Value blind = program->evaluate(withheld, arena);
  CLAW_CHECK(blind.is_failure() || (blind.is(Kind::boolean) && blind.as_boolean() == value.as_boolean()));
  if (program->constant()) CLAW_CHECK(*program->constant() == value.as_boolean());
  return 0;
}
