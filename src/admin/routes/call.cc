#include "admin/routes/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/text.h"

namespace claw::admin {

namespace {

using Kind = Member::Kind;

bool is_a(const json::Value& value, Kind kind) {
  switch (kind) {
    case Kind::text: return value.string() != nullptr;
    case Kind::integer: return value.number() != nullptr && value.number()->as_int64().has_value();
    case Kind::boolean: return value.boolean() != nullptr;
    case Kind::object: return value.object() != nullptr;
    case Kind::texts:
      return value.array() != nullptr && std::ranges::all_of(*value.array(), [](const json::Value& each) {
               return each.string() != nullptr;
             });
  }
  return false;
}

std::string_view word_of(Kind kind) {
  switch (kind) {
    case Kind::text: return "a text";
    case Kind::integer: return "a whole number";
    case Kind::boolean: return "true or false";
    case Kind::object: return "an object";
    case Kind::texts: return "a list of texts";
  }
  return "";
}

struct Told {
  Code code;
  int status;
  std::string_view name;
};
constexpr Told told[] = {
    {Code::invalid, 400, "invalid"},     {Code::limit, 429, "limit"},
    {Code::unsupported, 400, "invalid"}, {Code::not_found, 404, "not_found"},
    {Code::denied, 403, "denied"},       {Code::unavailable, 503, "unavailable"},
    {Code::timeout, 503, "unavailable"},
};

}  // namespace

bool Who::may(operators::Scope scope) const {
  if (!is_somebody()) return false;
  if (bearer) return bearer->may(scope);
  return operators::may(role, scope);
}

bool Who::is_fresh(std::int64_t wall_us) const {
  return on_socket || (session && session->is_fresh(wall_us));
}

std::string Call::param(std::string_view name) const {
  const auto found = params.find(name);
  return found == params.end() ? "" : found->second;
}

std::string Call::ask(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

Result<std::int64_t> Call::number(std::string_view name, std::int64_t otherwise, std::int64_t most) const {
  const std::string asked = ask(name);
  if (asked.empty()) return otherwise;
  std::int64_t value = 0;
  const char* end = asked.data() + asked.size();
  const auto [at, error] = std::from_chars(asked.data(), end, value);
  if (error != std::errc{} || at != end || value < 0 || value > most) {
    return invalid(fmt::format("`{}` is a number up to {}", name, most));
  }
  return value;
}

Answer json_answer(std::string body, int status) {
  Answer made;
  made.status = status;
  made.fields.add("Content-Type", "application/json");
  made.fields.add("Cache-Control", "no-store");
  made.body = std::move(body);
  return made;
}

Answer done() { return json_answer("{\"done\":true}"); }

Answer problem(int status, std::string_view code, std::string_view what, std::int64_t retry_after_s) {
  Written out;
  out.writer.member("error", what);
  out.writer.member("code", code);
  if (retry_after_s > 0) out.writer.member("retry_after", retry_after_s);
  Answer made = out.answer();
  made.status = status;
  if (retry_after_s > 0) made.fields.add("Retry-After", std::to_string(retry_after_s));
  return made;
}

Answer problem(const Error& error) {
  for (const Told& each : told) {
    if (each.code == error.code) return problem(each.status, each.name, error.text());
  }
  return problem(500, "unavailable", error.text());
}

std::string time_text(std::int64_t wall_us) { return format_time(wall_us); }

Status check_body(const json::Value& body, std::initializer_list<Member> members) {
  if (body.object() == nullptr) {
    const bool needs = std::ranges::any_of(members, [](const Member& each) { return each.required; });
    if (body.is_null() && !needs) return Done{};
    return invalid("the body is a JSON object");
  }
  for (const auto& [name, value] : *body.object()) {
    const auto known = std::ranges::find(members, name, &Member::name);
    if (known == members.end()) return invalid("unknown member " + quoted(name));
    if (!is_a(value, known->kind)) {
      return invalid(fmt::format("`{}` is {}", known->name, word_of(known->kind)));
    }
  }
  for (const Member& each : members) {
    if (each.required && body.find(each.name) == nullptr) {
      return invalid(fmt::format("`{}` is missing", each.name));
    }
  }
  return Done{};
}

std::vector<std::string> texts_of(const json::Value& body, std::string_view name) {
  std::vector<std::string> texts;
  const json::Value* list = body.find(name);
  if (list == nullptr || list->array() == nullptr) return texts;
  for (const json::Value& each : *list->array()) {
    if (each.string() != nullptr) texts.push_back(*each.string());
  }
  return texts;
}

}  // namespace claw::admin
