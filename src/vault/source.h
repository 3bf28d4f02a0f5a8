// Where a secret may come from. The vault asks its sources in order and takes the first that has it:
// the sealed store, the environment, a folder of files. Sources that touch a disk do so through
// SecretFiles, which store/ implements; nothing here opens a file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claw::vault {

// Which secret: a credential's name, and which of its secrets. The empty slot is the credential's only one.
struct Slot {
  std::string name;
  std::string slot;
  bool operator==(const Slot&) const = default;
};

class Source {
 public:
  virtual ~Source() = default;
  virtual std::string_view name() const = 0;  // For error messages: `environment`.

  // Nothing: this source does not have it, ask the next. An error: it should have it and cannot give it,
  // which ends the search; falling back to an older secret elsewhere would be a surprise.
  virtual Result<std::optional<Secret>> find(const Slot& slot) = 0;

  // Changes whenever find() could answer differently, as far as this source can tell cheaply.
  virtual std::uint64_t version() const { return 0; }
};

class SecretFiles {
 public:
  virtual ~SecretFiles() = default;
  // Nothing when there is no such file. One trailing line end is not part of the secret.
  virtual Result<std::optional<Secret>> read(const std::string& path) = 0;
};

// Names a variable: nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& variable)>;
Environment process_environment();

// `CLAWPATROL_SECRET_PROD_DB_PASSWORD` for `prod-db` and `password`. Different names can meet in one
// variable (`a-b`, `a_b`); the config refuses a second credential that would.
std::string environment_name(const Slot& slot);

// Variables hold the secret, or `@path` of a file that does.
std::unique_ptr<Source> environment_source(Environment environment, std::shared_ptr<SecretFiles> files);

// Files `NAME` or `NAME.SLOT` in one folder, as container platforms mount them.
std::unique_ptr<Source> folder_source(std::string folder, std::shared_ptr<SecretFiles> files);

}  // namespace claw::vault
