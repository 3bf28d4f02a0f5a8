// Agents and figures over time, from what the index counted when records came in.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "admin/routes/handlers.h"
#include "admin/routes/records.h"
#include "base/text.h"

namespace claw::admin {

namespace {

using store::Index;

constexpr std::int64_t hour_us = 3'600'000'000;
constexpr std::int64_t minute_us = 60'000'000;
constexpr std::size_t minutes_shown = 60;
constexpr std::int64_t buckets_aimed = 96;
constexpr std::size_t sampled_max = 10'000;  // Of durations: enough for a 99th percentile.
constexpr std::size_t top_max = 10;

struct Seen {  // Of one agent.
  std::int64_t actions = 0;
  std::int64_t denied = 0;
  std::int64_t last_us = 0;
  std::array<std::int64_t, minutes_shown> minutes{};
};

void append_agent_now(json::Writer& out, const AgentNow& now) {
  out.member("labels", now.labels);
  out.key("budgets");
  out.begin_array();
  for (const AgentNow::Budget& budget : now.budgets) {
    out.begin_object();
    out.member("name", budget.name);
    out.member("what", budget.what);
    out.member("used", budget.used);
    out.member("limit", budget.limit);
    if (budget.resets_us != 0) out.member("resets", time_text(budget.resets_us));
    out.end_object();
  }
  out.end_array();
}

// A bucket is as short as makes a readable chart.
std::int64_t bucket_of(std::int64_t hours) {
  for (const std::int64_t minutes : {5, 15, 30, 60, 180, 360, 720}) {
    if (hours * 60 / minutes <= buckets_aimed) return minutes * minute_us;
  }
  return 24 * hour_us;
}

void append_quantiles(json::Writer& out, std::vector<double> milliseconds) {
  std::ranges::sort(milliseconds);
  const auto at = [&](double quantile) {
    const double place = quantile * static_cast<double>(milliseconds.size() - 1);
    return milliseconds[static_cast<std::size_t>(std::llround(place))];
  };
  out.begin_object();
  for (const auto& [name, quantile] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
    out.key(name);
    if (milliseconds.empty()) out.null();
    else out.real(at(quantile));
  }
  out.end_object();
}

// From the buckets of the gateway's own histogram: since it started.
void append_histogram(json::Writer& out, const std::string& metrics, std::string_view name) {
  std::vector<std::pair<double, double>> buckets;  // Upper bound in seconds, and how many up to it.
  const std::string start = std::string(name) + "_bucket{le=\"";
  for (const std::string_view line : split(metrics, '\n')) {
    if (!line.starts_with(start)) continue;
    const std::string bound(line.substr(start.size(), line.find('"', start.size()) - start.size()));
    const std::string count(line.substr(line.rfind(' ') + 1));
    buckets.emplace_back(bound == "+Inf" ? INFINITY : std::strtod(bound.c_str(), nullptr),
                         std::strtod(count.c_str(), nullptr));
  }
  out.begin_object();
  for (const auto& [label, quantile] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
    out.key(label);
    const double wanted = buckets.empty() ? 0 : buckets.back().second * quantile;
    const auto found = std::ranges::find_if(buckets, [&](const auto& each) { return each.second >= wanted; });
    if (wanted <= 0 || found == buckets.end()) out.null();
    else out.real((std::isinf(found->first) ? std::prev(found)->first : found->first) * 1000);
  }
  out.end_object();
}

struct Figures {
  std::vector<Index::Tally> over_time;
  std::vector<Index::Tally> denied;
  std::vector<Index::Tally> agents;
  std::vector<Index::Tally> endpoints;
  std::vector<Index::Wait> waits;
  std::vector<std::int64_t> durations;
};

Result<Figures> figures(Index& index, std::int64_t since_us) {
  constexpr std::string_view by_time[] = {"minute", "verdict", "asked"};
  constexpr std::string_view by_rule[] = {"rule", "endpoint", "verdict"};
  constexpr std::string_view by_agent[] = {"agent", "verdict"};
  constexpr std::string_view by_endpoint[] = {"endpoint", "verdict"};
  Figures made;
  CLAW_TRY(made.over_time, index.tallies(since_us, by_time));
  CLAW_TRY(made.denied, index.tallies(since_us, by_rule));
  CLAW_TRY(made.agents, index.tallies(since_us, by_agent));
  CLAW_TRY(made.endpoints, index.tallies(since_us, by_endpoint));
  CLAW_TRY(made.waits, index.waits(since_us, sampled_max));
  CLAW_TRY(made.durations, index.durations(since_us, sampled_max));
  return made;
}

struct Bucket {
  std::int64_t allow = 0;
  std::int64_t deny = 0;
  std::int64_t approve = 0;
};

void append_buckets(json::Writer& out, const Figures& figures, std::int64_t since_us, std::int64_t now_us,
                    std::int64_t step_us) {
  std::map<std::int64_t, Bucket> buckets;
  for (std::int64_t at = since_us / step_us; at <= now_us / step_us; ++at) buckets[at] = {};
  for (const Index::Tally& tally : figures.over_time) {
    if (tally.verdict == "held") continue;
    Bucket& bucket = buckets[tally.minute_us / step_us];
    (tally.verdict == "allow" ? bucket.allow : bucket.deny) += tally.count;
    if (tally.asked) bucket.approve += tally.count;
  }
  out.member("bucket_seconds", step_us / 1'000'000);
  out.key("buckets");
  out.begin_array();
  for (const auto& [at, bucket] : buckets) {
    out.begin_object();
    out.member("at", time_text(at * step_us));
    out.member("allow", bucket.allow);
    out.member("deny", bucket.deny);
    out.member("approve", bucket.approve);
    out.end_object();
  }
  out.end_array();
}

void append_approvals(json::Writer& out, const Figures& figures) {
  std::int64_t asked = 0, allowed = 0, denied = 0, expired = 0;
  for (const Index::Tally& tally : figures.over_time) asked += tally.verdict == "held" ? tally.count : 0;
  std::vector<std::int64_t> waited;
  for (const Index::Wait& wait : figures.waits) {
    if (wait.verdict == "allow") ++allowed;
    else if (wait.approver.empty()) ++expired;
    else ++denied;
    if (!wait.approver.empty()) waited.push_back(wait.waited_us);
  }
  std::ranges::sort(waited);
  out.key("approvals");
  out.begin_object();
  out.member("asked", asked);
  out.member("allowed", allowed);
  out.member("denied", denied);
  out.member("expired", expired);
  out.key("wait_p50_s");
  if (waited.empty()) out.null();
  else out.real(static_cast<double>(waited[waited.size() / 2]) * 1e-6);
  out.end_object();
}

void append_denied(json::Writer& out, std::vector<Index::Tally> tallies) {
  std::erase_if(tallies, [](const Index::Tally& each) { return each.verdict != "deny"; });
  std::ranges::sort(tallies, std::greater<>(), &Index::Tally::count);
  if (tallies.size() > top_max) tallies.resize(top_max);
  out.key("top_denied");
  out.begin_array();
  for (const Index::Tally& each : tallies) {
    out.begin_object();
    out.member("rule", each.rule);
    out.member("endpoint", each.endpoint);
    out.member("count", each.count);
    out.end_object();
  }
  out.end_array();
}

void append_top(json::Writer& out, std::string_view name, const std::vector<Index::Tally>& tallies,
                std::string Index::Tally::*key) {
  struct Counted {
    std::string name;
    std::int64_t count = 0;
    std::int64_t denied = 0;
  };
  std::map<std::string, Counted> sums;
  for (const Index::Tally& each : tallies) {
    if (each.verdict == "held") continue;
    Counted& sum = sums[each.*key];
    sum.name = each.*key;
    sum.count += each.count;
    if (each.verdict == "deny") sum.denied += each.count;
  }
  std::vector<Counted> top;
  for (auto& [key_text, sum] : sums) top.push_back(std::move(sum));
  std::ranges::sort(top, std::greater<>(), &Counted::count);
  if (top.size() > top_max) top.resize(top_max);
  out.key(name);
  out.begin_array();
  for (const Counted& each : top) {
    out.begin_object();
    out.member("name", each.name);
    out.member("count", each.count);
    out.member("denied", each.denied);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Answer routes::agents(const Call&, Sources& sources) {
  const std::int64_t now_us = sources.clock.wall_us();
  const std::int64_t first_minute_us = (now_us / minute_us - std::int64_t{minutes_shown} + 1) * minute_us;
  std::map<std::string, Seen, std::less<>> seen;
  const Status asked = sources.records.with([&](Index& index) -> Status {
    constexpr std::string_view by_agent[] = {"agent", "verdict"};
    constexpr std::string_view by_minute[] = {"minute", "agent", "verdict"};
    CLAW_TRY(const std::vector<Index::Tally> day, index.tallies(now_us - 24 * hour_us, by_agent));
    for (const Index::Tally& tally : day) {
      Seen& agent = seen[tally.agent];
      agent.last_us = std::max(agent.last_us, tally.last_us);
      if (tally.verdict == "held") continue;
      agent.actions += tally.count;
      if (tally.verdict == "deny") agent.denied += tally.count;
    }
    CLAW_TRY(const std::vector<Index::Tally> hour, index.tallies(first_minute_us, by_minute));
    for (const Index::Tally& tally : hour) {
      const std::int64_t at = (tally.minute_us - first_minute_us) / minute_us;
      const bool is_shown = at >= 0 && at < std::int64_t{minutes_shown} && tally.verdict != "held";
      if (is_shown) seen[tally.agent].minutes[static_cast<std::size_t>(at)] += tally.count;
    }
    return Done{};
  });
  if (!asked) return problem(asked.error());

  std::map<std::string, std::int64_t, std::less<>> held;
  for (const approval::Entry& entry : sources.questions.list()) {
    if (entry.state == approval::State::open) ++held[entry.question.agent];
  }
  std::map<std::string, AgentNow, std::less<>> now;
  if (sources.agents) {
    for (AgentNow& each : sources.agents()) now.emplace(each.name, std::move(each));
  }
  const auto snapshot = sources.running().snapshot;
  if (snapshot != nullptr) {
    for (const config::Agent& agent : snapshot->agents) seen.try_emplace(agent.name);
  }
  for (const auto& [name, each] : now) seen.try_emplace(name);

  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const auto& [name, agent] : seen) {
    const config::Agent* configured = snapshot == nullptr ? nullptr : snapshot->agent(name);
    const AgentNow& standing = now[name];
    out.begin_object();
    out.member("name", name);
    out.member("profile", configured == nullptr ? "" : configured->profile);
    out.member_unless_empty("owner", standing.owner);
    if (agent.last_us != 0) out.member("last_seen", time_text(agent.last_us));
    out.member("actions", agent.actions);
    out.member("denied", agent.denied);
    out.member("held", held[name]);
    out.key("sparkline");
    out.begin_array();
    for (const std::int64_t count : agent.minutes) out.integer(count);
    out.end_array();
    append_agent_now(out, standing);
    out.end_object();
  }
  out.end_array();
  return json_answer(std::move(text));
}

Answer routes::end_agent_session(const Call& call, Sources& sources) {
  const std::string name = call.param("name");
  if (!sources.end_stint) return problem(404, "not_found", "this gateway keeps no sessions of agents");
  if (auto failed = record(sources, call.who, "agent_session_ended", name)) return std::move(*failed);
  return sources.end_stint(name) ? done() : problem(404, "not_found", "no such session: " + quoted(name));
}

Answer routes::analytics(const Call& call, Sources& sources) {
  const auto hours = call.number("hours", 24, 744);
  if (!hours || *hours < 1) return problem(400, "invalid", "`hours` is between 1 and 744");
  const std::int64_t now_us = sources.clock.wall_us();
  const std::int64_t step_us = bucket_of(*hours);
  const std::int64_t since_us = (now_us - *hours * hour_us) / step_us * step_us;
  const auto made = sources.records.with([&](Index& index) { return figures(index, since_us); });
  if (!made) return problem(made.error());
  Written out;
  append_buckets(out.writer, *made, since_us, now_us, step_us);
  out.writer.key("latency");
  out.writer.begin_object();
  out.writer.key("decision");
  append_histogram(out.writer, sources.registry.text(), "claw_decision_seconds");
  out.writer.key("execution");
  std::vector<double> took;
  for (const std::int64_t each_us : made->durations) took.push_back(static_cast<double>(each_us) * 1e-3);
  append_quantiles(out.writer, std::move(took));
  out.writer.end_object();
  append_approvals(out.writer, *made);
  append_denied(out.writer, made->denied);
  append_top(out.writer, "top_agents", made->agents, &Index::Tally::agent);
  append_top(out.writer, "top_endpoints", made->endpoints, &Index::Tally::endpoint);
  return out.answer();
}

}  // namespace claw::admin
