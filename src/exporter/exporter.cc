#include "exporter/exporter.h"

#include "base/crypto.h"
#include "base/text.h"
#include "outbound/request.h"
#include "store/file.h"

namespace claw::exporter {

namespace {

constexpr std::uint32_t tick_ms = 200;
constexpr std::uint32_t idle_ms = 1000;  // There is none.
constexpr std::size_t stack_bytes = 1024 * 1024;
constexpr std::size_t journal_digits = 16;  // 64 bits tell gateways apart.

vault::Credential credential_of(const config::Snapshot& snapshot, const std::string& name) {
  const config::Credential* found = name.empty() ? nullptr : snapshot.credential(name);
  if (found == nullptr) return {};
  return {found->kind, found->name, found->user, found->database, found->settings, found->placeholder};
}

}  // namespace

Exporter::Exporter(Services services)
    : services_(std::move(services)),
      journal_(to_hex(crypto::view(crypto::sha256(services_.journal_key))).substr(0, journal_digits)),
      loop_(services_.clock) {
  loop_.post([this] { tick(); });
  thread_ = std::make_unique<io::Thread>("exporter", stack_bytes, [this] { loop_.run(); });
}

Exporter::~Exporter() {
  loop_.stop();
  thread_.reset();
}

Status Exporter::use(const config::Snapshot& snapshot) {
  std::vector<Wanted> wanted;
  for (const config::Exporter& settings : snapshot.exporters) {
    Wanted one{settings, credential_of(snapshot, settings.credential),
               credential_of(snapshot, settings.certificate), nullptr};
    if (!settings.ca_file.empty()) {
      CLAW_TRY(one.trust, outbound::trust_of(settings.ca_file));
    }
    wanted.push_back(std::move(one));
  }
  if (!wanted.empty()) {
    CLAW_TRY([[maybe_unused]] const store::Descriptor folder,
             store::open_private_folder(services_.places.cursors));
  }
  loop_.post([this, wanted = std::move(wanted)] { take(wanted); });
  return Done{};
}

void Exporter::take(const std::vector<Wanted>& wanted) {
  std::vector<std::unique_ptr<Line>> lines;
  for (const Wanted& one : wanted) {
    const auto same = std::ranges::find_if(lines_, [&](const std::unique_ptr<Line>& line) {
      return line != nullptr && line->is_same(one.settings, one.credential, one.certificate);
    });
    if (same != lines_.end()) {
      lines.push_back(std::move(*same));
      continue;
    }
    // One with the same cursor goes first: two must not write it.
    std::erase_if(lines_, [&](const std::unique_ptr<Line>& line) {
      return line != nullptr && line->settings().typed() == one.settings.typed();
    });
    Parts parts{loop_,        services_.clock, services_.vault, journal_,
                one.settings, one.credential,  one.certificate, one.trust};
    lines.push_back(std::make_unique<Line>(std::move(parts), services_.places, services_.registry));
  }
  lines_ = std::move(lines);
  look();
}

void Exporter::look() {
  for (const auto& line : lines_) line->tick();
  publish();
}

void Exporter::tick() {
  look();
  loop_.after_ms(lines_.empty() ? idle_ms : tick_ms, [this] { tick(); });
}

void Exporter::publish() {
  std::vector<Standing> all;
  for (const auto& line : lines_) all.push_back(line->standing());
  const std::lock_guard lock(mutex_);
  published_ = std::move(all);
}

std::vector<Standing> Exporter::standing() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace claw::exporter
