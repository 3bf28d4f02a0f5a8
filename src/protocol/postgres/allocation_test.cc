// Rows on their way to the agent cost no allocation and no copy: counted, not hoped for.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"

namespace {
std::size_t allocations = 0;
}

// Every form that is not over-aligned, so that each block is freed as it was made.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* block = operator new(size, std::nothrow)) return block;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size, std::nothrow);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }

namespace claw::postgres {
namespace {

using protocol::Side;

TEST(allocation, rows_are_relayed_without_one) {
  auto options = std::make_shared<Options>();
  options->sslmode = SslMode::disable;
  options->enforce_read = false;
  Machine machine(options, {"bot", "ops", ""}, "session", "OURKEY88");
  protocol::Commands out;
  const auto tell = [&](const protocol::Event& event) {
    out.clear();
    machine.on(event, out);
  };
  const std::string query = encode(Front::query, std::string_view("select 1", 9));
  tell(protocol::Received{Side::client, encode_startup({{"user", "ann"}})});
  tell(protocol::Leased{{}, std::make_shared<action::Login>()});
  tell(protocol::Connected{});
  tell(protocol::Received{Side::upstream,
                          encode_challenge(Challenge::Kind::ok) + encode_status(Transaction::idle)});
  tell(protocol::Received{Side::client, query});
  tell(protocol::Decided{1, {action::Outcome::allow, {}, {}, {}}});
  tell(protocol::Received{Side::client, query});
  ASSERT_EQ(machine.state(), "busy");

  std::string rows = encode(Back::row_description, "x");
  for (int i = 0; i < 1000; ++i) rows += encode(Back::data_row, "some values of a row, forty bytes of them");
  const std::string whole = rows;
  rows.resize(rows.size() - 10);  // The last one is still arriving.
  tell(protocol::Received{Side::upstream, rows});
  ASSERT_EQ(out.list().size(), 1U);
  EXPECT_EQ(std::get<protocol::Send>(out.list().front()).view.data(), rows.data());
  tell(protocol::Received{Side::upstream, std::string_view(whole).substr(rows.size())});

  const std::string kept = whole.substr(6);
  const protocol::Event again = protocol::Received{Side::upstream, kept};
  const std::size_t before = allocations;
  tell(again);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(out.consumed(Side::upstream), kept.size());
}

}  // namespace
}  // namespace claw::postgres
