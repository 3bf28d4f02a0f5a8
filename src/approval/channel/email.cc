// E-mail: plain text and a link. There is nothing to click that answers: mail scanners follow links, and a
// mail is forwarded. Foreign lines begin with a bar.
#include <fmt/format.h>

#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "approval/channel/text.h"
#include "base/clock.h"
#include "base/text.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max = 12'000;
constexpr std::size_t line_characters = 76;  // RFC 2045 §6.8.

// `Sun, 22 Nov 2026 23:01:02 +0000`, from the ISO form of base/.
std::string date_of(std::int64_t wall_us) {
  constexpr std::string_view days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_time(wall_us);  // `2026-11-22T23:01:02…`
  const auto day = static_cast<std::size_t>(wall_us / 86'400'000'000 % 7);
  const auto month = static_cast<std::size_t>((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
  const std::string_view view = iso;
  return fmt::format("{}, {} {} {} {} +0000", days[day], view.substr(8, 2), months[month], view.substr(0, 4),
                     view.substr(11, 8));
}

std::string wrapped_base64(std::string_view text) {
  const std::string encoded = to_base64(text);
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); at += line_characters) {
    out.append(std::string_view(encoded).substr(at, line_characters)).append("\r\n");
  }
  return out;
}

class Email final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = false, .groups = true, .answers = false}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt&,
                                          const Secrets&) const override {
    const bool is_news = notice.event != Event::grown &&
                         (notice.event != Event::ended || notice.entry.state == approval::State::expired);
    if (!is_news) return std::optional<Outgoing>();
    const Brief brief = brief_of(notice, brief_bytes_max);
    const std::string domain = settings().from.substr(settings().from.rfind('@') + 1);
    const std::string thread = fmt::format("<{}@{}>", notice.entry.question.id, domain);
    std::string text;
    const auto header = [&text](std::string_view name, std::string_view value) {
      text += fmt::format("{}: {}\r\n", name, value);
    };
    header("Date", date_of(notice.wall_us));
    header("From", "Claw Patrol <" + settings().from + ">");
    header("To", join(settings().recipients, ",\r\n "));
    header("Subject", header_text(brief.title + ": " + brief.summary));
    const bool is_first = notice.event == Event::asked;
    header("Message-ID",
           is_first ? thread : fmt::format("<{}.{}@{}>", notice.entry.question.id, notice.number, domain));
    if (!is_first) header("In-Reply-To", thread);
    header("Auto-Submitted", "auto-generated");
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "base64");
    return std::optional<Outgoing>(Letter{text + "\r\n" + wrapped_base64(plain_text(brief, notice.link))});
  }
};

}  // namespace

std::unique_ptr<Channel> make_email(Settings settings) {
  return std::make_unique<Email>(std::move(settings));
}

}  // namespace claw::channel
