// What the body of a request says, for http.cc: as JSON, as a form, as GraphQL, each only when a rule asks.
// What cannot be read for certain is unknown, with the reason; never a guess.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/body/graphql.h"
#include "action/body/media_type.h"
#include "action/http.h"
#include "cel/value.h"

namespace claw::action {

struct HttpBody {
  cel::Value text;
  cel::Value json;
  std::vector<Named> form;
  cel::Causes form_unknown;
  std::vector<GraphqlOperation> graphql;  // More than one: a batch. Empty: not GraphQL.
  cel::Causes graphql_unknown;
  std::string why_not;                    // Why something that was wanted is not understood.
};

// `type` is nothing when the Content-Type makes no sense.
HttpBody read_body(const HttpParts& parts, const std::optional<MediaType>& type, const HttpWanted& wanted,
                   HttpStorage& storage);

// The text as JSON; an empty object when it is none and nobody could take it for JSON.
Result<json::Value> read_json(std::string_view text, bool says_json);

}  // namespace claw::action
