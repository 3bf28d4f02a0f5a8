// Rules, profiles and agents: who may do what.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr AttributeSpec argument[] = {
    {"equals", texts, "The fact is one of these; of a list, some element is"},
    {"only", texts, "The fact is one of these; of a list, there are elements and all of them are"},
    {"not_in", texts, "The fact is none of these; of a list, no element is"},
    {"contains", texts, "One of these stands somewhere in the fact; of a list, in some element"},
    {"matches", texts,
     "One of these regular expressions (RE2) is found in the fact; of a list, in some element"},
};
constexpr BlockSpec rule_blocks[] = {
    {.type = "argument", .labels = 1, .attributes = argument,
     .help = "Constrains the fact it is named for, such as `sql.tables`; AND-ed with the rest of the rule"},
};
constexpr AttributeSpec rule[] = {
    {"endpoint", reference, "Where it applies", "endpoint"},
    {"endpoints", references, "The same for several of one family; not both", "endpoint"},
    {"priority", integer, "Highest first; equal ones in the order written. 0", "-900000..900000"},
    {"disabled", boolean, "Kept, and never asked"},
    {"shadow", boolean, "Evaluated and recorded, never obeyed"},
    {"condition", text, "CEL over the facts of the action; without it the rule is always true"},
    {"patterns", texts,
     "Texts, or regular expressions between slashes, of which one must be found in the action's own text; "
     "upper and lower case are the same"},
    {"credential", reference, "Only for actions that use it", "credential"},
    {"profile", reference, "Only for agents of this profile", "profile"},
    {"profiles", references, "The same for several; not both", "profile"},
    {"verdict", choice, "Exactly one of `verdict` and `approve`; neither where only a `label` is set",
     "allow|deny"},
    {"approve", references, "Who is asked; every one must allow. `builtin.dashboard`: any operator",
     "approver"},
    {"label", texts,
     "Set on the agent, for the rest of its stint of work, when this rule decides and the action is allowed; "
     "rules read `session.labels`. A rule with nothing but labels is asked of every action, whatever "
     "decides"},
    {"break_glass", boolean, "The rule is there only while somebody broke the glass for the agent's profile"},
    {"assurance", choice, "An answer that allows needs a fresh passkey assertion for this very action",
     "passkey"},
    {"llm_may_allow", boolean, "A model's yes is enough; without it a model only refuses or passes on"},
    {"preview", boolean, "What the action would change is looked up before anybody is asked"},
    {"max_rows", integer, "A statement that changes more rows is rolled back, and somebody is asked",
     "1..1000000000"},
    {"writes", boolean,
     "What it lets pass may change things: a credential's `session_policy`, meant for reads, does not narrow "
     "it"},
    {"reason", text, "What the agent is told"},
    {"hint", text, "What the agent can do instead"},
    {"description", text, "For people"},
};

constexpr AttributeSpec budget[] = {
    {"agents", references, "Whose; each has it for itself. Every agent", "agent"},
    {"profiles", references, "And the agents of these profiles", "profile"},
    {"per", choice, "When it is full again: `session` is the agent's stint of work", "session|hour|day",
     true},
    {"rows_written", integer, "Rows that SQL inserted, changed or deleted", "0..1000000000000"},
    {"destructive", integer, "Actions whose `action.destructive` is true", "0..1000000000000"},
    {"objects_deleted", integer, "Objects: HTTP and Kubernetes deletions, what DROP and TRUNCATE name",
     "0..1000000000000"},
    {"actions", integer, "Allowed actions", "0..1000000000000"},
    {"denials", integer, "Actions that were denied: who is refused so often is not trusted further",
     "0..1000000000000"},
    {"bytes_out", size, "Bytes sent to the agent", ""},
    {"approve", references, "Who is asked beyond it; every one must allow. Without it agents are refused",
     "approver"},
    {"description", text, "For people"},
};

constexpr AttributeSpec profile[] = {
    {"credentials", members,
     "What its agents may use, and so which endpoints they reach", "credential", true},
    {"hitl_async_grants", boolean,
     "Its agents may be sent away while they wait, where an approver's `async_grant` says so. Left out: yes, "
     "but not up to `schema_version` 1"},
    {"description", text, "For people"},
};
constexpr AttributeSpec agent[] = {
    {"profile", reference, "What it may use", "profile", true},
    {"owner", text, "The person it acts for: may not allow what it asks. Rules read `agent.owner`"},
    {"uid", integer,
     "Its user on this machine: who comes by a tool endpoint's Unix socket as that user is it",
     "1..4294967294"},
    {"description", text, "For people"},
};

}  // namespace

void append_rule_rows(std::vector<BlockSpec>& rows) {
  rows.push_back({.type = "rule", .labels = 1, .attributes = rule, .blocks = rule_blocks,
                  .help = "One decision: where it applies, when, and what follows"});
  rows.push_back({.type = "profile", .labels = 1, .attributes = profile,
                  .help = "What a group of agents may use"});
  rows.push_back({.type = "agent", .labels = 1, .attributes = agent,
                  .help = "One agent; its token is the vault's secret `agent_NAME`"});
  rows.push_back({.type = "budget", .labels = 1, .attributes = budget,
                  .help = "What an agent may use before somebody is asked, all endpoints together"});
}

}  // namespace claw::config
