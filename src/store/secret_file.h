// The vault's files: the sealed store's one file, and plain files that hold a secret each. The vault says
// what to read and makes sense of it; here is only how.
#pragma once

#include <memory>
#include <string>

#include "vault/sealed.h"
#include "vault/source.h"

namespace claw::store {

// A secret is a password, a token or a key file.
constexpr std::size_t secret_file_bytes_max = 64 << 10;
// Thousands of secrets, sealed and in base64.
constexpr std::size_t sealed_file_bytes_max = 64 << 20;

std::shared_ptr<vault::SealedFile> sealed_file(std::string path);
std::shared_ptr<vault::SecretFiles> secret_files();

}  // namespace claw::store
