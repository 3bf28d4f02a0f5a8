#include "vault/source.h"

#include <cstdlib>

#include "base/text.h"

namespace claw::vault {

namespace {

bool is_plain(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// One component, so that a name from a config can never lead out of the secrets folder.
bool is_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

class EnvironmentSource final : public Source {
 public:
  EnvironmentSource(Environment environment, std::shared_ptr<SecretFiles> files)
      : environment_(std::move(environment)), files_(std::move(files)) {}

  std::string_view name() const override { return "environment"; }

  Result<std::optional<Secret>> find(const Slot& slot) override {
    const std::string variable = environment_name(slot);
    std::optional<std::string> value = environment_(variable);
    if (!value) return std::optional<Secret>();
    if (value->empty()) return Error{Code::unavailable, variable + " is set and empty", {}};
    if (value->front() != '@') return std::optional<Secret>(Secret(std::move(*value)));
    // What follows the @ may be a secret that begins with one: it must not be in a message.
    Result<std::optional<Secret>> content = files_->read(value->substr(1));
    if (!content || !*content) {
      return Error{Code::unavailable, variable + " names a file that cannot be read", {}};
    }
    return content;
  }

 private:
  Environment environment_;
  std::shared_ptr<SecretFiles> files_;
};

class FolderSource final : public Source {
 public:
  FolderSource(std::string folder, std::shared_ptr<SecretFiles> files)
      : folder_(std::move(folder)), files_(std::move(files)) {}

  std::string_view name() const override { return "secrets folder"; }

  Result<std::optional<Secret>> find(const Slot& slot) override {
    const std::string file = slot.slot.empty() ? slot.name : slot.name + "." + slot.slot;
    if (!is_file_name(file)) return std::optional<Secret>();
    return files_->read(folder_ + "/" + file);
  }

 private:
  std::string folder_;
  std::shared_ptr<SecretFiles> files_;
};

}  // namespace

Environment process_environment() {
  return [](const std::string& variable) -> std::optional<std::string> {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::string environment_name(const Slot& slot) {
  std::string name = "CLAWPATROL_SECRET_" + upper(slot.name);
  if (!slot.slot.empty()) name += "_" + upper(slot.slot);
  for (char& c : name) {
    if (!is_plain(c)) c = '_';
  }
  return name;
}

std::unique_ptr<Source> environment_source(Environment environment, std::shared_ptr<SecretFiles> files) {
  return std::make_unique<EnvironmentSource>(std::move(environment), std::move(files));
}

std::unique_ptr<Source> folder_source(std::string folder, std::shared_ptr<SecretFiles> files) {
  return std::make_unique<FolderSource>(std::move(folder), std::move(files));
}

}  // namespace claw::vault
