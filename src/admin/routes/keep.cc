// What the gateway keeps: credentials (told by name only), the journal and its proof.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "admin/routes/handlers.h"
#include "admin/routes/records.h"
#include "base/text.h"
#include "vault/kind.h"
#include "vault/source.h"

namespace claw::admin {

namespace {

using store::Index;
using vault::Slot;

// What the command line does to the sealed store itself; only these, so that a note cannot pass for a record
// of the gateway's own.
constexpr std::array<std::string_view, 5> notable = {"secret_set", "secret_removed", "vault_rotated",
                                                     "token_made", "credential_connected"};
constexpr std::size_t subject_bytes_max = 300;  // A name and a slot.
constexpr std::size_t secret_bytes_max = 64 * 1024;
constexpr std::size_t problems_shown_max = 50;

std::string subject_of(const Slot& slot) {
  return slot.slot.empty() ? slot.name : slot.name + " " + slot.slot;
}

// The slots of a kind as people see them: a lone one is `-`.
std::vector<std::string> slots_of(const config::Credential& credential) {
  std::vector<std::string> names;
  const vault::Kind* kind = vault::kind_named(credential.kind);
  if (kind == nullptr) return names;
  for (const std::string_view slot : kind->slots) names.emplace_back(slot);
  if (names.empty()) names.emplace_back();
  return names;
}

struct Place {
  std::string source;  // Empty: nowhere.
  std::int64_t changed_us = 0;
};

Place place_of(const Slot& slot, const std::vector<vault::Listed>& sealed, const config::Settings& settings) {
  for (const vault::Listed& each : sealed) {
    if (each.slot == slot) return {"sealed", each.changed_us};
  }
  if (vault::process_environment()(vault::environment_name(slot))) return {"env", 0};
  if (settings.vault.folder.empty()) return {};
  const std::string path =
      settings.vault.folder + "/" + slot.name + (slot.slot.empty() ? "" : "." + slot.slot);
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? Place{"file", about.st_mtim.tv_sec * 1'000'000} : Place{};
}

void append_slots(json::Writer& out, const config::Credential& credential,
                  const std::vector<vault::Listed>& sealed, const config::Settings& settings) {
  out.key("slots");
  out.begin_array();
  bool is_first = true;
  for (const std::string& name : slots_of(credential)) {
    Place place = place_of({credential.name, name}, sealed, settings);
    // The first may also be given under the bare name.
    if (is_first && place.source.empty()) place = place_of({credential.name, ""}, sealed, settings);
    is_first = false;
    out.begin_object();
    out.member("slot", name.empty() ? "-" : name);
    out.member("set", !place.source.empty());
    out.member_unless_empty("source", place.source);
    if (place.changed_us != 0) out.member("changed", time_text(place.changed_us));
    out.end_object();
  }
  out.end_array();
}

bool is_connectable(const config::Credential& credential) {
  return credential.settings.contains("device_url") || credential.settings.contains("auth_url") ||
         credential.kind == "mcp_oauth";
}

Result<Slot> slot_of(const Call& call, const Sources& sources) {
  const auto snapshot = sources.running().snapshot;
  const config::Credential* credential = snapshot ? snapshot->credential(call.param("name")) : nullptr;
  if (credential == nullptr) {
    return Error{Code::not_found, "no such credential: " + quoted(call.param("name")), {}};
  }
  const std::string name = call.param("slot") == "-" ? "" : call.param("slot");
  const std::vector<std::string> slots = slots_of(*credential);
  const bool known = name.empty() || std::ranges::find(slots, name) != slots.end();
  if (!known) {
    return invalid(fmt::format("this credential has no {}: it has {}", quoted(name), join(slots, ", ")));
  }
  if (sources.sealed == nullptr) {
    return Error{Code::unavailable, "there is no sealed store: the gateway's `vault` names no key", {}};
  }
  return Slot{credential->name, name.empty() && slots.size() == 1 ? slots.front() : name};
}

}  // namespace

std::optional<Answer> record(Sources& sources, const Who& who, std::string_view event,
                             std::string_view subject, std::string_view detail) {
  std::string words(detail);
  if (who.bearer) words += fmt::format("{}token {}", words.empty() ? "" : ", ", who.bearer->id);
  const auto written = sources.sink.append(audit::Admin{who.person, event, subject, words});
  if (!written || !sources.sink.wait_durable(*written)) {
    return problem(503, "unavailable", "it could not be recorded, so it is not done");
  }
  return std::nullopt;
}

Answer routes::credentials(const Call&, Sources& sources) {
  const auto snapshot = sources.running().snapshot;
  if (snapshot == nullptr) return problem(503, "unavailable", "no policy is in force yet");
  std::vector<vault::Listed> sealed;
  if (sources.sealed != nullptr) {
    auto listed = sources.sealed->list();
    if (!listed) return problem(listed.error());
    sealed = std::move(*listed);
  }
  const auto lent = sources.records.with([](Index& index) { return index.lent(); });
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const config::Credential& credential : snapshot->credentials) {
    out.begin_object();
    out.member("name", credential.name);
    out.member("kind", credential.kind);
    out.member_unless_empty("description", credential.description);
    append_slots(out, credential, sealed, snapshot->settings);
    out.member("connectable", is_connectable(credential));
    out.member("writable", sources.sealed != nullptr);
    if (lent && lent->contains(credential.name)) {
      out.member("last_used", time_text(lent->at(credential.name)));
    }
    out.member("used_by", credential.endpoints);
    out.end_object();
  }
  out.end_array();
  return json_answer(std::move(text));
}

