#include "operators/password/hasher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace claw::password {

namespace {

constexpr Cost cheap{1, std::size_t{1} << 20};
constexpr Cost dearer{2, std::size_t{1} << 20};

Secret secret(std::string text) { return Secret(std::move(text)); }

}  // namespace

TEST(hasher, the_right_password_fits_and_no_other) {
  Hasher hasher(cheap);
  const std::string verifier = hasher.hash(secret("correct horse battery")).value();
  EXPECT_TRUE(verifier.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"));
  EXPECT_TRUE(hasher.compare(secret("correct horse battery"), verifier)->fits);
  for (const char* wrong : {"", "correct horse batter", "correct horse battery ", "Correct horse battery"}) {
    EXPECT_FALSE(hasher.compare(secret(wrong), verifier)->fits) << wrong;
  }
  EXPECT_NE(verifier, hasher.hash(secret("correct horse battery")).value());  // Salted.
}

TEST(hasher, a_nul_byte_is_part_of_the_password) {
  Hasher hasher(cheap);
  const std::string with_nul("correct horse\0battery", 21);
  const std::string verifier = hasher.hash(secret(with_nul)).value();
  EXPECT_TRUE(hasher.compare(secret(with_nul), verifier)->fits);
  EXPECT_FALSE(hasher.compare(secret("correct horse"), verifier)->fits);
}

TEST(hasher, lengths_are_bounded_at_both_ends) {
  Hasher hasher(cheap);
  EXPECT_FALSE(hasher.hash(secret(std::string(bytes_min - 1, 'p'))).ok());
  EXPECT_TRUE(hasher.hash(secret(std::string(bytes_min, 'p'))).ok());
  const std::string verifier = hasher.hash(secret(std::string(bytes_max, 'p'))).value();
  EXPECT_FALSE(hasher.hash(secret(std::string(bytes_max + 1, 'p'))).ok());
  EXPECT_TRUE(hasher.compare(secret(std::string(bytes_max, 'p')), verifier)->fits);
  EXPECT_FALSE(hasher.compare(secret(std::string(bytes_max + 1, 'p')), verifier)->fits);
  EXPECT_FALSE(hasher.compare(secret(std::string(1 << 20, 'p')), verifier)->fits);
}

TEST(hasher, nobody_has_no_password) {
  Hasher hasher(cheap);
  EXPECT_FALSE(hasher.compare(secret("correct horse battery"), std::nullopt)->fits);
  for (const char* broken : {"", "x", "$argon2i$v=19$m=1024,t=1,p=1$c2FsdA$aGFzaA", "$argon2id$",
                             "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAA"}) {
    EXPECT_FALSE(hasher.compare(secret(""), broken)->fits) << broken;
    EXPECT_FALSE(hasher.compare(secret("correct horse battery"), broken)->fits) << broken;
  }
}

TEST(hasher, a_verifier_of_another_cost_still_fits_and_is_outdated) {
  Hasher before(cheap);
  Hasher today(dearer);
  const std::string verifier = before.hash(secret("correct horse battery")).value();
  EXPECT_FALSE(before.compare(secret("correct horse battery"), verifier)->outdated);
  EXPECT_TRUE(today.compare(secret("correct horse battery"), verifier)->outdated);
  EXPECT_FALSE(today.compare(secret("something wrong"), verifier)->outdated);
}

// Forty at once: two run, sixteen wait, whoever is more is told so; nobody hangs.
TEST(hasher, a_stampede_is_turned_away_and_the_rest_is_served) {
  Hasher hasher(Cost{1, std::size_t{16} << 20});
  std::atomic<int> served = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    threads.emplace_back([&] {
      const auto made = hasher.hash(secret("correct horse battery"));
      (made ? served : refused)++;
      if (!made) EXPECT_EQ(made.error().code, Code::limit);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served + refused, 40);
  EXPECT_GE(served, 2);
  EXPECT_TRUE(hasher.hash(secret("correct horse battery")).ok());
}

TEST(hasher, what_people_wait_for_is_the_cost_that_is_meant) {
  EXPECT_EQ(default_cost().memory_bytes, std::size_t{64} << 20);
  Hasher hasher(default_cost());
  EXPECT_TRUE(hasher.hash(secret("correct horse battery"))->starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
}

}  // namespace claw::password
