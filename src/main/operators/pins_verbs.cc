// pins: what MCP servers behind a running gateway offer, what was accepted of it, and accepting it.
#include <fmt/format.h>

#include "base/text.h"
#include "main/operators/remote.h"
#include "main/speak.h"
#include "main/table.h"

namespace claw::verbs {

namespace {

constexpr std::size_t shown_bytes_max = 20'000;

Result<json::Value> servers_of(const Control& control) {
  return admin::call(gateway_of(control), {"GET", "/api/v1/mcp"});
}

const json::Array& list_of(const json::Value& value, std::string_view name) {
  static const json::Array none;
  const json::Value* found = value.find(name);
  return found != nullptr && found->array() != nullptr ? *found->array() : none;
}

bool is_meant(const Pins& options, const json::Value& server) {
  const std::string endpoint = server.text_or("endpoint", "");
  return options.server.empty() || options.server == endpoint || "mcp." + options.server == endpoint;
}

bool is_named(const Pins& options, const json::Value& definition) {
  return options.name.empty() || options.name == definition.text_or("name", "");
}

// Foreign text, line by line, so that it cannot draw on the terminal.
void put_lines(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    if (!line.empty()) fmt::print("    {}\n", printable(line, shown_bytes_max));
  }
}

std::string signs_of(const json::Value& held) {
  std::vector<std::string> signs;
  for (const json::Value& each : list_of(held, "signs")) {
    if (each.string() != nullptr) signs.push_back(*each.string());
  }
  return join(signs, "; ");
}

int complain_of_server(const Pins& options) {
  return misuse(fmt::format("no MCP server {} in the policy of this gateway", quoted(options.server)));
}

struct Found {
  std::string endpoint;
  json::Value definition;
};
Result<std::vector<Found>> found_in(const Pins& options, std::string_view list, bool& has_server) {
  CLAW_TRY(const json::Value servers, servers_of(options.control));
  std::vector<Found> found;
  for (const json::Value& server : servers.array() != nullptr ? *servers.array() : json::Array()) {
    if (!is_meant(options, server)) continue;
    has_server = true;
    for (const json::Value& each : list_of(server, list)) {
      if (is_named(options, each)) found.push_back({server.text_or("endpoint", ""), each});
    }
  }
  return found;
}

int send(const Pins& options, const Found& found, std::string_view verb) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("kind", found.definition.text_or("kind", ""));
  out.member("name", found.definition.text_or("name", ""));
  if (verb == "accept") out.member("hash", found.definition.text_or("hash", ""));
  out.end_object();
  const std::string path = fmt::format("/api/v1/mcp/{}/{}", admin::escaped(found.endpoint), verb);
  const auto answer = admin::call(gateway_of(options.control), {"POST", path, body});
  if (!answer) return complain_remote(options.control, answer.error());
  fmt::print("{}: {} {}\n", verb == "accept" ? "accepted" : "withdrawn", found.endpoint,
             printable(found.definition.text_or("name", ""), 200));
  return ok;
}

}  // namespace

int pins_list(const Pins& options) {
  const auto servers = servers_of(options.control);
  if (!servers) return complain_remote(options.control, servers.error());
  if (options.control.json) return print_json(*servers), ok;
  const json::Array none;
  const json::Array& all = servers->array() != nullptr ? *servers->array() : none;
  if (all.empty()) return fmt::print("the policy has no endpoint of kind mcp\n"), ok;
  Table table({"SERVER", "KIND", "NAME", "STATE", "SINCE", "BY", "HASH"});
  for (const json::Value& server : all) {
    if (!is_meant(options, server)) continue;
    const std::string endpoint = server.text_or("endpoint", "");
    const auto add = [&](const json::Value& each, std::string_view state, std::string_view since,
                         const std::string& by) {
      table.add({endpoint, each.text_or("kind", ""), printable(each.text_or("name", ""), 60),
                 std::string(state), each.text_or(since, ""), by, each.text_or("hash", "").substr(0, 12)});
    };
    for (const json::Value& each : list_of(server, "held")) {
      add(each, each.bool_or("is_new", false) ? "new, held" : "changed, held", "since", signs_of(each));
    }
    for (const json::Value& each : list_of(server, "pins")) {
      add(each, "accepted", "at", each.text_or("by", ""));
    }
    for (const json::Value& each : list_of(server, "connections")) {
      if (!each.bool_or("up", false)) {
        table.add({endpoint, "", "", "NOT UP", each.text_or("since", ""), "",
                   printable(each.text_or("why", ""), 120)});
      }
    }
  }
  table.print();
  return ok;
}

int pins_diff(const Pins& options) {
  bool has_server = false;
  const auto held = found_in(options, "held", has_server);
  if (!held) return complain_remote(options.control, held.error());
  if (!has_server) return complain_of_server(options);
  if (options.control.json) {
    json::Array all;
    for (const Found& each : *held) all.push_back(each.definition);
    return print_json(json::Value(std::move(all))), ok;
  }
  if (held->empty()) return fmt::print("nothing is held\n"), ok;
  for (const Found& each : *held) {
    fmt::print("{} {} {}  {}\n", each.endpoint, each.definition.text_or("kind", ""),
               printable(each.definition.text_or("name", ""), 200),
               each.definition.bool_or("is_new", false) ? "(new)" : "(changed)");
    fmt::print("    hash {}\n", printable(each.definition.text_or("hash", ""), 64));
    if (const std::string signs = signs_of(each.definition); !signs.empty()) {
      fmt::print("    LOOK: {}\n", signs);
    }
    put_lines(each.definition.text_or("difference", ""));
  }
  return ok;
}

int pins_accept(const Pins& options) {
  bool has_server = false;
  const auto held = found_in(options, "held", has_server);
  if (!held) return complain_remote(options.control, held.error());
  if (!has_server) return complain_of_server(options);
  if (options.name.empty() && !options.all) {
    return misuse("which? `clawpatrol pins diff` shows them; NAME accepts one, `--all` all of the server");
  }
  int worst = held->empty() ? failed : ok;
  if (held->empty()) fmt::print("nothing is held there\n");
  for (const Found& each : *held) {
    if (!options.hash.empty() && !each.definition.text_or("hash", "").starts_with(options.hash)) {
      fmt::print("{} has another hash by now: look again\n",
                 printable(each.definition.text_or("name", ""), 200));
      worst = failed;
      continue;
    }
    if (const int sent = send(options, each, "accept"); sent != ok) worst = sent;
  }
  return worst;
}

int pins_withdraw(const Pins& options) {
  bool has_server = false;
  const auto pins = found_in(options, "pins", has_server);
  if (!pins) return complain_remote(options.control, pins.error());
  if (!has_server) return complain_of_server(options);
  if (pins->empty()) return fmt::print("nothing of that name is accepted there\n"), failed;
  int worst = ok;
  for (const Found& each : *pins) {
    if (const int sent = send(options, each, "withdraw"); sent != ok) worst = sent;
  }
  return worst;
}

}  // namespace claw::verbs
