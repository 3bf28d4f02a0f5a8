// The recursive-descent parser of HCL expressions and templates over the tokens of one file. hcl.cc drives it
// for the bodies of blocks, the conformance program for expressions alone. An error is reported once, where
// it was found; the parser then stands at a token from which its caller can go on.
#pragma once

#include <string_view>
#include <vector>

#include "config/hcl_expression.h"
#include "config/hcl_lexer.h"

namespace claw::config {

class HclParser {
 public:
  HclParser(const Sources& sources, FileId file, Reading reading, Diagnostics& diagnostics);

  ExpressionPtr parse_expression();
  ExpressionPtr parse_whole_expression();  // And nothing but space after it.
  ExpressionPtr parse_whole_template();    // Of a file read as bare_template.
  LiteralText parse_plain_string();        // At quote_open; a label or a key that may hold no `${`.

  const Token& peek();                     // Past newlines where they mean nothing.
  bool at(std::string_view symbol);        // Is the next token this symbol or keyword?
  bool accept(std::string_view symbol);
  bool expect(std::string_view symbol, std::string_view after);  // Reports when it is not there.
  Token take();
  void skip_newlines();
  void skip_statement();                   // To the newline or brace that ends what cannot be understood.

  std::string_view text(const Token& token) const;
  Range range(const Token& token) const;
  Range range_from(std::size_t begin) const;  // To the end of the last token taken.
  void error(const Range& range, std::string text, std::string hint = {});
  void error_here(std::string_view expected);  // Says what was found instead; silent over `invalid`.
  std::size_t depth() const { return depth_; }

  // One level of nesting for as long as it lives.
  class Nested {
   public:
    explicit Nested(HclParser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Nested() { --parser_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    bool too_deep();  // Reports it, and drops the rest of the file.

   private:
    HclParser& parser_;
  };

 private:
  class Newlines;  // Whether newlines mean something, for as long as it lives.
  struct Part;     // Of a template, before `%{if}` and `%{for}` are matched with their ends.

  ExpressionPtr broken();
  ExpressionPtr parse_conditional();
  ExpressionPtr parse_binary(std::size_t level);
  ExpressionPtr parse_unary();
  ExpressionPtr parse_postfix(ExpressionPtr expression);
  ExpressionPtr parse_dot(ExpressionPtr object, bool& ok);
  ExpressionPtr parse_index(ExpressionPtr collection, bool& ok);
  ExpressionPtr parse_splat(ExpressionPtr source, bool full, bool& ok);
  ExpressionPtr parse_primary();
  ExpressionPtr parse_number();
  ExpressionPtr parse_word();
  ExpressionPtr parse_call(const Token& first);
  ExpressionPtr parse_parentheses();
  ExpressionPtr parse_tuple();
  ExpressionPtr parse_object();
  bool parse_object_item(Object& object);
  ExpressionPtr parse_object_key();
  ExpressionPtr parse_for(std::size_t begin, std::string_view close);
  bool parse_for_intro(For& loop);

  ExpressionPtr parse_string();
  std::vector<Part> parse_parts(TokenKind close, Quoting quoting);
  Part parse_directive();
  ExpressionPtr build_template(std::vector<Part> parts, const Range& range);
  ExpressionPtr build_sequence(std::vector<Part>& parts, std::size_t& at, const Range& range);
  ExpressionPtr build_if(std::vector<Part>& parts, std::size_t& at, const Range& range);
  ExpressionPtr build_for(std::vector<Part>& parts, std::size_t& at, const Range& range);

  const Sources& sources_;
  FileId file_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t last_end_ = 0;
  std::size_t depth_ = 0;
  bool newlines_matter_ = true;
};

}  // namespace claw::config
