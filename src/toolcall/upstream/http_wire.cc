#include "toolcall/upstream/http_wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/web/encoding.h"
#include "vault/challenge.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::uint32_t longest_ms = 30 * 60 * 1000;  // As a call may run; the session gives up before.
constexpr std::uint32_t listen_again_ms = 30'000;     // A server that ends its stream has nothing to say.
constexpr std::size_t posts_max = 1000;               // Under way at once; calls are bounded by agent before.
constexpr std::size_t said_bytes_max = 100;           // Of its words, in ours.
constexpr std::size_t session_bytes_max = 256;        // Visible ASCII, says the protocol; a UUID has 36.

bool is_visible(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// Mirrored fields carry names that are the server's, and URIs that are the agent's: anything else than
// visible ASCII is said in Base64 (SEP-2243).
std::string mirrored(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  return is_plain ? std::string(text) : "=?base64?" + to_base64(text) + "?=";
}

bool is_json(std::string_view type) { return type.empty() || type == "application/json"; }

bool is_message(std::string_view text) {
  return std::holds_alternative<claw::mcp::Message>(claw::mcp::parse(text));
}

}  // namespace

struct HttpWire::Post {
  std::uint64_t number = 0;
  Outgoing message;
  bool is_listening = false;
  std::unique_ptr<Exchange> exchange;
  std::shared_ptr<const http::Patterns> hidden;  // Null: nothing was lent.
  bool was_lent = false;
  bool was_refused = false;                      // The credential, once.
  int status = 0;
  vault::Challenge challenge;
  std::string retry_after;
  std::string type;                              // Of the answer's content.
  bool is_events = false;
  std::string body;
  std::unique_ptr<claw::mcp::EventReader> events;
};

HttpWire::HttpWire(io::Loop& loop, Place place, Lender lender)
    : loop_(loop), place_(std::move(place)), lender_(std::move(lender)) {}

HttpWire::~HttpWire() {
  *alive_ = false;
  loop_.cancel(listening_);
}

void HttpWire::send(Outgoing message) {
  const std::uint64_t number = ++last_;
  auto made = std::make_unique<Post>();
  made->number = number;
  made->message = std::move(message);
  if (posts_.size() >= posts_max) {
    const Error full{Code::limit, "too many requests to this server are under way", {}};
    if (const auto id = made->message.id) {
      loop_.post([this, id = *id, full, alive = alive_] {
        if (*alive) ear_->unanswered(id, full);
      });
    }
    return;
  }
  posts_.emplace(number, std::move(made));
  ask_lender(number, false);
}

void HttpWire::ask_lender(std::uint64_t number, bool refused) {
  lender_(refused, [this, number, alive = alive_](Result<std::shared_ptr<const action::Edits>> lent) {
    if (*alive) post(number, std::move(lent));
  });
}

// The stream on which a server speaks without being asked. Servers need not have one.
void HttpWire::listen() {
  const std::uint64_t number = ++last_;
  auto made = std::make_unique<Post>();
  made->number = number;
  made->is_listening = true;
  posts_.emplace(number, std::move(made));
  ask_lender(number, false);
}

void HttpWire::agreed(const claw::mcp::Version& version) {
  version_ = &version;
  if (!version.sessions) return;
  listening_ = loop_.after_ms(0, [this] { listen(); });
}

