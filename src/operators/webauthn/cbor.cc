#include "operators/webauthn/cbor.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace claw::webauthn {

namespace {

enum class Major : unsigned { number, negative, bytes, text, array, map, tag, simple };

// RFC 8949 §3: the number that follows the initial byte, refused where a shorter form would have said it.
std::optional<std::uint64_t> argument(Cursor& cursor, unsigned low) {
  if (low < 24) return low;
  std::uint64_t value = 0;
  std::uint64_t least = 0;
  switch (low) {
    case 24: value = cursor.u8(), least = 24; break;
    case 25: value = cursor.u16(), least = 1ULL << 8; break;
    case 26: value = cursor.u32(), least = 1ULL << 16; break;
    case 27: value = cursor.u64(), least = 1ULL << 32; break;
    default: return std::nullopt;  // Reserved, or an indefinite length.
  }
  if (!cursor.ok() || value < least) return std::nullopt;
  return value;
}

}  // namespace

struct Cbor::Reading {
  Cursor& cursor;
  std::size_t items = 0;

  Result<Cbor> item(unsigned depth) {
    if (depth > cbor_depth_max) return Error{Code::limit, "CBOR of too many levels", {}};
    if (++items > cbor_items_max) return Error{Code::limit, "CBOR of too many items", {}};
    const unsigned initial = cursor.u8();
    if (!cursor.ok()) return invalid("CBOR ends too early");
    const std::optional<std::uint64_t> number = argument(cursor, initial & 31);
    if (!number) return invalid("CBOR with a number that is not in its shortest form");
    Cbor value;
    switch (static_cast<Major>(initial >> 5)) {
      case Major::number: return integer_of(*number, false);
      case Major::negative: return integer_of(*number, true);
      case Major::bytes: return string_of(*number, false);
      case Major::text: return string_of(*number, true);
      case Major::array: return array_of(*number, depth);
      case Major::map: return map_of(*number, depth);
      case Major::tag: break;
      case Major::simple:
        if ((initial & 31) < 20 || (initial & 31) > 23) break;
        value.value_ = static_cast<Simple>(initial & 31);
        return value;
    }
    return invalid("CBOR with a tag, a float or an unknown simple value");
  }

  static Result<Cbor> integer_of(std::uint64_t number, bool negative) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return Error{Code::limit, "CBOR with an integer of more than 63 bits", {}};
    }
    Cbor value;
    value.value_ = negative ? -1 - static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
    return value;
  }

  Result<Cbor> string_of(std::uint64_t length, bool is_text) {
    if (length > cursor.left()) return invalid("CBOR ends too early");
    const std::string_view view = cursor.take(static_cast<std::size_t>(length));
    if (is_text && !is_utf8(view)) return invalid("CBOR with text that is not UTF-8");
    Cbor value;
    if (is_text) {
      value.value_ = view;
    } else {
      value.value_ = Bytes{view};
    }
    return value;
  }

  Result<Cbor> array_of(std::uint64_t length, unsigned depth) {
    if (length > cursor.left()) return invalid("CBOR ends too early");  // An item is a byte at least.
    Array items_of;
    for (std::uint64_t i = 0; i < length; ++i) {
      CLAW_TRY(Cbor each, item(depth + 1));
      items_of.push_back(std::move(each));
    }
    Cbor value;
    value.value_ = std::move(items_of);
    return value;
  }

  Result<Cbor> map_of(std::uint64_t length, unsigned depth) {
    if (length > cursor.left() / 2) return invalid("CBOR ends too early");
    Map pairs;
    for (std::uint64_t i = 0; i < length; ++i) {
      CLAW_TRY(Cbor key, item(depth + 1));
      if (key.integer() == nullptr && key.text() == nullptr) {
        return invalid("CBOR with a key that is neither a number nor text");
      }
      if (std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == key; })) {
        return invalid("CBOR with a key twice");
      }
      CLAW_TRY(Cbor each, item(depth + 1));
      pairs.emplace_back(std::move(key), std::move(each));
    }
    Cbor value;
    value.value_ = std::move(pairs);
    return value;
  }
};

Result<Cbor> Cbor::decode(Cursor& cursor) {
  Reading reading{cursor};
  return reading.item(0);
}

const Cbor* Cbor::find(std::int64_t key) const {
  if (map() == nullptr) return nullptr;
  for (const auto& [name, value] : *map()) {
    if (name.integer() != nullptr && *name.integer() == key) return &value;
  }
  return nullptr;
}

const Cbor* Cbor::find(std::string_view key) const {
  if (map() == nullptr) return nullptr;
  for (const auto& [name, value] : *map()) {
    if (name.text() != nullptr && *name.text() == key) return &value;
  }
  return nullptr;
}

}  // namespace claw::webauthn
