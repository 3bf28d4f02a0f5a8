#include "toolcall/upstream/session.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::toolcall::upstream {
namespace {

constexpr int extensions_max = 1000;   // By progress; who runs the call has a limit of all.
// In a minute: 600 messages that answer nothing, or ten times as many words of progress.
constexpr int noise_max = 6000;
constexpr int noise_of_message = 10;
constexpr int noise_of_progress = 1;
constexpr std::int64_t minute_us = 60'000'000;
constexpr std::size_t said_bytes_max = 200;

constexpr std::string_view progress_method = "notifications/progress";

json::Value client_info() {
  return json::Object{{"name", "clawpatrol"}, {"title", "Claw Patrol"}, {"version", "1"}};
}

Ending ending_of(const Answer& answer) {
  if (std::holds_alternative<json::Value>(answer)) return Ending::answered;
  const auto* why = std::get_if<Error>(&answer);
  if (why == nullptr) return Ending::failed;
  return why->code == Code::timeout ? Ending::timed_out
         : why->code == Code::denied ? Ending::refused
                                     : Ending::lost;
}

}  // namespace

std::string said(const claw::mcp::Failure& failure) {
  return fmt::format("error {}: {}", failure.code, printable(failure.message, said_bytes_max));
}

Session::Session(io::Loop& loop, Options options, std::unique_ptr<Wire> wire, SessionUser& user)
    : loop_(loop), options_(options), user_(user), wire_(std::move(wire)) {}

Session::~Session() {
  *alive_ = false;
  loop_.cancel(look_again_);
  loop_.cancel(subscribe_again_);
  for (auto& [number, pending] : pending_) loop_.cancel(pending.timer);
}

void Session::open() {
  wire_->open(*this);
  initialize();
}

void Session::initialize() {
  Question question;
  question.method = "initialize";
  question.params = {{"protocolVersion", std::string(claw::mcp::newest_with_sessions().name)},
                     {"capabilities", json::Object{}},
                     {"clientInfo", client_info()}};
  question.done = [this](Answer answer) {
    if (const auto* why = std::get_if<Error>(&answer)) return end(*why);
    if (const auto* failure = std::get_if<claw::mcp::Failure>(&answer)) {
      const bool knows_none = failure->code == claw::mcp::code::no_such_method ||
                              failure->code == claw::mcp::code::unsupported_version;
      return knows_none ? discover() : end(invalid("it refused to begin: " + said(*failure)));
    }
    initialized(std::get<json::Value>(answer));
  };
  send(std::move(question));
}

void Session::initialized(const json::Value& result) {
  const std::string name = result.text_or("protocolVersion", "");
  const claw::mcp::Version* version = claw::mcp::version_named(name);
  if (version == nullptr || !version->sessions) {
    return end(Error{Code::unsupported, fmt::format("it speaks version {}", quoted(name)), {}});
  }
  const json::Value* info = result.find("serverInfo");
  if (info != nullptr) {
    about_.name = printable(info->text_or("name", ""), said_bytes_max);
    about_.version = printable(info->text_or("version", ""), said_bytes_max);
  }
  read_capabilities(result);
  begin(*version);
}

void Session::read_capabilities(const json::Value& result) {
  const json::Value* capabilities = result.find("capabilities");
  const auto take = [&](std::string_view what) {
    const json::Value* found = capabilities != nullptr ? capabilities->find(what) : nullptr;
    if (found != nullptr && found->bool_or("listChanged", false)) says_changes_ = true;
    return found != nullptr;
  };
  offers_[0] = take("tools");
  offers_[1] = about_.has_prompts = take("prompts");
  offers_[2] = offers_[3] = about_.has_resources = take("resources");
}

// A server without sessions: who speaks says so in each request.
void Session::discover() {
  version_ = &claw::mcp::versions().front();
  wire_->agreed(*version_);
  Question question;
  question.method = "server/discover";
  question.done = [this](Answer answer) {
    if (const auto* why = std::get_if<Error>(&answer)) return end(*why);
    if (const auto* failure = std::get_if<claw::mcp::Failure>(&answer)) {
      return end(Error{Code::unsupported, "it speaks no version that is known here: " + said(*failure), {}});
    }
    discovered(std::get<json::Value>(answer));
  };
  send(std::move(question));
}

