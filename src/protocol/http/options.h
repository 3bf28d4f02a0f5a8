// What the config says, as HTTP's machines need it: about one endpoint, and about the way in through which
// an agent came. Immutable and shared by all connections of a snapshot, but for what they found out together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "protocol/http/edit/known_patterns.h"
#include "protocol/http/facts/facts.h"

namespace claw::http {

class Dialect;

enum class Upstream : std::uint8_t { automatic, http1, http2 };

// Reads are sent as somebody who can do nothing else, whatever the policy overlooked.
struct ReadAs {
  std::string user;                // Empty: as the credential itself.
  std::vector<std::string> groups;
};

// Which of what passes after an upgrade is written down, where a dialect can tell.
struct Recording {
  bool streams = false;
  bool input = false;              // Also what the agent types, or pipes in.
};

struct Options {                   // Of an endpoint.
  std::string endpoint;            // `https.github`
  bool upstream_tls = true;
  Upstream upstream = Upstream::automatic;
  Needs needs;                     // Which facts its rules read.
  bool judges_messages = false;    // Some rule reads ws.*: WebSocket messages are actions too.
  bool carriers_matter = false;    // Placeholders choose among several credentials.
  bool fields_matter = false;      // Some credential of it needs to see the agent's headers.
  std::uint64_t body_bytes_max = 1024 * 1024;  // Gathered for rules and signatures; more is unknown to them.
  bool strip_set_cookie = true;
  bool scan_answers = true;
  bool allow_override = false;
  const Dialect* dialect = nullptr;  // Another reading of its requests; lives as long as the program.
  ReadAs read_as;                  // Kubernetes.
  Recording recording;
  std::string public_url;          // Of the operators' listener, for where agents look; may be empty.
  std::shared_ptr<KnownPatterns> patterns = std::make_shared<KnownPatterns>();
};

struct Door {
  enum class Kind : std::uint8_t { proxy, transparent, endpoint } kind = Kind::endpoint;
  bool require_token = false;
  bool has_tls = false;            // This door itself may speak TLS.
  bool requires_tls = false;
  std::string original_host;       // Transparent: where the connection was going; an IP literal, or the name
                                   // that it is known to stand for.
  std::uint16_t original_port = 0;
  std::shared_ptr<Budget> bodies = nullptr;  // Of all connections together; null: without end.
};

}  // namespace claw::http
