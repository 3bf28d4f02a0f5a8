// Quiet weeks of several agents and incidents planted in them, by seeds: how many incidents are found, and
// how many findings nobody planted. The figures are in docs/decisions/anomalies.md.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "anomaly/detector.h"

namespace claw::anomaly {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t hour_us = 3600 * second_us;
constexpr std::int64_t day_us = 24 * hour_us;
constexpr std::int64_t monday_us = 1'799'625'600LL * second_us;  // 2027-01-11.
constexpr int days = 28;
constexpr int learned = 7;

struct Step {  // One action, and what became of it.
  Seen seen;
  std::int64_t rows = 0;
};
using Story = std::vector<Step>;

struct Shares {  // Of statements.
  double writes;
  double destructive;
  double denied;
};

// What an agent is like on an ordinary day.
struct Habit {
  std::string name;
  std::vector<std::string> endpoints;
  std::vector<std::string> tables;
  double per_hour_at_noon;
  double night;       // Of that, at night.
  double weekend;     // Of that, on weekends.
  double burstiness;  // 0: even; 1: an incident now and then, with an hour of work.
  Shares shares;
  double growth_a_week;      // Slow drift of its rate.
  int days_between_deploys;  // Each brings a few tables.
};

using Names = std::vector<std::string>;

const std::vector<Habit>& habits() {
  const std::string orders = "postgres.orders";
  const std::string users = "postgres.users";
  const std::string billing = "postgres.billing";
  const Names shop{"orders", "items", "customers", "refunds", "events"};
  static const std::vector<Habit> all{
      {"triage", {orders, users}, shop, 120, 0.3, 0.4, 0.3, {0.05, 0.001, 0.01}, 1.02, 14},
      {"oncall",
       {orders, billing},
       {"orders", "invoices", "payments"},
       15,
       0.8,
       0.9,
       1,
       {0.15, 0.01, 0.03},
       1,
       21},
      {"reports",
       {"postgres.warehouse"},
       {"facts", "dims", "daily"},
       400,
       1,
       1,
       0.1,
       {0, 0, 0.002},
       1.05,
       10},
      {"janitor", {orders}, {"sessions", "carts", "locks"}, 60, 1.5, 1, 0.2, {0.4, 0.08, 0.005}, 1, 28},
      {"migrator", {orders, users, billing}, {"orders", "users"}, 8, 0.1, 0, 0.9, {0.5, 0.05, 0.05}, 1, 7},
      {"support",
       {"https.crm", users},
       {"users", "tickets"},
       200,
       0.05,
       0.1,
       0.3,
       {0.1, 0.002, 0.02},
       1.08,
       14},
  };
  return all;
}

class Days {
 public:
  Days(const Habit& habit, unsigned seed) : habit_(habit), random_(seed), tables_(habit.tables) {}

  Story all() {
    for (int day = 0; day < days; ++day) {
      if (day > 0 && day % habit_.days_between_deploys == 0) deploy();
      for (int hour = 0; hour < 24; ++hour) this->hour(day, hour);
    }
    return std::move(story_);
  }

 private:
  void deploy() {
    const int more = 1 + static_cast<int>(random_() % 3);
    for (int i = 0; i < more; ++i) tables_.push_back(fmt::format("{}_t{}", habit_.name, tables_.size()));
  }

  double rate(int day, int hour) {
    const double light = 0.5 - 0.5 * std::cos(2 * 3.14159265 * (hour - 1) / 24.0);
    double rate = habit_.per_hour_at_noon * (habit_.night + (1 - habit_.night) * light);
    if (day % 7 >= 5) rate *= habit_.weekend;
    rate *= std::pow(habit_.growth_a_week, day / 7.0);
    std::lognormal_distribution<double> mood(0, 0.25);
    rate *= mood(random_);
    // Incidents: now and then an hour is worth five, and the hours around are quieter.
    const bool is_incident = chance() < 0.04 * habit_.burstiness;
    return is_incident ? rate * (2 + 3 * chance()) : rate * (1 - 0.3 * habit_.burstiness);
  }

  void hour(int day, int hour) {
    std::poisson_distribution<int> count(rate(day, hour));
    const int actions = count(random_);
    const std::int64_t start_us = monday_us + day * day_us + hour * hour_us;
    std::vector<std::int64_t> times;
    for (int i = 0; i < actions; ++i) {
      times.push_back(start_us + static_cast<std::int64_t>(chance() * static_cast<double>(hour_us)));
    }
    std::ranges::sort(times);
    for (const std::int64_t time_us : times) story_.push_back(step(time_us));
  }

