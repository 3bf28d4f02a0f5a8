// What every channel says of a question, in plain words and in one order: what is wanted, by whom, why it is
// asked, what it would do, and the agent's own reason last, marked as that. Channels only lay it out.
#pragma once

#include <string>
#include <vector>

#include "approval/channel/channel.h"

namespace claw::channel {

constexpr std::size_t summary_bytes_max = 200;
constexpr std::size_t text_bytes_max = 1500;   // Slack's and Telegram's messages hold some 3000 characters.
constexpr std::size_t says_bytes_max = 500;
constexpr std::size_t value_bytes_max = 120;   // Of one fact.
constexpr std::size_t comment_bytes_max = 300;

struct Fact {
  std::string label;  // Ours.
  std::string value;  // Shown already; foreign.
};

struct Brief {
  std::string title;    // Ours: `Approval needed`, `Allowed by ann`.
  std::string summary;  // Foreign, one line.
  std::string words;    // The operator's message; may be empty.
  std::vector<Fact> facts;
  std::string text;     // The action's own; foreign, lines.
  std::vector<Fact> evidence;
  std::string says;     // The agent's reason; foreign. Empty: it gave none.
  std::string note;     // Ours: how long it waits, where to answer. May be empty.
  bool is_open = true;
  bool may_allow = true;  // From here; false where an answer needs more than a click.
};

// What would be longer than `bytes_max` loses its least important parts, and says so.
Brief brief_of(const Notice& notice, std::size_t bytes_max);

constexpr std::string_view says_label = "The agent says (its own words, not checked)";

// All of it as plain text, for channels without layout.
std::string plain_text(const Brief& brief, std::string_view link);

// What a button carries, 64 bytes at most (Telegram): the choice, the question, and a seal over both and the
// fingerprint: a click answers what was shown, and only the gateway can make a button. An agent that may post
// with the same app could otherwise put ours under words of its own.
std::string button_of(approval::Choice choice, const approval::Question& question, std::string_view key);
std::string seal_of(approval::Choice choice, const approval::Question& question, std::string_view key);
Result<Click> click_of(std::string_view button);

}  // namespace claw::channel
