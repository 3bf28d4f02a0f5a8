#include "exporter/postgres_link.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>

#include "base/text.h"
#include "io/address.h"
#include "io/resolver.h"
#include "outbound/request.h"

namespace claw::exporter {

namespace {

constexpr std::string_view system_roots = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t said_bytes_max = 200;

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Connection lost, resources, shutdown, rollback, and what nobody can say: worth another try.
bool is_passing(std::string_view state) {
  return state.empty() || state.starts_with("08") || state.starts_with("53") || state.starts_with("57") ||
         state.starts_with("40") || state.starts_with("55");
}

std::string first_line(const char* text) {
  const std::string_view whole = text == nullptr ? "" : trim(text);
  return printable(whole.substr(0, whole.find('\n')), said_bytes_max);
}

std::vector<std::string> within_reach(const std::string& host,
                                      const std::vector<io::SocketAddress>& addresses) {
  std::vector<std::string> texts;
  for (io::SocketAddress address : addresses) {
    if (io::out_of_reach(outbound::reach_of(host), address)) continue;
    address.set_port(1);
    std::string text = address.text();  // `1.2.3.4:1`, `[::1]:1`
    text.resize(text.size() - 2);
    if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

PostgresLink::PostgresLink(io::Loop& loop, PostgresServer server)
    : loop_(loop), server_(std::move(server)), alive_(std::make_shared<bool>(true)) {}

PostgresLink::~PostgresLink() {
  *alive_ = false;
  done_ = nullptr;
  drop();
}

void PostgresLink::arm(std::uint32_t timeout_ms, Done done) {
  done_ = std::move(done);
  timer_ = loop_.after_ms(timeout_ms, [this] {
    timer_ = 0;
    drop();
    finish(Error{Code::timeout, "no answer in time from " + server_.host, {}});
  });
}

void PostgresLink::drop() {
  watch_.reset();
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  phase_ = Phase::away;
  refused_.reset();
}

void PostgresLink::finish(Status status) {
  if (timer_ != 0) loop_.cancel(timer_);
  timer_ = 0;
  if (done_) std::exchange(done_, nullptr)(std::move(status));
}

Error PostgresLink::own_error(std::string_view what) const {
  return {Code::unavailable, fmt::format("{}: {}", what, first_line(PQerrorMessage(connection_))), {}};
}

void PostgresLink::connect(const action::Login& login, std::uint32_t timeout_ms, Done done) {
  drop();
  phase_ = Phase::connecting;
  arm(timeout_ms, std::move(done));
  auto lent = std::make_shared<action::Login>(
      action::Login{login.credential, login.user, login.database, login.password.clone()});
  io::system_resolver().ask(
      loop_, {server_.host, server_.port, {}},
      [this, alive = alive_, lent](Result<io::Resolver::Addresses> addresses) {
        if (!*alive || phase_ != Phase::connecting || connection_ != nullptr) return;
        if (!addresses) return begin(*lent, std::move(addresses).error());
        begin(*lent, within_reach(server_.host, *addresses));
      });
}

void PostgresLink::begin(const action::Login& login, Result<std::vector<std::string>> addresses) {
  if (!addresses || addresses->empty()) {
    phase_ = Phase::away;
    return finish(addresses ? Error{Code::denied, server_.host + " is out of reach", {}}
                            : std::move(addresses).error());
  }
  const std::string port = std::to_string(server_.port);
  const std::string roots = server_.ca_file.empty() ? std::string(system_roots) : server_.ca_file;
  const bool is_here = is_this_machine(server_.host) && server_.ca_file.empty();
  std::string password(login.password.reveal());
  const std::string& address = (*addresses)[turn_++ % addresses->size()];
  const std::array<std::pair<const char*, const char*>, 14> words = {{
      {"host", server_.host.c_str()}, {"hostaddr", address.c_str()}, {"port", port.c_str()},
      {"user", login.user.c_str()}, {"password", password.c_str()}, {"dbname", login.database.c_str()},
      {"sslmode", is_here ? "prefer" : "verify-full"}, {"sslrootcert", is_here ? "" : roots.c_str()},
      {"passfile", "/dev/null"}, {"gssencmode", "disable"}, {"client_encoding", "UTF8"},
      {"application_name", "clawpatrol"}, {"options", ""}, {nullptr, nullptr}}};
  std::array<const char*, words.size()> keys{};
  std::array<const char*, words.size()> values{};
  for (std::size_t i = 0; i < words.size(); ++i) std::tie(keys[i], values[i]) = words[i];
  connection_ = PQconnectStartParams(keys.data(), values.data(), 0);
  wipe(password);
  if (connection_ == nullptr || PQstatus(connection_) == CONNECTION_BAD) {
    const Error why = own_error("cannot connect");
    drop();
    return finish(why);
  }
  watch(true);
}

// libpq may close one socket and open another while it connects.
void PostgresLink::watch(bool write) {
  watch_ = io::Watch(loop_, PQsocket(connection_), *this, true, write);
}

void PostgresLink::poll_connect() {
  watch_.reset();
  switch (PQconnectPoll(connection_)) {
    case PGRES_POLLING_READING: return watch(false);
    case PGRES_POLLING_WRITING: return watch(true);
    case PGRES_POLLING_OK:
      PQsetnonblocking(connection_, 1);
      phase_ = Phase::idle;
      watch(false);
      return finish(claw::Done{});
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE: break;
  }
  const Error why = own_error("cannot connect");
  drop();
  finish(why);
}

void PostgresLink::run(const std::string& statement, const std::vector<std::string>& parameters,
                       std::uint32_t timeout_ms, Done done) {
  arm(timeout_ms, std::move(done));
  std::vector<const char*> values;
  for (const std::string& each : parameters) values.push_back(each.c_str());
  const int sent = PQsendQueryParams(connection_, statement.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0);
  phase_ = Phase::running;
  if (sent == 1) return poll_answer();
  const Error why = own_error("cannot send");
  drop();
  finish(why);
}

void PostgresLink::poll_answer() {
  const int unsent = PQflush(connection_);
  if (unsent < 0 || PQconsumeInput(connection_) == 0) {
    const Error why = own_error("connection lost");
    drop();
    return finish(why);
  }
  watch_.want(true, unsent > 0);
  while (PQisBusy(connection_) == 0) {
    PGresult* result = PQgetResult(connection_);
    if (result == nullptr) {
      phase_ = Phase::idle;
      if (PQstatus(connection_) == CONNECTION_BAD) drop();
      const std::optional<Error> refused = std::exchange(refused_, std::nullopt);
      return refused ? finish(*refused) : finish(claw::Done{});
    }
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const std::string_view code = state == nullptr ? "" : state;
      refused_ = Error{is_passing(code) ? Code::unavailable : Code::denied,
                       fmt::format("{} {}", code, first_line(PQresultErrorMessage(result))), {}};
    }
    PQclear(result);
  }
}

void PostgresLink::ready(io::Ready) {
  switch (phase_) {
    case Phase::connecting: return poll_connect();
    case Phase::running: return poll_answer();
    case Phase::idle:
      if (PQconsumeInput(connection_) == 0 || PQstatus(connection_) == CONNECTION_BAD) drop();
      return;
    case Phase::away: return;
  }
}

}  // namespace claw::exporter
