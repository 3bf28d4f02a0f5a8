// Header fields in the order they came: all text in one buffer, so that a head costs two allocations
// however many fields it has. Names keep their case for sending; looking up ignores it. A field may hold
// a secret the vault lent: then the buffer is zeroed before it is let go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace claw::http {

struct Field {
  std::string_view name;
  std::string_view value;
};

class Fields {
 public:
  Fields() = default;
  Fields(const Fields&) = default;
  Fields(Fields&&) noexcept = default;
  Fields& operator=(const Fields& other);
  Fields& operator=(Fields&& other) noexcept;
  ~Fields();

  void reserve(std::size_t fields, std::size_t bytes);
  void add(std::string_view name, std::string_view value);
  void add_secret(std::string_view name, const Secret& value);
  void set(std::string_view name, std::string_view value);  // In place of every field of that name.
  void remove(std::string_view name);                       // All of that name.
  void clear();

  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  Field operator[](std::size_t i) const;
  std::optional<std::string_view> find(std::string_view name) const;  // The first of that name.
  std::size_t count(std::string_view name) const;
  std::size_t bytes() const;  // Names and values together: what head limits count.

  class Iterator {
   public:
    Iterator(const Fields& fields, std::size_t at) : fields_(&fields), at_(at) {}
    Field operator*() const { return (*fields_)[at_]; }
    Iterator& operator++() { return ++at_, *this; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const Fields* fields_;
    std::size_t at_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  struct Place {
    std::uint32_t name_from;
    std::uint32_t name_size;
    std::uint32_t value_from;
    std::uint32_t value_size;
  };
  void grow(std::size_t bytes);
  void swap(Fields& other) noexcept;

  std::string text_;
  std::vector<Place> places_;
  bool has_secret_ = false;
};

bool same_name(std::string_view a, std::string_view b);  // Header names: ASCII letters in any case.

}  // namespace claw::http
