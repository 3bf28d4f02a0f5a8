#include "telemetry/office.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace claw::telemetry {

namespace {

constexpr int niceness = 10;  // A tenth of what a thread that serves agents gets where both want it.
constexpr std::size_t stack_bytes = 1024 * 1024;
constexpr std::uint32_t tick_ms = 1000;      // A span is seen within two seconds of its end.
constexpr std::uint32_t last_words_ms = 1000;
constexpr std::size_t records_max = 5000;    // Of one look; the rest comes with the next.
constexpr std::int64_t second_us = 1'000'000;
constexpr std::uint32_t failures_max = 6;    // 1, 2, 4, … 64 seconds apart.
constexpr std::size_t answer_bytes_max = 64 * 1024;

// https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
bool may_try_again(const Result<outbound::Answer>& answer) {
  if (!answer) return true;
  const int status = answer->status;
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool is_taken(const Result<outbound::Answer>& answer) { return answer && answer->status / 100 == 2; }

std::string why_of(const Result<outbound::Answer>& answer) {
  return answer ? "it answered " + std::to_string(answer->status) : answer.error().what;
}

void lend(outbound::Request& request, const action::Edits& edits) {
  for (const action::Edit& edit : edits.list) {
    if (edit.kind != action::Edit::Kind::set_header) continue;
    request.secret_fields.emplace_back(edit.name, edit.value.clone());
  }
}

}  // namespace

Office::Office(Services services)
    : services_(std::move(services)),
      start_us_(services_.clock.wall_us()),
      wanted_(std::make_shared<Plan>()),
      loop_(services_.clock),
      client_(loop_) {
  for (const char* signal : {"metrics", "traces"}) {
    drop(signal, 0);
    for (const char* result : {"sent", "failed"}) {
      services_.registry.counter("claw_telemetry_requests_total", "requests to the telemetry's receiver",
                                 {{"signal", signal}, {"result", result}});
    }
  }
  loop_.post([this] {
    setpriority(PRIO_PROCESS, 0, niceness);  // Of this thread alone, on Linux.
    tick();
  });
  thread_ = std::make_unique<io::Thread>("claw-telemetry", stack_bytes, [this] { loop_.run(); });
}

Office::~Office() { stop(); }

void Office::stop() {
  if (thread_ == nullptr) return;
  loop_.post([this] {
    stopping_ = true;
    if (plan_ == nullptr || plan_->target.url.empty()) return loop_.stop();
    read();
    not_before_us_ = 0;
    send_spans();
    send_metrics();
    loop_.after_ms(last_words_ms, [this] { loop_.stop(); });
    if (!sending_ && !sending_metrics_) loop_.stop();
  });
  thread_.reset();
}

void Office::use(std::shared_ptr<const Plan> plan) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(plan);
}

// A receiver that was not there before begins with what comes now.
void Office::adopt() {
  {
    const std::lock_guard lock(mutex_);
    if (plan_ == wanted_) return;
    plan_ = wanted_;
  }
  spans_.use(plan_->places, plan_->sample_percent);
  if (plan_->tail == nullptr) {
    tail_ = nullptr;
    queue_.clear();
    in_flight_ = 0;
  } else if (tail_ == nullptr) {
    tail_ = plan_->tail;
  }
  failures_ = 0;
  not_before_us_ = 0;
}

void Office::tick() {
  if (stopping_) return;
  adopt();
  if (!plan_->target.url.empty()) {
    read();
    send_spans();
    if (services_.clock.monotonic_us() - metrics_us_ >= plan_->metrics_every_us) send_metrics();
  }
  loop_.after_ms(tick_ms, [this] { tick(); });
}

void Office::read() {
  if (tail_ == nullptr) return;
  std::size_t records = 0;
  std::vector<Span> made;
  const Status done = tail_->catch_up([&](const audit::Record& record, std::string_view) {
    spans_.take(record, made);
    return ++records < records_max;
  }, [](const store::Skipped&) {});
  if (!done) log::warning("the journal cannot be followed", {{"why", done.error().text()}});
  std::ranges::move(made, std::back_inserter(queue_));
  std::uint64_t dropped = spans_.take_missed();
  while (queue_.size() > queue_max) {
    queue_.pop_front();
    in_flight_ -= in_flight_ > 0 ? 1 : 0;
    ++dropped;
  }
  if (dropped > 0) drop("traces", dropped);
}

