#include "main/agents/mcp_relay.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "io/connector.h"
#include "loopback/request.h"
#include "protocol/mcp/events.h"

namespace claw::verbs {
namespace {

namespace code = mcp::code;

constexpr std::uint32_t goodbye_ms = 1000;  // For the end of a session, which ends by itself too.
constexpr std::uint32_t connect_ms = 10'000;
constexpr std::uint32_t flight_ms = 2 * 60 * 60 * 1000;  // A held call waits as long as its approver may.
constexpr std::uint32_t pause_first_ms = 500;            // Before a listener that ended is opened again,
constexpr std::uint32_t pause_most_ms = 30'000;          // twice as long each time.

const mcp::Request* request_of(const mcp::Message& message) { return std::get_if<mcp::Request>(&message); }

const mcp::Version* modern(const mcp::Request& request) {
  const json::Value* named = mcp::meta(request.params, mcp::meta_version);
  const mcp::Version* version =
      named != nullptr && named->string() != nullptr ? mcp::version_named(*named->string()) : nullptr;
  return version != nullptr && !version->sessions ? version : nullptr;
}

bool fits_a_field(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain && !text.starts_with(' ') && !text.ends_with(' ') && !text.starts_with("=?base64?");
}

constexpr std::string_view initialized_line = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

mcp::Message initialized() { return mcp::Notification{"notifications/initialized", {}}; }

std::string field_of(const std::string& text) {
  return fits_a_field(text) ? text : "=?base64?" + to_base64(text) + "?=";
}

}  // namespace

// One request on a connection of its own, from being opened to the end of its answer.
class McpRelay::Flight final : public loopback::Answered, public std::enable_shared_from_this<Flight> {
 public:
  Flight(McpRelay& relay, http::Request head, Line sent)
      : line(std::move(sent)), relay_(relay), head_(std::move(head)), events_(mcp_answer_bytes_max) {}

  void start() {
    connector_ = std::make_unique<io::Connector>(
        relay_.loop_, relay_.endpoint_.address, connect_ms, [this](Result<io::Fd> socket) {
          if (!socket) return relay_.landed(*this, socket.error());
          loopback::Limits limits{flight_ms, mcp_answer_bytes_max};
          request_ = std::make_unique<loopback::Request>(relay_.loop_, std::move(*socket), limits,
                                                         std::move(head_), line.text, *this);
        });
  }
  void on_head(const http::Response& head) override {
    answer = head;
    const auto type = head.fields.find("content-type");
    is_events_ = type && type->starts_with("text/event-stream");
  }
  void on_piece(std::string_view bytes) override {
    if (!is_events_) {
      if (text.size() + bytes.size() <= mcp_answer_bytes_max) text += bytes;
      return;
    }
    events_.feed(bytes);
    for (auto next = events_.next(); next.ok() && next->has_value(); next = events_.next()) {
      relay_.heard(*this, **next);
    }
  }
  void on_over(const std::optional<Error>& why) override { relay_.landed(*this, why); }

  Line line;
  std::string session;        // It was sent to.
  std::optional<mcp::Id> id;  // Of the request; none: a notification, or a listener.
  bool is_modern = false;
  bool opens = false;         // It is `initialize`.
  bool answered = false;
  bool is_own = false;        // The client knows nothing of it.
  http::Response answer;
  std::string text;           // Of an answer that is no stream.

