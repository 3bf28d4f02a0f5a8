#include "store/operation_files.h"

#include <algorithm>

#include "base/text.h"
#include "store/file.h"

namespace claw::store {
namespace {

constexpr std::string_view ending = ".json";

// An id is ours, a UUID; nothing else becomes a part of a path.
bool is_id(std::string_view id) {
  constexpr std::string_view allowed = "0123456789abcdef-";
  return id.size() == 36 && id.find_first_not_of(allowed) == std::string_view::npos;
}

class OperationFiles final : public approval::OperationKeep {
 public:
  explicit OperationFiles(std::string folder) : folder_(std::move(folder)) {}

  Status put(std::string_view id, std::string_view text) override {
    if (!is_id(id)) return invalid("no such operation can be kept: " + quoted(id));
    if (text.size() > operation_bytes_max) {
      return Error{Code::limit, "the operation is too long to be kept", {}};
    }
    return replace_file(path_of(id), text);
  }

  Status remove(std::string_view id) override {
    if (!is_id(id)) return invalid("no such operation: " + quoted(id));
    return remove_file(path_of(id));
  }

  Result<std::vector<std::string>> all() override {
    CLAW_TRY(const std::vector<std::string> names, names_in(folder_));
    std::vector<std::string> texts;
    for (const std::string& name : names) {
      // What a power cut left half written was never answered for.
      if (!name.ends_with(ending) || !is_id(name.substr(0, name.size() - ending.size()))) continue;
      CLAW_TRY(std::optional<std::string> text, read_file(folder_ + "/" + name, operation_bytes_max));
      if (text) texts.push_back(std::move(*text));
    }
    return texts;
  }

 private:
  std::string path_of(std::string_view id) const {
    return folder_ + "/" + std::string(id) + std::string(ending);
  }

  std::string folder_;
};

}  // namespace

Result<std::shared_ptr<approval::OperationKeep>> operation_files(std::string folder) {
  CLAW_TRY(const Descriptor made, open_private_folder(folder));
  return std::shared_ptr<approval::OperationKeep>(std::make_shared<OperationFiles>(std::move(folder)));
}

}  // namespace claw::store
