#include "store/authority_file.h"

#include <sys/file.h>
#include <sys/stat.h>

#include "store/file.h"

namespace claw::store {

namespace {

// No credential can have this name: the config allows no colon in one.
const vault::Slot authority_slot{"gateway:ca", "p256"};
constexpr std::size_t file_bytes_max = 64 * 1024;
constexpr std::string_view key_begins = "-----BEGIN PRIVATE KEY-----";

// Both in one, so that a crash cannot leave a key beside another one's certificate.
Secret encode(const AuthorityText& authority) {
  std::string both;
  both.reserve(authority.certificate.size() + authority.key.size());  // No copy of the key stays behind.
  both += authority.certificate;
  both += authority.key.reveal();
  Secret out(both);
  wipe(both);
  return out;
}

Result<AuthorityText> decode(std::string_view both) {
  const std::size_t at = both.find(key_begins);
  if (at == std::string_view::npos || at == 0) {
    return invalid("the certificate authority that is kept cannot be read");
  }
  return AuthorityText{std::string(both.substr(0, at)), Secret(std::string(both.substr(at)))};
}

Result<std::optional<Secret>> read_key_file(const std::string& path) {
  CLAW_TRY(std::optional<std::string> text, read_file(path, file_bytes_max));
  if (!text) return std::optional<Secret>();
  return std::optional<Secret>(Secret(std::move(*text)));
}

using Make = std::function<Result<AuthorityText>()>;

Result<AuthorityText> sealed_or_moved(const std::string& path, vault::Sealed& sealed, const Make& make) {
  CLAW_TRY(const std::optional<Secret> kept, sealed.find(authority_slot));
  if (kept) return decode(kept->reveal());
  CLAW_TRY(const std::optional<Secret> in_file, read_key_file(path));
  CLAW_TRY(AuthorityText authority, in_file ? decode(in_file->reveal()) : make());
  CLAW_TRY_DONE(sealed.put(authority_slot, encode(authority)));
  CLAW_TRY_DONE(remove_file(path));
  return authority;
}

Result<AuthorityText> in_a_file(const std::string& path, const Make& make) {
  CLAW_TRY(const std::optional<Secret> kept, read_key_file(path));
  if (kept) return decode(kept->reveal());
  CLAW_TRY(AuthorityText authority, make());
  CLAW_TRY_DONE(replace_file(path, encode(authority).reveal()));
  return authority;
}

}  // namespace

Result<AuthorityText> authority_text(const std::string& folder, vault::Sealed* sealed, const Make& make) {
  CLAW_TRY(const Descriptor locked, open_private_folder(folder));
  if (::flock(locked.number(), LOCK_EX) != 0) return system_error("lock", folder);
  const std::string path = folder + "/ca.key";
  const std::string public_path = folder + "/ca.crt";
  // Where it was sealed once, a start without the key must not make another.
  CLAW_TRY(const std::optional<std::string> shown, authority_certificate(folder));
  CLAW_TRY(const std::optional<Secret> in_file, read_key_file(path));
  if (sealed == nullptr && shown && !in_file) {
    return Error{Code::denied, "the certificate authority is in the sealed store, which is not open", {}};
  }
  CLAW_TRY(AuthorityText authority,
           sealed != nullptr ? sealed_or_moved(path, *sealed, make) : in_a_file(path, make));
  if (!shown || *shown != authority.certificate) {
    CLAW_TRY_DONE(replace_public_file(public_path, authority.certificate));
  }
  return authority;
}

Result<std::optional<std::string>> authority_certificate(const std::string& folder) {
  return read_file(folder + "/ca.crt", file_bytes_max);
}

Status replace_public_file(const std::string& path, std::string_view content) {
  CLAW_TRY_DONE(replace_file(path, content));
  if (::chmod(path.c_str(), 0644) != 0) return system_error("let others read", path);
  return Done{};
}

}  // namespace claw::store
