#include "main/shown_facts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cel/json.h"

namespace claw::verbs {

namespace {

constexpr std::size_t text_bytes_max = 4000;  // A page of one statement; --json has all of it.

std::string unknown_json(cel::Causes causes) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("unknown");
  writer.begin_array();
  if (causes.has(cel::Cause::truncated)) writer.string("truncated");
  if (causes.has(cel::Cause::unparsed)) writer.string("unparsed");
  writer.end_array();
  writer.end_object();
  return out;
}

std::string fact_text(const cel::Value& value) {
  if (!value.is(cel::Kind::unknown)) return printable(fact_json(value), text_bytes_max);
  return value.causes().has(cel::Cause::truncated) ? "unknown: it was cut" : "unknown: it was not understood";
}

bool says_nothing(const cel::Value& value) {
  if (value.is(cel::Kind::string)) return value.as_text().empty();
  const bool has_size = value.is(cel::Kind::list) || value.is(cel::Kind::map);
  return value.is_false() || value.is(cel::Kind::absent) || (has_size && value.size() == 0);
}

}  // namespace

std::string fact_json(const cel::Value& value) {
  if (value.is(cel::Kind::unknown)) return unknown_json(value.causes());
  const Result<std::string> json = cel::to_json(value);
  return json ? *json : "null";
}

void append_facts(json::Writer& out, action::Family family, std::span<const cel::Value> facts) {
  out.begin_object();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    out.key(action::schema(family)[i].name);
    out.raw(fact_json(facts[i]));
  }
  out.end_object();
}

std::string facts_text(action::Family family, std::span<const cel::Value> facts) {
  std::string text;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (says_nothing(facts[i])) continue;
    text += fmt::format("  {:<22}  {}\n", action::schema(family)[i].name, fact_text(facts[i]));
  }
  return text;
}

}  // namespace claw::verbs
