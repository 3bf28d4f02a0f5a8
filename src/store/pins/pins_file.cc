#include "store/pins/pins_file.h"

#include "store/file.h"

namespace claw::store {
namespace {

class PinsFile final : public pins::Keeper {
 public:
  explicit PinsFile(std::string path) : path_(std::move(path)) {}
  Result<std::optional<std::string>> read() override { return read_file(path_, pins_file_bytes_max); }
  Status replace(const std::string& text) override { return replace_file(path_, text); }

 private:
  std::string path_;
};

}  // namespace

std::shared_ptr<pins::Keeper> pins_file(const std::string& folder) {
  return std::make_shared<PinsFile>(folder + "/mcp_pins.json");
}

}  // namespace claw::store
