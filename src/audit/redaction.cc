#include "audit/redaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace claw::audit {

namespace {

constexpr std::size_t hash_digits = 16;  // 64 bits: values of one journal do not meet by chance.
constexpr std::string_view pattern_prefix = "re:";
constexpr std::string_view query_prefix = "http.query.";
constexpr std::size_t what_max = 64;

// What the record is put in order by, and proven with; none of it is an agent's own words.
constexpr std::string_view kept[] = {
    "kind",      "action",   "verdict",    "rule",    "policy",   "question",  "session",  "family",
    "operation", "approver", "asked",      "decided", "deadline", "approvers", "observed", "endpoint",
    "agent",     "profile",  "credential", "shadows", "labels",   "budget",    "charged",  "break_glass",
    "ending"};

bool is_kept(std::string_view member) { return std::ranges::find(kept, member) != std::end(kept); }

// Facts of what an agent asks for; who it is, and what became of it, stays.
bool can_go(std::string_view fact) {
  if (fact == "reasoning" || fact == "agent.address") return true;
  for (const std::string_view family : {"sql.", "http.", "k8s.", "ws.", "ssh."}) {
    if (fact.starts_with(family)) return true;
  }
  return false;
}

// Foreign text stands between backticks, and may have some itself: from the first to the last of them.
std::string without_quotes(std::string_view text, std::string_view key) {
  const std::size_t first = text.find('`');
  if (first == std::string_view::npos) return std::string(text);
  const std::size_t end = text.rfind('`') == first ? text.size() : text.rfind('`') + 1;
  std::string out(text.substr(0, first));
  out += redacted(text.substr(first, end - first), key);
  return out.append(text.substr(end));
}

}  // namespace

std::string redacted(std::string_view value, std::string_view key) {
  const crypto::Digest hash = crypto::hmac_sha256(key, value);
  return "[redacted sha256:" + to_hex(crypto::view(hash)).substr(0, hash_digits) + "]";
}

crypto::Digest redaction_key(std::string_view private_key) {
  return crypto::hmac_sha256(private_key, "clawpatrol redaction 1");
}

Result<Redaction> Redaction::of(const std::vector<std::string>& what) {
  if (what.size() > what_max) return invalid(fmt::format("at most {} things can be redacted", what_max));
  Redaction made;
  const std::vector<std::string> names = field_names();
  for (const std::string& each : what) {
    if (each.starts_with(pattern_prefix)) {
      CLAW_TRY(cel::Pattern pattern,
               cel::Pattern::compile(std::string_view(each).substr(pattern_prefix.size())));
      if (pattern.matches("")) return invalid(quoted(each) + " is found in nothing, and so everywhere");
      made.patterns_.push_back(std::move(pattern));
    } else if (each.starts_with(query_prefix) && each.size() > query_prefix.size()) {
      made.query_names_.push_back(each.substr(query_prefix.size()));
    } else if (const auto why = why_unrecorded(each)) {
      return invalid(fmt::format("{} is not on record by itself ({}); `re:…` takes out what it finds",
                                 quoted(each), *why));
    } else if (std::ranges::find(names, each) == names.end()) {
      const auto near = nearest(each, names);
      return invalid("no fact " + quoted(each) + (near ? "; did you mean " + quoted(*near) + "?" : ""));
    } else if (!can_go(each)) {
      return invalid(quoted(each) + " stays on record: it says who did it, or what became of it");
    } else {
      made.fields_.push_back(field_named(each));
    }
  }
  return made;
}

