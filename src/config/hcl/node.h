// From an HCL expression to a node of the tree. Literals keep their places in the file, a dotted name becomes
// a reference, anything else is evaluated as a constant.
#pragma once

#include "config/diagnostic.h"
#include "config/hcl/expression.h"
#include "config/tree.h"

namespace claw::config {

Node make_node(const Expression& expression, Diagnostics& diagnostics);

}  // namespace claw::config
