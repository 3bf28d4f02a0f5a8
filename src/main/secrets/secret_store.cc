#include "main/secrets/secret_store.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "admin/client.h"
#include "base/json.h"
#include "main/paths.h"
#include "main/speak.h"
#include "main/state.h"
#include "store/journal.h"
#include "store/journal_key.h"
#include "store/secret_file.h"

namespace claw::verbs {

namespace {

constexpr std::string_view how_to_get_a_key =
    "make one with `openssl rand -hex 32`, keep it in a file only the gateway can read, and name that file:\n"
    "  gateway { vault { key_file = \"…\" } }\n"
    "or give the key in CLAWPATROL_VAULT_KEY";

// A gateway that starts or stops holds the journal and answers nothing; it does not take longer.
constexpr auto note_wait_max = std::chrono::seconds(5);
constexpr auto note_wait_step = std::chrono::milliseconds(100);

std::string user_name() {
  const passwd* user = ::getpwuid(::getuid());
  return user == nullptr ? fmt::format("uid {}", ::getuid()) : user->pw_name;
}

Status note_by_gateway(const SecretStore& store, const Change& change, bool did_fail) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("event", change.event);
  w.member("subject", change.subject);
  w.member("failed", did_fail);
  w.end_object();
  const std::string socket = admin_socket(store.folder, store.policy->settings.admin.socket);
  const auto answer = admin::call(socket, "POST", "/api/v1/notes", body);
  if (!answer) return answer.error();
  return Done{};
}

Status note_by_hand(const SecretStore& store, const Change& change, bool did_fail) {
  const config::Settings& settings = store.policy->settings;
  // Two that begin a new state folder at once must not each make a key for the journal.
  CLAW_TRY(const std::shared_ptr<void> alone, store::sealed_file(store.folder + "/journal.key")->lock());
  store::JournalOptions options;
  options.folder = journal_folder(store.folder);
  CLAW_TRY(options.key, store::journal_key(store.folder, store.sealed.get()));
  options.segment_bytes = store::segment_bytes_min;  // For one record.
  if (settings.audit.durability == config::Durability::disk) options.durability = store::Durability::disk;
  CLAW_TRY(const std::unique_ptr<store::Journal> journal,
           store::Journal::open(std::move(options), system_clock()));
  const std::string person = user_name();
  const std::string_view detail = did_fail ? "it failed" : "no gateway was running";
  CLAW_TRY(const std::uint64_t seq,
           journal->append(audit::Admin{person, change.event, change.subject, detail}));
  CLAW_TRY_DONE(journal->wait_durable(seq));
  return journal->close();
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock system;
  return system;
}

SecretStore open_secret_store(const Credentials& options) {
  Opened opened = open_policy(options.config);
  if (opened.policy == nullptr) return {nullptr, nullptr, opened.exit_code, {}};
  const config::Settings& settings = opened.policy->settings;
  std::string folder = state_folder(options.state_dir.empty() ? settings.state_dir : options.state_dir);
  auto sealed = open_sealed(folder, settings.vault, system_clock());
  if (!sealed) return {nullptr, nullptr, complain(sealed.error().text()), {}};
  if (*sealed == nullptr) {
    return {nullptr, nullptr, misuse("this policy names no key for the vault", how_to_get_a_key), {}};
  }
  return {std::move(opened.policy), std::move(*sealed), ok, std::move(folder)};
}

Status note(const SecretStore& store, const Change& change, bool did_fail) {
  const auto until = std::chrono::steady_clock::now() + note_wait_max;
  while (true) {
    const Status asked = note_by_gateway(store, change, did_fail);
    if (asked) return asked;
    const Status written = note_by_hand(store, change, did_fail);
    if (written) return written;
    if (std::chrono::steady_clock::now() >= until) {
      return Error{Code::unavailable,
                   fmt::format("it cannot be recorded, neither by a gateway ({}) nor in the journal ({})",
                               asked.error().text(), written.error().text()),
                   {}};
    }
    std::this_thread::sleep_for(note_wait_step);
  }
}

std::string subject_of(const vault::Slot& slot) {
  return slot.slot.empty() ? slot.name : slot.name + " " + slot.slot;
}

}  // namespace claw::verbs
