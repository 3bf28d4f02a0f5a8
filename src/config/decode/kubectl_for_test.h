// What a kubectl command line asks of the API server, as far as the line alone says so: for judging command
// lines that others have labelled. Not the shell and not kubectl: a line whose requests depend on a file, on
// the cluster or on another program has none here.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/k8s/k8s.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::config {

struct KubeResource {
  std::vector<std::string_view> names;  // As typed.
  std::string_view group;
  std::string_view plural;
  bool has_namespace = true;
};

inline const KubeResource* kube_resource(std::string_view typed) {
  static const std::vector<KubeResource> all{
      {{"pod", "pods", "po"}, "", "pods"},
      {{"service", "services", "svc"}, "", "services"},
      {{"secret", "secrets"}, "", "secrets"},
      {{"pvc", "persistentvolumeclaims"}, "", "persistentvolumeclaims"},
      {{"namespace", "namespaces", "ns"}, "", "namespaces", false},
      {{"node", "nodes", "no"}, "", "nodes", false},
      {{"deployment", "deployments", "deploy"}, "apps", "deployments"},
      {{"ingressroute", "ingressroutes"}, "traefik.io", "ingressroutes"},
      {{"clusterrolebinding", "clusterrolebindings"}, "rbac.authorization.k8s.io", "clusterrolebindings",
       false},
  };
  const auto found = std::ranges::find_if(
      all, [&](const KubeResource& each) { return std::ranges::count(each.names, typed) > 0; });
  return found == all.end() ? nullptr : &*found;
}

// At spaces that no quote holds together.
inline std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  char quote = 0;
  bool is_open = false;
  for (const char c : line) {
    const bool opens = quote == 0 && (c == '\'' || c == '"');
    const bool closes = quote != 0 && c == quote;
    if (quote == 0 && c == ' ') {
      is_open = false;
      continue;
    }
    if (!std::exchange(is_open, true)) words.emplace_back();
    if (opens || closes) quote = opens ? c : 0;
    else words.back() += c;
  }
  return words;
}