http::Request HttpWire::head_of(const Post& post, const action::Edits* edits) const {
  http::Request head;
  head.method = post.is_listening ? "GET" : "POST";
  head.scheme = place_.has_tls ? "https" : "http";
  head.authority = place_.host.find(':') != std::string::npos ? "[" + place_.host + "]" : place_.host;
  if (place_.port != (place_.has_tls ? 443 : 80)) head.authority += fmt::format(":{}", place_.port);
  head.path = place_.path;
  head.fields.add("Accept", post.is_listening ? "text/event-stream" : "application/json, text/event-stream");
  if (!post.is_listening) head.fields.add("Content-Type", "application/json");
  head.fields.add("User-Agent", "clawpatrol");
  if (version_ != nullptr && version_->names_itself) head.fields.add("MCP-Protocol-Version", version_->name);
  if (!session_.empty()) head.fields.add("Mcp-Session-Id", session_);
  if (version_ != nullptr && version_->mirrors && !post.message.method.empty()) {
    head.fields.add("Mcp-Method", post.message.method);
    if (!post.message.object.empty()) head.fields.add("Mcp-Name", mirrored(post.message.object));
  }
  if (edits == nullptr) return head;
  for (const action::Edit& edit : edits->list) {
    using Kind = action::Edit::Kind;
    if (edit.kind == Kind::set_header) head.fields.add_secret(edit.name, edit.value);
    if (edit.kind == Kind::set_cookie) {
      head.fields.add_secret("Cookie", Secret(fmt::format("{}={}", edit.name, edit.value.reveal())));
    }
    if (edit.kind == Kind::set_query) {
      head.path += fmt::format("{}{}={}", head.path.find('?') == std::string::npos ? "?" : "&", edit.name,
                               percent_encode(edit.value.reveal()));
    }
  }
  return head;
}

void HttpWire::post(std::uint64_t number, Result<std::shared_ptr<const action::Edits>> lent) {
  const auto found = posts_.find(number);
  if (found == posts_.end()) return;  // It was dropped.
  Post& post = *found->second;
  if (!lent) {
    if (post.was_refused) refuse_by_status(post);
    else refuse(post, Error{Code::denied, "no credential: " + lent.error().what, {}});
    return forget(number);
  }
  const action::Edits* edits = lent->get();
  post.was_lent = edits != nullptr;
  if (edits != nullptr && place_.hides_secrets && !edits->hidden.empty()) {
    post.hidden = patterns_.of(*edits);
  }
  Exchange::Told told;
  told.head = [this, number](const http::Response& response) {
    if (const auto here = posts_.find(number); here != posts_.end()) on_head(*here->second, response);
  };
  told.body = [this, number](std::string_view bytes) { on_body(number, bytes); };
  told.end = [this, number](std::optional<Error> why) { on_end(number, why); };
  const outbound::Goal goal{place_.host,    place_.port, place_.reach, place_.trust,
                            place_.has_tls, longest_ms,  {}};
  post.exchange =
      std::make_unique<Exchange>(loop_, goal, head_of(post, edits), post.message.text, std::move(told));
  if (!post.was_lent) post.message.text.clear();
}

// What a server refused by 401 it has not looked at: with another token it may be said once more.
bool HttpWire::post_again(Post& post) {
  if (post.status != 401 || !post.was_lent || std::exchange(post.was_refused, true)) return false;
  post.body.clear();
  post.events.reset();
  // The exchange that is telling this goes when it has returned.
  loop_.post([this, number = post.number, alive = alive_,
              gone = std::shared_ptr<Exchange>(std::move(post.exchange))] {
    if (*alive) ask_lender(number, true);
  });
  return true;
}

void HttpWire::on_head(Post& post, const http::Response& response) {
  post.status = response.status;
  if (post.status == 401 || post.status == 403) {
    post.challenge = vault::read_challenge(response.fields.find("www-authenticate").value_or(""));
  }
  post.retry_after = response.fields.find("retry-after").value_or("");
  const std::string type = lower(response.fields.find("content-type").value_or(""));
  post.type = trim(std::string_view(type).substr(0, type.find(';')));
  post.is_events = post.type == "text/event-stream";
  post.events = std::make_unique<claw::mcp::EventReader>(place_.message_bytes_max);
  const auto session = response.fields.find("mcp-session-id");
  const bool begins = version_ == nullptr && post.message.method == "initialize" && response.status == 200;
  if (session && begins && is_visible(*session) && session->size() <= session_bytes_max) session_ = *session;
}

