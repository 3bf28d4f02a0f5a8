#include "protocol/kubernetes/streams/forward.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace claw::kubernetes {
namespace {

constexpr std::size_t shown_ports_max = 16;     // A note is one line.
constexpr std::size_t trouble_bytes_max = 200;  // As much of foreign text as any message shows.

}  // namespace

void Forward::on_connection(std::uint16_t port) {
  ++connections_;
  ports_.insert(port);
}

void Forward::on_trouble(std::string_view bytes) {
  if (trouble_.size() >= trouble_bytes_max) return;
  trouble_.append(bytes.substr(0, trouble_bytes_max - trouble_.size()));
}

std::string Forward::note() const {
  std::vector<std::uint16_t> shown;
  std::copy_n(ports_.begin(), std::min(ports_.size(), shown_ports_max), std::back_inserter(shown));
  std::string note = ports_.empty() ? "no port" : fmt::format("ports {}", fmt::join(shown, ", "));
  if (ports_.size() > shown.size()) note += fmt::format(" and {} more", ports_.size() - shown.size());
  note += fmt::format("; {} connection{}; {} bytes sent, {} received", connections_,
                      connections_ == 1 ? "" : "s", sent_, received_);
  if (!trouble_.empty()) note += fmt::format("; trouble: {}", quoted(trim(trouble_)));
  return note;
}

}  // namespace claw::kubernetes