class Kubectl {
 public:
  explicit Kubectl(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word == "--") {
        command_.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
        break;
      }
      if (!word.starts_with('-')) {
        named_.push_back(word);
        continue;
      }
      const std::size_t equals = std::min(word.find('='), word.size());
      const std::string flag = word.substr(0, equals);
      const bool takes_next = equals == word.size() && has_value(flag) && i + 1 < words.size();
      flags_[flag] = takes_next ? words[++i] : word.substr(std::min(equals + 1, word.size()));
    }
  }

  // Nothing: what it asks for is not in the line, or it asks nobody.
  std::optional<std::vector<action::K8sCall>> calls() && {
    if (named_.empty() || is_set("--help") || is_set("-h")) return std::nullopt;
    const std::string verb = named_.front();
    named_.erase(named_.begin());
    if (verb == "exec" || verb == "cp" || verb == "port-forward" || verb == "logs") return into_pod(verb);
    if (verb == "cordon" || verb == "drain") named_.insert(named_.begin(), "node");
    if (verb == "create" && named_.size() != 2) return std::nullopt;
    if (!take_resource()) return std::nullopt;
    if (verb == "get" || verb == "describe") return looked_at(verb);
    if (verb == "delete") return deleted();
    if (verb == "cordon" || verb == "drain" || verb == "patch") return changed("patch", "");
    if (verb == "scale") return changed("patch", "/scale");
    if (verb == "create") return changed("create", "");
    return std::nullopt;
  }

 private:
  static bool has_value(std::string_view flag) {
    constexpr std::string_view flags[] = {"-n", "--namespace", "-c", "--container", "-o", "--output", "-p",
                                          "--patch"};
    return std::ranges::count(flags, flag) > 0;
  }
  bool is_set(const std::string& flag) const { return flags_.contains(flag); }
  std::string value(const std::string& flag, const std::string& other) const {
    for (const std::string& each : {flag, other}) {
      if (const auto found = flags_.find(each); found != flags_.end()) return found->second;
    }
    return {};
  }

  // `pods web`, `pods/web`; the names are left.
  bool take_resource() {
    if (named_.empty()) return false;
    const std::string typed = named_.front();
    named_.erase(named_.begin());
    const std::size_t slash = typed.find('/');
    resource_ = kube_resource(typed.substr(0, slash));
    if (slash != typed.npos) named_.insert(named_.begin(), typed.substr(slash + 1));
    return resource_ != nullptr;
  }

  action::K8sCall call(std::string verb, const std::string& name, std::string_view part = {}) const {
    action::K8sCall made;
    made.verb = std::move(verb);
    made.api_group = resource_->group;
    made.api_version = "v1";
    made.resource = std::string(resource_->plural).append(part);
    made.name = name;
    const std::string space = value("-n", "--namespace");
    const bool is_everywhere = is_set("-A") || is_set("--all-namespaces");
    if (resource_->has_namespace && !is_everywhere) made.space = space.empty() ? "default" : space;
    return made;
  }

  std::vector<action::K8sCall> looked_at(const std::string& verb) {
    std::vector<action::K8sCall> made;
    if (named_.empty()) made.push_back(call("list", ""));
    for (const std::string& name : named_) made.push_back(call("get", name));
    if (verb == "get") return made;
    made.push_back(made.back());
    made.back().verb = "list";
    made.back().resource = "events";
    made.back().api_group = made.back().name = "";
    return made;
  }

  // With --all kubectl lists them, and deletes one after the other.
  std::vector<action::K8sCall> deleted() {
    std::vector<action::K8sCall> made;
    if (is_set("--all")) {
      made.push_back(call("list", ""));
      named_.emplace_back("one-of-them");
    }
    for (const std::string& name : named_) {
      made.push_back(call("delete", name));
      made.back().object = json::parse(R"({"propagationPolicy":"Background"})").value();
    }
    return made;
  }

  std::vector<action::K8sCall> changed(std::string verb, std::string_view part) {
    std::vector<action::K8sCall> made;
    if (verb == "create") {
      made.push_back(call(std::move(verb), ""));
      made.back().object = json::parse(R"({"metadata":{"name":"it"},"spec":{"replicas":1}})").value();
      return made;
    }
    for (const std::string& name : named_) {
      made.push_back(call("get", name, part));
      made.push_back(call(verb, name, part));
      const auto patch = json::parse(value("-p", "--patch"));
      made.back().object = patch ? *patch : json::parse(R"({"spec":{"replicas":1}})").value();
    }
    return made;
  }

  std::optional<std::vector<action::K8sCall>> into_pod(const std::string& verb) {
    if (named_.empty()) return std::nullopt;
    std::string pod = named_.front();
    if (verb == "cp") {
      const auto is_far = [](const std::string& each) { return each.find(':') != each.npos; };
      const auto far = std::ranges::find_if(named_, is_far);
      if (far == named_.end()) return std::nullopt;
      pod = far->substr(0, far->find(':'));
      command_ = {"tar", "cf", "-", far->substr(far->find(':') + 1)};
    }
    resource_ = kube_resource("pods");
    // Of a deployment and its like kubectl takes a pod, whose name begins with theirs.
    if (const std::size_t slash = pod.find('/'); slash != pod.npos) pod.erase(0, slash + 1);
    std::vector<action::K8sCall> made{call("get", pod)};
    if (verb == "logs") {
      made.push_back(call("get", pod, "/log"));
      return made;
    }
    made.push_back(call("create", pod, verb == "port-forward" ? "/portforward" : "/exec"));
    action::K8sCall& opened = made.back();
    opened.command = command_;
    opened.container = value("-c", "--container");
    opened.tty = is_set("-it") || is_set("-ti") || is_set("-t") || is_set("--tty");
    opened.takes_stdin = opened.tty || is_set("-i") || is_set("--stdin");
    return made;
  }

  std::vector<std::string> named_;  // What is no flag.
  std::map<std::string, std::string> flags_;
  std::vector<std::string> command_;
  const KubeResource* resource_ = nullptr;
};

// Of every plain kubectl in a line of the shell; nothing where there is none.
inline std::vector<action::K8sCall> kubectl_calls(std::string_view line) {
  std::vector<action::K8sCall> calls;
  for (std::string_view rest = line; !rest.empty();) {
    const std::size_t end = std::min(rest.find(" && "), rest.size());
    std::string_view piece = trim(rest.substr(0, end));
    if (piece.starts_with('(') && piece.ends_with(')')) piece = piece.substr(1, piece.size() - 2);
    rest.remove_prefix(std::min(end + 4, rest.size()));
    const std::vector<std::string> words = shell_words(piece);
    if (words.empty() || words.front() != "kubectl") continue;
    if (auto made = Kubectl(words).calls()) calls.insert(calls.end(), made->begin(), made->end());
  }
  return calls;
}

}  // namespace claw::config
