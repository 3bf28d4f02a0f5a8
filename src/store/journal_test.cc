#include "store/journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/log.h"
#include "store/file.h"
#include "store/index.h"
#include "store/journal_files.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

[[maybe_unused]] const bool quiet = (log::set_level(log::Level::error), true);

const crypto::KeyPair& key() {
  static const crypto::KeyPair pair = crypto::generate_ed25519();
  return pair;
}

JournalOptions options_in(const std::string& folder, std::size_t segment_bytes = 64 << 10) {
  return {.folder = folder,
          .key = {key().private_key.clone(), key().public_key},
          .durability = Durability::process,
          .segment_bytes = segment_bytes,
          .checkpoint_records = 100};
}

std::unique_ptr<Journal> must_open(JournalOptions options, const Clock& clock) {
  auto journal = Journal::open(std::move(options), clock);
  EXPECT_TRUE(journal.ok()) << journal.error().text();
  return journal ? std::move(*journal) : nullptr;
}

audit::Gateway note(std::string_view detail) { return {"started", "test", detail}; }

audit::Findings verified(const std::string& folder, std::optional<audit::Anchor> anchor = {}) {
  auto findings = verify_journal(folder, {key().public_key}, anchor);
  EXPECT_TRUE(findings.ok()) << findings.error().text();
  return findings ? std::move(*findings) : audit::Findings{};
}

void expect_intact(const audit::Findings& findings) {
  EXPECT_TRUE(findings.intact()) << (findings.intact() ? "" : findings.problems.front());
}

std::vector<std::string> details(const std::string& folder) {
  std::vector<std::string> found;
  const Status read = each_record(folder, [&](const audit::Record& record, std::string_view) {
    if (record.kind == "gateway") found.push_back(record.members.text_or("detail", ""));
    return true;
  }, [&](const Skipped& each) { found.push_back("skipped: " + each.text); });
  EXPECT_TRUE(read.ok()) << read.error().text();
  return found;
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  EXPECT_EQ(::stat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

}  // namespace

TEST(journal, what_was_appended_is_read_back_and_verifies) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    EXPECT_EQ(*journal->append(note("one")), 1u);
    EXPECT_EQ(*journal->append(note("two")), 2u);
  }
  EXPECT_EQ(details(scratch / "j"), (std::vector<std::string>{"one", "two"}));
  const audit::Findings findings = verified(scratch / "j");
  expect_intact(findings);
  EXPECT_TRUE(findings.closed);
  EXPECT_EQ(findings.records, 3u);
  EXPECT_EQ(findings.signed_through, 2u);
}

TEST(journal, nobody_else_may_read_it) {
  const ScratchFolder scratch;
  const FakeClock clock;
  ::mkdir((scratch / "j").c_str(), 0777);
  const auto journal = must_open(options_in(scratch / "j"), clock);
  EXPECT_EQ(mode_of(scratch / "j"), 0700u);
  EXPECT_EQ(mode_of(segment_path(scratch / "j", 1)), 0600u);
}

TEST(journal, a_second_gateway_is_refused) {
  const ScratchFolder scratch;
  const FakeClock clock;
  const auto journal = must_open(options_in(scratch / "j"), clock);
  const auto second = Journal::open(options_in(scratch / "j"), clock);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::denied);
}

TEST(journal, the_chain_goes_on_over_rotations_and_restarts) {
  const ScratchFolder scratch;
  const FakeClock clock;
  const std::string text(500, 'x');
  for (int start = 0; start < 3; ++start) {
    auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(journal->append(note(text)).ok());
  }
  EXPECT_EQ(details(scratch / "j").size(), 600u);
  EXPECT_GT(segments_in(scratch / "j")->size(), 20u);
  const audit::Findings findings = verified(scratch / "j");
  expect_intact(findings);
  EXPECT_EQ(findings.signed_through + 1, findings.last);
  EXPECT_TRUE(findings.closed);
  const std::vector<SegmentFile> files = segments_in(scratch / "j").value();
  for (const SegmentFile& file : files) {
    const std::string content = read_segment(file).value();
    EXPECT_EQ(tail_of(content)->used, content.size()) << file.path;
  }
}

