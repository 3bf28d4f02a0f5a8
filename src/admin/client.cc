#include "admin/client.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/web/encoding.h"
#include "io/call.h"
#include "protocol/http/wire/h1.h"
#include "protocol/http/wire/h1/whole.h"

namespace claw::admin {

namespace {

struct Place {
  io::Address address;
  std::shared_ptr<io::TlsContext> context;
  std::string authority;
};

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// A token is shown to nobody who has not proved to be the gateway.
Result<Place> place_of(const Gateway& gateway) {
  Place place;
  if (gateway.url.empty()) {
    place.address.path = gateway.socket;
    place.authority = "localhost";
    return place;
  }
  const bool is_tls = gateway.url.starts_with("https://");
  if (!is_tls && !gateway.url.starts_with("http://")) {
    return invalid("a gateway's address is `https://HOST:PORT`");
  }
  std::string rest = gateway.url.substr(gateway.url.find("://") + 3);
  if (rest.ends_with('/')) rest.pop_back();
  CLAW_TRY(place.address, io::parse_address(rest, is_tls ? 443 : 80));
  place.authority = rest;
  if (is_tls) {
    io::TlsFiles files;
    files.roots = gateway.roots;
    CLAW_TRY(place.context, io::TlsContext::client(files, io::TlsTrust::chain_and_name));
  } else if (!is_this_machine(place.address.host)) {
    return invalid("a token does not cross the network in the clear: write `https://`");
  }
  if (gateway.token.empty()) {
    return Error{Code::denied, "a gateway elsewhere wants an API token: set CLAWPATROL_TOKEN", {}};
  }
  return place;
}

http::WholeRequest request_of(const Gateway& gateway, const Place& place, const Question& question) {
  http::WholeRequest request;
  request.head.method = question.method;
  request.head.authority = place.authority;
  request.head.path = question.path;
  if (!gateway.url.empty()) {
    request.head.fields.add_secret("Authorization", Secret(fmt::format("Bearer {}", gateway.token.reveal())));
  }
  if (!question.body.empty()) request.head.fields.add("Content-Type", "application/json");
  request.body = question.body;
  return request;
}

Error refused(int status, std::string_view body) {
  const auto value = json::parse(body);
  const std::string otherwise = fmt::format("the gateway answered {}", status);
  const std::string words = value ? value->text_or("error", otherwise) : otherwise;
  const Code code = status == 404   ? Code::not_found
                    : status == 401 || status == 403 ? Code::denied
                    : status == 400 || status == 409 ? Code::invalid
                                    : Code::unavailable;
  return Error{code, words, {}};
}

// Events out of a body that comes in pieces.
class Events final : public http::Reader {
 public:
  explicit Events(const Event& each) : each_(each) {}

  void on_response(http::StreamId, http::Response response) override { status_ = response.status; }
  void on_body(http::StreamId, std::string_view bytes) override {
    text_ += bytes;
    for (;;) {
      const std::size_t end = text_.find("\n\n");
      if (status_ != 200 || end == std::string::npos || stopped_) return;
      tell(std::string_view(text_).substr(0, end));
      text_.erase(0, end + 2);
    }
  }
  void on_end(http::StreamId, http::Fields) override { ended_ = true; }
  void on_reset(http::StreamId, http::Reset, std::string_view) override { ended_ = true; }

  bool goes_on() const { return !stopped_ && !ended_; }
  int status() const { return status_; }
  const std::string& text() const { return text_; }

 private:
  void tell(std::string_view event) {
    std::string_view name, data;
    for (const std::string_view line : split(event, '\n')) {
      if (line.starts_with("event: ")) name = line.substr(7);
      if (line.starts_with("data: ")) data = line.substr(6);
    }
    if (const auto value = json::parse(data); value && !each_(name, *value)) stopped_ = true;
  }

  const Event& each_;
  std::string text_;
  int status_ = 0;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace

Result<json::Value> call(const Gateway& gateway, const Question& question) {
  CLAW_TRY(const Place place, place_of(gateway));
  std::string bytes = http::encode(request_of(gateway, place, question));
  if (bytes.empty()) return invalid("no such path can be asked for: " + quoted(question.path));
  auto raw = gateway.url.empty()
                 ? io::call_unix(place.address.path, bytes, question.timeout_ms)
                 : io::call_tcp(place.address, place.context, bytes, question.timeout_ms);
  wipe(bytes);
  if (!raw) return std::move(raw).error();
  CLAW_TRY(const http::WholeResponse answer, http::decode_response(*raw));
  if (answer.status != 200) return refused(answer.status, answer.body);
  return json::parse(answer.body);
}

Result<json::Value> call(const std::string& socket, std::string_view method, std::string_view path,
                         std::string_view body) {
  return call(Gateway{socket, {}}, {method, path, body});
}

Status follow(const Gateway& gateway, std::string_view path, const Event& each) {
  CLAW_TRY(const Place place, place_of(gateway));
  const auto client = http::make_h1_client();
  protocol::Commands commands;
  const http::Output out{commands, protocol::Side::upstream};
  http::Request request = request_of(gateway, place, {"GET", path}).head;
  if (client->open(request, out) == 0) return invalid("no such path can be asked for: " + quoted(path));
  std::string bytes;
  for (const protocol::Command& command : commands.list()) {
    if (const auto* send = std::get_if<protocol::Send>(&command)) bytes += send->bytes();
  }
  commands.clear();
  Events events(each);
  std::string left;
  std::optional<Error> broken;
  CLAW_TRY_DONE(io::follow({place.address, place.context}, bytes, [&](std::string_view piece) {
    left += piece;
    const auto used = client->feed(left, events, out);
    commands.clear();
    if (!used) return broken = used.error(), false;
    left.erase(0, *used);
    return events.goes_on();
  }));
  if (broken) return *broken;
  if (events.status() != 200) return refused(events.status(), events.text());
  return Done{};
}

std::string escaped(std::string_view text) { return percent_encode(text); }

}  // namespace claw::admin
