// What the record costs at its size: a journal of many records is written with the chain on, taken in by the
// index, and asked. `index_bench [RECORDS [FOLDER]]`; a folder that is there is asked as it is.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>

#include "base/log.h"
#include "store/index.h"
#include "store/journal.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point since) {
  return std::chrono::duration<double>(Steady::now() - since).count();
}

template <class... Args>
void say(fmt::format_string<Args...> text, Args&&... args) {
  fmt::print(text, std::forward<Args>(args)...);
  std::fflush(stdout);
}

// Agents as they are: a few that do nearly everything, many statements that differ in their values only, some
// that nobody else says, and here and there a refusal.
class Agents {
 public:
  explicit Agents(Journal& journal, FakeClock& clock) : journal_(journal), clock_(clock) {}

  std::size_t act() {
    const std::size_t agent = zipf(40);
    const std::string session = fmt::format("s-{}-{}", agent, made_ / 2000);
    auto context = std::make_shared<action::Context>();
    auto subject = std::make_shared<action::Subject>();
    const std::size_t endpoint = zipf(12);
    context->record_json = fmt::format(
        R"("agent":"agent-{}","profile":"p{}","address":"10.0.{}.{}:4711",)"
        R"("endpoint":"{}","credential":"c{}",)"
        R"("session":"{}")",
        agent, agent % 5, agent, agent % 7, endpoint_name(endpoint), endpoint, session);
    subject->record_json = endpoint % 3 == 0 ? request() : statement();
    action::Action action{
        make_id(clock_.wall_us()), subject, context, {std::to_string(random_() % 1'000'000)}, ""};
    const bool denied = random_() % 50 == 0;
    const action::Verdict verdict{denied ? action::Outcome::deny : action::Outcome::allow,
                                  fmt::format("rule-{}", zipf(30)), "", ""};
    CLAW_CHECK(journal_.append(audit::Judged{.action = action, .verdict = verdict, .policy = "4f1d2c"}).ok());
    clock_.advance_us(700);
    ++made_;
    if (denied) return 1;
    audit::Ended ended{.action = action.id, .ending = random_() % 100 == 0 ? "failed" : "ok"};
    ended.rows = static_cast<std::int64_t>(zipf(5000));
    ended.duration_us = 200 + static_cast<std::int64_t>(random_() % 30'000);
    CLAW_CHECK(journal_.append(ended).ok());
    return 2;
  }

 private:
  static std::string endpoint_name(std::size_t endpoint) {
    return fmt::format("{}.e{}", endpoint % 3 == 0 ? "https" : "postgres", endpoint);
  }
  // A few often, many seldom.
  std::size_t zipf(std::size_t count) {
    const double u = std::uniform_real_distribution<>(0, 1)(random_);
    return static_cast<std::size_t>(std::pow(static_cast<double>(count), u)) - 1;
  }
  std::string statement() {
    const std::size_t table = zipf(400);
    const std::string name = fmt::format("{}_{}", made_ % 1'000'003 == 17 ? "payroll" : "orders", table);
    const char* verb = random_() % 10 == 0 ? "update" : "select";
    return fmt::format(
        R"("family":"sql","summary":"{1} {0}","text":"{1} id, total from {0} where customer = $1 and )"
        R"(note <> 'n{2}'","parts":[{{"verb":"{1}","effects":["{3}"],)"
        R"("tables":["public.{0}"],"has_where":true}}])",
        name, verb, random_() % 100'000, verb == std::string_view("select") ? "read" : "modify");
  }
  std::string request() {
    const std::size_t repo = zipf(3000);
    const char* method = random_() % 20 == 0 ? "DELETE" : "GET";
    return fmt::format(
        R"("family":"http","summary":"{0} api.example.com/repos/{1}",)"
        R"("text":"{0} api.example.com/repos/{1}/issues/{2}",)"
        R"("verb":"get","method":"{0}","host":"api.example.com",)"
        R"("path":"/repos/team{3}/r{1}/issues/{2}?page={4}")",
        method, repo, random_() % 50'000, repo % 9, random_() % 7);
  }

  Journal& journal_;
  FakeClock& clock_;
  std::mt19937_64 random_{42};
  std::size_t made_ = 0;
};

void write_journal(const std::string& folder, std::size_t records) {
  FakeClock clock;
  auto journal = Journal::open({.folder = folder, .key = crypto::generate_ed25519()}, clock).value();
  Agents agents(*journal, clock);
  const auto begun = Steady::now();
  std::size_t actions = 0;
  for (std::size_t made = 0; made < records; ++actions) {
    made += agents.act();
    if (actions % 500'000 == 0) {
      say("\r  {:.0f} %", 100.0 * static_cast<double>(made) / static_cast<double>(records));
    }
  }
  CLAW_CHECK(journal->close().ok());
  const double took = seconds_since(begun);
  say("\rjournal: {} records of {} actions in {:.1f} s: {:.0f} actions/s, made, chained and signed\n",
      records, actions, took, static_cast<double>(actions) / took);
}

std::size_t bytes_in(const std::string& path) {
  if (!std::filesystem::is_directory(path)) {
    return std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0;
  }
  std::size_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(path)) bytes += file.file_size();
  return bytes;
}

void take_in(Index& index) {
  const auto begun = Steady::now();
  const std::int64_t before = index.extent().value().records;
  do {
    CLAW_CHECK(index.follow(1000).ok());
    say("\r  through record {}", index.progress().through);
  } while (index.progress().segments_left > 0);
  const double took = seconds_since(begun);
  const std::int64_t taken = index.extent().value().records - before;
  say("\rindex: {} records in {:.1f} s: {:.0f} records/s\n", taken, took, static_cast<double>(taken) / took);
}

void ask(Index& index, std::string_view line, std::string kind = "") {
  auto query = audit::parse_query(line);
  CLAW_CHECK(query.ok());
  audit::Filter filter{.kind = std::move(kind), .text = query->text, .terms = query->terms};
  double worst = 0, best = 1e9;
  std::size_t found = 0;
  for (int i = 0; i < 5; ++i) {
    found = 0;
    const auto begun = Steady::now();
    CLAW_CHECK(index.search(filter, 100, [&](std::uint64_t, std::string_view) { ++found; }).ok());
    const double ms = seconds_since(begun) * 1000;
    worst = std::max(worst, ms);
    best = std::min(best, ms);
  }
  say("{:>9.2f} {:>9.2f} ms  {:>3} found  {} {}\n", best, worst, found, line, filter.kind);
}

int run(std::size_t records, std::string folder) {
  log::set_level(log::Level::error);
  const std::string journal = folder + "/journal";
  if (!std::filesystem::exists(journal)) write_journal(journal, records);
  auto index = Index::open(folder + "/index.db", journal).value();
  take_in(*index);
  const double mib = 1 << 20;
  say("sizes: journal {:.0f} MiB, index {:.0f} MiB\n", static_cast<double>(bytes_in(journal)) / mib,
      static_cast<double>(bytes_in(folder + "/index.db")) / mib);
  const auto again = Steady::now();
  auto other = Index::open(folder + "/index.db", journal).value();
  CLAW_CHECK(other->follow().ok());
  say("opened again and brought up to date in {:.0f} ms\n", seconds_since(again) * 1000);
  say("     best     worst\n");
  for (const char* line : {"",
                           "sql.tables=orders_0",
                           "tables=payroll_3",
                           "tables=nobody",
                           "agent=agent-0",
                           "agent=agent-39 verdict=deny",
                           "agent=agent-38 tables=orders_390",
                           "http.method=delete",
                           "path^=/repos/team3/r42/",
                           "path^=/repos/",
                           "rows>4900",
                           "rows>100 tables=orders_1",
                           "rows>4998 agent=agent-39",
                           "duration>29ms verdict=deny",
                           "ending=failed rule=rule-29",
                           "verdict=deny rule=rule-28 agent=agent-37",
                           "orders_7",
                           "payroll",
                           "nobodysaysthis",
                           "update orders_399 n4711",
                           "n99",
                           "s",
                           "method!=get",
                           "http.query=page=3 method=delete",
                           "session=s-3-1000"}) {
    ask(*index, line);
  }
  ask(*index, "rows>4990 tables=orders_300", "judged");
  ask(*index, "tables=payroll_1", "held");
  return 0;
}

}  // namespace

}  // namespace claw::store

int main(int argc, char** argv) {
  const std::size_t records = argc > 1 ? std::stoul(argv[1]) : 1'000'000;
  if (argc > 2) return claw::store::run(records, argv[2]);
  const claw::store::ScratchFolder scratch;
  return claw::store::run(records, scratch / "state");
}