std::vector<std::string> Redaction::values_in(const Record& record) const {
  class Values final : public FactVisitor {
   public:
    explicit Values(const Redaction& of) : of_(of) {}
    void text(std::uint8_t field, std::string_view value) override {
      static const std::uint8_t query = field_named("http.query");
      if (std::ranges::find(of_.fields_, field) != of_.fields_.end()) return add(value);
      const std::size_t equals = value.find('=');
      if (field != query || equals == std::string_view::npos) return;
      const bool named =
          std::ranges::find(of_.query_names_, value.substr(0, equals)) != of_.query_names_.end();
      if (named) add(value.substr(equals + 1));
    }
    void number(std::uint8_t, std::int64_t) override {}
    void word(std::string_view) override {}
    std::vector<std::string> found;

   private:
    void add(std::string_view value) {
      if (!value.empty()) found.emplace_back(value);
    }
    const Redaction& of_;
  };
  Values values(*this);
  each_fact(record, values);
  // Longer ones first: one may hold another.
  std::ranges::sort(values.found, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  values.found.erase(std::unique(values.found.begin(), values.found.end()), values.found.end());
  return std::move(values.found);
}

std::string Redaction::without(std::string_view text, const std::vector<std::string>& values,
                               std::string_view key) const {
  std::string out(text);
  for (const std::string& value : values) {
    if (out == value) return redacted(value, key);
    if (value.size() < redacted_within_bytes_min) continue;
    for (std::size_t at = out.find(value); at != std::string::npos; at = out.find(value, at)) {
      const std::string mark = redacted(value, key);
      out.replace(at, value.size(), mark);
      at += mark.size();
    }
  }
  for (const cel::Pattern& pattern : patterns_) {
    std::string_view found[1];
    for (std::size_t at = 0; at < out.size() && pattern.find(out, at, found) && !found[0].empty();) {
      const std::string value(found[0]);
      const std::size_t place = out.find(value, at);
      CLAW_CHECK(place != std::string::npos);
      const std::string mark = redacted(value, key);
      out.replace(place, value.size(), mark);
      at = place + mark.size();
    }
  }
  return out;
}

std::string Redaction::clean_text(std::string_view text, std::string_view key) const {
  return without(text, {}, key);
}

std::vector<Redaction::Match> Redaction::find(std::string_view text) const {
  std::vector<Match> all;
  for (const cel::Pattern& pattern : patterns_) {
    std::string_view found[1];
    for (std::size_t at = 0; at < text.size() && pattern.find(text, at, found) && !found[0].empty();) {
      const std::size_t from = text.find(found[0], at);
      CLAW_CHECK(from != std::string_view::npos);
      all.push_back({from, from + found[0].size()});
      at = all.back().to;
    }
  }
  std::ranges::sort(all, {}, &Match::from);
  std::vector<Match> merged;
  for (const Match& each : all) {
    if (merged.empty() || each.from >= merged.back().to) merged.push_back(each);
    else merged.back().to = std::max(merged.back().to, each.to);
  }
  return merged;
}

void Redaction::clean(json::Value& value, const std::vector<std::string>& values,
                      std::string_view key) const {
  if (const std::string* text = value.string()) {
    value = json::Value(without(*text, values, key));
  } else if (json::Array* array = value.array()) {
    for (json::Value& each : *array) clean(each, values, key);
  } else if (json::Object* object = value.object()) {
    for (json::Member& each : *object) clean(each.second, values, key);
  }
}

std::string Redaction::apply(std::string_view body, std::string_view key) const {
  Record record;
  Result<json::Value> members = json::parse("{" + std::string(body));
  // A name that is there twice: nothing that cannot be read is written as it is.
  if (!members) return R"("kind":"incident","what":"a record could not be redacted"})";
  record.members = std::move(*members);
  record.kind = record.members.text_or("kind", "");
  const std::vector<std::string> values = values_in(record);
  // Facts of what a tool does stand in its arguments under names of its own: with them all that it was called
  // with goes. Of a call that arrives somewhere the record made there says the rest.
  const std::string family = record.members.text_or("family", "");
  const bool hides_call = (family == "tool" || family == "mcp") && has_facts();
  // What was not understood has no facts, but what we say of it may quote them.
  const bool hides_quotes =
      has_facts() && (record.kind == "incident" || record.kind == "session" ||
                      (hides_call && record.members.find("not_understood") != nullptr));
  for (json::Member& each : *record.members.object()) {
    if (is_kept(each.first)) continue;
    if (hides_quotes && each.second.string() != nullptr) {
      each.second = json::Value(without_quotes(*each.second.string(), key));
    }
    if (hides_call && (each.first == "text" || each.first == "summary") && each.second.string() != nullptr) {
      each.second = json::Value(redacted(*each.second.string(), key));
    } else {
      clean(each.second, values, key);
    }
  }
  return json::format(record.members).substr(1);
}

}  // namespace claw::audit
