#include "main/replay/session_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "audit/search/term.h"
#include "main/journal_reader.h"
#include "main/speak.h"
#include "main/state.h"
#include "store/index.h"

namespace claw::verbs {

namespace {

using Records = std::vector<audit::Record>;

bool is_scene(const audit::Record& record) {
  constexpr std::string_view kinds[] = {"judged", "held", "session", "incident"};
  return std::ranges::find(kinds, record.kind) != std::end(kinds);
}

// Which of its members an id may stand in.
constexpr std::string_view id_members[] = {"session", "action", "question", "operation"};

bool has_id(const audit::Record& record, std::string_view id) {
  return std::ranges::any_of(id_members, [&](std::string_view member) {
    return record.members.text_or(member, "") == id;
  });
}

class FromIndex {
 public:
  FromIndex(store::Index& index, const Wanted& wanted) : index_(index), wanted_(wanted) {}

  Result<FoundRecords> read() {
    CLAW_TRY_DONE(index_.follow());
    CLAW_TRY_DONE(find_scenes());
    std::set<std::string> ids;
    std::set<std::string> with_streams;  // Only what Kubernetes runs has any.
    for (const audit::Record& record : found_.records) {
      if (record.kind == "judged") ids.insert(record.members.text_or("action", ""));
      const bool may_stream = record.kind == "judged" && record.members.text_or("family", "") == "k8s";
      if (may_stream) with_streams.insert(record.members.text_or("action", ""));
    }
    const std::vector<std::string> actions(ids.begin(), ids.end());
    const auto take = [&](std::uint64_t, std::string_view payload) {
      if (auto record = audit::parse_record(payload)) found_.records.push_back(std::move(*record));
    };
    CLAW_TRY_DONE(index_.of_actions(actions, "ended", take));
    for (const std::string& action : with_streams) {
      CLAW_TRY_DONE(index_.all_of_action(action, "stream", take));
    }
    return std::move(found_);
  }

 private:
  Status find_scenes() {
    if (wanted_.id.empty()) return add(wanted_.filter);
    audit::Filter filter = wanted_.filter;
    filter.session = wanted_.id;
    CLAW_TRY_DONE(add(filter));
    if (!found_.records.empty()) return Done{};
    filter.session.clear();
    for (const std::string_view field : {"action", "question", "operation"}) {
      filter.terms = {audit::equals(field, wanted_.id)};
      CLAW_TRY_DONE(add(filter));
      if (!found_.records.empty()) break;
    }
    return Done{};
  }

  Status add(const audit::Filter& filter) {
    return index_.search(filter, replayed_max, [&](std::uint64_t, std::string_view payload) {
      auto record = audit::parse_record(payload);
      if (!record || !is_scene(*record) || (!wanted_.id.empty() && !has_id(*record, wanted_.id))) return;
      found_.records.push_back(std::move(*record));
      found_.is_cut = found_.records.size() == replayed_max;
    });
  }

  store::Index& index_;
  const Wanted& wanted_;
  FoundRecords found_;
};

Result<FoundRecords> from_journal(const std::string& folder, const Wanted& wanted) {
  FoundRecords found;
  std::set<std::string> actions;
  CLAW_TRY_DONE(store::each_record(folder, [&](const audit::Record& record, std::string_view) {
    const std::string action = record.members.text_or("action", "");
    const bool is_here = wanted.id.empty() || has_id(record, wanted.id);
    if (is_scene(record) && is_here && audit::matches(wanted.filter, record)) {
      found.records.push_back(record);
      if (!action.empty()) actions.insert(action);
    } else if ((record.kind == "ended" || record.kind == "stream") && actions.contains(action)) {
      found.records.push_back(record);
    }
    found.is_cut = found.records.size() >= replayed_max;
    return !found.is_cut;
  }, [](const store::Skipped& skipped) { remark_skipped(skipped.text); }));
  return found;
}

}  // namespace

Result<FoundRecords> records_of(const std::string& state_folder, const Wanted& wanted) {
  auto index = store::Index::open(index_file(state_folder), journal_folder(state_folder));
  if (index) return FromIndex(**index, wanted).read();
  remark(fmt::format("reading the whole journal: {}", index.error().text()));
  return from_journal(journal_folder(state_folder), wanted);
}

}  // namespace claw::verbs
