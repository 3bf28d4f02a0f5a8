// A value of the expression language: a small trivially copyable VIEW that owns nothing. Text, lists and maps
// point into storage kept alive by whoever made them: the facts of an action, a program's constants, or
// the Arena of one evaluation. Made by activations and by the evaluator; besides the language's own
// values there are three that only mean "no": absent (a fact this action does not have), unknown (a
// fact that could not be read, with the causes) and error (with a line for the operator).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"

namespace claw::cel {

enum class Kind : std::uint8_t {
  absent, unknown, error, null, boolean, int64, uint64, float64, string, bytes, list, map, timestamp,
  duration, type, optional, ip, cidr,
};

enum class Cause : std::uint8_t { truncated = 1, unparsed = 2 };  // Why a fact is unknown.

class Causes {
 public:
  constexpr Causes() = default;
  constexpr Causes(Cause cause) : bits_(static_cast<std::uint8_t>(cause)) {}
  static constexpr Causes from_bits(std::uint32_t bits) { return Causes(static_cast<std::uint8_t>(bits), 0); }
  constexpr bool has(Cause cause) const { return (bits_ & static_cast<std::uint8_t>(cause)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint8_t bits() const { return bits_; }
  friend constexpr Causes operator|(Causes a, Causes b) {
    return from_bits(a.bits_ | std::uint32_t{b.bits_});
  }
  constexpr bool operator==(const Causes&) const = default;

 private:
  constexpr Causes(std::uint8_t bits, int) : bits_(bits) {}
  std::uint8_t bits_ = 0;
};

class List;
class Map;
struct Address;  // library/network.h

class Value {
 public:
  constexpr Value() : int64_(0) {}  // Absent.
  static Value absent() { return {}; }
  static Value unknown(Causes causes) { return Value(Kind::unknown, causes.bits()); }
  static Value error(std::string_view what) { return text(Kind::error, what); }  // `what` outlives the value.
  static Value null() { return Value(Kind::null, 0); }
  static Value boolean(bool value) { return Value(Kind::boolean, value ? 1 : 0); }
  static Value int64(std::int64_t value) { Value v(Kind::int64, 0); v.int64_ = value; return v; }
  static Value uint64(std::uint64_t value) { Value v(Kind::uint64, 0); v.uint64_ = value; return v; }
  static Value float64(double value) { Value v(Kind::float64, 0); v.float64_ = value; return v; }
  static Value string(std::string_view value) { return text(Kind::string, value); }
  static Value bytes(std::string_view value) { return text(Kind::bytes, value); }
  static Value type(std::string_view name) { return text(Kind::type, name); }
  static Value list(const List& list) { Value v(Kind::list, 0); v.list_ = &list; return v; }
  static Value list(std::span<const Value> values) {
    CLAW_CHECK(values.size() <= UINT32_MAX);
    Value v(Kind::list, static_cast<std::uint32_t>(values.size()));
    v.is_array_ = true;
    v.values_ = values.data();
    return v;
  }
  static Value map(const Map& map) { Value v(Kind::map, 0); v.map_ = &map; return v; }
  static Value timestamp(std::int64_t seconds, std::int32_t nanos) {
    return time(Kind::timestamp, seconds, nanos);
  }
  static Value duration(std::int64_t seconds, std::int32_t nanos) {
    return time(Kind::duration, seconds, nanos);
  }
  static Value optional(const Value* inner) {
    Value v(Kind::optional, 0);
    v.values_ = inner;
    return v;
  }  // Null: none.
  static Value address(Kind kind, const Address& address) {
    Value v(kind, 0);
    v.address_ = &address;
    return v;
  }

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_failure() const { return kind_ <= Kind::error; }  // Absent, unknown or error.
  bool is_true() const { return kind_ == Kind::boolean && size_ == 1; }
  bool is_false() const { return kind_ == Kind::boolean && size_ == 0; }

  // Each is for its own kind only; asked of another kind the process stops.
  bool as_boolean() const { return must(Kind::boolean), size_ != 0; }
  std::int64_t as_int64() const { return must(Kind::int64), int64_; }
  std::uint64_t as_uint64() const { return must(Kind::uint64), uint64_; }
  double as_float64() const { return must(Kind::float64), float64_; }
  Causes causes() const { return must(Kind::unknown), Causes::from_bits(size_); }
  std::string_view as_text() const {  // Of a string, bytes, a type's name, an error's reason.
    CLAW_CHECK(kind_ == Kind::string || kind_ == Kind::bytes || kind_ == Kind::type || kind_ == Kind::error);
    return {text_, size_};
  }
  const Map& as_map() const { return must(Kind::map), *map_; }
  const Value* as_optional() const { return must(Kind::optional), values_; }
  const Address& as_address() const { CLAW_CHECK(kind_ >= Kind::ip); return *address_; }
  std::int64_t seconds() const {
    CLAW_CHECK(kind_ == Kind::timestamp || kind_ == Kind::duration);
    return int64_;
  }
  std::int32_t nanos() const { return static_cast<std::int32_t>(size_); }

  std::size_t size() const;         // Elements of a list or map.
  Value at(std::size_t i) const;    // Element of a list; i < size().

 private:
  Value(Kind kind, std::uint32_t size) : int64_(0), size_(size), kind_(kind) {}
  static Value text(Kind kind, std::string_view text) {
    CLAW_CHECK(text.size() <= UINT32_MAX);
    Value v(kind, static_cast<std::uint32_t>(text.size()));
    v.text_ = text.data();
    return v;
  }
  static Value time(Kind kind, std::int64_t seconds, std::int32_t nanos) {
    Value v(kind, static_cast<std::uint32_t>(nanos));
    v.int64_ = seconds;
    return v;
  }
  void must(Kind kind) const { CLAW_CHECK(kind_ == kind); }

  union {
    std::int64_t int64_;
    std::uint64_t uint64_;
    double float64_;
    const char* text_;
    const Value* values_;
    const List* list_;
    const Map* map_;
    const Address* address_;
  };
  std::uint32_t size_ = 0;  // Bytes of text, elements of an array, nanoseconds, causes, truth.
  Kind kind_ = Kind::absent;
  bool is_array_ = false;
};
static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// Elements, keys and entries are values: never absent, unknown or an error.
class List {
 public:
  virtual ~List() = default;
  virtual std::size_t size() const = 0;
  virtual Value at(std::size_t i) const = 0;  // i < size()
};

class Map {
 public:
  virtual ~Map() = default;
  virtual std::size_t size() const = 0;
  virtual Value key_at(std::size_t i) const = 0;  // i < size(); every key once, in a fixed order.
  virtual std::optional<Value> find(const Value& key) const = 0;
};

class TextList final : public List {  // A list of strings that live elsewhere.
 public:
  explicit TextList(std::span<const std::string> texts) : texts_(texts) {}
  std::size_t size() const override { return texts_.size(); }
  Value at(std::size_t i) const override { return Value::string(texts_[i]); }

 private:
  std::span<const std::string> texts_;
};

inline std::size_t Value::size() const {
  if (kind_ == Kind::map) return map_->size();
  must(Kind::list);
  return is_array_ ? size_ : list_->size();
}
inline Value Value::at(std::size_t i) const {
  must(Kind::list);
  return is_array_ ? std::span(values_, size_)[i] : list_->at(i);
}

// Equality of the language: numbers by value whatever their kind, NaN unequal to itself, other kinds
// never equal to each other. Ordering only between numbers, and within one kind that has an order.
bool equal(const Value& a, const Value& b);
std::optional<std::partial_ordering> compare(const Value& a, const Value& b);
std::string_view type_name(const Value& value);  // `int`, `list`, `google.protobuf.Duration`, …

}  // namespace claw::cel
