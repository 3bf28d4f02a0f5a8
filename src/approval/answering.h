// Who may answer a question, and what an answer makes of it. The queue asks this under its lock; whoever
// shows a question asks it too, so that nobody is offered a button that does not work.
#pragma once

#include <string>
#include <vector>

#include "approval/queue.h"

namespace claw::approval {

// The approvers of this question that such a reply would count for: the one it names, or all that its person
// may answer for. Errors: it is not asked, or a model is; the person is who the agent acts for, and allows;
// an answer that allows is not as sure of the person as the rule wants.
Result<std::vector<std::string>> counts_for(const Entry& entry, const Reply& reply);

// Adds a reply to an open question and says what that makes of it: denied by any denial, allowed once every
// approver is content, or once a model that may do so has allowed it. Where models have all left it to people
// and no person is asked, it is denied.
Result<State> take(Entry& entry, Reply reply);

// How many distinct people have allowed for this approver.
std::size_t allowed_for(const Entry& entry, const Approver& approver);

}  // namespace claw::approval