TEST(journal, segments_are_read_one_by_one_and_only_those_that_may_matter) {
  const ScratchFolder scratch;
  FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    for (int i = 0; i < 1500; ++i) {
      ASSERT_TRUE(journal->append(note("number " + std::to_string(i))).ok());
      clock.advance_us(60'000'000);
    }
  }
  const auto files = segments_in(scratch / "j").value();
  ASSERT_GT(files.size(), 2U);
  std::size_t found = 0, of_kind = 0, others = 0;
  std::int64_t last_us = 0;
  const auto fail = [](const Skipped& each) { FAIL() << each.text; };
  for (const std::size_t at : segments_since(files, 0)) {
    const auto visit = [&](const audit::Record& record, std::string_view) {
      if (record.kind == "gateway") ++found, last_us = record.time_us;
      return true;
    };
    ASSERT_TRUE(records_in(files, at, "", visit, fail).ok());
    const auto count = [&](const audit::Record& record, std::string_view) {
      return ++(record.kind == "gateway" ? of_kind : others), true;
    };
    ASSERT_TRUE(records_in(files, at, "gateway", count, fail).ok());
    ASSERT_TRUE(records_in(files, at, "judged", count, fail).ok());
  }
  EXPECT_EQ(of_kind, found);
  EXPECT_EQ(others, 0U);
  EXPECT_EQ(found, details(scratch / "j").size());
  const auto late = segments_since(files, last_us);
  EXPECT_LT(late.size(), files.size());
  EXPECT_EQ(late.back(), files.size() - 1);
}

TEST(journal, a_removed_segment_is_missed) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(journal->append(note(std::string(300, 'x'))).ok());
  }
  ::unlink(segment_path(scratch / "j", 3).c_str());
  EXPECT_FALSE(verified(scratch / "j").intact());
  ::unlink(segment_path(scratch / "j", 2).c_str());
  ::unlink(segment_path(scratch / "j", 1).c_str());
  const audit::Findings findings =
      verified(scratch / "j");  // As retention does; the report says where it begins.
  expect_intact(findings);
  EXPECT_GT(findings.first, 1u);
}

TEST(journal, a_journal_cut_at_the_end_is_missed_with_an_anchor) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(journal->append(note(std::string(300, 'x'))).ok());
  }
  const audit::Findings whole = verified(scratch / "j");
  const audit::Anchor anchor{whole.last, whole.hash};
  expect_intact(verified(scratch / "j", anchor));
  ::unlink(segments_in(scratch / "j")->back().path.c_str());
  expect_intact(verified(scratch / "j"));
  EXPECT_FALSE(verified(scratch / "j", anchor).intact());
}

TEST(journal, a_record_too_long_is_refused_and_the_next_one_is_not) {
  const ScratchFolder scratch;
  const FakeClock clock;
  auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
  const auto refused = journal->append(note(std::string(5000, 'x')));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::limit);
  EXPECT_EQ(*journal->append(note("short")), 1u);
}

TEST(journal, appending_after_the_close_is_an_error) {
  const ScratchFolder scratch;
  const FakeClock clock;
  auto journal = must_open(options_in(scratch / "j"), clock);
  ASSERT_TRUE(journal->close().ok());
  EXPECT_FALSE(journal->append(note("late")).ok());
  EXPECT_TRUE(journal->close().ok());
}

TEST(journal, many_threads_append_and_nothing_is_lost) {
  const ScratchFolder scratch;
  const FakeClock clock;
  constexpr int threads = 4, each = 1000;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    std::vector<std::thread> appending;
    for (int t = 0; t < threads; ++t) {
      appending.emplace_back([&journal, t] {
        for (int i = 0; i < each; ++i) ASSERT_TRUE(journal->append(note(fmt::format("{}/{}", t, i))).ok());
      });
    }
    for (std::thread& thread : appending) thread.join();
  }
  expect_intact(verified(scratch / "j"));
  std::vector<std::string> found = details(scratch / "j");
  std::sort(found.begin(), found.end());
  EXPECT_EQ(std::unique(found.begin(), found.end()) - found.begin(), threads * each);
}

