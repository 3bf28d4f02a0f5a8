#include "toolcall/network/names.h"

#include <algorithm>

#include "base/host.h"
#include "base/text.h"
#include "base/writer.h"
#include "config/hosts.h"
#include "protocol/dns/question.h"

namespace claw::toolcall {
namespace {

// 198.18.0.0/15 is for benchmarks of networks (RFC 2544): no host has an address of it.
constexpr std::uint32_t range = 198U << 24 | 18U << 16, range_mask = 0xFFFE0000;
// Who asks for every name under a wildcard has us remember each, as long as it runs.
constexpr std::size_t names_max = 1000;

std::uint32_t address_number(std::string_view address) {
  std::uint32_t number = 0;
  for (const std::string_view part : split(address, '.')) {
    std::uint32_t byte = 0;
    for (const char c : part) byte = byte * 10 + static_cast<std::uint32_t>(c - '0');
    number = number << 8 | byte;
  }
  return number;
}

}  // namespace

void Names::add(std::string_view host) {
  if (!config::is_ip_literal(host)) hosts_.push_back(lower(host));
}

bool Names::knows(std::string_view name) const {
  return std::ranges::any_of(hosts_, [name](const std::string& each) {
    return config::is_wildcard(each) ? config::wildcard_covers(each, name) : each == name;
  });
}

std::string Names::address_of(const std::string& name) {
  auto found = given_.find(name);
  if (found == given_.end()) {
    if (names_.size() == names_max) return {};
    names_.push_back(name);
    found = given_.emplace(name, names_.size()).first;  // From 1: the first address is the range's own.
  }
  std::string bytes;
  Writer(bytes).u32(range + static_cast<std::uint32_t>(found->second));
  return bytes;
}

std::string Names::answer(std::string_view question) {
  auto read = dns::decode_question(question);
  if (const auto* refusal = std::get_if<dns::Refusal>(&read)) return refusal->answer;
  const dns::Question& asked = std::get<dns::Question>(read);
  if (!knows(asked.name)) return dns::encode_answer(asked, dns::Code::no_such_name);
  if (!asked.is_a) return dns::encode_answer(asked, dns::Code::none);
  const std::string address = address_of(asked.name);
  return dns::encode_answer(asked, address.empty() ? dns::Code::refused : dns::Code::none, address);
}

bool Names::is_ours(std::string_view address) const {
  return is_ip4(address) && (address_number(address) & range_mask) == range;
}

std::string Names::name_at(std::string_view address) const {
  if (!is_ours(address)) return {};
  const std::uint32_t number = address_number(address) - range;
  return number == 0 || number > names_.size() ? std::string() : names_[number - 1];
}

}  // namespace claw::toolcall
