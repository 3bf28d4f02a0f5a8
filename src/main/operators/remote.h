// How verbs reach a running gateway: by its socket on this machine, or by CLAWPATROL_URL and CLAWPATROL_TOKEN
// from elsewhere; and what they have in common when they print what it says.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "admin/client.h"
#include "main/verbs.h"

namespace claw::verbs {

admin::Gateway gateway_of(const Control& control);

// Prints why not, and what to do about it; returns `failed`.
int complain_remote(const Control& control, const Error& error);

// `title` over what stands under `member`; a dotted name goes into an object.
struct Column {
  std::string_view title;
  std::string_view member;
};
void print_rows(const json::Value& list, std::initializer_list<Column> columns, std::string_view nothing);
std::string cell_of(const json::Value& row, std::string_view member);

void print_json(const json::Value& value);

// Asks, and prints JSON where that is wanted; otherwise gives it to `print`.
template <class Print>
int ask(const Control& control, const admin::Question& question, Print print) {
  const auto answer = admin::call(gateway_of(control), question);
  if (!answer) return complain_remote(control, answer.error());
  if (control.json) return print_json(*answer), ok;
  print(*answer);
  return ok;
}
}  // namespace claw::verbs