TEST(journal, a_durable_record_is_waited_for_by_many) {
  const ScratchFolder scratch;
  const FakeClock clock;
  JournalOptions options = options_in(scratch / "j", 16 << 10);
  options.durability = Durability::disk;
  auto journal = must_open(std::move(options), clock);
  std::vector<std::thread> waiting;
  for (int t = 0; t < 4; ++t) {
    waiting.emplace_back([&journal] {
      for (int i = 0; i < 50; ++i) {
        const auto seq = journal->append(note(std::string(300, 'd')));
        ASSERT_TRUE(seq.ok());
        ASSERT_TRUE(journal->wait_durable(*seq).ok());
      }
    });
  }
  for (std::thread& thread : waiting) thread.join();
  ASSERT_TRUE(journal->close().ok());
  expect_intact(verified(scratch / "j"));
}

// The child appends as fast as it can and tells, through a pipe, what it was promised; it is killed at some
// instant. Everything promised must be there, and the next gateway goes on behind it.
TEST(journal, a_killed_gateway_loses_nothing_it_was_promised) {
  const ScratchFolder scratch;
  const FakeClock clock;
  ASSERT_FALSE(key().public_key.empty());  // Made before the fork, for all children.
  std::uint64_t promised = 0;
  for (int round = 0; round < 10; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    ::fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096);  // The child may be this far ahead of what we have read.
    const pid_t child = ::fork();
    if (child == 0) {
      auto journal = Journal::open(options_in(scratch / "j", 32 << 10), clock);
      while (journal.ok()) {
        const auto seq = (*journal)->append(note(std::string(*(*journal)->append(note("")) % 700, 'k')));
        if (!seq || ::write(pipe_ends[1], &*seq, sizeof *seq) != sizeof *seq) break;
      }
      ::_exit(1);
    }
    ::close(pipe_ends[1]);
    for (std::uint64_t seq = 0, count = 0; ::read(pipe_ends[0], &seq, sizeof seq) == sizeof seq;
         promised = seq) {
      if (++count == 50u + 37u * static_cast<unsigned>(round)) ::kill(child, SIGKILL);
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const audit::Findings findings = verified(scratch / "j");
    expect_intact(findings);
    EXPECT_GE(findings.last, promised);
  }
  must_open(options_in(scratch / "j"), clock)->close().ok();
  const audit::Findings findings = verified(scratch / "j");
  expect_intact(findings);
  EXPECT_TRUE(findings.closed);
}

// Runs in a child, because the limit that stands for a full disk is the whole process's.
TEST(journal, a_full_disk_refuses_until_there_is_room_again) {
  const ScratchFolder scratch;
  ASSERT_FALSE(key().public_key.empty());
  const auto child_says = [&]() -> int {
    FakeClock clock;
    ::signal(SIGXFSZ, SIG_IGN);
    auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
    rlimit whole{}, none{};
    ::getrlimit(RLIMIT_FSIZE, &whole);
    none = {1024, whole.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
    std::uint64_t last = 0;
    Result<std::uint64_t> seq = std::uint64_t{0};
    while ((seq = journal->append(note(std::string(300, 'f')))).ok() && *seq < 1000) last = *seq;
    if (seq.ok() || seq.error().code != Code::unavailable) return 2;
    for (int i = 0; i < 10; ++i, clock.advance_us(100'000)) {
      if (journal->append(note(std::string(300, 'f'))).ok()) return 3;
    }
    ::setrlimit(RLIMIT_FSIZE, &whole);
    clock.advance_us(1'000'000);
    if (seq = journal->append(note("room again")); !seq.ok()) return 4;
    return *seq > last && journal->close().ok() ? 0 : 5;
  };
  const pid_t child = ::fork();
  if (child == 0) ::_exit(child_says());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  expect_intact(verified(scratch / "j"));
  EXPECT_EQ(details(scratch / "j").back(), "room again");
}

// A tail that a dying process could have left, at every length: the next gateway starts and the chain holds.
TEST(journal, an_unfinished_tail_of_any_length_is_recovered_from) {
  const ScratchFolder scratch;
  const FakeClock clock;
  must_open(options_in(scratch / "j", 16 << 10), clock)->append(note("before")).ok();
  const std::string first = segment_path(scratch / "j", 1);
  const std::string whole = *read_segment({1, first});
  for (std::size_t unfinished = 0; unfinished < 300; unfinished += 7) {
    const ScratchFolder again;
    ::mkdir((again / "j").c_str(), 0700);
    std::string torn = whole + std::string(audit::length_bytes, '\0') + std::string(unfinished, 'u');
    torn.resize(16 << 10);
    std::ofstream(segment_path(again / "j", 1)) << torn;
    must_open(options_in(again / "j"), clock)->append(note("after")).ok();
    const audit::Findings findings = verified(again / "j");
    expect_intact(findings);
    EXPECT_EQ(findings.unfinished_bytes > 0, unfinished > 0);
    const auto found = details(again / "j");
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found.front(), "before");
    EXPECT_EQ(found.back(), "after");
  }
}

TEST(journal, damage_is_kept_as_evidence_and_the_chain_goes_on) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(journal->append(note("x")).ok());
  }
  const std::string path = segment_path(scratch / "j", 1);
  std::string content = *read_segment({1, path});
  content[content.size() / 2] ^= 1;
  std::ofstream(path) << content;
  EXPECT_FALSE(verified(scratch / "j").intact());
  must_open(options_in(scratch / "j"), clock)->append(note("after")).ok();
  EXPECT_EQ(*read_segment({1, path}), content);
  const audit::Findings findings = verified(scratch / "j");
  ASSERT_EQ(findings.problems.size(), 1u);
  EXPECT_NE(findings.problems.front().find("do not fit the chain"), std::string::npos);
}

