// suggest: rules for what was seen, checked against the same records before they are printed.
#include <fmt/format.h>

#include "base/clock.h"
#include "main/replay/look_back.h"
#include "main/speak.h"
#include "main/verbs.h"
#include "store/file.h"
#include "trial/suggestion.h"

namespace claw::verbs {

namespace {

bool is_material(const Suggest& options, const audit::Record& record) {
  if (record.members.bool_or("observed", false)) return true;
  return options.enforced && record.members.text_or("verdict", "") == "allow";
}

Status collect(const Suggest& options, const Back& back, trial::Suggestion& suggestion) {
  return look_back(back, 1, [&](std::size_t, const audit::Record& record) {
    if (is_material(options, record)) suggestion.collect(record.members);
  });
}

// Against what the proposal was made from, record by record.
Status check(const Suggest& options, const Back& back, trial::Suggestion& suggestion) {
  Status checked = Done{};
  CLAW_TRY_DONE(look_back(back, 1, [&](std::size_t, const audit::Record& record) {
    if (checked && is_material(options, record)) checked = suggestion.check(record.members);
  }));
  return checked;
}

Status write_fixtures(const std::string& folder, const trial::Suggestion& suggestion) {
  CLAW_TRY([[maybe_unused]] const store::Descriptor made, store::open_private_folder(folder));
  for (const auto& [name, text] : suggestion.fixtures()) {
    CLAW_TRY_DONE(store::replace_file(folder + "/" + name, text));
  }
  return Done{};
}

int propose(const Suggest& options, const Back& back) {
  trial::Suggestion suggestion;
  if (const Status read = collect(options, back, suggestion); !read) return complain(read.error().text());
  if (suggestion.is_empty()) {
    return complain("nothing was seen on an endpoint that only observes",
                    "write `mode = \"observe\"` into the endpoint, or take --enforced");
  }
  const auto language = options.yaml ? trial::Language::yaml : trial::Language::hcl;
  const Result<std::string> text = suggestion.write(language);
  if (!text) return complain(text.error().text());
  if (const Status checked = check(options, back, suggestion); !checked) {
    return complain(checked.error().text(), "narrow it with --endpoint, --agent and --since");
  }
  if (!options.fixtures.empty()) {
    if (const Status kept = write_fixtures(options.fixtures, suggestion); !kept) {
      return complain(kept.error().text());
    }
  }
  put(*text);
  return close_output(ok);
}

}  // namespace

int suggest(const Suggest& options) {
  Result<Back> back = back_of(options.state_dir, options.since, options.until);
  if (!back) return misuse(back.error().text(), "--state-dir names the gateway's state folder");
  back->endpoint = options.endpoint;
  back->agent = options.agent;
  // Both rounds must see the same: what comes meanwhile is for the next time.
  if (!back->until_us) back->until_us = SystemClock().wall_us();
  return on_deep_stack([&] { return propose(options, *back); });
}

}  // namespace claw::verbs
