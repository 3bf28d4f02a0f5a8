#include "toolcall/catalogue.h"

#include <algorithm>

#include "toolcall/built_in.h"

namespace claw::toolcall {
namespace {

class BuiltIn final : public Tool {
 public:
  explicit BuiltIn(const Row& row) : row_(row) {}
  std::string_view name() const override { return row_.name; }
  std::string_view description() const override { return row_.description; }
  // What each does is for the arguments to say; so none is called read-only, and each may destroy.
  Traits traits() const override { return {.open_world = row_.open_world}; }
  void write_schema(json::Writer& out) const override { toolcall::write_schema(out, row_.fields); }
  std::optional<Mistake> check(const json::Value& arguments) const override {
    return toolcall::check(arguments, row_.fields, "/arguments");
  }
  Plan plan(const Asking& asking) const override { return row_.plan(row_.name, asking); }

 private:
  const Row& row_;
};

}  // namespace

std::span<const Row* const> built_in() {
  static constexpr const Row* rows[] = {&postgres_query, &http_request, &github_request, &gcp_request,
                                        &aws_request};
  return rows;
}

std::shared_ptr<const Tool> make_tool(const Row& row) { return std::make_shared<BuiltIn>(row); }

void add_built_in(const Asker& asker, Catalogue& into) {
  for (const Row* row : built_in()) {
    if (row->is_for(asker.snapshot, asker.profile)) into.push_back(make_tool(*row));
  }
}

std::shared_ptr<const Tool> find_tool(const Catalogue& catalogue, std::string_view name) {
  const auto found = std::ranges::find_if(catalogue, [name](const std::shared_ptr<const Tool>& each) {
    return each->name() == name || wire_name(each->name()) == name;
  });
  return found == catalogue.end() ? nullptr : *found;
}

}  // namespace claw::toolcall
