#include "vault/sealed.h"

#include <algorithm>

#include "base/text.h"
#include "base/writer.h"

namespace claw::vault {

namespace {

constexpr std::int64_t format_version = 1;
constexpr std::string_view data_key_context = "clawpatrol data key 1";
constexpr std::size_t salt_bytes = 16;
// A credential is a password, a token or a key file; more is a mistake, and the file is read whole.
constexpr std::size_t secret_bytes_max = 64 << 10;

// Length-prefixed, so that no two slots share a context.
std::string context_of(const Slot& slot) {
  std::string context;
  Writer w(context);
  w.text("clawpatrol secret 1");
  w.u32(static_cast<std::uint32_t>(slot.name.size()));
  w.bytes(slot.name);
  w.bytes(slot.slot);
  return context;
}

struct Entry {
  Listed listed;
  std::string sealed;
};

// How the key-encryption key is had from what the operator gives.
struct Lock {
  bool passphrase = false;
  std::string salt;
  Key::Cost cost{};
};

Lock make_lock(const Unlock& unlock) {
  if (unlock.kind == Unlock::Kind::key) return {};
  return {true, random_bytes(salt_bytes), Key::default_cost()};
}

Result<Key> key_for(const Lock& lock, const Unlock& unlock) {
  if (lock.passphrase != (unlock.kind == Unlock::Kind::passphrase)) {
    return Error{Code::denied, lock.passphrase ? "the sealed store is opened by a passphrase, not a key"
                                               : "the sealed store is opened by a key, not a passphrase", {}};
  }
  return lock.passphrase ? Key::derive(unlock.secret, lock.salt, lock.cost) : Key::decode(unlock.secret);
}

Result<std::string> base64_member(const json::Value& object, std::string_view name) {
  return from_base64(object.text_or(name, ""));
}

Result<Lock> parse_lock(const json::Value& document) {
  const json::Value* lock = document.find("lock");
  const std::string kind = lock == nullptr ? "" : lock->text_or("kind", "");
  if (kind == "key") return Lock{};
  if (kind != "passphrase") return invalid("no `lock` of a known kind");
  CLAW_TRY(std::string salt, base64_member(*lock, "salt"));
  return Lock{true, std::move(salt), {static_cast<std::uint64_t>(lock->int_or("operations", 0)),
                                      static_cast<std::size_t>(lock->int_or("memory_bytes", 0))}};
}

Result<Entry> parse_entry(const json::Value& object) {
  Entry entry;
  entry.listed.slot = {object.text_or("name", ""), object.text_or("slot", "")};
  CLAW_TRY(entry.listed.created_us, parse_time(object.text_or("created", "")));
  CLAW_TRY(entry.listed.changed_us, parse_time(object.text_or("changed", "")));
  CLAW_TRY(entry.sealed, base64_member(object, "sealed"));
  return entry;
}

void append_lock(json::Writer& w, const Lock& lock) {
  w.begin_object();
  w.member("kind", lock.passphrase ? "passphrase" : "key");
  if (lock.passphrase) {
    w.member("salt", to_base64(lock.salt));
    w.member("operations", static_cast<std::int64_t>(lock.cost.operations));
    w.member("memory_bytes", static_cast<std::int64_t>(lock.cost.memory_bytes));
  }
  w.end_object();
}

void append_entry(json::Writer& w, const Entry& entry) {
  w.begin_object();
  w.member("name", entry.listed.slot.name);
  w.member("slot", entry.listed.slot.slot);
  w.member("created", format_time(entry.listed.created_us));
  w.member("changed", format_time(entry.listed.changed_us));
  w.member("sealed", to_base64(entry.sealed));
  w.end_object();
}

}  // namespace

struct Sealed::Content {
  Lock lock;
  std::string data_key;  // Sealed.
  std::vector<Entry> entries;

