#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>

namespace claw::metrics {

namespace {

// The library's histogram takes a lock for each observation, and a thread that is put aside while it holds
// it stops all others. A reader of this one may see an observation in one of its figures and not yet in the
// other.
class AtomicHistogram {
 public:
  explicit AtomicHistogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void observe(double value) {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  Family::Point point(const Labels& labels) const {
    Family::Point point{labels, sum_.load(std::memory_order_relaxed), 0, bounds_, {}};
    for (const std::atomic<std::uint64_t>& count : counts_) {
      point.counts.push_back(count.load(std::memory_order_relaxed));
      point.count += point.counts.back();
    }
    return point;
  }

  prometheus::ClientMetric collect(const Labels& labels) const {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      total += counts_[i].load(std::memory_order_relaxed);
      const bool last = i == bounds_.size();
      metric.histogram.bucket.push_back({total, last ? std::numeric_limits<double>::infinity() : bounds_[i]});
    }
    metric.histogram.sample_count = total;
    metric.histogram.sample_sum = sum_.load(std::memory_order_relaxed);
    return metric;
  }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // Of each bucket alone; the last is above all bounds.
  std::atomic<double> sum_ = 0;
};

struct Histograms {  // Of one name.
  std::string help;
  std::map<Labels, std::unique_ptr<AtomicHistogram>> by_labels;
};

}  // namespace

struct Registry::Inner {
  std::mutex mutex;  // Guards `histograms`; the library's registry has its own.
  prometheus::Registry registry;
  std::map<std::string, Histograms> histograms;
};

Registry::Registry() : inner_(std::make_unique<Inner>()) {}
Registry::~Registry() = default;

void Counter::add(double amount) { static_cast<prometheus::Counter*>(inner_)->Increment(amount); }
void Gauge::set(double value) { static_cast<prometheus::Gauge*>(inner_)->Set(value); }
void Gauge::add(double amount) { static_cast<prometheus::Gauge*>(inner_)->Increment(amount); }
void Histogram::observe(double value) { static_cast<AtomicHistogram*>(inner_)->observe(value); }

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(inner_->mutex);
  return Counter(&prometheus::BuildCounter().Name(name).Help(help).Register(inner_->registry).Add(labels));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(inner_->mutex);
  return Gauge(&prometheus::BuildGauge().Name(name).Help(help).Register(inner_->registry).Add(labels));
}

Histogram Registry::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const Labels& labels) {
  const std::lock_guard lock(inner_->mutex);
  Histograms& family = inner_->histograms.try_emplace(name, Histograms{help, {}}).first->second;
  std::unique_ptr<AtomicHistogram>& histogram = family.by_labels[labels];
  if (histogram == nullptr) histogram = std::make_unique<AtomicHistogram>(bounds);
  return Histogram(histogram.get());
}

std::string Registry::text() const {
  std::vector<prometheus::MetricFamily> families = inner_->registry.Collect();
  const std::lock_guard lock(inner_->mutex);
  for (const auto& [name, histograms] : inner_->histograms) {
    prometheus::MetricFamily& family = families.emplace_back();
    family.name = name;
    family.help = histograms.help;
    family.type = prometheus::MetricType::Histogram;
    for (const auto& [labels, histogram] : histograms.by_labels) {
      family.metric.push_back(histogram->collect(labels));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::vector<Family> Registry::collect() const {
  std::vector<Family> families;
  for (const prometheus::MetricFamily& each : inner_->registry.Collect()) {
    const bool is_counter = each.type == prometheus::MetricType::Counter;
    Family& family = families.emplace_back(
        Family{each.name, each.help, is_counter ? Family::Type::counter : Family::Type::gauge, {}});
    for (const prometheus::ClientMetric& metric : each.metric) {
      Family::Point& point = family.points.emplace_back();
      point.value = is_counter ? metric.counter.value : metric.gauge.value;
      for (const auto& label : metric.label) point.labels.emplace(label.name, label.value);
    }
  }
  const std::lock_guard lock(inner_->mutex);
  for (const auto& [name, histograms] : inner_->histograms) {
    Family& family = families.emplace_back(Family{name, histograms.help, Family::Type::histogram, {}});
    for (const auto& [labels, histogram] : histograms.by_labels) {
      family.points.push_back(histogram->point(labels));
    }
  }
  return families;
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds{1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3,
                                          1e-2, 5e-2, 1e-1, 5e-1, 1,    5,    10};
  return bounds;
}

}  // namespace claw::metrics
