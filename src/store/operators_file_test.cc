// People come back as they were kept, sealed, and what cannot be read is never taken for nobody.
#include "store/operators_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

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

std::string kept_in(const std::string& folder, vault::Sealed* sealed) {
  const auto file = operators_file(folder, sealed);
  if (!file) return std::string(name_of(file.error().code));
  const auto text = (*file)->read();
  if (!text) return std::string(name_of(text.error().code));
  return *text ? std::string((*text)->reveal()) : "nobody";
}

void keep_in(const std::string& folder, vault::Sealed* sealed, const std::string& text) {
  ASSERT_TRUE(operators_file(folder, sealed).value()->replace(Secret(text)).ok());
}

}  // namespace

TEST(operators_file, what_is_kept_comes_back_and_cannot_be_read_from_the_file) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  EXPECT_EQ(kept_in(folder, nullptr), "nobody");
  keep_in(folder, nullptr, "a secret of TOTP");
  EXPECT_EQ(kept_in(folder, nullptr), "a secret of TOTP");
  EXPECT_EQ((*read_file(folder + "/operators.sealed", 1000))->find("TOTP"), std::string::npos);
  EXPECT_EQ(mode_of(folder + "/operators.sealed"), 0600u);
  EXPECT_EQ(mode_of(folder + "/operators.key"), 0600u);
}

TEST(operators_file, with_a_sealed_store_the_key_lies_there_and_a_found_one_is_moved) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  const SystemClock clock;
  keep_in(folder, nullptr, "people");
  const auto sealed = sealed_in(folder, clock);
  EXPECT_EQ(kept_in(folder, sealed.get()), "people");
  EXPECT_FALSE(read_file(folder + "/operators.key", 1000)->has_value());
  EXPECT_EQ(kept_in(folder, sealed.get()), "people");
  EXPECT_EQ(kept_in(folder, nullptr), "denied");  // Not a first start.
}

TEST(operators_file, no_byte_of_it_can_be_changed) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  keep_in(folder, nullptr, "people");
  const std::string good = read_file(folder + "/operators.sealed", 1000).value().value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    ASSERT_TRUE(replace_file(folder + "/operators.sealed", changed).ok());
    EXPECT_EQ(kept_in(folder, nullptr), "denied") << i;
    ASSERT_TRUE(replace_file(folder + "/operators.sealed", good.substr(0, i)).ok());
    EXPECT_NE(kept_in(folder, nullptr), "people") << i;
    EXPECT_NE(kept_in(folder, nullptr), "nobody") << i;
  }
}

TEST(operators_file, a_key_that_is_gone_or_another_is_an_error) {
  const ScratchFolder scratch;
  const std::string folder = scratch / "state";
  const SystemClock clock;
  keep_in(folder, nullptr, "people");
  ASSERT_TRUE(replace_file(folder + "/operators.key", std::string(64, 'a')).ok());
  EXPECT_EQ(kept_in(folder, nullptr), "denied");
  ASSERT_TRUE(replace_file(folder + "/operators.key", "").ok());
  EXPECT_EQ(kept_in(folder, nullptr), "invalid");
  ASSERT_TRUE(remove_file(folder + "/operators.key").ok());
  EXPECT_EQ(kept_in(folder, nullptr), "denied");
  EXPECT_EQ(kept_in(folder, sealed_in(folder, clock).get()), "denied");
}

}  // namespace claw::store
