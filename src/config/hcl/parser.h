// The recursive-descent parser of HCL expressions and templates over the tokens of one file. hcl.cc drives it
// for the bodies of blocks, the conformance program for expressions alone. After an error the parser is
// `lost`: silent, and every loop gives up, until its caller finds the next statement.
#pragma once

#include <string_view>
#include <vector>

#include "config/hcl/expression.h"
#include "config/hcl/lexer.h"

namespace claw::config {

class HclParser {
 public:
  HclParser(const Sources& sources, FileId file, Reading reading, Diagnostics& diagnostics);

  ExpressionPtr parse_expression();
  ExpressionPtr parse_whole_expression();  // And nothing but space after it.
  ExpressionPtr parse_whole_template();    // Of a file read as bare_template.
  LiteralText parse_label();               // At quote_open; may hold no `${`.

  const Token& peek();                     // Past newlines where they mean nothing.
  bool at(TokenKind kind) { return peek().kind == kind; }
  bool at(std::string_view symbol);        // This symbol, or this word.
  bool accept(std::string_view symbol);
  void expect(std::string_view symbol);    // Reports when it is not there.
  Token take();
  void skip_newlines();

  std::string_view text(const Token& token) const;
  Range range(const Token& token) const;
  Range range_from(std::size_t begin) const;  // To the end of the last token taken.

  void error(const Range& range, std::string text, std::string hint = {});
  void error_here(std::string_view expected, std::string hint = {});  // Says what was found instead.
  bool lost() const { return lost_; }
  // From a statement that was not understood to where the next one seems to start.
  void recover(const Token& statement);
  // To the `{` of a block whose header was not understood; false if its line has none.
  bool recover_at_brace();

  // One level of nesting for as long as it lives; past nesting_max the rest of the file is dropped.
  class Nested {
   public:
    explicit Nested(HclParser& parser);
    ~Nested() { --parser_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    HclParser& parser_;
  };

 private:
  class Newlines;  // Whether newlines mean something, for as long as it lives.
  struct Part;     // Of a template, before `%{if}` and `%{for}` are matched with their ends.
  using Parts = std::vector<Part>;

  // An inner node. Counts how tall the tree grows: `a.b.b.b...` nests without any bracket.
  template <class Form>
  ExpressionPtr grow(const Range& range, Form form);
  ExpressionPtr broken();
  void give_up(const Range& range);
  std::size_t column(const Token& token) const;

  ExpressionPtr parse_conditional();
  ExpressionPtr parse_binary(int level_min);
  ExpressionPtr parse_unary();
  ExpressionPtr parse_postfix(ExpressionPtr expression);
  ExpressionPtr parse_dot(ExpressionPtr object);
  ExpressionPtr parse_bracket(ExpressionPtr collection);
  ExpressionPtr parse_attribute_splat(ExpressionPtr source);
  ExpressionPtr parse_primary();
  ExpressionPtr parse_word();
  ExpressionPtr parse_call(const Token& first);
  void parse_arguments(Call& call);
  ExpressionPtr parse_parentheses();
  ExpressionPtr parse_tuple();
  ExpressionPtr parse_object();
  void parse_object_items(Object& object);
  ExpressionPtr parse_object_key();
  ExpressionPtr parse_for(std::size_t begin, std::string_view close);
  void parse_for_names(For& loop);

  ExpressionPtr parse_string();
  Parts parse_parts(TokenKind close, Quoting quoting);
  Part parse_sequence_part();
  void parse_directive(Part& part);
  static void flush_heredoc(Parts& parts);
  ExpressionPtr build_template(Parts parts, const Range& range);
  ExpressionPtr build_sequence(Parts& parts, std::size_t& at, const Range& range);
  ExpressionPtr build_if(Parts& parts, std::size_t& at);
  ExpressionPtr build_for(Parts& parts, std::size_t& at);
  void expect_end(const Parts& parts, std::size_t at, int wanted, const Range& opened, std::string_view word);

  const Sources& sources_;
  FileId file_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t last_end_ = 0;
  std::size_t depth_ = 0;
  std::size_t tallest_ = 0;
  bool newlines_matter_ = true;
  bool lost_ = false;
  bool gave_up_ = false;
};

// Within a scope newlines are space, or matter again.
class HclParser::Newlines {
 public:
  Newlines(HclParser& parser, bool matter) : parser_(parser), before_(parser.newlines_matter_) {
    parser.newlines_matter_ = matter;
  }
  ~Newlines() { parser_.newlines_matter_ = before_; }
  Newlines(const Newlines&) = delete;
  Newlines& operator=(const Newlines&) = delete;

 private:
  HclParser& parser_;
  bool before_;
};

// The tallest tree an expression may become; evaluation and destruction walk it recursively.
constexpr std::size_t expression_height_max = 400;

template <class Form>
ExpressionPtr HclParser::grow(const Range& range, Form form) {
  if (++tallest_ > expression_height_max) {
    give_up(range);
    return broken();
  }
  return make_expression(range, std::move(form));
}

}  // namespace claw::config