void Session::discovered(const json::Value& result) {
  const json::Value* versions = result.find("supportedVersions");
  const auto is_ours = [&](const json::Value& each) {
    return each.string() != nullptr && *each.string() == version_->name;
  };
  const bool knows_ours = versions != nullptr && versions->array() != nullptr &&
                          std::ranges::any_of(*versions->array(), is_ours);
  if (!knows_ours) {
    return end(Error{Code::unsupported, fmt::format("it does not speak version {}", version_->name), {}});
  }
  if (const json::Value* info = claw::mcp::meta(result, claw::mcp::meta_server)) {
    about_.name = printable(info->text_or("name", ""), said_bytes_max);
    about_.version = printable(info->text_or("version", ""), said_bytes_max);
  }
  read_capabilities(result);
  begin(*version_);
}

void Session::begin(const claw::mcp::Version& version) {
  about_.protocol = version.name;
  if (version.sessions) {
    version_ = &version;
    wire_->agreed(version);
    wire_->send(
        {claw::mcp::format_notification("notifications/initialized"), {}, "notifications/initialized", {}});
  }
  list();
}

std::int64_t Session::ask(Question question) { return send(std::move(question)); }

std::int64_t Session::send(Question question) {
  const std::int64_t number = ++last_;
  json::Object params = question.params;
  json::Object meta;
  if (question.progress) meta.emplace_back("progressToken", number);
  if (version_ != nullptr && !version_->sessions) {
    meta.emplace_back(std::string(claw::mcp::meta_version), std::string(version_->name));
    meta.emplace_back(std::string(claw::mcp::meta_client), client_info());
    meta.emplace_back(std::string(claw::mcp::meta_capabilities), json::Object{});
  }
  if (!meta.empty()) params.emplace_back("_meta", std::move(meta));
  Outgoing message;
  message.id = claw::mcp::Id{number};
  message.method = question.method;
  message.object = question.object;
  message.text =
      claw::mcp::format_request(*message.id, question.method,
                          params.empty() ? std::string() : json::format(json::Value(std::move(params))));
  Pending& pending = pending_.emplace(number, Pending{std::move(question)}).first->second;
  pending.question.params.clear();
  pending.begun_us = loop_.clock().monotonic_us();
  arm(number, pending);
  wire_->send(std::move(message));
  return number;
}

void Session::arm(std::int64_t number, Pending& pending) {
  loop_.cancel(pending.timer);
  if (pending.question.lasts) return;
  pending.timer = loop_.after_ms(options_.timeout_ms, [this, number] {
    const Error why{Code::timeout, fmt::format("no answer within {} s", options_.timeout_ms / 1000), {}};
    const claw::mcp::Id id{number};
    const std::shared_ptr<bool> alive = alive_;
    wire_->send({claw::mcp::format_notification("notifications/cancelled",
                                          fmt::format("{{\"requestId\":{},\"reason\":\"timeout\"}}", number)),
                 {}, "notifications/cancelled", {}});
    wire_->drop(id);
    if (*alive) answered(id, why);
    if (*alive) ask_whether_alive();
  });
}

// Over pipes a server that hangs at one question hears no other.
void Session::ask_whether_alive() {
  if (is_over_ || std::exchange(is_asking_, true)) return;
  Question question;
  question.method = "ping";
  question.done = [this](const Answer& answer) {
    is_asking_ = false;
    const auto* why = std::get_if<Error>(&answer);
    if (why != nullptr && why->code == Code::timeout) {
      end(Error{Code::timeout, "it answers nothing any more", {}});
    }
  };
  send(std::move(question));
}

void Session::give_up(std::int64_t number, std::string_view why) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  loop_.cancel(found->second.timer);
  count(found->second, Ending::given_up);
  pending_.erase(found);
  std::string params = fmt::format("{{\"requestId\":{},\"reason\":", number);
  json::append_string(params, why);
  wire_->send({claw::mcp::format_notification("notifications/cancelled", params + "}"),
               {},
               "notifications/cancelled",
               {}});
  wire_->drop(claw::mcp::Id{number});
}

void Session::heard(std::string_view text) {
  if (is_over_) return;
  claw::mcp::Limits limits;
  limits.bytes_max = options_.message_bytes_max;
  const auto body = claw::mcp::parse_body(text, version_ != nullptr && version_->batches, limits);
  if (const auto* wrong = std::get_if<claw::mcp::Wrong>(&body)) {
    // Its request cannot be known for sure; over pipes the next line may be lost as well.
    return end(invalid("it said what is no message: " + wrong->what));
  }
  const std::shared_ptr<bool> alive = alive_;
  for (const claw::mcp::Message& message : std::get<claw::mcp::Packet>(body).messages) {
    take(message);
    if (!*alive || is_over_) return;
  }
}