  Step step(std::int64_t time_us) {
    Step step;
    Seen& seen = step.seen;
    seen.time_us = time_us;
    seen.agent = habit_.name;
    // The first of each list is used most, the last seldom.
    seen.endpoint = habit_.endpoints[seldom(habit_.endpoints.size())];
    seen.objects = {tables_[seldom(tables_.size())]};
    const double kind = chance();
    const bool writes = kind < habit_.shares.writes;
    seen.destructive = kind < habit_.shares.destructive;
    const std::string verb = seen.destructive ? "delete"
                             : writes         ? (chance() < 0.5 ? "insert" : "update")
                                              : "select";
    seen.verbs = {verb};
    if (seen.endpoint.starts_with("https")) seen.host = "crm.example";
    seen.allowed = chance() >= habit_.shares.denied;
    if (!seen.allowed) seen.rule = "guard";
    seen.text = fmt::format("{} {} {}", verb, seen.objects.front(), random_() % 50);
    std::lognormal_distribution<double> rows(2.5, 1.6);
    step.rows = seen.allowed ? static_cast<std::int64_t>(rows(random_)) : 0;
    return step;
  }

  std::size_t seldom(std::size_t size) {
    const double x = chance();
    return std::min(size - 1, static_cast<std::size_t>(x * x * static_cast<double>(size)));
  }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const Habit& habit_;
  std::mt19937 random_;
  std::vector<std::string> tables_;
  Story story_;
};

enum class Incident { many_selects, one_big_select, slow_reading, new_table, new_host, probing, mass_delete };
constexpr Incident incidents[] = {Incident::many_selects, Incident::one_big_select, Incident::slow_reading,
                                  Incident::new_table,    Incident::new_host,       Incident::probing,
                                  Incident::mass_delete};
constexpr std::size_t incident_count = std::size(incidents);
constexpr const char* incident_names[] = {"exfiltration by many selects", "exfiltration by one select",
                                          "exfiltration over a day, twice the usual", "a table never used",
                                          "a host never asked", "probing a rule", "mass delete"};

// The actions of one incident that begins at a time.
Story plan(Incident incident, const Habit& habit, std::int64_t at_us) {
  Story story;
  const auto add = [&](std::int64_t after_us) -> Step& {
    Step& step = story.emplace_back();
    step.seen.time_us = at_us + after_us;
    step.seen.agent = habit.name;
    step.seen.endpoint = habit.endpoints.front();
    step.seen.objects = {habit.tables.front()};
    step.seen.verbs = {"select"};
    step.seen.allowed = true;
    step.rows = 20;
    return step;
  };
  switch (incident) {
    case Incident::many_selects:
      for (int i = 0; i < 3000; ++i) add(i * second_us / 4);
      break;
    case Incident::one_big_select: add(0).rows = 2'000'000; break;
    case Incident::slow_reading:
      for (int i = 0; i < 24 * habit.per_hour_at_noon; ++i) {
        add(static_cast<std::int64_t>(i * static_cast<double>(hour_us) / habit.per_hour_at_noon));
      }
      break;
    case Incident::new_table: add(0).seen.objects = {"payroll"}; break;
    case Incident::new_host:
      add(0).seen.host = "paste.example";
      break;
    case Incident::probing:
      for (int i = 0; i < 15; ++i) {
        Seen& seen = add(i * 20 * second_us).seen;
        seen.allowed = false;
        seen.rule = "guard";
        seen.text = fmt::format("drop table x{}", i);
      }
      break;
    case Incident::mass_delete:
      for (int i = 0; i < 60; ++i) {
        Seen& seen = add(i * 10 * second_us).seen;
        seen.destructive = true;
        seen.verbs = {habit.shares.destructive > 0 ? "delete" : "select"};
      }
      break;
  }
  return story;
}

bool finds(Incident incident, Kind kind) {
  switch (incident) {
    case Incident::many_selects:
    case Incident::slow_reading:
    case Incident::one_big_select: return kind == Kind::rate;
    case Incident::new_table: return kind == Kind::new_object;
    case Incident::new_host: return kind == Kind::new_host;
    case Incident::probing: return kind == Kind::denials;
    case Incident::mass_delete: return kind == Kind::destructive;
  }
  return false;
}

std::vector<Finding> run(Detector& detector, const Story& story) {
  std::vector<Finding> found;
  const auto take = [&](std::vector<Finding> more) { found.insert(found.end(), more.begin(), more.end()); };
  for (const Step& step : story) {
    take(detector.judged(step.seen));
    if (step.rows > 0) {
      take(detector.moved(
          {step.seen.seq, step.seen.time_us, step.seen.agent, "", step.seen.endpoint, step.rows}));
    }
  }
  return found;
}

Story merged(const Story& a, const Story& b) {
  Story all;
  const auto time = [](const Step& step) { return step.seen.time_us; };
  std::ranges::merge(a, b, std::back_inserter(all), {}, time, time);
  return all;
}

struct Totals {
  std::map<Kind, int> alarms;      // On quiet days, after learning.
  double agent_days = 0;
  std::array<int, incident_count> planted{};
  std::array<int, incident_count> hit{};
};

void count_alarms(const Story& story, Sensitivity sensitivity, Totals& totals) {
  Detector detector({learned * day_us, sensitivity});
  for (const Finding& each : run(detector, story)) {
    if (each.time_us >= monday_us + learned * day_us) ++totals.alarms[each.kind];
  }
  totals.agent_days += days - learned;
}

Story between(const Story& story, std::int64_t from_us, std::int64_t until_us) {
  Story part;
  for (const Step& step : story) {
    if (step.seen.time_us >= from_us && step.seen.time_us < until_us) part.push_back(step);
  }
  return part;
}

// All incidents begin at the same moment, each in a world of its own: the past is saved once and restored.
void count_hits(const Story& story, const Habit& habit, Sensitivity sensitivity, unsigned seed,
                Totals& totals) {
  std::mt19937 random(seed * 31);
  const std::int64_t minutes = static_cast<std::int64_t>(random() % (12 * 24 * 60));
  const std::int64_t at_us = monday_us + (learned + 2) * day_us + minutes * 60 * second_us;
  Detector past({learned * day_us, sensitivity});
  run(past, between(story, 0, at_us));
  const std::string saved = past.save(0);
  const Story day = between(story, at_us, at_us + day_us);
  for (const Incident incident : incidents) {
    const auto at = static_cast<std::size_t>(incident);
    Detector detector({learned * day_us, sensitivity});
    if (!detector.restore(saved)) std::abort();
    const std::vector<Finding> found = run(detector, merged(day, plan(incident, habit, at_us)));
    ++totals.planted[at];
    totals.hit[at] += std::ranges::any_of(found, [&](const Finding& each) {
      return finds(incident, each.kind);
    }) ? 1 : 0;
  }
}

const char* name_of(Sensitivity sensitivity) {
  return sensitivity == Sensitivity::low ? "low" : sensitivity == Sensitivity::high ? "high" : "normal";
}

Totals measure(Sensitivity sensitivity, unsigned seeds) {
  Totals totals;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    for (const Habit& habit : habits()) {
      const Story story = Days(habit, seed).all();
      count_alarms(story, sensitivity, totals);
      count_hits(story, habit, sensitivity, seed, totals);
    }
  }
  return totals;
}

