#include "store/journal_key.h"

#include "base/text.h"
#include "store/file.h"

namespace claw::store {

namespace {

// No credential can have this name: the config allows no colon in one.
const vault::Slot journal_slot{"gateway:journal", "ed25519"};
constexpr std::size_t key_file_bytes_max = 256;

Result<crypto::KeyPair> decode(std::string_view text) {
  CLAW_TRY(std::string raw, from_hex(trim(text)));
  Result<crypto::KeyPair> pair = crypto::ed25519_from_private(raw);
  wipe(raw);
  return pair;
}

Secret encode(const crypto::KeyPair& pair) {
  Secret text(to_hex(pair.private_key.reveal()));
  return text;
}

Result<std::optional<Secret>> read_key_file(const std::string& path) {
  CLAW_TRY(std::optional<std::string> text, read_file(path, key_file_bytes_max));
  if (!text) return std::optional<Secret>();
  return std::optional<Secret>(Secret(std::move(*text)));
}

// An empty or unreadable key is an error, never a reason to make a new one: the old journal's proof hangs on
// it.
Result<crypto::KeyPair> sealed_or_moved(const std::string& path, vault::Sealed& sealed) {
  CLAW_TRY(const std::optional<Secret> kept, sealed.find(journal_slot));
  if (kept) return decode(kept->reveal());
  CLAW_TRY(const std::optional<Secret> in_file, read_key_file(path));
  crypto::KeyPair pair = crypto::generate_ed25519();
  if (in_file) {
    CLAW_TRY(pair, decode(in_file->reveal()));
  }
  CLAW_TRY_DONE(sealed.put(journal_slot, encode(pair)));
  CLAW_TRY_DONE(remove_file(path));
  return pair;
}

Result<crypto::KeyPair> in_a_file(const std::string& path) {
  CLAW_TRY(const std::optional<Secret> kept, read_key_file(path));
  if (kept) return decode(kept->reveal());
  crypto::KeyPair pair = crypto::generate_ed25519();
  CLAW_TRY_DONE(replace_file(path, encode(pair).reveal()));
  return pair;
}

}  // namespace

Result<crypto::KeyPair> journal_key(const std::string& folder, vault::Sealed* sealed) {
  CLAW_TRY([[maybe_unused]] const Descriptor made, open_private_folder(folder));
  const std::string path = folder + "/journal.key";
  Result<crypto::KeyPair> pair = sealed != nullptr ? sealed_or_moved(path, *sealed) : in_a_file(path);
  if (!pair) return Error{pair.error().code, "the journal's key: " + pair.error().text(), {}};
  CLAW_TRY_DONE(replace_file(folder + "/journal.pub", to_hex(pair->public_key) + "\n"));
  return pair;
}

}  // namespace claw::store
