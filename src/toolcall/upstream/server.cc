#include "toolcall/upstream/server.h"

#include <algorithm>

#include "base/log.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::uint32_t first_wait_ms = 1'000;
constexpr std::uint32_t longest_wait_ms = 60'000;
constexpr std::int64_t steady_us = 60'000'000;  // After so long up, an end is the first of its kind again.

}  // namespace

Server::Server(io::Loop& loop, Terms terms, pins::Board& board, Told told)
    : loop_(loop), terms_(std::move(terms)), board_(board), told_(std::move(told)) {}

Server::~Server() { loop_.cancel(again_); }

void Server::start() {
  if (is_stopped_ || session_ != nullptr) return;
  ++state_.starts;
  if (Meters* const meters = terms_.session.meters.get()) meters->begun();
  auto wire = terms_.wire();
  if (!wire) return down(wire.error().text());
  session_ =
      std::make_unique<Session>(loop_, terms_.session, std::move(*wire), static_cast<SessionUser&>(*this));
  session_->open();
}

void Server::stop() {
  is_stopped_ = true;
  if (Meters* const meters = terms_.session.meters.get()) meters->gone();
  loop_.cancel(std::exchange(again_, 0));
  set_open({});
  offered_.clear();
  if (session_ != nullptr) session_->close(Error{Code::unavailable, "the policy has it no more", {}});
}

Session* Server::session() { return session_ != nullptr && session_->is_ready() ? session_.get() : nullptr; }

const std::vector<Resource>& Server::resources() const {
  static const std::vector<Resource> none;
  const bool is_trusted = !open_.empty() || offered_.empty();
  return session_ != nullptr && session_->is_ready() && is_trusted ? session_->resources() : none;
}

bool Server::has_open(const pins::Definition& definition) const {
  return std::ranges::any_of(open_,
                             [&](const pins::Definition& each) { return each.hash == definition.hash; });
}

void Server::listed(pins::Offer offer) {
  if (is_stopped_) return;
  about_ = session_->about();
  offered_ = std::move(offer.definitions);
  state_.refused = std::move(offer.refused);
  if (!state_.is_up) {
    state_.is_up = true;
    state_.why.clear();
    state_.since_us = loop_.clock().wall_us();
    up_us_ = loop_.clock().monotonic_us();
    log::info("mcp server is up", {{"endpoint", terms_.endpoint}, {"server", about_.name}});
  }
  sort_again();
}

void Server::set_open(std::vector<pins::Definition> definitions) {
  open_ = std::move(definitions);
  if (terms_.changed) terms_.changed();
}

void Server::sort_again() {
  if (!state_.is_up) return;
  pins::Sorted sorted =
      board_.sort(terms_.endpoint, offered_, terms_.accepts_first, loop_.clock().wall_us());
  set_open(std::move(sorted.open));
  if (Meters* const meters = terms_.session.meters.get()) {
    meters->up(true);
    meters->offered(open_.size(), offered_.size() - open_.size(), state_.refused.size());
  }
  if (!sorted.newly_held.empty() || !sorted.accepted.empty()) told_(*this, sorted);
}

void Server::over(const Error& why) {
  if (session_ != nullptr) loop_.post([gone = std::shared_ptr<Session>(std::move(session_))] {});
  down(why.text());
}

void Server::down(const std::string& why) {
  if (up_us_ != 0 && loop_.clock().monotonic_us() - up_us_ > steady_us) wait_ms_ = 0;
  up_us_ = 0;
  set_open({});
  offered_.clear();
  if (state_.is_up || state_.since_us == 0) state_.since_us = loop_.clock().wall_us();
  if (state_.is_up || state_.why != why) {
    log::warning("mcp server is not up", {{"endpoint", terms_.endpoint}, {"why", why}});
  }
  state_.is_up = false;
  state_.why = why;
  if (is_stopped_) return;
  if (Meters* const meters = terms_.session.meters.get()) meters->up(false);
  wait_ms_ = wait_ms_ == 0 ? first_wait_ms : std::min(wait_ms_ * 2, longest_wait_ms);
  again_ = loop_.after_ms(wait_ms_, [this] {
    again_ = 0;
    start();
  });
}

}  // namespace claw::toolcall::upstream