void Session::take(const claw::mcp::Message& message) {
  if (const auto* reply = std::get_if<claw::mcp::Reply>(&message)) return answered(reply->id, reply->result);
  if (const auto* failure = std::get_if<claw::mcp::Failure>(&message)) {
    if (failure->id) return answered(*failure->id, *failure);
    return void(is_noise(noise_of_message));
  }
  const auto* notification = std::get_if<claw::mcp::Notification>(&message);
  const bool is_progress = notification != nullptr && notification->method == progress_method;
  if (is_noise(is_progress ? noise_of_progress : noise_of_message)) return;
  if (const auto* request = std::get_if<claw::mcp::Request>(&message)) return take_request(*request);
  take_notification(std::get<claw::mcp::Notification>(message));
}

// Pipes and streams carry whatever a server likes to say; more than anybody needs is an attack on our time.
bool Session::is_noise(int weight) {
  const std::int64_t now_us = loop_.clock().monotonic_us();
  if (now_us - noise_since_us_ > minute_us) {
    noise_since_us_ = now_us;
    noise_ = 0;
  }
  noise_ += weight;
  if (noise_ <= noise_max) return false;
  end(Error{Code::limit, "it floods us with messages", {}});
  return true;
}

void Session::take_request(const claw::mcp::Request& request) {
  if (request.method == "ping") return wire_->send({claw::mcp::format_reply(request.id, "{}"), {}, {}, {}});
  wire_->send({claw::mcp::format_failure(request.id, claw::mcp::code::no_such_method,
                                   "this client has no models, people or folders for servers"), {}, {}, {}});
}

void Session::take_notification(const claw::mcp::Notification& notification) {
  // From an acknowledgement on changes are told; of what changed since the last list nobody told.
  constexpr std::string_view changes[] = {"notifications/subscriptions/acknowledged",
                                          "notifications/tools/list_changed",
                                          "notifications/prompts/list_changed",
                                          "notifications/resources/list_changed"};
  if (std::ranges::find(changes, notification.method) != std::end(changes)) return look_again();
  if (notification.method != progress_method) return;
  const json::Value* token = notification.params.find("progressToken");
  const json::Number* number = token != nullptr ? token->number() : nullptr;
  const auto found =
      number != nullptr && number->as_int64() ? pending_.find(*number->as_int64()) : pending_.end();
  if (found == pending_.end() || !found->second.question.progress) return;
  if (++found->second.extensions <= extensions_max) arm(found->first, found->second);
  found->second.question.progress(notification.params);
}

// An id that nobody waits for is an answer that came too late, or an invention; both are nothing.
void Session::answered(const claw::mcp::Id& id, Answer answer) {
  const auto* number = std::get_if<std::int64_t>(&id.value);
  const auto found = number != nullptr ? pending_.find(*number) : pending_.end();
  if (found == pending_.end()) {
    (void)is_noise(noise_of_message);
    return;
  }
  loop_.cancel(found->second.timer);
  count(found->second, ending_of(answer));
  const auto done = std::move(found->second.question.done);
  pending_.erase(found);
  if (done) done(std::move(answer));
}

void Session::count(const Pending& pending, Ending ending) const {
  if (options_.meters == nullptr) return;
  const std::int64_t took_us = loop_.clock().monotonic_us() - pending.begun_us;
  options_.meters->ended(pending.question.method, ending, took_us);
}

void Session::unanswered(const claw::mcp::Id& id, const Error& why) {
  const auto* number = std::get_if<std::int64_t>(&id.value);
  if (number != nullptr && pending_.contains(*number)) answered(id, why);
}

void Session::lost(const Error& why) { end(why); }

void Session::end(const Error& why) {
  if (std::exchange(is_over_, true)) return;
  is_ready_ = false;
  loop_.cancel(std::exchange(look_again_, 0));
  loop_.cancel(std::exchange(subscribe_again_, 0));
  auto pending = std::move(pending_);
  pending_.clear();
  const std::shared_ptr<bool> alive = alive_;
  for (auto& [number, each] : pending) {
    loop_.cancel(each.timer);
    count(each, Ending::lost);
    const bool is_ours = each.question.method == "initialize" || each.question.method == "ping" ||
                         each.question.method == "server/discover" || each.question.lasts ||
                         each.question.method.ends_with("/list");
    if (each.question.done && !is_ours) each.question.done(why);
  }
  if (*alive) user_.over(why);
}

}  // namespace claw::toolcall::upstream
