#include "io/tls/record_buffers.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace claw::io {
namespace {

constexpr std::size_t to_read = 16'592;
constexpr std::size_t to_write = 16'720;

// OpenSSL asks once per process, so every test begins with the same question.
bool are_kept() {
  static const bool kept = keep_record_buffers();
  return kept;
}

std::vector<void*> taken(std::size_t count, std::size_t bytes) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(OPENSSL_malloc(bytes));
    std::memset(blocks.back(), 0x5A, bytes);  // The sanitizer sees whether they are as large as asked.
  }
  return blocks;
}

void give_back(const std::vector<void*>& blocks) {
  for (void* each : blocks) OPENSSL_free(each);
}

TEST(RecordBuffers, OneServesReadingAndWriting) {
  ASSERT_TRUE(are_kept());
  void* const first = OPENSSL_malloc(to_read);
  OPENSSL_free(first);
  void* const second = OPENSSL_malloc(to_write);
  std::memset(second, 0x5A, to_write);
  EXPECT_EQ(first, second);
  OPENSSL_free(second);
}

TEST(RecordBuffers, FourAreKeptAndNoMore) {
  ASSERT_TRUE(are_kept());
  const std::vector<void*> many = taken(9, to_write);
  EXPECT_EQ(std::set<void*>(many.begin(), many.end()).size(), many.size());
  give_back(many);
  const std::vector<void*> again = taken(4, to_read);
  for (void* each : again) EXPECT_EQ(std::set<void*>(many.begin(), many.begin() + 4).count(each), 1);
  give_back(again);
}

TEST(RecordBuffers, OtherSizesAreTheHeaps) {
  ASSERT_TRUE(are_kept());
  for (const std::size_t bytes : {1, 15, 4096, 16'383, 16'384, 17'408, 17'409, 20'000, 70'000}) {
    give_back(taken(3, bytes));
    give_back(taken(3, to_write));
  }
  OPENSSL_free(nullptr);
}

TEST(RecordBuffers, ABufferMayGrow) {
  ASSERT_TRUE(are_kept());
  auto* block = static_cast<char*>(OPENSSL_malloc(to_read));
  std::memset(block, 'x', to_read);
  block = static_cast<char*>(OPENSSL_realloc(block, 50'000));
  EXPECT_EQ(block[to_read - 1], 'x');
  OPENSSL_free(block);
}

TEST(RecordBuffers, AThreadTakesItsOwnWithIt) {
  ASSERT_TRUE(are_kept());
  std::vector<void*> handed = taken(2, to_write);
  std::thread([&] {
    give_back(handed);  // One thread's may be given back by another.
    give_back(taken(4, to_read));
  }).join();  // What it kept is freed: the leak check says if not.
}

}  // namespace
}  // namespace claw::io
