// The two calls into libpg_query, with their JSON parsed. The library's own types stay in the .cc file.
// A document keeps one of this thread's parsers busy; documents end in the reverse order of their making.
#pragma once

#include <simdjson.h>
#include <cstdint>
#include <string>
#include <string_view>

namespace claw::sql::postgres {

class Document {
 public:
  enum class Source : std::uint8_t {
    sql,      // Any number of statements: their trees.
    plpgsql,  // CREATE FUNCTION or DO statements: the trees of their bodies.
  };

  Document(Source source, const std::string& text);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  const std::string& why() const { return why_; }  // Empty when it was understood.
  const std::string& syntax_error() const { return syntax_error_; }  // As the server would put it.
  std::uint32_t syntax_error_at() const { return syntax_error_at_; }
  simdjson::dom::element root() const { return root_; }

 private:
  void take(const char* json);
  void refuse(const char* message, int at);

  std::string why_;
  std::string syntax_error_;
  std::uint32_t syntax_error_at_ = 0;
  simdjson::dom::element root_;
};

}  // namespace claw::sql::postgres
