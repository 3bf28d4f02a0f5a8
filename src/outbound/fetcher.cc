#include "outbound/fetcher.h"

#include "base/log.h"

namespace claw::outbound {

namespace {

Request request_of(const vault::Exchange& exchange) {
  Request request;
  request.method = exchange.method;
  request.host = exchange.host;
  request.port = exchange.port;
  request.path = Secret(exchange.path);
  request.fields = exchange.fields;
  if (!exchange.authorization.empty()) {
    request.secret_fields.emplace_back("Authorization", exchange.authorization.clone());
  }
  request.body = exchange.body.clone();
  request.reach = reach_of(exchange.host);
  return request;
}

}  // namespace

struct Fetcher::Flight {
  vault::Exchange exchange;
  std::vector<std::function<void(Status)>> waiting;
};

Fetcher::Fetcher(io::Loop& loop, vault::Vault& vault) : vault_(vault), client_(loop) {}

Fetcher::~Fetcher() = default;

void Fetcher::fetch(vault::Exchange exchange, std::function<void(Status)> done) {
  const std::string entry = exchange.entry;
  std::unique_ptr<Flight>& flight = flights_[entry];
  if (flight != nullptr) return flight->waiting.push_back(std::move(done));
  flight = std::make_unique<Flight>();
  flight->exchange = std::move(exchange);
  flight->waiting.push_back(std::move(done));
  client_.send(request_of(flight->exchange),
               [this, entry](const Result<Answer>& answer) { finished(entry, answer); });
}

void Fetcher::finished(const std::string& entry, const Result<Answer>& answer) {
  auto found = flights_.extract(entry);
  if (found.empty()) return;
  const std::unique_ptr<Flight> flight = std::move(found.mapped());
  Status status = Done{};
  if (!answer) status = answer.error();
  else status = vault_.exchanged(flight->exchange, answer->status, answer->body);
  for (const std::string& warning : vault_.take_warnings()) log::warning("credential", {{"why", warning}});
  for (const auto& done : flight->waiting) done(status);
}

Result<Answer> fetch_now(const vault::Exchange& exchange, std::uint32_t timeout_ms) {
  Request request = request_of(exchange);
  request.timeout_ms = timeout_ms;
  request.reach = io::Reach::anywhere;  // A person at the command line asks, not an agent through a gateway.
  return send_now(request);
}

}  // namespace claw::outbound