Result<outbound::Request> Office::request_for(std::string_view path, std::string body) {
  outbound::Request request;
  CLAW_TRY_DONE(outbound::aim(request, plan_->target.url + std::string(path)));
  request.fields = {{"Content-Type", "application/json"}, {"User-Agent", "clawpatrol/" CLAW_VERSION}};
  for (const auto& [name, value] : plan_->target.fields) {
    request.secret_fields.emplace_back(name, value.clone());
  }
  request.trust = plan_->trust;
  request.timeout_ms = request_ms_max;
  request.answer_bytes_max = answer_bytes_max;
  if (!plan_->credential.name.empty()) {
    const std::string target(request.path.reveal());
    CLAW_TRY(vault::Injection injection,
             services_.vault.inject(plan_->credential, {request.method, request.host, target, request.fields,
                                                        std::nullopt}));
    const auto* edits = std::get_if<std::shared_ptr<const action::Edits>>(&injection);
    if (edits == nullptr) return invalid("its credential has to be fetched first");
    lend(request, **edits);
  }
  request.body = Secret(std::move(body));
  return request;
}

void Office::send_spans() {
  if (sending_ || queue_.empty() || services_.clock.monotonic_us() < not_before_us_) return;
  const std::size_t count = std::min(queue_.size(), batch_max);
  const std::vector<Span> batch(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  auto request = request_for("/v1/traces", traces_json(plan_->target.resource, batch));
  in_flight_ = count;
  if (!request) return sent_spans(std::move(request).error());
  sending_ = true;
  client_.send(*request, [this](const Result<outbound::Answer>& answer) {
    sending_ = false;
    sent_spans(answer);
  });
}

// A batch stays at the front until it is taken or refused for good: the queue drops only what is too much.
void Office::sent_spans(const Result<outbound::Answer>& answer) {
  const bool taken = is_taken(answer);
  count("traces", taken);
  note(taken ? "" : why_of(answer));
  if (!taken && may_try_again(answer)) {
    const std::int64_t asked_s = answer ? std::clamp<std::int64_t>(answer->retry_after_s, 0, 3600) : 0;
    const std::int64_t wait_s = std::max<std::int64_t>(asked_s, 1LL << std::min(failures_, failures_max));
    ++failures_;
    not_before_us_ = services_.clock.monotonic_us() + wait_s * second_us;
    return;
  }
  failures_ = 0;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
  const std::int64_t refused = taken ? rejected_in(answer->body) : static_cast<std::int64_t>(in_flight_);
  in_flight_ = 0;
  if (refused > 0) drop("traces", static_cast<std::uint64_t>(refused));
  send_spans();
}

// What is not taken is in the next: sums are of all since the start.
void Office::send_metrics() {
  if (!plan_->target.metrics || sending_metrics_) return;
  metrics_us_ = services_.clock.monotonic_us();
  const auto taken = [this](const Result<outbound::Answer>& answer) {
    count("metrics", is_taken(answer));
    note(is_taken(answer) ? "" : why_of(answer));
    const std::int64_t refused = is_taken(answer) ? rejected_in(answer->body) : 0;
    if (refused > 0) drop("metrics", static_cast<std::uint64_t>(refused));
  };
  auto request = request_for("/v1/metrics", metrics_json(plan_->target.resource, services_.registry.collect(),
                                                         start_us_, services_.clock.wall_us()));
  if (!request) return taken(std::move(request).error());
  sending_metrics_ = true;
  client_.send(*request, [this, taken](const Result<outbound::Answer>& answer) {
    sending_metrics_ = false;
    taken(answer);
    if (stopping_ && !sending_) loop_.stop();
  });
}

void Office::count(const char* signal, bool is_taken) {
  services_.registry.counter("claw_telemetry_requests_total", "requests to the telemetry's receiver",
                             {{"signal", signal}, {"result", is_taken ? "sent" : "failed"}})
      .add();
}

void Office::drop(const char* signal, std::uint64_t count) {
  services_.registry.counter("claw_telemetry_dropped_total", "spans and points that no receiver has",
                             {{"signal", signal}})
      .add(static_cast<double>(count));
}

void Office::note(const std::string& why) {
  if (failing_ == !why.empty()) return;
  failing_ = !why.empty();
  if (failing_) log::warning("telemetry is not taken", {{"why", why}});
  else log::info("telemetry is taken again");
}

}  // namespace claw::telemetry