TEST(journal, readers_go_on_behind_damage_and_say_what_they_passed_over) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j", 16 << 10), clock);
    for (int i = 0; i < 160; ++i) {
      ASSERT_TRUE(journal->append(note(std::string(300, 'x') + std::to_string(i))));
    }
  }
  const std::size_t whole = details(scratch / "j").size();
  const std::string path = segment_path(scratch / "j", 1);
  std::string content = *read_segment({1, path});
  content[content.size() / 2] ^= 1;
  std::ofstream(path) << content;
  const std::vector<std::string> found = details(scratch / "j");
  EXPECT_GE(found.size(), whole - 1) << "one or two records, and a line about them";
  EXPECT_EQ(std::ranges::count_if(found, [](const std::string& s) { return s.starts_with("skipped:"); }), 1);
  EXPECT_TRUE(found.back().ends_with("x159"));
  EXPECT_FALSE(verified(scratch / "j").intact());

  ::unlink(segment_path(scratch / "j", 2).c_str());
  const std::vector<std::string> less = details(scratch / "j");
  const auto missing = std::ranges::find_if(
      less, [](const std::string& s) { return s.find("are missing") != std::string::npos; });
  ASSERT_NE(missing, less.end());
  EXPECT_TRUE(less.back().ends_with("x159"));
}

// A gateway that starts on damage goes on from before it; numbers given twice must not hide the new records.
TEST(journal, records_behind_damage_that_were_numbered_again_are_not_shown) {
  const ScratchFolder scratch;
  const FakeClock clock;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(journal->append(note("old " + std::to_string(i))).ok());
  }
  const std::string path = segment_path(scratch / "j", 1);
  std::string content = *read_segment({1, path});
  content[content.size() / 2] ^= 1;
  std::ofstream(path) << content;
  {
    auto journal = must_open(options_in(scratch / "j"), clock);
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(journal->append(note("new " + std::to_string(i))).ok());
  }
  const std::vector<std::string> found = details(scratch / "j");
  EXPECT_EQ(std::ranges::count(found, "old 8"), 0);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(std::ranges::count(found, "new " + std::to_string(i)), 1) << i;
  EXPECT_EQ(std::ranges::count_if(found, [](const std::string& s) { return s.starts_with("skipped:"); }), 1);
}

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;

