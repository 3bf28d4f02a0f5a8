#include "protocol/mcp/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace claw::mcp {
namespace {

using Parsed = std::variant<Message, Wrong>;

bool is_within_depth(const json::Value& value, std::size_t levels) {
  if (value.array() == nullptr && value.object() == nullptr) return true;
  if (levels == 0) return false;
  if (const json::Array* array = value.array()) {
    return std::ranges::all_of(*array, [=](const json::Value& each) {
      return is_within_depth(each, levels - 1);
    });
  }
  return std::ranges::all_of(*value.object(), [=](const json::Member& each) {
    return is_within_depth(each.second, levels - 1);
  });
}

Wrong wrong(std::string what, const std::optional<Id>& id = {}) {
  return {code::invalid_request, std::move(what), id};
}

// What stands in none of the four kinds of message is nobody's to guess at.
std::optional<std::string> foreign_member(const json::Object& members) {
  constexpr std::string_view known[] = {"jsonrpc", "id", "method", "params", "result", "error"};
  for (const auto& [name, value] : members) {
    if (std::ranges::find(known, name) == std::end(known)) return name;
  }
  return std::nullopt;
}

Parsed parse_call(const json::Value& value, const std::optional<Id>& id, const Limits& limits) {
  const std::string* method = value.find("method")->string();
  if (method == nullptr || method->empty()) return wrong("`method` is a string", id);
  if (method->size() > limits.method_bytes_max) {
    return wrong(fmt::format("a method has at most {} bytes", limits.method_bytes_max), id);
  }
  if (value.find("result") != nullptr || value.find("error") != nullptr) {
    return wrong("a message is a call or an answer, not both", id);
  }
  const json::Value* params = value.find("params");
  if (params != nullptr && params->object() == nullptr) {
    return Wrong{code::invalid_params, "`params` is an object", id};
  }
  json::Value taken = params != nullptr ? *params : json::Value();
  if (value.find("id") == nullptr) return Message(Notification{*method, std::move(taken)});
  return Message(Request{*id, *method, std::move(taken)});
}

Parsed parse_failure(const json::Value& error, std::optional<Id> id) {
  const json::Value* number = error.find("code");
  const json::Value* text = error.find("message");
  const auto code =
      number != nullptr && number->number() != nullptr ? number->number()->as_int64() : std::nullopt;
  if (!code || text == nullptr || text->string() == nullptr) {
    return wrong("an error has an integer `code` and a `message`", id);
  }
  const json::Value* data = error.find("data");
  return Message(Failure{std::move(id), *code, *text->string(), data != nullptr ? *data : json::Value()});
}

Parsed parse_answer(const json::Value& value, const std::optional<Id>& id) {
  const json::Value* result = value.find("result");
  const json::Value* error = value.find("error");
  if ((result != nullptr) == (error != nullptr)) {
    return wrong("a message has a `method`, a `result` or an `error`, and one of them", id);
  }
  if (value.find("params") != nullptr) return wrong("an answer has no `params`", id);
  if (error != nullptr) return parse_failure(*error, id);
  if (!id) return wrong("a result has the id of its request");
  if (result->object() == nullptr) return wrong("`result` is an object", id);
  return Message(Reply{*id, *result});
}

Parsed read(const json::Value& value, const Limits& limits) {
  if (value.object() == nullptr) return wrong("a message is an object");
  const json::Value* given = value.find("id");
  const auto id = given != nullptr ? id_of(*given) : std::nullopt;
  const json::Value* version = value.find("jsonrpc");
  if (version == nullptr || version->string() == nullptr || *version->string() != "2.0") {
    return wrong("`jsonrpc` is \"2.0\"", id);
  }
  const bool is_call = value.find("method") != nullptr;
  const bool is_null = given != nullptr && given->is_null();
  if (given != nullptr && !id && (is_call || !is_null)) return wrong("an id is a string or an integer");
  const std::string* text = id ? std::get_if<std::string>(&id->value) : nullptr;
  if (text != nullptr && text->size() > limits.id_bytes_max) {
    return wrong(fmt::format("an id has at most {} bytes", limits.id_bytes_max));
  }
  if (const auto foreign = foreign_member(*value.object())) {
    return wrong(fmt::format("a message has no {}", quoted(*foreign)), id);
  }
  return is_call ? parse_call(value, id, limits) : parse_answer(value, id);
}

std::variant<json::Value, Wrong> read_json(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes_max) {
    return wrong(fmt::format("a message has at most {} bytes", limits.bytes_max));
  }
  auto parsed = json::parse(text);
  if (!parsed) return Wrong{code::parse, parsed.error().text(), {}};
  if (!is_within_depth(*parsed, limits.depth_max)) {
    return wrong(fmt::format("a message has at most {} levels", limits.depth_max));
  }
  return std::move(*parsed);
}

