// Foreign text on its way into a channel: an agent chose it, and a person is about to decide by it. So it
// shows every character it has, has none that hides or turns others, is cut, and is nobody's markup.
#pragma once

#include <string>
#include <string_view>

namespace claw::channel {

// One or more lines of good UTF-8. Control characters, and those that show nothing or change the direction of
// others (bidi controls, zero width, tags), are spelled out as `\u{202e}`. Longer than `bytes_max` is cut,
// and says how much is missing.
std::string shown(std::string_view foreign, std::size_t bytes_max);

// The same on one line: a line break is `\n`.
std::string shown_line(std::string_view foreign, std::size_t bytes_max);

// `text` made literal. Slack's mrkdwn: `<!channel>` and links begin with `<`.
std::string slack_text(std::string_view text);
// Every mark of Discord's, and `@`, with a backslash before it.
std::string discord_text(std::string_view text);
// A code block: nothing in it is markup, a link or a mention, and it cannot end it.
std::string discord_block(std::string_view text);
std::string html_text(std::string_view text);  // Also within attributes.

// A header of a message (RFC 5322, 2047): ASCII as it is, anything else encoded; never a line break of its
// own choosing.
std::string header_text(std::string_view text);

}  // namespace claw::channel
