#include "sql/postgres_parse.h"

#include <fmt/format.h>
#include <pg_query.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/text.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace claw::sql::postgres {
namespace {

// Two levels of JSON to one of SQL; the walk needs about 1 KiB of stack for each.
constexpr std::size_t depth_max = 4096;

constexpr std::size_t first_json_bytes = 64 * 1024;

// A parser keeps the room of its largest document; one odd statement should not hold on to 200 MB.
constexpr std::size_t kept_json_bytes_max = 1024 * 1024;

// The library forgets one byte whenever it refuses a body; there is nothing to be done about it from here.
#if __has_feature(address_sanitizer)
using NoLeakCheck = __lsan::ScopedDisabler;
#else
struct NoLeakCheck {};
#endif

struct Parsers {
  std::vector<std::unique_ptr<simdjson::dom::parser>> free;
  std::size_t used = 0;
};
thread_local Parsers parsers;  // NOLINT: one set for each thread is the point.

simdjson::dom::parser& next_parser() {
  if (parsers.used == parsers.free.size()) {
    auto parser = std::make_unique<simdjson::dom::parser>();
    CLAW_CHECK(parser->allocate(first_json_bytes, depth_max) == simdjson::SUCCESS);
    parsers.free.push_back(std::move(parser));
  }
  return *parsers.free[parsers.used++];
}

// The server quotes what it did not expect; here foreign text goes in backticks.
std::string reason(const char* error) {
  std::string text = printable(error, 200);
  std::replace(text.begin(), text.end(), '"', '`');
  return text;
}

}  // namespace

Document::~Document() {
  CLAW_CHECK(parsers.used > 0);
  --parsers.used;
  std::unique_ptr<simdjson::dom::parser>& parser = parsers.free[parsers.used];
  if (parser->capacity() > kept_json_bytes_max) parsers.free.resize(parsers.used);
}

void Document::refuse(const char* message, int at) {
  next_parser();  // Given back by the destructor, like one that was used.
  why_ = reason(message);
  syntax_error_ = printable(message, 200);
  syntax_error_at_ = at > 0 ? static_cast<std::uint32_t>(at) : 0;
}

void Document::take(const char* json) {
  simdjson::dom::parser& parser = next_parser();
  const std::size_t bytes = std::strlen(json);
  const simdjson::error_code code = [&] {
    if (bytes > parser.capacity()) {
      if (const auto failed = parser.allocate(bytes, depth_max)) return failed;
    }
    return parser.parse(json, bytes).get(root_);
  }();
  if (code == simdjson::DEPTH_ERROR)
    why_ = fmt::format("nested more than {} levels deep", depth_max);
  else if (code != simdjson::SUCCESS)
    why_ = fmt::format("the parse tree is not readable: {}", simdjson::error_message(code));
}

Document::Document(Source source, const std::string& text) {
  if (source == Source::sql) {
    const PgQueryParseResult result = pg_query_parse(text.c_str());
    if (result.error != nullptr) refuse(result.error->message, result.error->cursorpos);
    else take(result.parse_tree);
    pg_query_free_parse_result(result);
  } else {
    [[maybe_unused]] const NoLeakCheck allowed;
    const PgQueryPlpgsqlParseResult result = pg_query_parse_plpgsql(text.c_str());
    if (result.error != nullptr) refuse(result.error->message, 0);
    else take(result.plpgsql_funcs);
    pg_query_free_plpgsql_parse_result(result);
  }
}

}  // namespace claw::sql::postgres
