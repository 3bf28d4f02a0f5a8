// The operators' API: takes a request from the server, finds its route, lets the gatekeeper look at who asks,
// has the work done where the table says, and puts the same headers on every answer. The dashboard's own
// files are served here too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin/gatekeeper.h"
#include "admin/routes/live.h"
#include "serve/lane.h"
#include "serve/message.h"
#include "admin/table.h"
#include "io/loop.h"

namespace claw::admin {

class Api {
 public:
  Api(io::Loop& loop, Sources sources);
  ~Api();  // On any thread, once the loop has stopped.

  void handle(Asked asked, Reply reply);  // On the loop's thread.

 private:
  struct Found {
    const RouteRow* route = nullptr;
    std::map<std::string, std::string, std::less<>> params;
    std::string allowed;  // Methods of that path, where this is none of them.
  };
  static Found find(std::string_view method, std::string_view path);
  serve::Lane* lane_of(Where where);
  void run(const RouteRow& route, std::shared_ptr<Asked> asked, Call call, Reply reply);
  std::optional<Answer> asset(const http::Request& head, std::string_view path) const;

  io::Loop& loop_;
  Sources sources_;
  Gatekeeper gatekeeper_;
  Live live_;
  serve::Lane records_;
  serve::Lane passwords_;
  serve::Lane long_;
};

}  // namespace claw::admin
