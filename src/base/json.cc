#include "base/json.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cstdlib>
#include <unordered_set>

namespace claw::json {

namespace {

// Builds our Value from Boost.JSON's event parser: its own document type keeps the last of two equal
// keys and turns long numbers into doubles, and both would let two readers see two different documents.
class Builder {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  using ec = boost::json::error_code;
  using text = boost::json::string_view;

  bool on_document_begin(ec&) { return true; }
  bool on_document_end(ec&) { return true; }
  bool on_object_begin(ec&) { return open(Value(Object{})); }
  bool on_object_end(std::size_t, ec&) { return close(); }
  bool on_array_begin(ec&) { return open(Value(Array{})); }
  bool on_array_end(std::size_t, ec&) { return close(); }

  bool on_key_part(text part, std::size_t, ec&) { return gather(part); }
  bool on_key(text part, std::size_t, ec&) {
    gather(part);
    keys_.push_back(std::exchange(text_, {}));
    if (open_.back().object()->size() < linear_keys) return unique_among_few();
    return unique_among_many();
  }
  bool on_string_part(text part, std::size_t, ec&) { return gather(part); }
  bool on_string(text part, std::size_t, ec&) {
    gather(part);
    return add(Value(std::exchange(text_, {})));
  }
  bool on_number_part(text part, ec&) { return gather(part); }
  bool on_int64(std::int64_t, text part, ec&) { return number(part); }
  bool on_uint64(std::uint64_t, text part, ec&) { return number(part); }
  bool on_double(double, text part, ec&) { return number(part); }
  bool on_bool(bool value, ec&) { return add(Value(value)); }
  bool on_null(ec&) { return add(Value()); }
  bool on_comment_part(text, ec&) { return false; }
  bool on_comment(text, ec&) { return false; }

  Value take() { return std::move(root_); }
  const std::string& duplicate() const { return duplicate_; }

 private:
  static constexpr std::size_t linear_keys = 32;  // As a record has: comparing is cheaper than hashing.
  static constexpr std::size_t root_members = 24;

  bool gather(text part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool number(text part) {
    gather(part);
    return add(Value(Number{std::exchange(text_, {})}));
  }
  bool open(Value container) {
    open_.push_back(std::move(container));
    if (Object* root = open_.back().object(); root != nullptr && open_.size() == 1) {
      root->reserve(root_members);
    }
    seen_.emplace_back();
    return true;
  }
  bool close() {
    Value closed = std::move(open_.back());
    open_.pop_back();
    seen_.pop_back();
    return add(std::move(closed));
  }
  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Array* array = open_.back().array()) {
      array->push_back(std::move(value));
    } else {
      open_.back().object()->emplace_back(std::move(keys_.back()), std::move(value));
      keys_.pop_back();
    }
    return true;
  }
  bool refuse() {
    duplicate_ = keys_.back();
    return false;
  }
  bool unique_among_few() {
    return open_.back().find(keys_.back()) == nullptr || refuse();
  }
  bool unique_among_many() {
    auto& seen = seen_.back();
    if (seen.empty()) {
      for (const Member& member : *open_.back().object()) seen.insert(member.first);
    }
    return seen.insert(keys_.back()).second || refuse();
  }

  Value root_;
  std::vector<Value> open_;
  std::vector<std::unordered_set<std::string>> seen_;
  std::vector<std::string> keys_;
  std::string text_;
  std::string duplicate_;
};

}  // namespace

Value::Value(std::int64_t value) : data_(Number{std::to_string(value)}) {}

std::optional<std::int64_t> Number::as_int64() const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> Number::as_uint64() const {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

double Number::as_double() const { return std::strtod(text.c_str(), nullptr); }

const Value* Value::find(std::string_view key) const {
  if (const Object* members = object()) {
    for (const Member& member : *members) {
      if (member.first == key) return &member.second;
    }
  }
  return nullptr;
}

std::string Value::text_or(std::string_view key, std::string_view otherwise) const {
  const Value* found = find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string(otherwise);
}

std::int64_t Value::int_or(std::string_view key, std::int64_t otherwise) const {
  const Value* found = find(key);
  return found != nullptr && found->number() != nullptr ? found->number()->as_int64().value_or(otherwise)
                                                        : otherwise;
}

bool Value::bool_or(std::string_view key, bool otherwise) const {
  const Value* found = find(key);
  return found != nullptr && found->boolean() != nullptr ? *found->boolean() : otherwise;
}

Result<Value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<Builder> parser(options);
  boost::json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  const std::string& duplicate = parser.handler().duplicate();
  if (!duplicate.empty()) {
    return invalid(fmt::format("JSON object has the key `{}` twice", duplicate.substr(0, 200)));
  }
  if (error) return invalid(fmt::format("not JSON: {} at byte {}", error.message(), used));
  if (used != text.size()) {
    return invalid(fmt::format("not JSON: something follows the value at byte {}", used));
  }
  return parser.handler().take();
}

}  // namespace claw::json
