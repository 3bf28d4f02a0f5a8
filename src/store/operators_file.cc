#include "store/operators_file.h"

#include <sys/file.h>

#include "base/text.h"
#include "store/file.h"
#include "vault/key.h"

namespace claw::store {

namespace {

// No credential can have this name: the config allows no colon in one.
const vault::Slot operators_slot{"gateway:operators", "key"};
constexpr std::string_view context = "clawpatrol operators 1";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t key_file_bytes_max = 256;

class OneFile final : public operators::Keeper {
 public:
  OneFile(std::string path, vault::Key key) : path_(std::move(path)), key_(std::move(key)) {}

  Result<std::optional<Secret>> read() override {
    CLAW_TRY(const std::optional<std::string> bytes, read_file(path_, operators_file_bytes_max));
    if (!bytes) return std::optional<Secret>();
    Result<Secret> text = key_.open(*bytes, context);
    if (!text) return Error{text.error().code, "the operators' file: " + text.error().text(), path_};
    return std::optional<Secret>(std::move(*text));
  }
  Status replace(const Secret& text) override {
    return replace_file(path_, key_.seal(text.reveal(), context));
  }

 private:
  std::string path_;
  vault::Key key_;
};

Secret new_key() {
  std::string bytes = vault::random_bytes(key_bytes);
  Secret text(to_hex(bytes));
  wipe(bytes);
  return text;
}

Result<std::optional<Secret>> read_key_file(const std::string& path) {
  CLAW_TRY(std::optional<std::string> text, read_file(path, key_file_bytes_max));
  if (!text) return std::optional<Secret>();
  return std::optional<Secret>(Secret(std::move(*text)));
}

// Without a key there are no people yet, or they cannot be read: the difference is whether their file is
// there.
Result<Secret> key_text(const std::string& path, bool is_kept, vault::Sealed* sealed) {
  CLAW_TRY(std::optional<Secret> in_file, read_key_file(path));
  if (sealed != nullptr) {
    CLAW_TRY(std::optional<Secret> kept, sealed->find(operators_slot));
    if (kept) return std::move(*kept);
  }
  if (!in_file && is_kept) {
    return Error{Code::denied,
                 sealed == nullptr ? "the operators' key is in the sealed store, which is not open"
                                   : "the operators' file is there and its key is not", {}};
  }
  const bool is_new = !in_file;
  Secret key = is_new ? new_key() : std::move(*in_file);
  if (sealed == nullptr) {
    if (is_new) CLAW_TRY_DONE(replace_file(path, key.reveal()));
    return key;
  }
  CLAW_TRY_DONE(sealed->put(operators_slot, key));
  CLAW_TRY_DONE(remove_file(path));
  return key;
}

}  // namespace

Result<std::shared_ptr<operators::Keeper>> operators_file(const std::string& folder, vault::Sealed* sealed) {
  CLAW_TRY(const Descriptor locked, open_private_folder(folder));
  if (::flock(locked.number(), LOCK_EX) != 0) return system_error("lock", folder);
  const std::string path = folder + "/operators.sealed";
  CLAW_TRY(const std::optional<std::string> start, read_start(path, 1));
  CLAW_TRY(const Secret text, key_text(folder + "/operators.key", start.has_value(), sealed));
  CLAW_TRY(vault::Key key, vault::Key::decode(text));
  return std::shared_ptr<operators::Keeper>(std::make_shared<OneFile>(path, std::move(key)));
}

}  // namespace claw::store