Answer routes::set_credential(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"secret", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  const Secret secret(call.body.text_or("secret", ""));
  if (secret.empty() || secret.size() > secret_bytes_max) {
    return problem(400, "invalid", "a secret has between 1 and 65536 bytes");
  }
  const auto slot = slot_of(call, sources);
  if (!slot) return problem(slot.error());
  if (auto failed = record(sources, call.who, "secret_set", subject_of(*slot))) return std::move(*failed);
  const Status kept = sources.sealed->put(*slot, secret);
  if (kept) return done();
  (void)record(sources, call.who, "secret_set", subject_of(*slot), "it failed");
  return problem(kept.error());
}

Answer routes::remove_credential(const Call& call, Sources& sources) {
  const auto slot = slot_of(call, sources);
  if (!slot) return problem(slot.error());
  if (auto failed = record(sources, call.who, "secret_removed", subject_of(*slot))) return std::move(*failed);
  const Status removed = sources.sealed->remove(*slot);
  if (removed) return done();
  (void)record(sources, call.who, "secret_removed", subject_of(*slot), "it failed");
  return problem(removed.error());
}

Answer routes::audit_state(const Call&, Sources& sources) {
  struct Shown {
    Index::Extent extent;
    std::string checkpoint;
  };
  const auto shown = sources.records.with([](Index& index) -> Result<Shown> {
    Shown made;
    CLAW_TRY(made.extent, index.extent());
    audit::Filter filter;
    filter.kind = "checkpoint";
    CLAW_TRY_DONE(index.search(filter, 1, [&](std::uint64_t, std::string_view payload) {
      made.checkpoint = payload;
    }));
    return made;
  });
  if (!shown) return problem(shown.error());
  const Verified verified = sources.records.verified();
  constexpr std::string_view states[] = {"unknown", "running", "ok", "broken"};
  Written out;
  json::Writer& w = out.writer;
  w.member("records", shown->extent.records);
  w.member("first", shown->extent.first);
  w.member("last", shown->extent.last);
  w.key("verified");
  w.begin_object();
  w.member("state", states[static_cast<std::size_t>(verified.state)]);
  if (verified.at_us != 0) {
    w.member("at", time_text(verified.at_us));
    w.member("through", static_cast<std::int64_t>(verified.findings.signed_through));
    std::vector<std::string> problems = verified.findings.problems;
    if (!verified.error.empty()) problems.push_back(verified.error);
    if (problems.size() > problems_shown_max) problems.resize(problems_shown_max);
    w.member("problems", problems);
  }
  w.end_object();
  if (const auto checkpoint = json::parse(shown->checkpoint)) {
    w.key("checkpoint");
    w.begin_object();
    w.member("through", checkpoint->int_or("through", 0));
    w.member("hash", checkpoint->text_or("hash", ""));
    w.member("at", checkpoint->text_or("time", ""));
    w.end_object();
  }
  w.key("exports");
  w.begin_array();
  for (const std::string_view format : {"jsonl", "ocsf"}) {
    w.begin_object();
    w.member("name", format);
    w.member("command",
             fmt::format("clawpatrol audit export --state-dir {} --format {}", sources.state_folder, format));
    w.end_object();
  }
  w.end_array();
  return out.answer();
}

Answer routes::verify_audit(const Call& call, Sources& sources) {
  if (sources.records.begin_verifying()) sources.records.verify(sources.clock.wall_us());
  return audit_state(call, sources);
}

// Answered only once it is written: the command line changes nothing before.
Answer routes::note(const Call& call, Sources& sources) {
  if (!call.who.on_socket) return problem(403, "denied", "only on the gateway's own socket");
  const std::string event = call.body.text_or("event", "");
  const std::string subject = call.body.text_or("subject", "");
  if (std::ranges::find(notable, event) == notable.end()) return problem(400, "invalid", "no event to note");
  if (subject.empty() || subject.size() > subject_bytes_max) {
    return problem(400, "invalid", "a note has a subject");
  }
  const bool failed = call.body.bool_or("failed", false);
  if (auto refused = record(sources, call.who, event, subject, failed ? "it failed" : "")) {
    return std::move(*refused);
  }
  return json_answer("{\"noted\":true}");
}

}  // namespace claw::admin
