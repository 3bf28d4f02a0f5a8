// Tools: programs of this machine that agents may call.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr AttributeSpec command[] = {
    {"description", text, "What it is for, as agents are told"},
    {"command", texts,
     "The program, by name or absolute path, and words that every call begins with. No shell runs", "", true},
    {"allow", texts,
     "What may follow: words, where `*` stands for any letters of one word and `...` at the end for any "
     "words. Left out: anything, and rules decide alone"},
    {"endpoints", references,
     "Where it may connect, through the gateway; the calling agent's profile must reach them too. Left out: "
     "nowhere", "endpoint"},
    {"environment", text_map, "Variables it is given. Not secrets: agents may have it print them"},
    {"folders", texts,
     "Folders of this machine that it sees besides the system's programs, read-only, absolute"},
    {"stdin", boolean, "Whether a call may have `stdin`. false"},
    {"read_only", boolean, "Agents are told that it changes nothing. Rules decide, not this. false"},
    {"destructive", boolean, "Agents are told that it may destroy. true, unless `read_only`"},
    {"timeout", duration, "How long it may run, not counting while a person is asked. 60s, at most 30m"},
    {"memory", size, "Of all its processes and its files together. 512MiB", ""},
    {"scratch", size, "Of its files, in memory: its home, its working folder and its /tmp. 64MiB", ""},
    {"output", size, "Of what it prints, both streams together; then it is stopped. 256KiB, at most 4MiB",
     ""},
    {"processes", integer, "Processes and threads at once. 256", "1..4096"},
    {"credential", reference, "An endpoint's credential is lent on the wire, where the program's requests "
     "are judged: name the endpoint in `endpoints`", "credential", false, refused},
};

}  // namespace

void append_tool_rows(std::vector<BlockSpec>& rows) {
  rows.push_back({.type = "tool", .kind = "command", .labels = 2, .attributes = command,
                  .help = "A program that agents call as a tool, run in a sandbox whose only network is "
                          "the gateway"});
}

}  // namespace claw::config
