#include <array>

#include "gateway/preview/preview.h"

namespace claw::gateway {

std::shared_ptr<const PreviewDoor> preview_door(const Served& served, const action::Action& action) {
  auto made = std::make_shared<PreviewDoor>();
  made->served = served;
  made->door.name = "preview of " + std::string(action.id.view());
  made->door.entrance = &served.endpoint->entrance;
  made->door.served = &made->served;
  if (served.postgres != nullptr) {
    auto options = std::make_shared<postgres::Options>(*served.postgres);
    options->authenticate_agents = false;  // We know whose action it is.
    options->client_tls = options->client_tls_required = false;
    made->served.postgres = std::move(options);
  } else {
    const config::HostPort& upstream = served.endpoint->upstream;
    made->door.host = upstream.host;
    made->door.port = upstream.port;
    for (const action::Named& field : action.subject->fields) {
      if (field.name == "Host") made->door.host = field.value.substr(0, field.value.find(':'));
    }
  }
  return made;
}

Loopback::Loopback(io::Loop& loop, io::Fd end, Said said, Over over)
    : loop_(loop), stream_(std::move(end)), said_(std::move(said)), over_(std::move(over)) {
  watch_ = io::Watch(loop_, stream_.fd(), *this, true, false);
  timer_ = loop_.after_ms(preview_ms_max, [this] {
    timer_ = 0;
    finish(Error{Code::timeout, "it took too long", {}});
  });
}

Loopback::~Loopback() {
  if (timer_ != 0) loop_.cancel(timer_);
}

void Loopback::send(std::string_view bytes) {
  const auto result = stream_.send({&bytes, 1});
  if (result.kind != io::IoResult::Kind::failed) watch_.want(true, stream_.unsent() > 0);
}

void Loopback::ready(io::Ready what) {
  if (is_over_) return;
  if (what.writable && stream_.unsent() > 0) {
    stream_.flush();
    watch_.want(true, stream_.unsent() > 0);
  }
  if (!what.readable && !what.hung_up) return;
  std::array<char, 16 * 1024> buffer;
  const auto result = stream_.read(buffer);
  if (result.kind == io::IoResult::Kind::again) return;
  if (result.kind != io::IoResult::Kind::some) return finish(Error{Code::unavailable, "it was cut off", {}});
  unread_.append(buffer.data(), result.count);
  if (unread_.size() > preview_answer_bytes_max) return finish(Error{Code::limit, "too much came back", {}});
  if (said_(unread_)) finish(std::nullopt);
}

void Loopback::finish(std::optional<Error> why) {
  if (std::exchange(is_over_, true)) return;
  watch_.reset();
  // Later: whoever is told may let go of this.
  loop_.post([over = over_, why = std::move(why)] { over(why); });
}

}  // namespace claw::gateway
