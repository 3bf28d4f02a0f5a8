#include "base/host.h"

#include <algorithm>

#include "base/text.h"

namespace claw {

namespace {

constexpr std::size_t host_bytes_max = 253;  // RFC 1035 §2.3.4, without the root's dot.
constexpr std::size_t label_bytes_max = 63;
constexpr std::string_view decimal = "0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > label_bytes_max) return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

bool is_octet(std::string_view part) {
  if (part.empty() || part.size() > 3 || part.find_first_not_of(decimal) != part.npos) return false;
  if (part.size() > 1 && part.front() == '0') return false;
  return part.size() < 3 || part <= "255";
}

}  // namespace

bool is_ip4(std::string_view host) {
  const std::vector<std::string_view> parts = split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), is_octet);
}

bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return false;
  if (last.find_first_not_of(decimal) == last.npos) return true;
  const bool is_hex = last.starts_with("0x") || last.starts_with("0X");
  return is_hex && last.find_first_not_of(hexadecimal, 2) == last.npos;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > host_bytes_max) return false;
  const std::vector<std::string_view> labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), is_label) && !ends_in_number(host);
}

}  // namespace claw
