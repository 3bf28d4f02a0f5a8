#include "action/sql.h"

#include "action/subject.h"
#include "base/check.h"
#include "base/json.h"

namespace claw::action {
namespace {

using cel::Value;

// What the context facts of a SQL connection point into.
struct Storage {
  SqlSession session;
  std::vector<Value> search_path;
};

std::shared_ptr<Context> make_common(Place place) {
  auto context = std::make_shared<Context>();
  context->principal = std::move(place.principal);
  context->endpoint = std::move(place.endpoint);
  context->credential = std::move(place.credential);
  context->session = std::move(place.session);
  context->facts = {
      Value::string(context->principal.agent), Value::string(context->principal.profile),
      Value::string(context->principal.address), Value::string(context->endpoint),
      Value::string(context->credential)};
  return context;
}

void write_common(json::Writer& out, const Context& context) {
  out.member("agent", context.principal.agent);
  out.member_unless_empty("profile", context.principal.profile);
  out.member_unless_empty("address", context.principal.address);
  out.member("endpoint", context.endpoint);
  out.member_unless_empty("credential", context.credential);
  out.member("session", context.session);
  out.member_unless_empty("preview_of", context.principal.preview_of);
  out.member_unless_empty("call", context.principal.call);
}

// Members without the braces, to be spliced into a record.
template <class Extra>
std::string record_of(const Context& context, Extra extra) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_common(out, context);
  extra(out);
  out.end_object();
  return text.substr(1, text.size() - 2);
}

// Who acts and where is shown beside the state, from the context's own members.
bool is_state(const Fact& fact) {
  return fact.run == Run::context && !fact.name.starts_with("agent.") && !fact.name.starts_with("action.");
}

bool is_plain(std::string_view value) {
  constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !value.empty() && value.find_first_not_of(word) == std::string_view::npos;
}

}  // namespace

std::shared_ptr<const Context> make_context(Family family, Place place) {
  auto context = make_common(std::move(place));
  CLAW_CHECK(context->facts.size() == runs(family).context);
  context->record_json = record_of(*context, [](json::Writer&) {});
  return context;
}

std::shared_ptr<const Context> make_sql_context(Place place, SqlSession session) {
  auto context = make_common(std::move(place));
  auto storage = std::make_shared<Storage>();
  storage->session = std::move(session);
  const SqlSession& kept = storage->session;
  for (const std::string& schema : kept.search_path) storage->search_path.push_back(Value::string(schema));
  const std::span<const Value> path(storage->search_path);
  const Value not_known = Value::unknown(cel::Cause::unparsed);
  context->facts.insert(context->facts.end(),
                        {Value::string(kept.database), Value::string(kept.user),
                         kept.role.empty() ? not_known : Value::string(kept.role),
                         path.empty() ? not_known : Value::list(path)});
  CLAW_CHECK(context->facts.size() == runs(Family::sql).context);
  context->record_json = record_of(*context, [&kept](json::Writer& out) {
    out.member_unless_empty("database", kept.database);
    out.member_unless_empty("user", kept.user);
    if (kept.role != kept.user) out.member_unless_empty("role", kept.role);
    if (!kept.search_path.empty()) out.member("search_path", kept.search_path);
  });
  context->storage = std::move(storage);
  return context;
}

std::vector<Stated> state_of(Family family, const Context& context) {
  std::vector<Stated> state;
  const std::span<const Fact> facts = schema(family);
  const std::size_t first = runs(family).own;
  for (std::size_t i = 0; i < context.facts.size() && first + i < facts.size(); ++i) {
    const Fact& fact = facts[first + i];
    if (!is_state(fact)) continue;
    const cel::Value& value = context.facts[i];
    Stated stated{std::string(fact.name.substr(fact.name.find('.') + 1)), false, false, {}};
    if (value.is(cel::Kind::string)) {
      stated.is_known = true;
      stated.values.emplace_back(value.as_text());
    } else if (value.is(cel::Kind::list)) {
      stated.is_known = stated.is_list = true;
      for (std::size_t at = 0; at < value.size(); ++at) stated.values.emplace_back(value.at(at).as_text());
    }
    state.push_back(std::move(stated));
  }
  return state;
}

std::string shown(const Stated& stated) {
  if (!stated.is_known) return "not known";
  std::string line;
  for (const std::string& value : stated.values) {
    if (!line.empty()) line += ", ";
    line += is_plain(value) ? value : json::format(json::Value(value));
  }
  return line;
}

}  // namespace claw::action