std::string head(const std::optional<Id>& id) {
  return id ? R"({"jsonrpc":"2.0","id":)" + id->json() : R"({"jsonrpc":"2.0")";
}

std::string call(std::string text, std::string_view method, std::string_view params) {
  text += ",\"method\":";
  json::append_string(text, method);
  if (!params.empty()) text.append(",\"params\":").append(params);
  return text += '}';
}

std::string text_of(const json::Value& value) {
  return value.is_null() ? std::string() : json::format(value);
}

struct Formatter {
  std::string operator()(const Request& each) const {
    return format_request(each.id, each.method, text_of(each.params));
  }
  std::string operator()(const Notification& each) const {
    return format_notification(each.method, text_of(each.params));
  }
  std::string operator()(const Reply& each) const { return format_reply(each.id, json::format(each.result)); }
  std::string operator()(const Failure& each) const {
    return format_failure(each.id, each.code, each.message, text_of(each.data));
  }
};

}  // namespace

std::string Id::json() const {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  std::string out;
  json::append_string(out, std::get<std::string>(value));
  return out;
}

std::optional<Id> id_of(const json::Value& value) {
  if (const std::string* text = value.string()) return Id{*text};
  const auto number = value.number() != nullptr ? value.number()->as_int64() : std::nullopt;
  return number ? std::optional(Id{*number}) : std::nullopt;
}

std::variant<Message, Wrong> parse(std::string_view text, const Limits& limits) {
  auto value = read_json(text, limits);
  if (Wrong* bad = std::get_if<Wrong>(&value)) return std::move(*bad);
  return read(std::get<json::Value>(value), limits);
}

std::variant<Packet, Wrong> parse_body(std::string_view text, bool batches, const Limits& limits) {
  auto value = read_json(text, limits);
  if (Wrong* bad = std::get_if<Wrong>(&value)) return std::move(*bad);
  const json::Array* array = std::get<json::Value>(value).array();
  Packet packet;
  packet.is_batch = array != nullptr;
  const json::Array one =
      array != nullptr ? json::Array() : json::Array{std::get<json::Value>(std::move(value))};
  if (array == nullptr) array = &one;
  if (packet.is_batch && !batches) return wrong("this version of the protocol has no batches");
  if (array->empty()) return wrong("a batch has a message at least");
  if (array->size() > limits.batch_max) {
    return wrong(fmt::format("a batch has at most {} messages", limits.batch_max));
  }
  for (const json::Value& each : *array) {
    auto message = read(each, limits);
    if (Wrong* bad = std::get_if<Wrong>(&message)) return std::move(*bad);
    packet.messages.push_back(std::get<Message>(std::move(message)));
  }
  return packet;
}

std::string format(const Message& message) { return std::visit(Formatter{}, message); }

std::string format_request(const Id& id, std::string_view method, std::string_view params) {
  return call(head(id), method, params);
}

std::string format_notification(std::string_view method, std::string_view params) {
  return call(head({}), method, params);
}

std::string format_reply(const Id& id, std::string_view result) {
  return head(id).append(",\"result\":").append(result) += '}';
}

std::string format_failure(const std::optional<Id>& id, std::int64_t code, std::string_view message,
                           std::string_view data) {
  // Null, as JSON-RPC has it; version 2025-11-25 and later leave it out, and their readers take both.
  std::string out = id ? head(id) : std::string(R"({"jsonrpc":"2.0","id":null)");
  out += fmt::format(",\"error\":{{\"code\":{},\"message\":", code);
  json::append_string(out, message);
  if (!data.empty()) out.append(",\"data\":").append(data);
  return out += "}}";
}

const json::Value* meta(const json::Value& params, std::string_view name) {
  const json::Value* all = params.find("_meta");
  return all != nullptr ? all->find(name) : nullptr;
}

}  // namespace claw::mcp
