// Programs of this machine, started and ended, and sockets handed from hand to hand.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "io/process/handover.h"
#include "io/process/network.h"
#include "io/process/process.h"

namespace claw::io {
namespace {

void wait_for(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  ASSERT_EQ(::poll(&one, 1, 10'000), 1);
}

std::string all_of(int pipe) {
  std::string out;
  for (;;) {
    wait_for(pipe);
    std::array<char, 4096> bytes{};
    const IoResult result = read_pipe(pipe, bytes);
    if (result.kind != IoResult::Kind::some) return out;
    out.append(bytes.data(), result.count);
  }
}

TEST(Process, has_open_what_it_was_given_and_nothing_else) {
  auto pipe = pipe_from_program();
  ASSERT_TRUE(pipe);
  const Fd leaky(::dup(0));  // Without close-on-exec.
  auto nothing = open_file("/dev/null");
  const int out = pipe->theirs.number();
  // The shell's own words: whatever it starts opens something itself.
  auto process = Process::start({{"/bin/sh", "-c",
                                  "echo $GIVEN; for n in 3 4 5 6 7 8 9; do "
                                  "test -e /proc/$$/fd/$n && echo has $n; done; true"},
                                 {"GIVEN=yes", "PATH=/usr/bin:/bin"},
                                 {nothing->number(), out, out, nothing->number()}});
  ASSERT_TRUE(process) << process.error().text();
  pipe->theirs.reset();
  EXPECT_EQ(all_of(pipe->ours.number()), "yes\nhas 3\n");
  wait_for(process->ended());
  EXPECT_EQ(process->reap(), 0);
}

TEST(Process, tells_how_it_ended) {
  auto nothing = open_file("/dev/null");
  const std::vector<int> descriptors(3, nothing->number());
  auto exits = Process::start({{"/bin/sh", "-c", "exit 7"}, {}, descriptors});
  wait_for(exits->ended());
  EXPECT_EQ(exits->reap(), 7);
  auto hangs = Process::start({{"/bin/sleep", "1000"}, {}, descriptors});
  EXPECT_EQ(hangs->reap(), std::nullopt);
  hangs->kill();
  wait_for(hangs->ended());
  EXPECT_EQ(hangs->reap(), 137);
  EXPECT_FALSE(Process::start({{"/no/such/program"}, {}, descriptors}));
}

TEST(Process, memory_files_are_read_and_not_changed) {
  auto file = memory_file("content");
  ASSERT_TRUE(file);
  EXPECT_EQ(read_file(*file, 100), "content");
  EXPECT_EQ(read_file(*file, 3), "con");
  EXPECT_EQ(write_pipe(file->number(), "x").kind, IoResult::Kind::failed);
}

TEST(Handover, sockets_pass_and_accept_elsewhere) {
  auto hand = make_hand();
  ASSERT_TRUE(hand);
  std::vector<Fd> sockets;
  sockets.push_back(std::move(*listen_everywhere(0, 4)));
  ASSERT_TRUE(hand_over(hand->second.number(), "ready", sockets));
  const Handed taken = take_over(hand->first.number());
  EXPECT_EQ(taken.kind, Handed::Kind::word);
  EXPECT_EQ(taken.word, "ready");
  ASSERT_EQ(taken.sockets.size(), 1U);
  EXPECT_NE(::fcntl(taken.sockets.front().number(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(take_over(hand->first.number()).kind, Handed::Kind::again);
  hand->second.reset();
  EXPECT_EQ(take_over(hand->first.number()).kind, Handed::Kind::end);
}

TEST(Handover, a_word_that_no_one_of_ours_says_is_an_end) {
  auto hand = make_hand();
  const std::string longer(word_bytes_max + 1, 'x');
  ASSERT_GT(::write(hand->second.number(), longer.data(), longer.size()), 0);
  EXPECT_EQ(take_over(hand->first.number()).kind, Handed::Kind::end);
}

}  // namespace
}  // namespace claw::io
