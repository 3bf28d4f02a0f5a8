// Reads HCL native syntax into the tree. Everything the language has is parsed; constant expressions are
// evaluated, a bare dotted name becomes a reference, and variables and functions are refused because a
// configuration has none. Goes on after an error to find the next, so the tree may be incomplete whenever
// the diagnostics have errors.
#pragma once

#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

Block read_hcl(const Sources& sources, FileId file, Diagnostics& diagnostics);

// Whether the text is HCL at all, with variables and functions; nothing is evaluated.
void check_hcl_syntax(const Sources& sources, FileId file, Diagnostics& diagnostics);

}  // namespace claw::config