TEST(journal, old_records_leave_and_what_is_left_verifies) {
  const ScratchFolder scratch;
  FakeClock clock;
  JournalOptions options = options_in(scratch / "j", 16 << 10);
  options.keep_us = 30 * day_us;
  options.index_file = scratch / "index.db";
  const std::string index_file = options.index_file;
  auto journal = must_open(std::move(options), clock);
  ASSERT_TRUE(journal->append(note("wordofthefirstday")).ok());
  const auto index = Index::open(index_file, scratch / "j").value();
  for (int day = 0; day < 60; ++day) {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(journal->append(note(std::string(300, 'x'))).ok());
    clock.advance_us(day_us);
    ASSERT_TRUE(index->follow());
    ASSERT_TRUE(journal->retire_old());
  }
  ASSERT_TRUE(index->follow());
  EXPECT_GT(index->extent()->first, 1);
  for (const char* suffix : {"", "-wal"}) {
    const auto bytes = read_start(index_file + suffix, 64 << 20);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(bytes->value_or("").find("wordofthefirstday"), std::string::npos) << "the index has what left";
  }
  std::int64_t oldest_us = INT64_MAX;
  EXPECT_TRUE(each_record(scratch / "j", [&](const audit::Record& record, std::string_view) {
    oldest_us = std::min(oldest_us, record.time_us);
    return true;
  }, [](const Skipped& each) { ADD_FAILURE() << each.text; }));
  EXPECT_LE(clock.wall_us() - oldest_us, (30 + 8) * day_us) << "a segment leaves when its last record may";
  EXPECT_GE(clock.wall_us() - oldest_us, 30 * day_us) << "and nothing before";
  journal.reset();
  const audit::Findings findings = verified(scratch / "j");
  expect_intact(findings);
  EXPECT_GT(findings.first, 1u);
  EXPECT_EQ(findings.removed_through + 1, findings.first);
  must_open(options_in(scratch / "j"), clock);
  expect_intact(verified(scratch / "j"));
}

// Two endpoints, of which one keeps its records for thirty days.
struct Shops {
  Shops() : journal(open()) {}
  std::unique_ptr<Journal> open() {
    JournalOptions options = options_in(scratch / "j", 16 << 10);
    options.retention_us = {{"postgres.short", 30 * day_us}};
    options.index_file = scratch / "index.db";
    return must_open(std::move(options), clock);
  }
  void judge(std::string_view endpoint, std::string_view text) {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = R"("family":"sql","text":"select )" + std::string(text) + "\"";
    auto context = std::make_shared<action::Context>();
    context->record_json = R"("agent":"oncall","endpoint":")" + std::string(endpoint) + "\"";
    const action::Action action{make_id(clock.wall_us()), subject, context, {}, ""};
    const action::Verdict verdict{action::Outcome::allow, "reads", "", ""};
    ASSERT_TRUE(journal->append(audit::Judged{.action = action, .verdict = verdict}).ok());
    const audit::Piece pieces[] = {{0, "output", text}};
    ASSERT_TRUE(journal->append(audit::Stream{action.id, pieces, endpoint}).ok());
    const audit::Ended ended{
        .action = action.id, .ending = "ok", .rows = 1, .detail = text, .endpoint = endpoint};
    ASSERT_TRUE(journal->append(ended).ok());
  }
  std::size_t found(Index& index, const char* text) {
    std::size_t count = 0;
    EXPECT_TRUE(index.search({.text = text}, 1000, [&](std::uint64_t, std::string_view) { ++count; }).ok());
    return count;
  }
  std::string bytes() {
    std::string all;
    const auto files = segments_in(scratch / "j");
    for (const SegmentFile& file : *files) all += *read_segment(file);
    for (const char* suffix : {"", "-wal"}) {
      all += read_start((scratch / "index.db") + suffix, 64 << 20).value().value_or("");
    }
    return all;
  }

  ScratchFolder scratch;
  FakeClock clock;
  std::unique_ptr<Journal> journal;
};

