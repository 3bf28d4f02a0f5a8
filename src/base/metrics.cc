#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace claw::metrics {

struct Registry::Inner {
  std::mutex mutex;
  prometheus::Registry registry;
};

Registry::Registry() : inner_(std::make_unique<Inner>()) {}
Registry::~Registry() = default;

void Counter::add(double amount) { static_cast<prometheus::Counter*>(inner_)->Increment(amount); }
void Gauge::set(double value) { static_cast<prometheus::Gauge*>(inner_)->Set(value); }
void Gauge::add(double amount) { static_cast<prometheus::Gauge*>(inner_)->Increment(amount); }
void Histogram::observe(double value) { static_cast<prometheus::Histogram*>(inner_)->Observe(value); }

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
  return Histogram(
      &prometheus::BuildHistogram().Name(name).Help(help).Register(inner_->registry).Add(labels, bounds));
}

std::string Registry::text() const {
  return prometheus::TextSerializer().Serialize(inner_->registry.Collect());
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds{1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3,
                                          1e-2, 5e-2, 1e-1, 5e-1, 1,    5,    10};
  return bounds;
}

}  // namespace claw::metrics
