#include "store/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "store/file.h"
#include "store/journal_key.h"
#include "store/scratch_folder.h"

namespace claw::store {

namespace {

std::unique_ptr<vault::Sealed> sealed_in(const ScratchFolder& scratch, const Clock& clock) {
  const vault::Unlock unlock{vault::Unlock::Kind::key, Secret(std::string(32, 'k'))};
  return vault::Sealed::open(sealed_file(scratch / "secrets.json"), unlock, clock).value();
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  EXPECT_EQ(::stat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

}  // namespace

TEST(file, is_replaced_as_a_whole_and_private) {
  const ScratchFolder scratch;
  ASSERT_TRUE(replace_file(scratch / "f", "one").ok());
  ASSERT_TRUE(replace_file(scratch / "f", "two").ok());
  EXPECT_EQ(**read_file(scratch / "f", 10), "two");
  EXPECT_EQ(mode_of(scratch / "f"), 0600u);
  EXPECT_EQ(names_in(scratch.path())->size(), 1u);
  EXPECT_FALSE(read_file(scratch / "f", 2).ok());
  EXPECT_FALSE(read_file(scratch / "missing", 10)->has_value());
  EXPECT_FALSE(read_file(scratch.path(), 10).ok());
}

TEST(secret_files, one_line_end_is_not_part_of_the_secret) {
  const ScratchFolder scratch;
  std::ofstream(scratch / "a") << "pw\r\n";
  std::ofstream(scratch / "b") << "pw \n\n";
  EXPECT_EQ((*secret_files()->read(scratch / "a"))->reveal(), "pw");
  EXPECT_EQ((*secret_files()->read(scratch / "b"))->reveal(), "pw \n");
}

TEST(sealed_file, two_openers_see_each_others_secrets) {
  const ScratchFolder scratch;
  const FakeClock clock;
  const auto gateway = sealed_in(scratch, clock);
  ASSERT_TRUE(sealed_in(scratch, clock)->put({"db", ""}, Secret("s")).ok());
  EXPECT_EQ((*gateway->find({"db", ""}))->reveal(), "s");
  EXPECT_EQ(mode_of(scratch / "secrets.json"), 0600u);
}

TEST(sealed_file, what_many_writers_put_at_once_is_all_kept) {
  const ScratchFolder scratch;
  const FakeClock clock;
  constexpr int writers = 4;
  constexpr int secrets_each = 10;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      const auto sealed = sealed_in(scratch, clock);  // As a process of its own would; one of them makes it.
      for (int i = 0; i < secrets_each; ++i) {
        EXPECT_TRUE(
            sealed->put({"s" + std::to_string(writer) + "-" + std::to_string(i), ""}, Secret("x")).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sealed_in(scratch, clock)->list()->size(), std::size_t{writers * secrets_each});
}

TEST(journal_key, is_made_once_kept_private_and_moved_into_the_vault) {
  const ScratchFolder scratch;
  const FakeClock clock;
  const std::string made = journal_key(scratch / "state", nullptr)->public_key;
  EXPECT_EQ(journal_key(scratch / "state", nullptr)->public_key, made);
  EXPECT_EQ(mode_of(scratch / "state/journal.key"), 0600u);
  const auto sealed = sealed_in(scratch, clock);
  EXPECT_EQ(journal_key(scratch / "state", sealed.get())->public_key, made);
  EXPECT_FALSE(read_file(scratch / "state/journal.key", 1000)->has_value());
  EXPECT_EQ(journal_key(scratch / "state", sealed.get())->public_key, made);
}

TEST(journal_key, a_damaged_key_is_an_error_and_not_replaced) {
  const ScratchFolder scratch;
  ASSERT_TRUE(journal_key(scratch / "state", nullptr).ok());
  std::ofstream(scratch / "state/journal.key") << "oops";
  EXPECT_FALSE(journal_key(scratch / "state", nullptr).ok());
}

}  // namespace claw::store
