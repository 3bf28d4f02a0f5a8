#include "trial/kind.h"

#include <algorithm>
#include <array>

#include "action/schema.h"
#include "base/text.h"
#include "cel/json.h"

namespace claw::trial {

namespace {

using action::Family;

constexpr std::size_t id_bytes_min = 16;  // Of letters and digits mixed: longer than words are.

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Numbers, UUIDs, hashes, tokens: what differs from one call to the next.
bool is_id(std::string_view segment) {
  if (segment.empty()) return false;
  const auto digits = std::ranges::count_if(segment, is_digit);
  if (digits == std::ssize(segment)) return true;
  const bool is_hash = segment.size() >= 7 && digits > 0 &&
                       std::ranges::all_of(segment, [](char c) { return is_hex(c) || c == '-'; });
  return is_hash || (segment.size() >= id_bytes_min && digits >= 3);
}

std::string text_of(const json::Value& record, std::string_view name) { return record.text_or(name, ""); }

// A fact of a part that is a list of texts, every form of which a rule would be asked about.
std::set<std::string> texts_of(const action::Part& part, std::string_view fact) {
  std::set<std::string> texts;
  const auto slot = action::slot_of(Family::sql, fact);
  if (!slot || *slot >= part.facts.size()) return texts;
  const auto text = cel::to_json(part.facts[*slot]);
  const auto list = text ? json::parse(*text) : Result<json::Value>(json::Value());
  if (!list || list->array() == nullptr) return texts;
  for (const json::Value& each : *list->array()) {
    if (each.string() != nullptr) texts.insert(*each.string());
  }
  return texts;
}

void ask(Seen& seen, std::string_view why) {
  seen.advice = Advice::ask;
  seen.why = why;
}

void leave(Seen& seen, std::string_view why) {
  seen.advice = Advice::leave;
  seen.why = why;
}

void of_sql(const action::Part& part, Seen& seen) {
  // What changes who may do what, or what there is, is for people also where nothing is lost.
  constexpr std::string_view asked[] = {"grant", "revoke", "alter", "drop", "truncate", "do", "call", "copy"};
  Kind& kind = seen.kind;
  kind.verb = part.verb;
  seen.tables = texts_of(part, "sql.tables");
  seen.functions = texts_of(part, "sql.functions");
  const auto begins = [&](std::string_view word) { return part.verb.starts_with(word); };
  kind.destroys = part.destructive;
  if (part.destructive) ask(seen, "it destroys");
  else if (std::ranges::any_of(asked, begins)) ask(seen, "it changes more than rows");
}

void of_http(const json::Value& record, const action::Subject& subject, Seen& seen) {
  Kind& kind = seen.kind;
  kind.verb = lower(text_of(record, "method"));
  const std::string path = text_of(record, "path");
  kind.place = path_pattern(std::string_view(path).substr(0, path.find('?')));
  if (kind.place.find('%') != std::string::npos) {
    leave(seen, "its path has escapes");
  } else if (text_of(record, "verb") != kind.verb) {
    leave(seen, "what it asked in GraphQL is not on record");
  } else if (subject.destructive) {
    kind.destroys = true;
    ask(seen, "it destroys");
  }
}

void of_k8s(const json::Value& record, const action::Subject& subject, Seen& seen) {
  constexpr std::string_view ways_in[] = {"/exec", "/attach", "/portforward", "/proxy",
                                          "/ephemeralcontainers"};
  constexpr std::string_view powers[] = {"secrets",      "serviceaccounts/token", "roles", "rolebindings",
                                         "clusterroles", "clusterrolebindings"};
  Kind& kind = seen.kind;
  kind.verb = text_of(record, "verb");
  kind.place = text_of(record, "resource");
  kind.space = text_of(record, "namespace");
  kind.group = text_of(record, "api_group");
  const auto is_end = [&](std::string_view end) { return kind.place.ends_with(end); };
  if (kind.place.empty()) {
    const std::string path = text_of(record, "path");
    kind.place = path.substr(0, path.find('?'));
  }
  if (record.find("impersonates") != nullptr) {
    leave(seen, "it acts as somebody else");
  } else if (subject.destructive) {
    kind.destroys = true;
    ask(seen, "it destroys");
  } else if (std::ranges::any_of(ways_in, is_end)) {
    ask(seen, "it is a way in");
  } else if (std::ranges::find(powers, kind.place) != std::end(powers)) {
    ask(seen, "secrets and rights are for people");
  }
}

// What a tool does only its server knows, unless the operator has said that it reads.
void of_mcp(const json::Value& record, const action::Subject& subject, Seen& seen) {
  Kind& kind = seen.kind;
  kind.verb = text_of(record, "mcp_method");
  if (kind.verb == "resources/read") {
    const std::string uri = text_of(record, "mcp_resource");
    if (uri.find_first_of("*%") != std::string::npos) return leave(seen, "its URI has escapes");
    const std::size_t begin = std::min(uri.find("://"), uri.size());
    kind.place = uri.substr(0, begin) + (begin < uri.size() ? ":/" : "");
    if (begin < uri.size()) kind.place += path_pattern(std::string_view(uri).substr(begin + 2));
    return;
  }
  kind.place = text_of(record, kind.verb == "prompts/get" ? "mcp_prompt" : "mcp_tool");
  kind.destroys = subject.destructive;
  if (kind.destroys) ask(seen, "it destroys");
  else if (!subject.reads_only) ask(seen, "nobody has said that it only reads");
}

// A rule that was there already would have refused it.
std::string refused_by(const json::Value& record) {
  const json::Value* shadows = record.find("shadows");
  if (shadows == nullptr || shadows->array() == nullptr || shadows->array()->empty()) return {};
  const json::Value& last = shadows->array()->back();
  const std::string rule = last.text_or("rule", "");
  return last.text_or("outcome", "") == "deny" && !rule.empty() ? "the rule " + rule + " would refuse it"
                                                                : "";
}

}  // namespace

std::string path_pattern(std::string_view path) {
  std::string pattern;
  for (const std::string_view segment : split(path.substr(std::min<std::size_t>(1, path.size())), '/')) {
    pattern += '/';
    pattern += is_id(segment) ? std::string_view("*") : segment;
  }
  return pattern;
}

std::vector<Seen> seen_in(const json::Value& record, const action::Subject& subject) {
  std::vector<Seen> all;
  const std::string refused = refused_by(record);
  for (const action::Part& part : subject.parts) {
    Seen& seen = all.emplace_back();
    seen.kind.endpoint = text_of(record, "endpoint");
    seen.kind.family = subject.family;
    if (subject.family == Family::sql) of_sql(part, seen);
    else if (subject.family == Family::http) of_http(record, subject, seen);
    else if (subject.family == Family::k8s) of_k8s(record, subject, seen);
    else if (subject.family == Family::mcp) of_mcp(record, subject, seen);
    else leave(seen, "what is called there is for a person to say");
    if (refused.empty()) continue;
    leave(seen, refused);
    if (subject.family == Family::sql) {
      seen.kind.place = join(std::vector(seen.tables.begin(), seen.tables.end()), ", ");
    }
  }
  return all;
}

}  // namespace claw::trial
