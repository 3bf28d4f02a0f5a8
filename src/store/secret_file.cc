#include "store/secret_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "store/file.h"

namespace claw::store {

namespace {

// Writers are done in milliseconds; one that is not is stuck, and a person should hear of it.
constexpr auto lock_wait_max = std::chrono::seconds(5);
constexpr auto lock_wait_step = std::chrono::milliseconds(10);

// A file of its own, because the store's is replaced: a lock on that would be on a file that has gone.
Result<std::shared_ptr<void>> lock_beside(const std::string& path) {
  CLAW_TRY(Descriptor file, open_file(path + ".lock", O_RDWR | O_CREAT));
  const auto until = std::chrono::steady_clock::now() + lock_wait_max;
  while (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return system_error("lock", path);
    if (std::chrono::steady_clock::now() >= until) {
      return Error{Code::timeout, "another process is changing " + quoted(path), {}};
    }
    std::this_thread::sleep_for(lock_wait_step);
  }
  return std::shared_ptr<void>(std::make_shared<Descriptor>(std::move(file)));
}

class OneFile final : public vault::SealedFile {
 public:
  explicit OneFile(std::string path) : path_(std::move(path)) {}
  Result<std::optional<std::string>> read() override { return read_file(path_, sealed_file_bytes_max); }
  Status replace(std::string_view content) override { return replace_file(path_, content); }
  Result<std::shared_ptr<void>> lock() override { return lock_beside(path_); }

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
