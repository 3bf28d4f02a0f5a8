// The authority comes back the same, wherever it is kept, and is never replaced by another unasked.
#include "store/authority_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "store/file.h"
#include "store/scratch_folder.h"
#include "store/secret_file.h"

namespace claw::store {

namespace {

std::unique_ptr<vault::Sealed> sealed_in(const std::string& folder, const Clock& clock) {
  const vault::Unlock unlock{vault::Unlock::Kind::key, Secret(std::string(32, 'k'))};
  return vault::Sealed::open(sealed_file(folder + "/secrets.json"), unlock, clock).value();
}

unsigned mode_of(const std::string& path) {
  struct stat about {};
  EXPECT_EQ(::stat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

// Each one another.
struct Maker {
  Result<AuthorityText> operator()() {
    const std::string number = std::to_string(++made);
    return AuthorityText{"certificate " + number + "\n", Secret("-----BEGIN PRIVATE KEY-----\nkey " + number +
                                                                "\n-----END PRIVATE KEY-----\n")};
  }
  int made = 0;
};

std::string shown(const Result<AuthorityText>& authority) {
  if (!authority) return std::string(name_of(authority.error().code));
  return authority->certificate + std::string(authority->key.reveal().substr(28, 5));
}

}  // namespace

TEST(authority_file, without_a_sealed_store_it_is_in_a_private_file) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  Maker maker;
  const auto make = [&] { return maker(); };
  EXPECT_FALSE(authority_certificate(folder)->has_value());
  EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "certificate 1\nkey 1");
  EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "certificate 1\nkey 1");
  EXPECT_EQ(mode_of(folder + "/ca.key"), 0600u);
  EXPECT_EQ(mode_of(folder + "/ca.crt"), 0644u);
  EXPECT_EQ(**authority_certificate(folder), "certificate 1\n");
  EXPECT_EQ(maker.made, 1);
}

TEST(authority_file, with_a_sealed_store_no_key_lies_open_and_a_found_one_is_moved) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  const SystemClock clock;
  Maker maker;
  const auto make = [&] { return maker(); };
  EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "certificate 1\nkey 1");
  const auto sealed = sealed_in(folder, clock);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(shown(authority_text(folder, sealed.get(), make)), "certificate 1\nkey 1");
  }
  EXPECT_FALSE(read_file(folder + "/ca.key", 1000)->has_value());
  EXPECT_EQ((*read_file(folder + "/secrets.json", 1 << 20))->find("key 1"), std::string::npos);
  EXPECT_EQ(maker.made, 1);
}

// An operator who forgot the vault's key must not get an authority that no agent trusts.
TEST(authority_file, what_was_sealed_is_not_made_anew) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  const SystemClock clock;
  Maker maker;
  const auto make = [&] { return maker(); };
  ASSERT_TRUE(open_private_folder(folder).ok());
  const auto sealed = sealed_in(folder, clock);
  EXPECT_EQ(shown(authority_text(folder, sealed.get(), make)), "certificate 1\nkey 1");
  EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "denied");
  EXPECT_EQ(maker.made, 1);
}

TEST(authority_file, what_cannot_be_read_is_an_error) {
  const ScratchFolder scratch;
  Maker maker;
  const auto make = [&] { return maker(); };
  const std::string folder = scratch / "state";
  ASSERT_TRUE(open_private_folder(folder).ok());
  for (const char* content : {"", "certificate\n", "-----BEGIN PRIVATE KEY-----\nk\n"}) {
    ASSERT_TRUE(replace_file(folder + "/ca.key", content).ok());
    EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "invalid") << content;
  }
  EXPECT_EQ(maker.made, 0);
}

// The certificate beside it is a copy for agents; changing it does not change whom they should trust.
TEST(authority_file, a_changed_copy_is_put_right) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  Maker maker;
  const auto make = [&] { return maker(); };
  ASSERT_TRUE(authority_text(folder, nullptr, make).ok());
  ASSERT_TRUE(replace_file(folder + "/ca.crt", "somebody else's").ok());
  EXPECT_EQ(shown(authority_text(folder, nullptr, make)), "certificate 1\nkey 1");
  EXPECT_EQ(**authority_certificate(folder), "certificate 1\n");
}

TEST(authority_file, two_that_start_at_once_get_the_same) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  ASSERT_TRUE(open_private_folder(folder).ok());
  std::string got[2];
  std::vector<std::thread> threads;
  for (std::string& each : got) {
    threads.emplace_back([&] {
      Maker maker;
      maker.made = static_cast<int>(&each - got) * 10;
      each = shown(authority_text(folder, nullptr, [&] { return maker(); }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(got[0], got[1]);
}

}  // namespace claw::store
