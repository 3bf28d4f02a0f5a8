#include "protocol/http/wire/fields.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "protocol/http/wire/chars.h"

namespace claw::http {

bool same_name(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

Fields::~Fields() {
  if (has_secret_) wipe(text_);
}

// The buffer that is let go here may hold a secret; so assigning is taking over, then letting go.
Fields& Fields::operator=(const Fields& other) {
  Fields copy(other);
  swap(copy);
  return *this;
}

Fields& Fields::operator=(Fields&& other) noexcept {
  Fields taken(std::move(other));
  swap(taken);
  return *this;
}

void Fields::swap(Fields& other) noexcept {
  text_.swap(other.text_);
  places_.swap(other.places_);
  std::swap(has_secret_, other.has_secret_);
}

void Fields::reserve(std::size_t fields, std::size_t bytes) {
  places_.reserve(fields);
  if (bytes > text_.capacity()) grow(bytes);
}

// What is left behind in the old buffer is zeroed where a secret was in it.
void Fields::grow(std::size_t bytes) {
  std::string grown;
  grown.reserve(bytes);
  grown.append(text_);
  text_.swap(grown);
  if (has_secret_) wipe(grown);
}

void Fields::add(std::string_view name, std::string_view value) {
  const std::size_t at = text_.size();
  const std::size_t needed = at + name.size() + value.size();
  CLAW_CHECK(needed <= UINT32_MAX);
  if (needed > text_.capacity()) {
    // `name` and `value` may point into the buffer: it must live until they are copied.
    std::string grown;
    grown.reserve(std::max(needed, 2 * text_.capacity()));
    grown.append(text_).append(name).append(value);
    text_.swap(grown);
    if (has_secret_) wipe(grown);
  } else {
    text_.append(name).append(value);
  }
  places_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(at + name.size()), static_cast<std::uint32_t>(value.size())});
}

void Fields::add_secret(std::string_view name, const Secret& value) {
  has_secret_ = true;
  add(name, value.reveal());
}

void Fields::set(std::string_view name, std::string_view value) {
  add(name, value);  // First, since both may be views of what is removed.
  const Place added = places_.back();
  places_.pop_back();
  const std::string_view added_name = std::string_view(text_).substr(added.name_from, added.name_size);
  const auto is_named = [&](std::size_t i) { return same_name((*this)[i].name, added_name); };
  std::size_t first = 0;
  while (first < places_.size() && !is_named(first)) ++first;
  remove(added_name);
  const auto place = places_.begin() + static_cast<std::ptrdiff_t>(std::min(first, places_.size()));
  places_.insert(place, added);
}

void Fields::remove(std::string_view name) {
  std::erase_if(places_, [&](const Place& place) {
    return same_name(std::string_view(text_).substr(place.name_from, place.name_size), name);
  });
}

void Fields::clear() {
  if (has_secret_) wipe(text_);
  text_.clear();
  places_.clear();
  has_secret_ = false;
}

Field Fields::operator[](std::size_t i) const {
  CLAW_CHECK(i < places_.size());
  const Place& place = places_[i];
  const std::string_view text = text_;
  return {text.substr(place.name_from, place.name_size), text.substr(place.value_from, place.value_size)};
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Field field : *this) {
    if (same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field field : *this) found += same_name(field.name, name) ? 1 : 0;
  return found;
}

std::size_t Fields::bytes() const {
  std::size_t sum = 0;
  for (const Place& place : places_) sum += std::size_t{place.name_size} + place.value_size;
  return sum;
}

}  // namespace claw::http
