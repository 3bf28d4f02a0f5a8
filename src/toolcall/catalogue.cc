#include "toolcall/catalogue.h"

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

bool Shelves::is_as_it_was(const Asker& asker) {
  std::vector<std::uint64_t> now;
  for (const Shelf& shelf : shelves_) now.push_back(shelf.edition ? shelf.edition() : 0);
  const bool same = snapshot_ == asker.kept && editions_ == now;
  snapshot_ = asker.kept;
  editions_ = std::move(now);
  return same;
}

const Shelves::Gathered& Shelves::gathered(const Asker& asker) {
  if (!is_as_it_was(asker)) gathered_.clear();
  auto [at, is_new] = gathered_.try_emplace({asker.endpoint.typed, std::string(asker.profile)});
  Gathered& found = at->second;
  if (!is_new) return found;
  for (const Shelf& shelf : shelves_) shelf.fill(asker, found.tools);
  for (const std::shared_ptr<const Tool>& each : found.tools) {
    found.by_name.emplace(each->name(), each);
    found.by_name.emplace(wire_name(each->name()), each);
  }
  return found;
}

const Catalogue& Shelves::catalogue(const Asker& asker) { return gathered(asker).tools; }

std::shared_ptr<const Tool> Shelves::find(const Asker& asker, std::string_view name) {
  const Gathered& all = gathered(asker);
  const auto found = all.by_name.find(name);
  return found == all.by_name.end() ? nullptr : found->second;
}

}  // namespace claw::toolcall
