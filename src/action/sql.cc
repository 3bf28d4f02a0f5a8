#include "action/sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/sql_summary.h"
#include "action/subject.h"
#include "base/check.h"
#include "base/json.h"

namespace claw::action {
namespace {

using cel::Value;
using Values = std::vector<Value>;

constexpr std::size_t statements_max = 1000;  // Each is judged by every rule; 1000 take a few milliseconds.
constexpr std::size_t parts_recorded_max = 100;  // The text is recorded whole; this is only its reading.

// Where facts_of() puts a part's text.
constexpr std::size_t text_slot = 4;

struct Storage {
  std::shared_ptr<const sql::Facts> facts;
  cel::Arena arena;
  std::string record_before;  // The record's members up to the text's value,
  std::string record_after;   // and from behind it.
};

class Builder {
 public:
  Builder(std::shared_ptr<const sql::Facts> facts, Subject& subject)
      : storage_(std::make_shared<Storage>()), keep_(storage_->arena), subject_(subject) {
    storage_->facts = std::move(facts);
    for (const sql::Statement& statement : storage_->facts->statements) {
      if (!statement.inner) verbs_.push_back(Value::string(statement.verb));
    }
    batch_ = keep_.list(verbs_);
  }

  std::shared_ptr<Storage> build() {
    const sql::Facts& facts = *storage_->facts;
    if (subject_.understood && !subject_.truncated) {
      subject_.parts.reserve(facts.statements.size());
      for (const sql::Statement& statement : facts.statements) add(statement);
    }
    if (subject_.parts.empty()) add_whole();  // Also for a text of only comments: it too must be judged.
    subject_.storage = storage_;
    return storage_;
  }

 private:
  void add(const sql::Statement& statement) {
    Part& part = subject_.parts.emplace_back();
    part.verb = statement.verb;
    part.text = statement.text;
    part.destructive = statement.destructive;
    part.reads_only = statement.effects.only({sql::Effect::read});
    part.facts = facts_of(statement, statement.text);
  }

  void add_whole() {
    static const sql::Statement nothing;
    Part& part = subject_.parts.emplace_back();
    part.text = subject_.text;
    part.reads_only = subject_.understood && !subject_.truncated;
    part.facts = facts_of(nothing, subject_.text);
    forget_unknown(Family::sql, subject_.truncated, subject_.understood, part.facts);
  }

  // In the schema's order. The values are views of `facts` and of the subject, which live as long as they.
  Values facts_of(const sql::Statement& statement, std::string_view text) {
    return {
        Value::boolean(statement.destructive),
        Value::boolean(subject_.understood),
        Value::boolean(subject_.truncated),
        Value::string(statement.verb),
        Value::string(text),
        names(statement.tables),
        keep_.texts(statement.functions),
        effects(statement.effects),
        names(statement.reads),
        names(statement.writes),
        keep_.texts(statement.columns),
        names(statement.objects),
        Value::boolean(statement.has_where),
        Value::boolean(statement.inner),
        batch_,
    };
  }

  // `table`, `schema.table` and `catalog.schema.table`, as far as the text had them: a rule may use any.
  Value names(const std::vector<sql::Name>& names) {
    scratch_.clear();
    const auto add = [this](std::string_view text) {
      const auto same = [text](const Value& value) { return value.as_text() == text; };
      if (std::none_of(scratch_.begin(), scratch_.end(), same)) {
        scratch_.push_back(Value::string(keep_.arena().copy(text)));
      }
    };
    for (const sql::Name& name : names) {
      add(name.name);
      if (!name.schema.empty()) add(fmt::format("{}.{}", name.schema, name.name));
      if (!name.catalog.empty()) add(name.text());
    }
    return keep_.list(scratch_);
  }

  Value effects(sql::Effects effects) {
    scratch_.clear();
    for (std::size_t i = 0; i < sql::effect_count; ++i) {
      const auto effect = static_cast<sql::Effect>(i);
      if (effects.has(effect)) scratch_.push_back(Value::string(sql::name_of(effect)));
    }
    const auto by_name = [](const Value& a, const Value& b) { return a.as_text() < b.as_text(); };
    std::sort(scratch_.begin(), scratch_.end(), by_name);
    return keep_.list(scratch_);
  }

