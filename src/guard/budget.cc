#include "guard/budget.h"

#include <algorithm>

#include "base/check.h"

namespace claw::guard {

std::string_view name_of(Use use) {
  switch (use) {
    case Use::rows_written: return "rows_written";
    case Use::destructive: return "destructive";
    case Use::objects_deleted: return "objects_deleted";
    case Use::actions: return "actions";
    case Use::denials: return "denials";
    case Use::bytes_out: return "bytes_out";
  }
  check_failed("everything counted has a name", __FILE__, __LINE__);
}

std::string_view words_of(Use use) {
  switch (use) {
    case Use::rows_written: return "rows written";
    case Use::destructive: return "destructive actions";
    case Use::objects_deleted: return "objects deleted";
    case Use::actions: return "actions";
    case Use::denials: return "denials";
    case Use::bytes_out: return "bytes sent to the agent";
  }
  check_failed("everything counted has words", __FILE__, __LINE__);
}

std::string_view name_of(Per per) {
  switch (per) {
    case Per::session: return "session";
    case Per::hour: return "hour";
    case Per::day: return "day";
  }
  check_failed("every period has a name", __FILE__, __LINE__);
}

bool Budget::is_for(std::string_view agent, std::string_view profile) const {
  const bool is_for_all = agents.empty() && profiles.empty();
  return is_for_all || std::ranges::find(agents, agent) != agents.end() ||
         std::ranges::find(profiles, profile) != profiles.end();
}

}  // namespace claw::guard
