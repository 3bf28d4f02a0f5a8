#include "store/secret_file.h"

#include "store/file.h"

namespace claw::store {

namespace {

class OneFile final : public vault::SealedFile {
 public:
  explicit OneFile(std::string path) : path_(std::move(path)) {}
  Result<std::optional<std::string>> read() override { return read_file(path_, sealed_file_bytes_max); }
  Status replace(std::string_view content) override { return replace_file(path_, content); }

 private:
  std::string path_;
};

class PlainFiles final : public vault::SecretFiles {
 public:
  Result<std::optional<Secret>> read(const std::string& path) override {
    CLAW_TRY(std::optional<std::string> content, read_file(path, secret_file_bytes_max));
    if (!content) return std::optional<Secret>();
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    return std::optional<Secret>(Secret(std::move(*content)));
  }
};

}  // namespace

std::shared_ptr<vault::SealedFile> sealed_file(std::string path) {
  return std::make_shared<OneFile>(std::move(path));
}

std::shared_ptr<vault::SecretFiles> secret_files() { return std::make_shared<PlainFiles>(); }

}  // namespace claw::store
