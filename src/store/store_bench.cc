// What a record costs: a 600-byte judged record appended, by one thread and by several, and group commit.
#include <benchmark/benchmark.h>

#include "base/log.h"
#include "store/journal.h"
#include "store/journal_files.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

struct Sample {
  Sample() {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json =
        R"("family":"sql","summary":"select orders","text":"select id from orders where customer = $1",)"
        R"("parts":[{"verb":"select","tables":["orders","public.orders"],"columns":["id","customer"]}])";
    auto context = std::make_shared<action::Context>();
    context->record_json =
        R"("agent":"oncall","profile":"default","endpoint":"postgres.prod","session":"s-123456",)"
        R"("database":"shop","user":"agent")";
    action = {make_id(1'800'000'000'000'000), subject, context, {"4711"}, ""};
    verdict = {action::Outcome::allow, "reads", "", ""};
  }
  audit::Entry entry() const {
    return audit::Judged{.action = action, .verdict = verdict, .policy = "4f1d2c"};
  }

  action::Action action;
  action::Verdict verdict;
};

struct Opened {
  explicit Opened(Durability durability) {
    log::set_level(log::Level::error);
    JournalOptions options{
        .folder = folder / "j", .key = crypto::generate_ed25519(), .durability = durability};
    journal = Journal::open(std::move(options), clock).value();
  }
  ScratchFolder folder;
  SystemClock clock;
  std::unique_ptr<Journal> journal;
};

void append(benchmark::State& state) {
  static std::unique_ptr<Opened> opened;
  if (state.thread_index() == 0) opened = std::make_unique<Opened>(Durability::process);
  const Sample sample;
  for (auto _ : state) CLAW_CHECK(opened->journal->append(sample.entry()).ok());
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) opened.reset();
}
BENCHMARK(append)->Threads(1)->Threads(2)->UseRealTime();

void append_durably(benchmark::State& state) {
  static std::unique_ptr<Opened> opened;
  if (state.thread_index() == 0) opened = std::make_unique<Opened>(Durability::disk);
  const Sample sample;
  for (auto _ : state) {
    const auto seq = opened->journal->append(sample.entry());
    CLAW_CHECK(opened->journal->wait_durable(*seq).ok());
  }
  if (state.thread_index() == 0) opened.reset();
}
BENCHMARK(append_durably)->Threads(1)->Threads(16)->UseRealTime();

void verify(benchmark::State& state) {
  Opened opened(Durability::process);
  const Sample sample;
  for (int i = 0; i < 20'000; ++i) CLAW_CHECK(opened.journal->append(sample.entry()).ok());
  for (auto _ : state) benchmark::DoNotOptimize(verify_journal(opened.folder / "j", {}));
  state.SetItemsProcessed(state.iterations() * 20'000);
}
BENCHMARK(verify)->Unit(benchmark::kMillisecond);

void format_record(benchmark::State& state) {
  const Sample sample;
  std::string out;
  for (auto _ : state) {
    out.clear();
    audit::append_head(out, 1, 1'800'000'000'000'000);
    audit::append_body(out, sample.entry());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(format_record);

}  // namespace

}  // namespace claw::store
