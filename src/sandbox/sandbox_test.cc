// The sandbox as the kernel and bubblewrap make it here: what a program in it sees, what it may do, what it
// may use up, and that nothing of it is left. `prisoner` is that program.
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/prison_for_test.h"
#include "sandbox/stage.h"

namespace claw::sandbox {
namespace {

TEST_F(SandboxTest, a_program_runs_and_its_exit_code_is_told) {
  Program echo = program({"echo"});
  echo.takes_input = true;
  const std::string much(300'000, 'a');  // More than a pipe holds.
  const Seen seen = run(echo, [&](Child& child) {
    child.write(much);
    child.end_input();
  });
  EXPECT_EQ(seen.out, much);
  EXPECT_EQ(seen.ended.why, Ended::Why::exited);
  EXPECT_EQ(seen.ended.code, 0);
  EXPECT_EQ(run({"no-such-verb"}).ended.code, 2);
}

TEST_F(SandboxTest, without_input_it_reads_an_end) {
  const Seen seen = run({"echo"});
  EXPECT_EQ(seen.ended.why, Ended::Why::exited);
  EXPECT_EQ(seen.out, "");
}

TEST_F(SandboxTest, its_environment_is_what_it_was_given) {
  ASSERT_EQ(setenv("CLAW_TEST_SECRET", "hidden", 1), 0);
  Program asks = program({"environment"});
  asks.environment = {{"GIVEN", "a value\nof two lines"}};
  const Seen seen = run(asks);
  EXPECT_EQ(lines(seen.out),
            (std::vector<std::string>{"GIVEN=a value", "HOME=/scratch", "LANG=C.UTF-8", "LOGNAME=agent",
                                      "PATH=/usr/local/bin:/usr/bin:/bin", "PWD=/scratch", "TMPDIR=/scratch",
                                      "USER=agent", "of two lines"}));
}

TEST_F(SandboxTest, it_sees_no_file_of_the_machine_but_its_programs) {
  EXPECT_EQ(lines(run({"list", "/"}).out).front(), "bin");
  const Seen root = run({"list", "/"});
  for (const char* name : {"home", "root", "sys", "boot", "mnt", "media", "srv"}) {
    EXPECT_EQ(line_of(root.out, name), std::string("no line ") + name);
  }
  const Seen opened = run({"open", "/etc/shadow", "/etc/ssl/private", "/proc/1/cwd/etc/shadow", "/etc/hosts",
                           "/proc/kcore", "/dev/mem", "/dev/zero", "/dev/kmsg", "/proc/sysrq-trigger"});
  for (const std::string& line : lines(opened.out)) {
    EXPECT_EQ(line.ends_with("done"), line.starts_with("/etc/hosts")) << line;
  }
  const Seen etc = run({"list", "/etc"});
  EXPECT_EQ(line_of(etc.out, "shadow"), "no line shadow");
}

TEST_F(SandboxTest, it_writes_to_its_scratch_folder_alone) {
  const Seen seen = run({"write", "/x", "/usr/x", "/etc/x", "/etc/hosts", "/dev/x",
                         "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj_x", "/run/x", "/scratch/x",
                         "/tmp/x", "/var/tmp/x", "/dev/shm/x", "/opt/claw/x"});
  for (const std::string& line : lines(seen.out)) {
    const bool is_scratch = line.starts_with("/scratch") || line.starts_with("/tmp/x") ||
                            line.starts_with("/var/tmp") || line.starts_with("/dev/shm");
    EXPECT_EQ(line.ends_with("done"), is_scratch) << line;
  }
}

TEST_F(SandboxTest, made_files_are_there_to_read) {
  Program reads = program({"open", "/etc/clawpatrol/ca.pem"});
  reads.files = {{"/etc/clawpatrol/ca.pem", "a certificate"}};
  EXPECT_EQ(run(reads).out, "/etc/clawpatrol/ca.pem: done\n");
  Program trusts = program({"list", "/etc/ssl/certs"});
  trusts.files = {{"/etc/ssl/certs/ca-certificates.crt", "a certificate"}};
  EXPECT_EQ(run(trusts).out, "ca-certificates.crt\n");
  Program writes = program({"write", "/etc/clawpatrol/ca.pem"});
  writes.files = reads.files;
  EXPECT_EQ(run(writes).out, "/etc/clawpatrol/ca.pem: Permission denied\n");
}

TEST_F(SandboxTest, it_sees_no_process_but_its_own) {
  const Seen seen = run({"list", "/proc"});
  for (const std::string& name : lines(seen.out)) {
    if (name.find_first_not_of("0123456789") == name.npos) {
      EXPECT_LT(std::stoi(name), 10) << name;
    }
  }
  const int before = prisoners();
  EXPECT_EQ(run({"kill-all"}).out, "alone\n");
  EXPECT_EQ(prisoners(), before);
}

TEST_F(SandboxTest, no_descriptor_of_ours_is_in_it) {
  const io::Fd leaky(dup(0));  // Without close-on-exec, as a library may open one.
  const Seen seen = run({"descriptors"});
  EXPECT_EQ(lines(seen.out).size(), 3U) << seen.out;
  EXPECT_TRUE(line_of(seen.out, "0").ends_with("/dev/null")) << seen.out;
}

TEST_F(SandboxTest, it_has_no_privilege) {
  const Seen seen = run({"status"});
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_TRUE(line_of(seen.out, set).ends_with("0000000000000000")) << line_of(seen.out, set);
  }
  EXPECT_EQ(line_of(seen.out, "NoNewPrivs"), "NoNewPrivs:\t1");
  EXPECT_EQ(line_of(seen.out, "Seccomp:"), "Seccomp:\t2");
  EXPECT_EQ(line_of(seen.out, "Uid"), "Uid:\t1000\t1000\t1000\t1000");
}

TEST_F(SandboxTest, calls_that_lead_out_are_refused) {
  const Seen seen = run({"calls"});
  EXPECT_EQ(seen.ended.why, Ended::Why::exited);
  EXPECT_GT(lines(seen.out).size(), 30U);
  for (const std::string& line : lines(seen.out)) EXPECT_FALSE(line.ends_with("done")) << line;
  for (const char* name : {"ptrace", "mount", "unshare", "keyctl", "bpf", "setns"}) {
    EXPECT_EQ(line_of(seen.out, std::string(name) + ":"), std::string(name) + ": Operation not permitted");
  }
  EXPECT_EQ(line_of(seen.out, "io_uring"), "io_uring: Function not implemented");
  EXPECT_EQ(line_of(seen.out, "vsock:"), "vsock: Function not implemented");
}

class UsedUpTest : public SandboxTest {};

TEST_F(UsedUpTest, what_hangs_is_killed_with_all_its_children) {
  Program hangs = program({"hang"});
  hangs.limits.time_ms = 300;
  const Seen seen = run(hangs);
  EXPECT_EQ(seen.out, "hanging\n");
  EXPECT_EQ(seen.ended.why, Ended::Why::timed_out);
  EXPECT_EQ(prisoners(), 0);
}

TEST_F(UsedUpTest, children_it_leaves_behind_end_with_it) {
  const Seen seen = run({"leave"});
  EXPECT_EQ(seen.ended.why, Ended::Why::exited);
  EXPECT_EQ(prisoners(), 0);
}

TEST_F(UsedUpTest, its_time_stands_still_while_it_is_held) {
  Program hangs = program({"hang"});
  hangs.limits.time_ms = 200;
  std::int64_t resumed_us = 0;
  const std::int64_t begun_us = clock_.monotonic_us();
  const Seen seen = run(hangs, [&](Child& child) {
    child.hold();
    child.hold();
    child.resume();
    loop_.now->after_ms(600, [&] {
      resumed_us = clock_.monotonic_us();
      child.resume();
    });
  });
  EXPECT_EQ(seen.ended.why, Ended::Why::timed_out);
  EXPECT_GT(clock_.monotonic_us() - begun_us, 750'000);
  EXPECT_NE(resumed_us, 0);
}

TEST_F(UsedUpTest, a_fork_bomb_has_as_many_processes_as_it_may) {
  Program forks = program({"count-forks"});
  forks.limits.processes = 20;
  EXPECT_EQ(run(forks).out, "19\n");
  Program bomb = program({"bomb"});
  bomb.limits.processes = 50;
  bomb.limits.time_ms = 500;
  const Seen seen = run(bomb);
  EXPECT_EQ(seen.ended.why, Ended::Why::timed_out);
  EXPECT_EQ(prisoners(), 0);
}

TEST_F(UsedUpTest, who_takes_all_memory_is_stopped) {
  Program hog = program({"hog"});
  hog.limits.memory_bytes = 64 << 20;
  const Seen seen = run(hog);
  const bool refused = seen.ended.why == Ended::Why::exited && seen.ended.code == 3;
  EXPECT_TRUE(refused || seen.ended.why == Ended::Why::too_much_memory) << name_of(seen.ended.why);
  Program many = program({"hog-by-many"});
  many.limits.memory_bytes = 64 << 20;
  EXPECT_EQ(run(many).ended.why, Ended::Why::too_much_memory);
}

TEST_F(UsedUpTest, files_are_memory_too) {
  Program files = program({"hog-files"});
  files.limits.memory_bytes = 16 << 20;
  EXPECT_EQ(run(files).ended.why, Ended::Why::too_much_memory);
  Program fill = program({"fill"});
  fill.limits.scratch_bytes = 8 << 20;
  EXPECT_EQ(run(fill).out, "8 No space left on device\n");
}

TEST_F(UsedUpTest, a_flood_is_cut) {
  Program flood = program({"flood"});
  flood.limits.output_bytes = 100'000;
  const Seen seen = run(flood);
  EXPECT_EQ(seen.ended.why, Ended::Why::too_much_output);
  EXPECT_EQ(seen.out.size(), 100'000U);
}

TEST_F(UsedUpTest, who_does_not_listen_is_not_told_more) {
  Program flood = program({"flood"});
  flood.limits.output_bytes = 0;
  flood.limits.time_ms = 300;
  const Seen seen = run(flood, [](Child& child) { child.want_output(false); });
  EXPECT_EQ(seen.ended.why, Ended::Why::timed_out);
  EXPECT_LE(seen.out.size(), 128U * 1024);
}

class LifeTest : public SandboxTest {};

TEST_F(LifeTest, the_census_knows_how_many_there_are_and_how_they_ended) {
  metrics::Registry registry;
  Program hangs = program({"hang"});
  hangs.census = std::make_shared<Census>(registry);
  hangs.limits.time_ms = 300;
  std::string meanwhile;
  run(hangs, [&](Child&) { meanwhile = registry.text(); });
  EXPECT_NE(meanwhile.find("claw_sandboxes_running 1\n"), std::string::npos) << meanwhile;
  Program echoes = program({"echo"});
  echoes.census = hangs.census;
  run(echoes);
  const std::string after = registry.text();
  for (const char* line : {"claw_sandboxes_running 0\n", "claw_sandbox_endings_total{why=\"timed_out\"} 1\n",
                           "claw_sandbox_endings_total{why=\"exited\"} 1\n",
                           "claw_sandbox_start_seconds_count 2\n"}) {
    EXPECT_NE(after.find(line), std::string::npos) << line << after;
  }
}

TEST_F(LifeTest, it_is_killed_when_told_and_when_nobody_has_it) {
  const Seen seen = run(program({"hang"}), [this](Child& child) {
    loop_.now->after_ms(200, [&child] { child.kill(); });
  });
  EXPECT_EQ(seen.ended.why, Ended::Why::killed);
  EXPECT_EQ(prisoners(), 0);

  io::Loop loop(clock_);
  Ears ears;
  std::unique_ptr<Child> child;
  ears.output = [&](Output, std::string_view) { loop.post([&] { child.reset(); }); };
  ears.ended = [&](const Ended& ended) { FAIL() << ended.detail; };
  auto started = Child::start(loop, program({"hang"}), std::move(ears));
  ASSERT_TRUE(started);
  child = std::move(*started);
  std::function<void()> look = [&] {
    if (child == nullptr && prisoners() == 0) return loop.stop();
    loop.after_ms(20, look);
  };
  look();
  loop.run();
}

TEST_F(LifeTest, it_is_killed_before_it_stands) {
  const Seen seen = run(program({"hang"}), [](Child& child) { child.kill(); });
  EXPECT_EQ(seen.ended.why, Ended::Why::killed);
  EXPECT_EQ(seen.out, "");
}

TEST_F(LifeTest, what_cannot_be_set_up_is_not_run) {
  Program missing = program({});
  missing.arguments = {"/usr/bin/no-such-program"};
  const Seen seen = run(missing);
  EXPECT_EQ(seen.ended.why, Ended::Why::not_set_up);
  EXPECT_EQ(seen.ended.detail, "cannot run `/usr/bin/no-such-program`: No such file or directory");

  Program nowhere = program({"echo"});
  nowhere.folders = {{"/no/such/folder"}};
  const Seen built = run(nowhere);
  EXPECT_EQ(built.ended.why, Ended::Why::not_set_up);
  EXPECT_NE(built.ended.detail.find("/no/such/folder"), std::string::npos) << built.ended.detail;

  io::Loop loop(clock_);
  Program relative = program({});
  relative.arguments = {"sh"};
  EXPECT_FALSE(Child::start(loop, relative, {}));
  Program stageless = program({"echo"});
  stageless.stage = "/no/such/stage";
  EXPECT_FALSE(Child::start(loop, stageless, {}));
}

TEST(Stage, an_order_is_read_as_it_was_written) {
  const StageOrder order{{3128, 5432}, true, 1, 2, 3, 4};
  const auto again = parse_order(format_order(order));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ports, order.ports);
  EXPECT_TRUE(again->takes_questions);
  EXPECT_EQ(again->file_bytes, 4U);
  for (const char* text : {"", "1:2:3:4", "1:2:3:x:0", "1:2:3:4:2", "1:2:3:4:0:0", "1:2:3:4:0:65536",
                           "1:2:3:-4:0"}) {
    EXPECT_FALSE(parse_order(text)) << text;
  }
}

}  // namespace
}  // namespace claw::sandbox