void HttpWire::on_body(std::uint64_t number, std::string_view bytes) {
  const auto found = posts_.find(number);
  if (found == posts_.end()) return;
  Post& post = *found->second;
  const bool is_good = post.status >= 200 && post.status < 300;
  if (!is_good || !post.is_events) {
    post.body.append(bytes);
    if (post.body.size() <= place_.message_bytes_max) return;
    refuse(post, Error{Code::limit, "its answer is longer than `result_buffer`", {}});
    return forget(number);
  }
  const std::shared_ptr<bool> alive = alive_;
  post.events->feed(bytes);
  while (*alive && posts_.contains(number)) {
    auto event = post.events->next();
    if (!event) {
      refuse(post, Error{Code::limit, "its answer is longer than `result_buffer`", {}});
      return forget(number);
    }
    if (!*event) return;
    if (!(*event)->empty()) hear(post, **event);
  }
}

void HttpWire::hear(Post& post, std::string_view text) {
  if (post.hidden == nullptr) return ear_->heard(text);
  const std::string clean = http::Redactor::whole(*post.hidden, text);
  ear_->heard(clean);
}

void HttpWire::refuse(Post& post, const Error& why) {
  if (post.is_listening) return;
  if (post.message.id) ear_->unanswered(*std::exchange(post.message.id, std::nullopt), why);
}

// In words that say what to do: an operator reads them, and an agent.
void HttpWire::refuse_by_status(Post& post) {
  const int status = post.status;
  if (status == 401 || status == 403) {
    std::string what = post.was_lent ? "the server refused the credential" : "the server wants a credential";
    what += fmt::format(", with status {}", status);
    if (!post.challenge.error.empty()) what += ", " + printable(post.challenge.error, said_bytes_max);
    const bool has_scope = post.challenge.error == "insufficient_scope" && !post.challenge.scope.empty();
    if (has_scope) what += ": it wants the scopes " + quoted(post.challenge.scope);
    return refuse(post, Error{Code::denied, what, {}});
  }
  std::string what = fmt::format("the server gave no answer, with status {}", status);
  if (!post.retry_after.empty()) what += ", to be asked again after " + quoted(post.retry_after);
  const bool begins = version_ == nullptr && post.message.method == "initialize";
  if (begins && (status == 404 || status == 405)) {
    what += "; is this the address of a server of Streamable HTTP? HTTP with SSE of 2024-11-05 is not spoken";
  }
  refuse(post, Error{Code::unavailable, what, {}});
}

void HttpWire::on_end(std::uint64_t number, const std::optional<Error>& why) {
  const auto found = posts_.find(number);
  if (found == posts_.end()) return;
  Post& post = *found->second;
  const std::shared_ptr<bool> alive = alive_;
  const bool is_good = post.status >= 200 && post.status < 300;
  if (!why && post_again(post)) return;
  if (post.is_listening) {
    // 405: it has no such stream.
    const bool again = is_good && post.is_events;
    forget(number);
    if (again) listening_ = loop_.after_ms(listen_again_ms, [this] { listen(); });
    return;
  }
  if (why) {
    refuse(post, *why);
  } else if (post.status == 404 && !session_.empty()) {
    return ear_->lost(Error{Code::unavailable, "the server has ended the session", {}});
  } else if (post.status == 401 || post.status == 403) {
    refuse_by_status(post);
  } else if (is_good && !post.is_events && !post.body.empty() && !is_json(post.type)) {
    // The page of a proxy, or of somebody else's: no word of the server.
    refuse(post, invalid("the server answered with content of type " + quoted(post.type)));
  } else if (!post.is_events && !post.body.empty() && (is_good || is_message(post.body))) {
    hear(post, post.body);  // A refusal may be an error of the protocol, or of a proxy on the way.
  }
  if (!*alive || !posts_.contains(number)) return;
  // An answer without the answer: its request waits for nothing.
  refuse_by_status(post);
  forget(number);
}

void HttpWire::drop(const claw::mcp::Id& id) {
  for (const auto& [number, post] : posts_) {
    if (post->message.id == id) return forget(number);
  }
}

// It may be among the callers still: it goes when they have returned.
void HttpWire::forget(std::uint64_t number) {
  auto found = posts_.extract(number);
  if (!found.empty()) loop_.post([gone = std::shared_ptr<Post>(std::move(found.mapped()))] {});
}

}  // namespace claw::toolcall::upstream
