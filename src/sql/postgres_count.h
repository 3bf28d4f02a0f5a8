// A question about a statement that changes rows: how many would it touch? Answered by another statement that
// only reads, made from the same tree by the same grammar, so that the condition is the condition. Whoever
// runs it treats it like any statement: what its functions do is not known here.
#pragma once

#include <string>

#include "base/result.h"

namespace claw::sql {

// `delete from t where p` is `SELECT count(*) FROM t WHERE p`; with USING or FROM it counts rows of t, each
// once. Errors: Code::unsupported for anything else than one UPDATE or DELETE; Code::invalid for what is no
// SQL. `text` must have been understood before: it is parsed on the caller's stack.
Result<std::string> count_query(const std::string& text);

}  // namespace claw::sql
