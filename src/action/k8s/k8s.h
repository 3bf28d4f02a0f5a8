// Subjects of Kubernetes calls, for live requests and for fixtures. What the path says comes from whoever
// read it; everything that stands in the query and the headers (parameters, dry run, impersonation, the
// command of an exec) is derived here, so that both are judged alike. Decides nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/http.h"
#include "action/requests.h"
#include "base/json.h"

namespace claw::action {

// Views into the storage, or of what lives as long. Neither a verb nor a path outside the API: no Kubernetes
// call at all, and its facts are absent.
struct K8sParts {
  std::string_view verb;               // Lower case.
  std::string_view resource;           // `pods`, `pods/exec`
  std::string_view space;              // The namespace.
  std::string_view name;
  std::string_view api_group;
  std::string_view api_version;
  std::string_view non_resource_path;  // `/healthz`; then all of the above but the verb are empty.
  std::string_view proxy_path;         // What a proxy passes on, with the query.
  const json::Value* object = nullptr;  // Null: there is no body, or it is not known.
  // What it calls itself: shown where the path has no name, and no fact.
  std::string_view object_name;
  // Not empty: the server reads it and we do not. Rules that read it cannot be decided, others are not
  // concerned.
  std::string object_unread;
  std::optional<std::string_view> input;  // Of a command, where it was taken in before it runs.
  bool is_input_whole = true;
  std::string path_why_not;            // Not empty: no fact of the target is known.
  std::string object_why_not;
};

// `parts.query` and `parts.headers` are read too.
std::shared_ptr<const Subject> make_k8s_subject(const K8sParts& call, const HttpParts& parts,
                                                std::shared_ptr<HttpStorage> storage,
                                                const HttpWanted& wanted);

// The command of an exec, or of an attach, as the query says it. An error where it says one thing twice and
// two readers could take either.
struct K8sExec {
  std::vector<std::string_view> command;  // The whole argv.
  std::string_view container;
  bool tty = false;
  bool takes_stdin = false;
};
Result<K8sExec> read_exec(std::span<const Named> query);

// Only an absent value, `false` and `0` are no, in any case: how the API reads a bool of the query.
bool says_yes(std::string_view value);

// `/exec`, `/attach` and `/portforward` of anything: a way into it, whatever the method.
bool is_way_in(std::string_view resource);

// `Impersonate-User`, also with the underscores that gateways turn into dashes: what follows the first dash.
std::optional<std::string_view> impersonation_in(std::string_view header);

// The same from plain values. Whatever is said beside `params` is put where a live request has it: into the
// query, the headers, the body.
struct K8sCall {
  std::string verb;     // Empty: not a path of the Kubernetes API, and its facts are absent.
  std::string resource;
  std::string space;    // The namespace.
  std::string name;
  std::vector<std::pair<std::string, std::string>> params;
  HttpRequest http;     // Its rules may read http.* too.

  std::string api_group = {};
  std::string api_version = {};
  std::string non_resource_path = {};
  std::string proxy_path = {};
  Multimap param_values = {};
  std::string impersonate_user = {};
  std::vector<std::string> impersonate_groups = {};
  bool dry_run = false;
  std::string field_manager = {};
  std::vector<std::string> command = {};
  std::string container = {};
  bool tty = false;
  bool takes_stdin = false;
  std::optional<std::string> input = {};
  std::optional<json::Value> object = {};
};
std::shared_ptr<const Subject> make_k8s_subject(K8sCall call);

}  // namespace claw::action
