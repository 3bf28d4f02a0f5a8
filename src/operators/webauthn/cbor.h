// CBOR (RFC 8949) as authenticators write it, read strictly: definite lengths, each number in its shortest
// form, no key twice, no tags, no floats, few levels (CTAP2 canonical form but for the order of keys, which
// some get wrong). Text and bytes are views of the input.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/cursor.h"
#include "base/result.h"

namespace claw::webauthn {

constexpr unsigned cbor_depth_max = 8;      // Attestation statements have four.
constexpr std::size_t cbor_items_max = 1000;  // All told; certificate chains have ten.

struct Bytes {
  std::string_view view;
  bool operator==(const Bytes&) const = default;
};

class Cbor {
 public:
  using Array = std::vector<Cbor>;
  using Map = std::vector<std::pair<Cbor, Cbor>>;

  // One item from the front of `cursor`; what follows stays there.
  static Result<Cbor> decode(Cursor& cursor);

  // Nothing where it is something else; integers beyond 64 bits with a sign were refused.
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  const Bytes* bytes() const { return std::get_if<Bytes>(&value_); }
  const std::string_view* text() const { return std::get_if<std::string_view>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Map* map() const { return std::get_if<Map>(&value_); }

  const Cbor* find(std::int64_t key) const;      // In a map; null when it is not there or this is no map.
  const Cbor* find(std::string_view key) const;

  bool operator==(const Cbor&) const = default;

 private:
  struct Reading;
  enum class Simple : std::uint8_t { no = 20, yes = 21, null = 22, undefined = 23 };
  std::variant<Simple, std::int64_t, Bytes, std::string_view, Array, Map> value_ = Simple::null;
};

}  // namespace claw::webauthn
