// audit: what happened, looked at, searched, proven and exported; also while the gateway runs.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include "audit/export/clickhouse.h"
#include "audit/export/postgres.h"
#include "audit/ocsf.h"
#include "base/clock.h"
#include "base/text.h"
#include "main/journal_reader.h"
#include "main/paths.h"
#include "main/record_line.h"
#include "main/speak.h"
#include "main/state.h"
#include "main/verbs.h"
#include "store/journal_files.h"

namespace claw::verbs {

namespace {

constexpr std::chrono::milliseconds follow_every{300};  // Soon enough for eyes; costs a per cent of a core.
constexpr std::size_t columns_min = 100;
constexpr std::size_t under_call_max = 1000;  // Records of what one tool call did.

const std::vector<std::string> verdicts = {"allow", "deny"};
const std::vector<std::string> kinds = {"judged", "held",   "ended",   "session",   "incident",
                                        "policy", "admin",  "gateway", "anomaly",   "stream",
                                        "checkpoint", "gone"};

// A time, or how long ago.
Result<std::optional<std::int64_t>> moment(const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  if (const auto time = parse_time(text)) return std::optional(*time);
  if (const auto ago = parse_duration_us(text)) return std::optional(SystemClock().wall_us() - *ago);
  return invalid("no time: " + quoted(text) + ", write 2027-01-15T08:00:00Z, or 2h for two hours ago");
}

Status check_word(std::string_view option, const std::string& word, const std::vector<std::string>& known) {
  if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) return Done{};
  return invalid(fmt::format("no {} {}; {}", option, quoted(word), suggestion(word, known)));
}

Result<audit::Filter> filter_of(const Audit& options) {
  CLAW_TRY_DONE(check_word("verdict", options.verdict, verdicts));
  CLAW_TRY_DONE(check_word("kind", options.kind, kinds));
  audit::Filter filter;
  CLAW_TRY(filter.since_us, moment(options.since));
  CLAW_TRY(filter.until_us, moment(options.until));
  filter.kind = options.kind;
  filter.action = options.id;
  filter.agent = options.agent;
  filter.endpoint = options.endpoint;
  filter.verdict = options.verdict;
  filter.rule = options.rule;
  for (const std::string& each : options.what) {
    if (!audit::is_term(each)) {
      filter.text += (filter.text.empty() ? "" : " ") + each;
      continue;
    }
    CLAW_TRY(audit::Term term, audit::parse_term(each));
    filter.terms.push_back(std::move(term));
  }
  if (filter.terms.size() > audit::terms_max) {
    return invalid(fmt::format("a search has at most {} conditions", audit::terms_max));
  }
  return filter;
}

// A verb's run over one journal: where it is and what is wanted of it.
struct Asked {
  std::string state;
  std::string journal;
  audit::Filter filter;
  std::uint64_t seen = 0;  // Records up to here have been shown.
};

// The exit code where it was asked wrongly: a journal that is not there is no broken journal.
std::variant<Asked, int> ask(const Audit& options) {
  Asked asked;
  asked.state = state_folder(options.state_dir);
  asked.journal = journal_folder(asked.state);
  if (look_at(asked.journal) != Path::folder) {
    return misuse("there is no journal in " + quoted(asked.state),
                  "name the gateway's state folder with --state-dir");
  }
  Result<audit::Filter> filter = filter_of(options);
  if (!filter) return misuse(filter.error().text());
  asked.filter = std::move(*filter);
  return asked;
}

// How wide a line may be: a program that reads along gets all of it.
std::size_t columns() {
  winsize size{};
  if (!at_terminal() || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return std::max<std::size_t>(size.ws_col, columns_min);
}

bool is_shown(const Audit& options, const audit::Record& record) {
  return options.json || !options.kind.empty() || is_worth_a_line(record);
}

void print_record(const Audit& options, const audit::Record& record) {
  if (options.json) print("{}\n", json::format(record.members));
  else print("{}\n", record_line(record, columns()));
}

int print_latest(const Audit& options, Asked& asked) {
  // What has no line is at most an ending for each action, and a checkpoint now and then.
  const std::size_t read = options.json ? options.count : options.count * 3;
  const Result<std::vector<audit::Record>> found = latest(asked.state, asked.filter, read);
  if (!found) return complain(found.error().text(), "`clawpatrol audit verify` tells what is wrong with it");
  if (!found->empty()) asked.seen = found->back().seq;
  std::vector<const audit::Record*> shown;
  for (const audit::Record& record : *found) {
    if (is_shown(options, record)) shown.push_back(&record);
  }
  if (shown.size() > options.count) {
    shown.erase(shown.begin(), shown.end() - static_cast<std::ptrdiff_t>(options.count));
  }
  if (!options.json && (!shown.empty() || options.follow)) print("{}\n", record_titles());
  for (const audit::Record* record : shown) print_record(options, *record);
  return close_output(ok);
}

int follow(const Audit& options, const Asked& asked, Follower& follower) {
  audit::Search search(asked.filter);
  while (true) {
    const Status read = follower.catch_up([&](const audit::Record& record, std::string_view) {
      const bool wanted = search.matches(record) && record.seq > asked.seen;
      if (wanted && is_shown(options, record)) print_record(options, record);
      return true;
    });
    if (!read) return complain(read.error().text());
    if (const int exit_code = close_output(ok); exit_code != ok) return exit_code;
    std::this_thread::sleep_for(follow_every);
  }
}

// Whatever a filter leaves of the journal, as lines.
int export_lines(const Audit& options, const Asked& asked) {
  audit::Search search(asked.filter);
  audit::Ocsf ocsf;
  std::string lines;
  bool open = true;
  const auto write = [&] {
    open = std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size();
    lines.clear();
    return open;
  };
  const Status read =
      store::each_record(asked.journal, [&](const audit::Record& record, std::string_view payload) {
        if (!search.matches(record)) return true;
        if (options.format == "ocsf") ocsf.record(record, lines);
        else audit::append_json_line(lines, payload);
        return write();
      }, [](const store::Skipped& skipped) { remark_skipped(skipped.text); });
  ocsf.finish(lines);
  if (open) write();
  const int exit_code = close_output(ok);
  if (exit_code == ok && !read) return complain(read.error().text(), "`clawpatrol audit verify` tells more");
  return exit_code;
}

// What a tool call did on the wire: the records that name it, and how what they tell of ended.
Result<std::vector<audit::Record>> under_call(const Asked& journal, const audit::Record& call,
                                              const std::string& id) {
  audit::Filter filter;
  filter.text = id;
  filter.since_us = call.time_us;
  CLAW_TRY(std::vector<audit::Record> found, latest(journal.state, filter, under_call_max));
  std::set<std::string, std::less<>> actions;
  std::erase_if(found, [&](const audit::Record& record) {
    const std::string action = record.members.text_or("action", "");
    if (record.members.text_or("call", "") == id) actions.insert(action);
    return !actions.contains(action);
  });
  return found;
}

}  // namespace

int audit_tail(const Audit& options) {
  auto asked = ask(options);
  if (const int* exit_code = std::get_if<int>(&asked)) return *exit_code;
  Asked& journal = std::get<Asked>(asked);
  if (!options.follow) return print_latest(options, journal);
  // Where to go on is noted before the latest are read, so that nothing falls between the two.
  Result<Follower> follower = Follower::at_end(journal.journal);
  if (!follower) return complain(follower.error().text());
  const int exit_code = print_latest(options, journal);
  return exit_code == ok ? follow(options, journal, *follower) : exit_code;
}

int audit_search(const Audit& options) {
  auto asked = ask(options);
  if (const int* exit_code = std::get_if<int>(&asked)) return *exit_code;
  return print_latest(options, std::get<Asked>(asked));
}

int audit_facts(const Audit& options) {
  constexpr std::string_view shapes[] = {"text", "number", "true or false"};
  for (const audit::Field& field : audit::fields()) {
    const std::string_view shape = shapes[static_cast<std::size_t>(field.shape)];
    if (!options.json) {
      print("{:<24}  {:<13}  {}\n", field.name, shape, field.help);
      continue;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("name", field.name);
    out.member("shape", shape);
    out.member_unless_empty("help", field.help);
    out.end_object();
    print("{}\n", text);
  }
  return close_output(ok);
}

int audit_show(const Audit& options) {
  const auto asked = ask(options);
  if (const int* exit_code = std::get_if<int>(&asked)) return *exit_code;
  const Asked& journal = std::get<Asked>(asked);
  const auto found = latest(journal.state, journal.filter, options.count);
  if (!found) return complain(found.error().text());
  if (found->empty()) return complain("no record of the action " + quoted(options.id));
  std::vector<audit::Record> shown = *found;
  if (found->front().members.text_or("family", "") == "tool") {
    const auto under = under_call(journal, found->front(), options.id);
    if (!under) return complain(under.error().text());
    shown.insert(shown.end(), under->begin(), under->end());
  }
  for (const audit::Record& record : shown) {
    if (options.json) print_record(options, record);
    else put(record_text(record));
  }
  return close_output(ok);
}

int audit_schema(const std::string& database) {
  put(database == "postgres" ? audit::postgres_schema() : audit::clickhouse_schema());
  return close_output(ok);
}

int audit_export(const Audit& options) {
  const auto asked = ask(options);
  if (const int* exit_code = std::get_if<int>(&asked)) return *exit_code;
  return export_lines(options, std::get<Asked>(asked));
}

}  // namespace claw::verbs