 private:
  McpRelay& relay_;
  http::Request head_;
  mcp::EventReader events_;
  bool is_events_ = false;
  std::unique_ptr<io::Connector> connector_;
  std::unique_ptr<loopback::Request> request_;
};

McpRelay::McpRelay(io::Loop& loop, McpEndpoint endpoint, Ears ears)
    : loop_(loop), endpoint_(std::move(endpoint)), ears_(std::move(ears)) {}

McpRelay::~McpRelay() {
  loop_.cancel(listening_);
  loop_.cancel(leaving_);
}

void McpRelay::send(std::string line) { send(Line{std::move(line)}); }

void McpRelay::send(Line line) {
  mcp::Limits limits;
  limits.bytes_max = mcp_line_bytes_max;
  limits.depth_max = json::depth_max;  // How deep is too deep the endpoint says.
  auto parsed = mcp::parse_body(line.text, true, limits);
  if (const auto* wrong = std::get_if<mcp::Wrong>(&parsed)) {
    ears_.said(mcp::format_failure(wrong->id, wrong->code, wrong->what));
    return ears_.landed();
  }
  const mcp::Packet& packet = std::get<mcp::Packet>(parsed);
  if (opening_) {
    waiting_.push_back(std::move(line));
    return;
  }
  if (!packet.is_batch && cancel_modern(packet.messages.front())) return ears_.landed();
  launch(std::move(line), packet.messages.front());
}

// In the version without sessions, hanging up is what cancels.
bool McpRelay::cancel_modern(const mcp::Message& message) {
  const auto* note = std::get_if<mcp::Notification>(&message);
  if (note == nullptr || note->method != "notifications/cancelled") return false;
  const json::Value* named = note->params.find("requestId");
  const auto id = named != nullptr ? mcp::id_of(*named) : std::nullopt;
  const auto found = std::ranges::find_if(flights_, [&](const auto& each) {
    return each->is_modern && id && each->id == id;
  });
  if (found == flights_.end()) return false;
  loop_.post([kept = *found] {});
  flights_.erase(found);
  ears_.landed();  // It was one of them, too.
  return true;
}

http::Request McpRelay::head_of(std::string_view method) const {
  http::Request head;
  head.method = method;
  head.authority = endpoint_.authority;
  head.path = "/mcp";
  if (!endpoint_.token.empty()) {
    head.fields.add_secret("Authorization", Secret("Bearer " + std::string(endpoint_.token.reveal())));
  }
  return head;
}

void McpRelay::say_in_head(http::Request& head, const mcp::Message& message) const {
  head.fields.add("Accept", "application/json, text/event-stream");
  head.fields.add("Content-Type", "application/json");
  const mcp::Request* request = request_of(message);
  const mcp::Version* version = request != nullptr ? modern(*request) : nullptr;
  if (version == nullptr) {
    if (!session_.empty()) head.fields.add("Mcp-Session-Id", session_);
    if (version_ != nullptr && version_->names_itself) {
      head.fields.add("MCP-Protocol-Version", version_->name);
    }
    return;
  }
  head.fields.add("MCP-Protocol-Version", version->name);
  head.fields.add("Mcp-Method", field_of(request->method));
  const std::string name = request->params.text_or(request->method == "resources/read" ? "uri" : "name", "");
  if (!name.empty()) head.fields.add("Mcp-Name", field_of(name));
}

std::shared_ptr<McpRelay::Flight> McpRelay::launch(Line line, const mcp::Message& message) {
  const mcp::Request* request = request_of(message);
  const bool opens = request != nullptr && request->method == "initialize";
  if (opens) {
    opening_ = true;
    opening_line_ = line.text;
    session_.clear();
  }
  http::Request head = head_of("POST");
  say_in_head(head, message);
  auto flight = std::make_shared<Flight>(*this, std::move(head), std::move(line));
  flight->opens = opens;
  if (request != nullptr) {
    flight->id = request->id;
    flight->is_modern = modern(*request) != nullptr;
  }
  if (!flight->is_modern) flight->session = session_;
  flights_.push_back(flight);
  flight->start();
  const auto* note = std::get_if<mcp::Notification>(&message);
  if (note != nullptr && note->method == "notifications/initialized") listen();
  return flight;
}

// The endpoint was started anew, or the session was silent for too long.
bool McpRelay::has_reopened(Flight& flight) {
  const bool is_lost = flight.answer.status == 404 && !flight.session.empty() && !flight.line.is_again;
  if (!is_lost || flight.is_own || opening_line_.empty() || gone_) return false;
  waiting_.push_back({std::move(flight.line.text), true});
  if (opening_) return true;
  if (flight.session != session_) {  // Somebody else has noticed before, and it is open again.
    for (Line& line : std::exchange(waiting_, {})) send(std::move(line));
    return true;
  }
  if (listener_ != nullptr) loop_.post([kept = std::exchange(listener_, nullptr)] {});
  loop_.cancel(std::exchange(listening_, 0));
  refused_ = false;
  pause_ms_ = 0;
  const auto parsed = mcp::parse(opening_line_, {.bytes_max = mcp_line_bytes_max});
  if (const auto* message = std::get_if<mcp::Message>(&parsed)) {
    launch({opening_line_}, *message)->is_own = true;
  }
  return true;
}

void McpRelay::heard(Flight& flight, std::string_view message) {
  const auto parsed = mcp::parse(message, {.bytes_max = mcp_answer_bytes_max, .depth_max = json::depth_max});
  const mcp::Message* said = std::get_if<mcp::Message>(&parsed);
  if (said == nullptr) {
    return ears_.complain("the tool endpoint sent what is no message: " + std::get<mcp::Wrong>(parsed).what);
  }
  const bool is_answer =
      std::holds_alternative<mcp::Reply>(*said) || std::holds_alternative<mcp::Failure>(*said);
  flight.answered = flight.answered || is_answer;
  if (!flight.is_own) {
    const bool is_line = message.find_first_of("\r\n") == message.npos;
    ears_.said(is_line ? std::string(message) : mcp::format(*said));
  }
  if (!flight.opens || !is_answer) return;
  learn(*said, flight.answer);
  if (flight.is_own) launch({std::string(initialized_line)}, initialized())->is_own = true;
}

void McpRelay::learn(const mcp::Message& answer, const http::Response& head) {
  opening_ = false;
  if (const auto* reply = std::get_if<mcp::Reply>(&answer)) {
    version_ = mcp::version_named(reply->result.text_or("protocolVersion", ""));
    session_ = head.fields.find("mcp-session-id").value_or("");
  }
  for (Line& line : std::exchange(waiting_, {})) send(std::move(line));
}

void McpRelay::fail(const mcp::Id& id, std::string_view what) {
  ears_.said(mcp::format_failure(id, code::internal, what));
}

void McpRelay::landed(Flight& flight, const std::optional<Error>& why) {
  const auto alive = flight.shared_from_this();
  if (alive == listener_) {
    listener_.reset();
    refused_ = refused_ || flight.answer.status >= 400;
    if (!refused_ && !gone_) listening_ = loop_.after_ms(pause_ms_, [this] { listen(); });
    pause_ms_ = std::min(pause_most_ms, pause_ms_ * 2);
    loop_.post([alive] {});
    return;
  }
  const auto known = std::ranges::find(flights_, alive);
  if (known == flights_.end()) return;
  flights_.erase(known);
  loop_.post([alive] {});
  if (has_reopened(flight)) return;
  // A refusal has a message too; it may not say whose it is.
  const auto parsed =
      flight.text.empty()
          ? std::variant<mcp::Packet, mcp::Wrong>(mcp::Wrong{})
          : mcp::parse_body(flight.text, true,
                            {.bytes_max = mcp_answer_bytes_max, .depth_max = json::depth_max});
  const mcp::Packet* packet = std::get_if<mcp::Packet>(&parsed);
  const mcp::Failure* refusal =
      packet != nullptr ? std::get_if<mcp::Failure>(&packet->messages.front()) : nullptr;
  if (refusal != nullptr && !refusal->id) {
    ears_.complain(refusal->message);
    if (flight.id && !flight.is_own) {
      ears_.said(mcp::format_failure(flight.id, refusal->code, refusal->message));
    }
  } else if (packet != nullptr && packet->is_batch) {
    const auto batch = json::parse(flight.text);  // On one line, whatever it came on.
    if (batch.ok()) ears_.said(json::format(*batch));
  } else if (packet != nullptr) {
    heard(flight, flight.text);
  } else if (why || flight.answer.status >= 300) {
    const std::string what =
        why ? fmt::format("the tool endpoint at {} does not answer: {}", endpoint_.authority, why->text())
            : fmt::format("the tool endpoint answered {}", flight.answer.status);
    ears_.complain(what);
    if (flight.id && !flight.answered && !flight.is_own) fail(*flight.id, what);
  }
  if (flight.opens && opening_) learn(mcp::Failure{}, flight.answer);
  if (!flight.is_own) ears_.landed();
  if (gone_ && flights_.empty()) end_session();
}

// What the server has to say that is no answer; where it has no such stream, it has nothing to say.
void McpRelay::listen() {
  listening_ = 0;
  if (listener_ != nullptr || session_.empty() || gone_) return;
  if (pause_ms_ == 0) pause_ms_ = pause_first_ms;
  http::Request head = head_of("GET");
  head.fields.add("Accept", "text/event-stream");
  head.fields.add("Mcp-Session-Id", session_);
  if (version_ != nullptr && version_->names_itself) head.fields.add("MCP-Protocol-Version", version_->name);
  listener_ = std::make_shared<Flight>(*this, std::move(head), Line{});
  listener_->start();
}

void McpRelay::finish(std::uint32_t patience_ms, std::function<void()> gone) {
  gone_ = std::move(gone);
  loop_.cancel(std::exchange(listening_, 0));
  if (flights_.empty()) return end_session();
  leaving_ = loop_.after_ms(patience_ms, [this] {
    leaving_ = 0;
    for (const auto& each : flights_) loop_.post([each] {});
    flights_.clear();  // Their connections close: what still waits is taken back.
    end_session();
  });
}

void McpRelay::end_session() {
  loop_.cancel(std::exchange(leaving_, 0));
  if (listener_ != nullptr) loop_.post([kept = std::exchange(listener_, nullptr)] {});
  if (session_.empty()) {
    if (gone_) std::exchange(gone_, nullptr)();
    return;
  }
  leaving_ = loop_.after_ms(goodbye_ms, [this] {
    leaving_ = 0;
    if (gone_) std::exchange(gone_, nullptr)();
  });
  http::Request head = head_of("DELETE");
  head.fields.add("Mcp-Session-Id", std::exchange(session_, {}));
  auto flight = std::make_shared<Flight>(*this, std::move(head), Line{});
  flight->is_own = true;
  flights_.push_back(flight);
  flight->start();
}

}  // namespace claw::verbs
