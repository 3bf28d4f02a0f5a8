#include "action/k8s/k8s.h"
#include "base/text.h"

namespace claw::action {
namespace {

// What a call says, as the query and headers of a live request would.
class Spelled {
 public:
  explicit Spelled(K8sCall& call) : call_(call), query_(call.http.query) {}

  void spell() {
    for (auto& [name, values] : call_.param_values) add(name, values);
    for (auto& [name, value] : call_.params) add(name, {value});
    if (call_.dry_run) add("dryRun", {"All"});
    if (!call_.field_manager.empty()) add("fieldManager", {call_.field_manager});
    if (!call_.command.empty()) add("command", call_.command);
    if (!call_.container.empty()) add("container", {call_.container});
    if (call_.tty) add("tty", {"true"});
    if (call_.takes_stdin || call_.input) add("stdin", {"true"});
    Multimap& headers = call_.http.headers;
    if (!call_.impersonate_user.empty()) headers.push_back({"Impersonate-User", {call_.impersonate_user}});
    if (!call_.impersonate_groups.empty()) headers.push_back({"Impersonate-Group", call_.impersonate_groups});
    if (!call_.object || !call_.http.body.empty()) return;
    call_.http.body = json::format(*call_.object);
    headers.push_back({"Content-Type", {"application/json"}});
  }

 private:
  // What stands in the query already is not said again.
  void add(const std::string& name, std::vector<std::string> values) {
    const auto is_it = [&](const auto& entry) { return entry.first == name; };
    if (std::any_of(query_.begin(), query_.end(), is_it)) return;
    query_.emplace_back(name, std::move(values));
  }

  K8sCall& call_;
  Multimap& query_;
};

}  // namespace

std::shared_ptr<const Subject> make_k8s_subject(K8sCall call) {
  Spelled(call).spell();
  Gathered gathered = gather(std::move(call.http));
  HttpStorage& storage = *gathered.storage;
  const auto keep = [&](std::string_view text) { return storage.arena.copy(text); };
  K8sParts parts;
  parts.verb = keep(lower(call.verb));
  parts.resource = keep(call.resource);
  parts.space = keep(call.space);
  parts.name = keep(call.name);
  parts.api_group = keep(call.api_group);
  parts.api_version = keep(call.api_version);
  parts.non_resource_path = keep(call.non_resource_path);
  parts.proxy_path = keep(call.proxy_path);
  if (call.input) parts.input = keep(*call.input);
  if (call.object) {
    auto object = std::make_shared<const json::Value>(std::move(*call.object));
    parts.object = object.get();
    storage.more = std::move(object);
  }
  return make_k8s_subject(parts, gathered.parts, std::move(gathered.storage), {});
}

}  // namespace claw::action
