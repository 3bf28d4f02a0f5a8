// Forms: queries and application/x-www-form-urlencoded bodies, and the text fields of multipart/form-data.
// Read as strictly as possible: what two servers could take apart differently is an error. Pure; knows no
// request and no rule.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/arena.h"

namespace claw::action {

struct Named {
  std::string_view name;
  std::string_view value;
};

constexpr std::size_t fields_of_form_max =
    1000;  // As PHP's max_input_vars: more is an attack on hash tables.

// Fields in order, doubles kept, decoded into the arena; `text` must outlive them. Fields are divided by `&`
// only (a `;` is part of the value) and `+` is a space. Bad escapes and bad UTF-8 are errors.
Status read_urlencoded(std::string_view text, cel::Arena& arena, std::vector<Named>& fields);

// RFC 7578: fields without a `filename`; the others are files and left out. Views of `body`. An error for
// whatever a lenient reader could see otherwise: text before or after the parts, bare line feeds, transfer
// encodings, `name*`, escapes in names, a part of another disposition, a boundary that never comes.
Status read_multipart(std::string_view body, std::string_view boundary, std::vector<Named>& fields);

}  // namespace claw::action
