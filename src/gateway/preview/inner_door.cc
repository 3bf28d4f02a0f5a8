#include "gateway/preview/preview.h"

namespace claw::gateway {

std::shared_ptr<const InnerDoor> inner_door(const Served& served, Within to,
                                            std::shared_ptr<io::TlsContext> tls) {
  auto made = std::make_shared<InnerDoor>();
  made->served = served;
  made->door.name = std::move(to.name);
  made->door.entrance = &served.endpoint->entrance;
  made->door.served = &made->served;
  if (served.postgres != nullptr) {
    auto options = std::make_shared<postgres::Options>(*served.postgres);
    options->authenticate_agents = false;  // We know whose action it is.
    options->client_tls = tls != nullptr;
    options->client_tls_required = false;
    made->served.postgres = std::move(options);
    made->door.tls = std::move(tls);
  } else {
    made->door.host = std::move(to.host);
    made->door.port = to.port;
  }
  return made;
}

std::shared_ptr<const InnerDoor> inner_proxy(Within to, std::vector<std::string> among) {
  auto made = std::make_shared<InnerDoor>();
  made->door.name = std::move(to.name);
  made->door.http.kind = to.host.empty() ? http::Door::Kind::proxy : http::Door::Kind::transparent;
  made->door.http.original_host = std::move(to.host);
  made->door.http.original_port = to.port;
  made->among = std::move(among);
  return made;
}

Within preview_of(const Served& served, const action::Action& action) {
  const config::HostPort& upstream = served.endpoint->upstream;
  Within to{"preview of " + std::string(action.id.view()), upstream.host, upstream.port};
  for (const action::Named& field : action.subject->fields) {
    if (field.name == "Host") to.host = field.value.substr(0, field.value.find(':'));
  }
  return to;
}

}  // namespace claw::gateway
