#include "courier/office.h"

#include <algorithm>

#include "base/log.h"

namespace claw::courier {

namespace {

constexpr std::uint32_t idle_ms = 1000;  // Nobody is to be told: only a reload is watched for.
constexpr std::size_t stack_bytes = 1024 * 1024;
constexpr std::int64_t look_us_max = 1'000'000;  // Reminders and retries are due with nothing else changing.

}  // namespace

Office::Office(Services services)
    : services_(std::move(services)),
      plan_(std::make_shared<Plan>()),
      report_(services.registry),
      loop_(services.clock),
      client_(loop_),
      fetcher_(loop_, services.vault) {
  loop_.post([this] { tick(); });
  thread_ = std::make_unique<io::Thread>("courier", stack_bytes, [this] { loop_.run(); });
}

Office::~Office() {
  loop_.stop();
  thread_.reset();
}

void Office::use(std::shared_ptr<const Plan> plan) {
  const std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
}

std::shared_ptr<const Plan> Office::plan() const {
  const std::lock_guard lock(mutex_);
  return plan_;
}

void Office::tick() {
  look();
  const bool is_needed = !in_use_->lines.empty() || !in_use_->judges.empty();
  loop_.after_ms(is_needed ? look_ms : idle_ms, [this] { tick(); });
}

void Office::look() {
  const std::shared_ptr<const Plan> plan = this->plan();
  const bool is_new = plan != in_use_;
  if (is_new) {
    in_use_ = plan;
    desk_.use(plan->rota());
  }
  if (in_use_->lines.empty() && in_use_->judges.empty()) return;
  const std::uint64_t changes = services_.questions.changes();
  const bool is_time = now_us() - looked_us_ >= look_us_max && !(desk_.is_quiet() && entries_.empty());
  if (!is_new && changes == seen_changes_ && !is_time) return;
  looked_us_ = now_us();
  if (is_new || changes != seen_changes_) {
    seen_changes_ = changes;
    entries_ = services_.questions.list();
    std::erase_if(entries_, [this](const approval::Entry& each) {
      return each.state != approval::State::open && !desk_.shows(each.question.id);
    });
  }
  for (const Asking& asking : desk_.askings(entries_)) waiting_cases_.push_back(asking);
  start_cases();
  for (const Job& job : desk_.notices(entries_, now_us())) send(job);
  for (const auto& [name, line] : in_use_->lines) {
    report_.waiting(line.channel->settings().typed(), desk_.waiting(name));
  }
}

const approval::Entry* Office::entry(std::string_view question) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const approval::Entry& each) { return each.question.id == question; });
  return found == entries_.end() ? nullptr : &*found;
}

void Report::sent(const std::string& name, double seconds) {
  const std::lock_guard lock(mutex_);
  ChannelStatus& line = lines_[name];
  line.name = name;
  line.failing = false;
  line.why.clear();
  ++line.sent;
  registry_.counter("claw_notices_total", "Messages to people and questions to models.",
                    {{"to", name}, {"result", "sent"}}).add();
  registry_.histogram("claw_notice_seconds", "How long one took.", metrics::latency_bounds(), {{"to", name}})
      .observe(seconds);
}

void Report::failed(const std::string& name, const std::string& why, std::int64_t wall_us) {
  const std::lock_guard lock(mutex_);
  ChannelStatus& line = lines_[name];
  line.name = name;
  if (!line.failing) {
    line.since_us = wall_us;
    log::warning("nobody is told", {{"channel", name}, {"why", why}});
  }
  line.failing = true;
  line.why = why;
  ++line.failed;
  registry_.counter("claw_notices_total", "Messages to people and questions to models.",
                    {{"to", name}, {"result", "failed"}}).add();
}

void Report::waiting(const std::string& name, std::size_t count) {
  const std::lock_guard lock(mutex_);
  ChannelStatus& line = lines_[name];
  line.name = name;
  line.waiting = count;
}

std::vector<ChannelStatus> Report::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<ChannelStatus> all;
  for (const auto& [name, line] : lines_) all.push_back(line);
  return all;
}

}  // namespace claw::courier