  std::shared_ptr<Storage> storage_;
  Keeper keep_;
  Subject& subject_;
  Values verbs_;
  Values scratch_;
  Value batch_;  // The verbs, for every part.
};

void write_names(json::Writer& out, std::string_view key, const std::vector<sql::Name>& names) {
  if (names.empty()) return;
  out.key(key);
  out.begin_array();
  for (const sql::Name& name : names) out.string(name.text());
  out.end_array();
}

void write_part(json::Writer& out, const sql::Statement& statement) {
  out.begin_object();
  out.member("verb", statement.verb);
  out.member("effects", statement.effects.names());
  write_names(out, "tables", statement.tables);
  write_names(out, "reads", statement.reads);
  write_names(out, "writes", statement.writes);
  write_names(out, "objects", statement.objects);
  if (!statement.functions.empty()) out.member("functions", statement.functions);
  out.member("has_where", statement.has_where);
  if (statement.inner) out.member("inner", true);
  if (statement.destructive) out.member("destructive", true);
  out.end_object();
}

// Members without the braces, to be spliced into a record; around the text's value.
void write_record(const Subject& subject, const sql::Facts& facts, Storage& storage) {
  std::string json;
  json::Writer out(json);
  out.begin_object();
  out.member("family", name_of(Family::sql));
  out.member("summary", subject.summary);
  out.key("text");
  storage.record_before = json.substr(1);
  out.raw("");
  const std::size_t after = json.size();
  if (!subject.understood) out.member("not_understood", subject.why_not);
  if (subject.truncated) out.member("truncated", true);
  if (subject.destructive) out.member("destructive", true);
  if (subject.understood && !subject.truncated) {
    out.key("parts");
    out.begin_array();
    const std::size_t shown = std::min(facts.statements.size(), parts_recorded_max);
    for (std::size_t i = 0; i < shown; ++i) write_part(out, facts.statements[i]);
    out.end_array();
    if (shown < facts.statements.size()) {
      out.member("parts_total", static_cast<std::int64_t>(facts.statements.size()));
    }
  }
  storage.record_after = json.substr(after);
}

std::string record_of(const Storage& storage, std::string_view text) {
  std::string json;
  json.reserve(storage.record_before.size() + text.size() + 16 + storage.record_after.size());
  json += storage.record_before;
  json::append_string(json, text);
  json += storage.record_after;
  return json;
}

bool all(const sql::Facts& facts, sql::Effects effects) {
  return std::ranges::all_of(facts.statements,
                             [effects](const sql::Statement& each) { return each.effects.only(effects); });
}

// Reads are held to reading by the protocol. One statement that changes rows, and nothing but rows, is
// counted by the server in its transaction, with what its CTEs, functions, triggers and rules change.
// TRUNCATE and COPY are no such statement: the server counts the one as nothing and cannot be told to stop
// the other.
Rows rows_of(const sql::Facts& facts) {
  using enum sql::Effect;
  constexpr std::string_view counted[] = {"select", "insert", "update", "delete", "merge"};
  const auto is_plain = [](const sql::Statement& each) {
    return each.functions.empty() && each.effects.only({session, transaction, lock});
  };
  if (all(facts, {read, session, transaction}) || std::ranges::all_of(facts.statements, is_plain)) {
    return Rows::none;
  }
  const bool is_one = facts.top_level == 1 && all(facts, {read, write, modify, remove, lock}) &&
                      std::ranges::all_of(facts.statements, [&counted](const sql::Statement& each) {
                        return std::ranges::find(counted, std::string_view(each.verb)) != std::end(counted);
                      });
  return is_one ? Rows::counted : Rows::uncounted;
}

}  // namespace

std::shared_ptr<const Subject> make_sql_subject(std::string_view text,
                                                std::shared_ptr<const sql::Facts> facts, bool truncated) {
  auto subject = std::make_shared<Subject>();
  const sql::Facts& known = *facts;
  subject->family = Family::sql;
  subject->text = text;
  subject->truncated = truncated;
  subject->understood = known.understood && known.statements.size() <= statements_max;
  if (!known.understood) {
    subject->why_not = known.why;
  } else if (!subject->understood) {
    subject->why_not = fmt::format("more than {} statements at once", statements_max);
  }
  subject->summary = subject->understood ? summarise(known) : "a statement that was not understood";
  const std::shared_ptr<Storage> storage = Builder(facts, *subject).build();
  const auto destroys = [](const Part& part) { return part.destructive; };
  const auto only_reads = [](const Part& part) { return part.reads_only; };
  subject->destructive = std::any_of(subject->parts.begin(), subject->parts.end(), destroys);
  subject->reads_only =
      subject->understood && std::all_of(subject->parts.begin(), subject->parts.end(), only_reads);
  subject->rows = subject->understood && !truncated ? rows_of(known) : Rows::uncounted;
  write_record(*subject, known, *storage);
  subject->record_json = record_of(*storage, subject->text);
  return subject;
}

std::shared_ptr<const Subject> make_sql_subject_like(const Subject& form, std::string_view text,
                                                     std::string_view own) {
  CLAW_CHECK(form.family == Family::sql && form.understood && !form.truncated && form.parts.size() == 1);
  auto subject = std::make_shared<Subject>();
  subject->text = text;
  subject->summary = form.summary;
  subject->destructive = form.destructive;
  subject->reads_only = form.reads_only;
  subject->rows = form.rows;
  const Part& like = form.parts.front();
  // One allocation, and never moved again: the text's fact is a view of the part's own.
  Part& part = subject->parts.emplace_back(
      Part{like.verb, std::string(own), like.destructive, like.reads_only, like.facts});
  part.facts.at(text_slot) = Value::string(part.text);
  subject->record_json = record_of(*static_cast<const Storage*>(form.storage.get()), text);
  subject->storage = form.storage;
  return subject;
}

}  // namespace claw::action
