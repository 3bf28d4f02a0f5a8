// Counters, gauges and histograms in one registry, and their Prometheus text. A handle is looked up
// once and kept: counting is then one atomic addition and may be done from any thread.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace claw::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  void add(double amount = 1);
 private:
  friend class Registry;
  explicit Counter(void* inner) : inner_(inner) {}
  void* inner_;
};

class Gauge {
 public:
  void set(double value);
  void add(double amount);
 private:
  friend class Registry;
  explicit Gauge(void* inner) : inner_(inner) {}
  void* inner_;
};

class Histogram {
 public:
  void observe(double value);
 private:
  friend class Registry;
  explicit Histogram(void* inner) : inner_(inner) {}
  void* inner_;
};

// All metrics of one name, as they are now.
struct Family {
  enum class Type : std::uint8_t { counter, gauge, histogram };
  struct Point {
    Labels labels;
    double value = 0;                     // Of a counter or a gauge; a histogram's sum.
    std::uint64_t count = 0;              // Of a histogram's observations, as are
    std::vector<double> bounds;           // the upper bounds of its buckets, and
    std::vector<std::uint64_t> counts;    // how many are in each alone; one more than there are bounds.
  };
  std::string name;
  std::string help;
  Type type = Type::gauge;
  std::vector<Point> points;
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Same name and labels, same metric. Names follow the Prometheus conventions: `claw_x_total`, `_seconds`.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                      const Labels& labels = {});
  std::string text() const;  // Exposition format 0.0.4.
  std::vector<Family> collect() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// Bounds in seconds for work that takes 1 µs to 10 s.
const std::vector<double>& latency_bounds();

}  // namespace claw::metrics
