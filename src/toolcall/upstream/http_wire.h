// Streamable HTTP (MCP, Transports) towards a server: each message a POST, answered by JSON or by a stream of
// events, and one stream that listens. The credential is put into each request here, out of anybody's sight,
// and taken out of what comes back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "action/edits.h"
#include "io/loop.h"
#include "io/reach.h"
#include "io/tls.h"
#include "protocol/http/edit/known_patterns.h"
#include "protocol/mcp/events.h"
#include "toolcall/upstream/exchange.h"
#include "toolcall/upstream/wire.h"

namespace claw::toolcall::upstream {

// What a request is lent; comes later or at once, on the loop's thread. `refused`: the server did not take
// what was lent for this request before; an error where there is nothing newer.
using Lent = std::function<void(Result<std::shared_ptr<const action::Edits>>)>;
using Lender = std::function<void(bool refused, Lent)>;

struct Place {
  std::string host;
  std::uint16_t port = 443;
  bool has_tls = true;
  std::string path;
  std::shared_ptr<io::TlsContext> trust;  // Null: the system's roots.
  io::Reach reach = io::Reach::no_local_services;
  std::size_t message_bytes_max = 0;
  bool hides_secrets = true;              // What was lent, in what comes back.
};

class HttpWire final : public Wire {
 public:
  HttpWire(io::Loop& loop, Place place, Lender lender);
  ~HttpWire() override;

  void open(Ear& ear) override { ear_ = &ear; }
  void send(Outgoing message) override;
  void agreed(const claw::mcp::Version& version) override;
  void drop(const claw::mcp::Id& id) override;

 private:
  struct Post;  // One that is under way.
  void ask_lender(std::uint64_t number, bool refused);
  void post(std::uint64_t number, Result<std::shared_ptr<const action::Edits>> lent);
  void listen();
  bool post_again(Post& post);
  http::Request head_of(const Post& post, const action::Edits* edits) const;
  void on_head(Post& post, const http::Response& response);
  void on_body(std::uint64_t number, std::string_view bytes);
  void on_end(std::uint64_t number, const std::optional<Error>& why);
  void refuse(Post& post, const Error& why);
  void refuse_by_status(Post& post);
  void hear(Post& post, std::string_view text);
  void forget(std::uint64_t number);

  io::Loop& loop_;
  Place place_;
  Lender lender_;
  http::KnownPatterns patterns_;
  Ear* ear_ = nullptr;
  const claw::mcp::Version* version_ = nullptr;
  std::string session_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Post>> posts_;
  io::TimerId listening_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace claw::toolcall::upstream
