// The words of a GraphQL document (§2.1): names, punctuators, numbers and strings; white space, commas and
// comments between them are gone. Used by graphql.cc.
#pragma once

#include <string_view>

namespace claw::action {

struct GraphqlToken {
  enum class Kind : unsigned char { end, name, punctuator, number, string, bad } kind = Kind::end;
  std::string_view text;
  bool is(std::string_view punctuator_or_name) const {
    return (kind == Kind::name || kind == Kind::punctuator) && text == punctuator_or_name;
  }
};

class GraphqlTokens {
 public:
  explicit GraphqlTokens(std::string_view text);
  const GraphqlToken& next() const { return token_; }
  GraphqlToken take();  // The next one, and past it. After `bad` there is only `bad`.

 private:
  void advance();
  void skip_ignored();
  std::size_t number_size() const;  // Zero: not a number.
  std::size_t string_size() const;
  std::size_t block_size() const;

  std::string_view rest_;
  GraphqlToken token_;
};

}  // namespace claw::action
