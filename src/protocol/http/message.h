// One HTTP message head as plain fields. Names keep their case for sending; find() ignores it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claw::http {

struct Field {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;
  std::string target;  // As sent: origin-form, absolute-form, authority-form or `*`.
  int minor_version = 1;
  std::vector<Field> fields;
  std::size_t content_length = 0;
  bool chunked = false;

  const std::string* find(std::string_view name) const;  // The first of that name.
};

struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::string body;
};

}  // namespace claw::http
