#include "main/operators/remote.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "main/paths.h"
#include "main/table.h"

namespace claw::verbs {

namespace {

constexpr std::size_t cell_bytes_max = 80;

std::string from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

}  // namespace

// What is named on the command line is meant before what stands in the environment.
admin::Gateway gateway_of(const Control& control) {
  admin::Gateway gateway;
  const bool is_local = !control.socket.empty() || !control.state_dir.empty();
  gateway.url = control.url;
  if (gateway.url.empty() && !is_local) gateway.url = from_environment("CLAWPATROL_URL");
  if (gateway.url.empty()) {
    gateway.socket =
        control.socket.empty() ? state_folder(control.state_dir) + "/admin.sock" : control.socket;
    return gateway;
  }
  gateway.token = Secret(from_environment("CLAWPATROL_TOKEN"));
  gateway.roots = control.ca_file.empty() ? from_environment("CLAWPATROL_CA") : control.ca_file;
  return gateway;
}

int complain_remote(const Control& control, const Error& error) {
  fmt::print(stderr, "clawpatrol: {}\n", error.text());
  if (error.code != Code::unavailable) return failed;
  const bool is_remote = !gateway_of(control).url.empty();
  fmt::print(stderr, "{}",
             is_remote ? "is that the gateway's `public_url`? name its certificate authority with --ca\n"
                       : "is the gateway running? name its state folder with --state-dir\n");
  return failed;
}

void print_json(const json::Value& value) { fmt::print("{}\n", json::format(value)); }

std::string cell_of(const json::Value& row, std::string_view member) {
  const std::size_t dot = member.find('.');
  const json::Value* found = row.find(member.substr(0, dot));
  if (found == nullptr || found->is_null()) return "";
  if (dot != std::string_view::npos) return cell_of(*found, member.substr(dot + 1));
  if (const std::string* text = found->string()) return printable(*text, cell_bytes_max);
  if (const bool* truth = found->boolean()) return *truth ? "yes" : "";
  if (const json::Array* list = found->array()) {
    std::vector<std::string> words;
    for (const json::Value& each : *list) {
      const std::string* text = each.string();
      words.push_back(text != nullptr ? *text : each.text_or("name", each.text_or("slot", "")));
    }
    return printable(join(words, ", "), cell_bytes_max);
  }
  return json::format(*found);
}

void print_rows(const json::Value& list, std::initializer_list<Column> columns, std::string_view nothing) {
  if (list.array() == nullptr || list.array()->empty()) {
    fmt::print("{}\n", nothing);
    return;
  }
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.emplace_back(column.title);
  Table table(std::move(titles));
  for (const json::Value& row : *list.array()) {
    std::vector<std::string> cells;
    for (const Column& column : columns) cells.push_back(cell_of(row, column.member));
    table.add(std::move(cells));
  }
  table.print();
}

}  // namespace claw::verbs
