// Subjects of the families whose facts need no grammar: HTTP and SSH requests, from plain values that are
// already decoded. Fixtures and tests use them; a protocol that reads HTTP itself gives views instead, see
// http.h. Kubernetes calls have a folder of their own, k8s/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "action/action.h"

namespace claw::action {

using Multimap = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct HttpRequest {
  std::string method;
  std::string host;     // Without a port.
  std::string path;     // Decoded, without the query.
  Multimap query;
  Multimap headers;     // Names as sent; rules find them in any spelling.
  std::string body;     // Content encodings undone.
  bool truncated = false;
  std::string scheme = "https";
  bool allows_override = false;
};

struct SshRequest {
  std::string verb;
  std::string command;
  std::string subsystem;
  std::string forward_host;
  std::int64_t forward_port = 0;
  std::string user;
  std::string input;    // What was piped in before it started.
  bool truncated = false;
};

std::shared_ptr<const Subject> make_http_subject(HttpRequest request);
std::shared_ptr<const Subject> make_ssh_subject(SshRequest request);

}  // namespace claw::action