void print(Sensitivity sensitivity, const Totals& totals) {
  int alarms = 0;
  for (const auto& [kind, count] : totals.alarms) alarms += count;
  fmt::print("{}: {} findings nobody planted in {:.0f} quiet agent-days ({:.3f} a day)\n",
             name_of(sensitivity), alarms, totals.agent_days, alarms / totals.agent_days);
  for (const auto& [kind, count] : totals.alarms) fmt::print("    {} {}\n", anomaly::name_of(kind), count);
  for (const Incident incident : incidents) {
    const auto at = static_cast<std::size_t>(incident);
    fmt::print("  {}: {} of {}\n", incident_names[at], totals.hit[at], totals.planted[at]);
  }
}

}  // namespace

// Without an argument few seeds, as a test: loud incidents are found, and quiet days are quiet. With a number
// of seeds for all sensitivities, to be read.
int trial(unsigned seeds) {
  if (seeds > 0) {
    for (const Sensitivity sensitivity : {Sensitivity::low, Sensitivity::normal, Sensitivity::high}) {
      print(sensitivity, measure(sensitivity, seeds));
    }
    return 0;
  }
  const Totals totals = measure(Sensitivity::normal, 1);
  print(Sensitivity::normal, totals);
  int alarms = 0;
  for (const auto& [kind, count] : totals.alarms) alarms += count;
  int passed = alarms / totals.agent_days < 0.3 ? 1 : 0;
  int of = 1;
  for (const Incident incident : incidents) {
    if (incident == Incident::slow_reading) continue;
    const auto at = static_cast<std::size_t>(incident);
    passed += totals.hit[at] * 10 >= totals.planted[at] * 8 ? 1 : 0;
    ++of;
  }
  fmt::print("anomaly: passed {} of {}\n", passed, of);
  return passed == of ? 0 : 1;
}

}  // namespace claw::anomaly

int main(int count, char** arguments) {
  return claw::anomaly::trial(count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : 0);
}
