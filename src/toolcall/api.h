// The agents' tool API by REST: routes, bodies and answers over the desk, which takes the calls. Nothing of a
// body says who sends it. All of it is on the server's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "serve/message.h"
#include "toolcall/desk.h"

namespace claw::toolcall {

class Api {
 public:
  struct Parts {
    io::Loop& loop;
    Desk& desk;  // Outlives it.
    Registry registry;
    // How an operation stands, for who has its token: its stage and why; nothing for everybody else.
    std::function<std::optional<std::pair<std::string, std::string>>(std::string_view id,
                                                                     std::string_view token)>
        operation;
  };
  explicit Api(Parts parts);

  void handle(const serve::Asked& asked, const serve::Reply& reply);

 private:
  Said list(const Who& who, std::string_view query) const;
  Said status(std::string_view path, std::string_view query) const;
  Said remove(const Who& who, std::string_view id);
  void post(const Who& who, std::string_view tool, const serve::Asked& asked, const serve::Reply& reply);

  Parts parts_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::toolcall