TEST(journal, an_endpoint_may_keep_its_records_for_a_shorter_time) {
  Shops shops;
  const auto index = Index::open(shops.scratch / "index.db", shops.scratch / "j").value();
  for (int day = 0; day < 60; ++day) {
    for (int i = 0; i < 5; ++i) {
      shops.judge("postgres.short", day == 0 ? "ephemeral" : "later");
      shops.judge("postgres.long", "lasting");
    }
    ASSERT_TRUE(index->follow());
    if (day == 29) EXPECT_EQ(shops.found(*index, "ephemeral"), 10U) << "not before its time";
    ASSERT_TRUE(shops.journal->empty_old());
    shops.clock.advance_us(day_us);
  }
  ASSERT_TRUE(index->follow());
  EXPECT_EQ(shops.found(*index, "ephemeral"), 0U);
  EXPECT_EQ(shops.found(*index, "lasting"), 600U) << "an action and its end";
  EXPECT_EQ(shops.bytes().find("ephemeral"), std::string::npos);
  shops.journal.reset();
  const audit::Findings findings = verified(shops.scratch / "j");
  expect_intact(findings);
  EXPECT_GT(findings.emptied, 100U);
  EXPECT_EQ(findings.first, 1U);
  std::size_t gone = 0, streams = 0;
  EXPECT_TRUE(each_record(shops.scratch / "j", [&](const audit::Record& record, std::string_view) {
    if (record.kind == "stream") ++streams;
    if (record.kind != "gone") return true;
    ++gone;
    EXPECT_EQ(record.members.text_or("endpoint", "postgres.short"), "postgres.short")
        << "a short one has none";
    return true;
  }, [](const Skipped& each) { ADD_FAILURE() << each.text; }));
  EXPECT_EQ(gone, findings.emptied);
  EXPECT_EQ(gone % 3, 0U) << "an action, its stream and its end";
  EXPECT_EQ(streams, 600 - gone / 3);
  shops.journal = shops.open();
  ASSERT_TRUE(shops.journal->empty_old()) << "again, after a start";
  expect_intact(verified(shops.scratch / "j"));
}

TEST(journal, a_record_that_somebody_else_empties_is_found) {
  Shops shops;
  for (int i = 0; i < 100; ++i) shops.judge("postgres.short", "words");
  ASSERT_TRUE(shops.journal->close().ok());
  expect_intact(verified(shops.scratch / "j"));
  const SegmentFile file = segments_in(shops.scratch / "j")->front();
  std::string content = *read_segment(file);
  SegmentReader reader(file, content, 0, audit::peek_header(content)->previous, 0);
  reader.skip_header();
  const auto record = reader.next([](const Skipped&) {});
  const auto payload = audit::emptied_payload({record->seq, record->time_us}, reader.payload());
  ASSERT_TRUE(payload.has_value());
  content.replace(reader.used() - payload->size(), payload->size(), *payload);
  ASSERT_TRUE(replace_file(file.path, content).ok());
  const audit::Findings findings = verified(shops.scratch / "j");
  ASSERT_FALSE(findings.intact());
  EXPECT_EQ(findings.damage->kind, "emptied");
}

TEST(journal, nothing_leaves_that_no_record_speaks_of) {
  const ScratchFolder scratch;
  FakeClock clock;
  JournalOptions options = options_in(scratch / "j", 16 << 10);
  options.keep_us = day_us;
  auto journal = must_open(std::move(options), clock);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(journal->append(note(std::string(300, 'x'))).ok());
  ASSERT_TRUE(journal->close().ok());
  const std::size_t segments = segments_in(scratch / "j")->size();
  ASSERT_GT(segments, 2u);
  clock.advance_us(90 * day_us);
  EXPECT_FALSE(journal->retire_old().ok()) << "it cannot be written any more";
  EXPECT_EQ(segments_in(scratch / "j")->size(), segments);
}

TEST(journal, a_segment_that_lost_power_before_its_header_is_not_in_the_way) {
  const ScratchFolder scratch;
  const FakeClock clock;
  must_open(options_in(scratch / "j"), clock)->append(note("x")).ok();
  std::string begun(64 << 10, '\0');
  begun.replace(4, 40, std::string(40, 'h'));
  std::ofstream(segment_path(scratch / "j", 2)) << begun;
  must_open(options_in(scratch / "j"), clock)->append(note("y")).ok();
  expect_intact(verified(scratch / "j"));
}

TEST(journal, a_damaged_header_is_for_a_person_to_look_at) {
  const ScratchFolder scratch;
  const FakeClock clock;
  must_open(options_in(scratch / "j"), clock)->append(note("x")).ok();
  std::string content = *read_segment({1, segment_path(scratch / "j", 1)});
  content[60] ^= 1;
  std::ofstream(segment_path(scratch / "j", 1)) << content;
  EXPECT_FALSE(Journal::open(options_in(scratch / "j"), clock).ok());
  EXPECT_EQ(*read_segment({1, segment_path(scratch / "j", 1)}), content);
}

}  // namespace claw::store
