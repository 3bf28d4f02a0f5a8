// The encrypted store: secrets in one JSON file, each sealed by itself under a random data key, which is
// sealed by the key-encryption key the operator keeps elsewhere. It lists names and times, never values.
// Every call reads the file anew, so that `clawpatrol credentials set` and a running gateway agree; the file
// itself is store/'s. Whoever can write the file can take secrets away or put old ones back, but cannot
// read one, make one up, or give one another name.
#pragma once

#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "vault/key.h"
#include "vault/source.h"

namespace claw::vault {

class SealedFile {
 public:
  virtual ~SealedFile() = default;
  virtual Result<std::optional<std::string>> read() = 0;        // Nothing: not made yet.
  virtual Status replace(std::string_view content) = 0;         // As a whole, or not at all.
  // Until the guard goes, no other process changes the file; readers are not held up. Code::timeout when
  // another keeps it for too long.
  virtual Result<std::shared_ptr<void>> lock() = 0;
};

// What opens the store: a key as such, or a passphrase to derive it from.
struct Unlock {
  enum class Kind { key, passphrase } kind = Kind::key;
  Secret secret;
};

// The first of: the file `key_file` (if named), systemd's `$CREDENTIALS_DIRECTORY/clawpatrol-vault-key`,
// `CLAWPATROL_VAULT_KEY`, `CLAWPATROL_VAULT_PASSPHRASE`. Nothing: no sealed store is configured.
Result<std::optional<Unlock>> find_unlock(const std::string& key_file, const Environment& environment,
                                          SecretFiles& files);

struct Listed {
  Slot slot;
  std::int64_t created_us = 0;
  std::int64_t changed_us = 0;
};

class Sealed final : public Source {
 public:
  // Makes the store where there is none. Code::denied: this does not open it.
  static Result<std::unique_ptr<Sealed>> open(std::shared_ptr<SealedFile> file, const Unlock& unlock,
                                              const Clock& clock);

  std::string_view name() const override { return "sealed store"; }
  Result<std::optional<Secret>> find(const Slot& slot) override;
  std::uint64_t version() const override;

  Status put(const Slot& slot, const Secret& secret);
  Status remove(const Slot& slot);                  // Code::not_found when it is not there.
  Result<std::vector<Listed>> list();

  // Seals everything anew under a new data key, and that under `unlock`, which opens the store from now on.
  Status rotate(const Unlock& unlock);

 private:
  struct Content;
  Sealed(std::shared_ptr<SealedFile> file, Key key, const Clock& clock);
  Result<Content> read();
  Status write(const Content& content);

  std::shared_ptr<SealedFile> file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Key key_;                  // The key-encryption key.
  std::uint64_t version_ = 0;
};

}  // namespace claw::vault
