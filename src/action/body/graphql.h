// What a GraphQL document would do (GraphQL specification, October 2021, §2): the operation that is chosen
// and the fields it selects at the top, through fragments. Only executable documents are understood; a
// schema is not known, so nothing here says whether the fields exist. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::action {

constexpr std::size_t graphql_depth_max = 64;     // Levels of selections and values; real queries have 15.
constexpr std::size_t graphql_fields_max = 1000;  // At the top. GitHub's own limit on a query is below.

struct GraphqlOperation {
  std::string_view kind;                 // `query`, `mutation` or `subscription`.
  std::string_view name;                 // Empty: it has none.
  std::vector<std::string_view>
      fields;  // By their names, not aliases; each once, in order; views of the text.
};

// The operation named `chosen`, or the only one. Fields under @skip and @include are listed: whether they
// run depends on variables. An error for any text that is not a whole, valid document.
Result<GraphqlOperation> read_graphql(std::string_view text, std::optional<std::string_view> chosen);

}  // namespace claw::action
