// What agents did before: the labels rules set, the budgets that are counted, and how sure an answer must be.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hcl.h"

namespace claw::config {

namespace {

constexpr std::size_t label_bytes_max = 64;  // Labels are shown beside an agent's name, and recorded.
constexpr std::size_t labels_max = 16;       // Of one rule.
constexpr std::string_view counted[] = {"rows_written", "destructive", "objects_deleted",
                                        "actions",      "denials",     "bytes_out"};

bool is_label(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !text.empty() && text.size() <= label_bytes_max &&
         text.find_first_not_of(letters) == std::string_view::npos;
}

Per per_of(const std::string& text) {
  if (text == "session") return Per::session;
  return text == "day" ? Per::day : Per::hour;
}

}  // namespace

void Assembly::labels(const Fields& fields, Rule& rule) {
  rule.labels = fields.texts("label");
  if (fields.has("label") && rule.labels.empty()) {
    diagnostics_.error(fields.range("label"), "no label is named");
  }
  if (rule.labels.size() > labels_max) {
    diagnostics_.error(fields.range("label"), fmt::format("a rule sets at most {} labels", labels_max));
  }
  for (const std::string& label : rule.labels) {
    if (is_label(label)) continue;
    diagnostics_.error(fields.range("label"), fmt::format("{} is no label", quoted(label)),
                       "lower case letters, digits, `-`, `_` and `.`, at most 64");
  }
}

void Assembly::asking(const Fields& fields, Rule& rule) {
  rule.break_glass = fields.boolean("break_glass", false);
  rule.needs_passkey = fields.text("assurance") == "passkey";
  rule.llm_may_allow = fields.boolean("llm_may_allow", false);
  rule.preview = fields.boolean("preview", false);
  rule.rows_max = static_cast<std::uint64_t>(fields.integer("max_rows", 0));
  row_cap(fields, rule);
  const auto is_model = [this](const std::string& name) {
    const Approver* approver = snapshot_->approver(name);
    return approver != nullptr && approver->kind == "llm_approver";
  };
  const auto models = std::ranges::count_if(rule.approvers, is_model);
  if (rule.llm_may_allow && !rule.approvers.empty() && models == 0) {
    diagnostics_.error(fields.range("llm_may_allow"), "no model is asked",
                       "name an `llm_approver` in `approve`");
  }
  if (models > 0 && !rule.llm_may_allow && models == std::ssize(rule.approvers)) {
    // The original's models may allow; its configurations load, and such a rule allows nothing.
    const bool strict = snapshot_->schema_version >= 2;
    const std::string what = "nobody could ever allow this: a model only refuses or passes on";
    const std::string hint =
        "name people too, as in `approve = [ai, builtin.dashboard]`, or write `llm_may_allow = true`";
    strict ? diagnostics_.error(fields.range("approve"), what, hint)
           : diagnostics_.warning(fields.range("approve"), what, hint);
  }
}

// Only where what changes more can be told and taken back: by a server of Postgres, whose reads do not write.
void Assembly::row_cap(const Fields& fields, const Rule& rule) {
  if (rule.rows_max == 0) return;
  if (rule.verdict != "allow" && rule.verdict != "approve") {
    diagnostics_.error(fields.range("max_rows"), "`max_rows` is for a rule that lets something pass",
                       "write it beside `verdict = \"allow\"` or `approve`");
  }
  for (const std::string& typed : rule.endpoints) {
    const Endpoint* endpoint = snapshot_->endpoint(typed);
    if (endpoint == nullptr) continue;
    if (endpoint->kind != "postgres") {
      diagnostics_.error(fields.range("max_rows"), fmt::format("nobody counts the rows of `{}`", typed),
                         "`max_rows` is for endpoints of kind `postgres`");
    } else if (!endpoint->enforce_read) {
      diagnostics_.error(fields.range("max_rows"),
                         fmt::format("at `{}` what reads is not held to reading, and may change rows", typed),
                         "write `enforce_read = true` there");
    }
  }
}

void Assembly::budget(const Block& block) {
  const Fields fields(block);
  Budget budget;
  budget.name = block.labels.back().text;
  budget.agents = names_of(symbols_.resolve_all(fields.list("agents"), "agent"));
  budget.profiles = names_of(symbols_.resolve_all(fields.list("profiles"), "profile"));
  budget.per = per_of(fields.text("per"));
  budget.approvers = names_of(symbols_.resolve_all(fields.list("approve"), "approver"));
  for (const std::string_view name : counted) {
    if (!fields.has(name)) continue;
    const std::int64_t limit = name == "bytes_out" ? static_cast<std::int64_t>(fields.bytes(name, 0))
                                                   : fields.integer(name, 0);
    budget.limits.emplace(name, limit);
  }
  if (budget.limits.empty()) {
    diagnostics_.error(head_of(block), "this budget limits nothing",
                       "write how much of something, as in `rows_written = 1000`");
  }
  for (const std::string_view name : {"agents", "profiles", "approve"}) {
    if (fields.has(name) && fields.list(name).empty()) {
      diagnostics_.error(fields.range(name), "nobody is named", "leave it out, or name somebody");
    }
  }
  snapshot_->budgets.push_back(std::move(budget));
}

}  // namespace claw::config