  static Result<Content> parse(std::string_view text) {
    CLAW_TRY(const json::Value document, json::parse(text));
    if (document.int_or("format", 0) != format_version) return invalid("unknown format");
    Content content;
    CLAW_TRY(content.lock, parse_lock(document));
    CLAW_TRY(content.data_key, base64_member(document, "data_key"));
    const json::Value* secrets = document.find("secrets");
    if (secrets == nullptr || secrets->array() == nullptr) return invalid("no `secrets`");
    for (const json::Value& object : *secrets->array()) {
      CLAW_TRY(Entry entry, parse_entry(object));
      content.entries.push_back(std::move(entry));
    }
    return content;
  }
  std::string format() const {
    std::string text;
    json::Writer w(text);
    w.begin_object();
    w.member("format", format_version);
    w.key("lock");
    append_lock(w, lock);
    w.member("data_key", to_base64(data_key));
    w.key("secrets");
    w.begin_array();
    for (const Entry& entry : entries) append_entry(w, entry);
    w.end_array();
    w.end_object();
    text.push_back('\n');
    return text;
  }
  std::vector<Entry>::iterator find(const Slot& slot) {
    return std::ranges::find_if(entries, [&](const Entry& entry) { return entry.listed.slot == slot; });
  }
  Result<Key> open_data_key(const Key& key) const { return key.open_key(data_key, data_key_context); }
};

Sealed::Sealed(std::shared_ptr<SealedFile> file, Key key, const Clock& clock)
    : file_(std::move(file)), clock_(clock), key_(std::move(key)) {}

Result<std::unique_ptr<Sealed>> Sealed::open(std::shared_ptr<SealedFile> file, const Unlock& unlock,
                                             const Clock& clock) {
  CLAW_TRY(std::optional<std::string> text, file->read());
  std::shared_ptr<void> alone;
  if (!text) {  // Of two processes that begin at once, one makes the store and the other finds it.
    CLAW_TRY(alone, file->lock());
    CLAW_TRY(text, file->read());
  }
  Content content;
  if (text) {
    CLAW_TRY(content, Content::parse(*text));
  } else {
    content.lock = make_lock(unlock);
  }
  CLAW_TRY(Key key, key_for(content.lock, unlock));
  if (!text) content.data_key = key.seal(Key::generate(), data_key_context);
  if (!content.open_data_key(key)) return Error{Code::denied, "this key does not open the sealed store", {}};
  std::unique_ptr<Sealed> sealed(new Sealed(std::move(file), std::move(key), clock));
  if (!text) CLAW_TRY_DONE(sealed->write(content));
  return sealed;
}

Result<Sealed::Content> Sealed::read() {
  CLAW_TRY(const std::optional<std::string> text, file_->read());
  if (!text) return Error{Code::unavailable, "the sealed store's file has gone", {}};
  return Content::parse(*text);
}

Status Sealed::write(const Content& content) {
  CLAW_TRY_DONE(file_->replace(content.format()));
  ++version_;
  return Done{};
}

std::uint64_t Sealed::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

Result<std::optional<Secret>> Sealed::find(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  CLAW_TRY(Content content, read());
  const auto entry = content.find(slot);
  if (entry == content.entries.end()) return std::optional<Secret>();
  CLAW_TRY(const Key data_key, content.open_data_key(key_));
  CLAW_TRY(Secret secret, data_key.open(entry->sealed, context_of(slot)));
  return std::optional<Secret>(std::move(secret));
}

Status Sealed::put(const Slot& slot, const Secret& secret) {
  if (slot.name.empty() || secret.empty()) return invalid("a secret has a name and is not empty");
  if (secret.size() > secret_bytes_max) return Error{Code::limit, "a secret is at most 64 KiB long", {}};
  const std::lock_guard lock(mutex_);
  CLAW_TRY(const std::shared_ptr<void> alone, file_->lock());
  CLAW_TRY(Content content, read());
  CLAW_TRY(const Key data_key, content.open_data_key(key_));
  auto entry = content.find(slot);
  if (entry == content.entries.end()) {
    entry = content.entries.insert(entry, Entry{{slot, clock_.wall_us(), 0}, {}});
  }
  entry->listed.changed_us = clock_.wall_us();
  entry->sealed = data_key.seal(secret.reveal(), context_of(slot));
  return write(content);
}

Status Sealed::remove(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  CLAW_TRY(const std::shared_ptr<void> alone, file_->lock());
  CLAW_TRY(Content content, read());
  const auto entry = content.find(slot);
  if (entry == content.entries.end()) {
    return Error{Code::not_found, "no such secret: " + quoted(slot.name), {}};
  }
  content.entries.erase(entry);
  return write(content);
}

Result<std::vector<Listed>> Sealed::list() {
  const std::lock_guard lock(mutex_);
  CLAW_TRY(const Content content, read());
  std::vector<Listed> listed;
  for (const Entry& entry : content.entries) listed.push_back(entry.listed);
  return listed;
}

Status Sealed::rotate(const Unlock& unlock) {
  const std::lock_guard lock(mutex_);
  CLAW_TRY(const std::shared_ptr<void> alone, file_->lock());
  CLAW_TRY(Content content, read());
  CLAW_TRY(const Key old_data_key, content.open_data_key(key_));
  content.lock = make_lock(unlock);
  CLAW_TRY(Key key, key_for(content.lock, unlock));
  const Key data_key = Key::generate();
  for (Entry& entry : content.entries) {
    const std::string context = context_of(entry.listed.slot);
    CLAW_TRY(const Secret secret, old_data_key.open(entry.sealed, context));
    entry.sealed = data_key.seal(secret.reveal(), context);
  }
  content.data_key = key.seal(data_key, data_key_context);
  CLAW_TRY_DONE(write(content));
  key_ = std::move(key);
  return Done{};
}

Result<std::optional<Unlock>> find_unlock(const std::string& key_file, const Environment& environment,
                                          SecretFiles& files) {
  std::string path = key_file;
  if (path.empty()) {
    if (const auto folder = environment("CREDENTIALS_DIRECTORY")) path = *folder + "/clawpatrol-vault-key";
  }
  if (!path.empty()) {
    CLAW_TRY(std::optional<Secret> key, files.read(path));
    if (key) return std::optional<Unlock>(Unlock{Unlock::Kind::key, std::move(*key)});
    if (!key_file.empty()) return Error{Code::not_found, "no key file " + quoted(key_file), {}};
  }
  if (auto key = environment("CLAWPATROL_VAULT_KEY")) {
    return std::optional<Unlock>(Unlock{Unlock::Kind::key, Secret(std::move(*key))});
  }
  if (auto passphrase = environment("CLAWPATROL_VAULT_PASSPHRASE")) {
    return std::optional<Unlock>(Unlock{Unlock::Kind::passphrase, Secret(std::move(*passphrase))});
  }
  return std::optional<Unlock>();
}

}  // namespace claw::vault
