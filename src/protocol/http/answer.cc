// The way back: an answer cleaned of what is not for the agent, searched for the secrets that went up with
// its request, and relayed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "protocol/http/refusal.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

namespace {

// Alt-Svc would lead the agent to HTTP/3, past us; the others are between an upstream and its own clients.
constexpr std::string_view dropped_headers[] = {"Alt-Svc", "Proxy-Authenticate", "Proxy-Authentication-Info",
                                                "Authentication-Info"};
constexpr std::size_t noted_bytes_max = 200;        // Of one value.
constexpr std::size_t noted_all_bytes_max = 2000;  // A record is not the place for an upstream's novel.

// What the record says anyway: when, and how much.
constexpr std::string_view unnoted_headers[] = {"date", "content-length", "connection"};

bool is_packed(const Fields& fields) {
  const auto encoding = fields.find("Content-Encoding");
  return encoding && !trim(*encoding).empty() && !equals_ignoring_case(trim(*encoding), "identity");
}

// RFC 9110 §9.2.1. PUT and DELETE are idempotent, but between two of them somebody may have made the thing
// anew: what was allowed once is done once.
bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

// Whoever reads the record must not be able to act as the agent: what is by its name a key is not written
// down, nor the query of an address, which may be one.
std::string noted(std::string_view name, std::string_view value) {
  for (const std::string_view word : {"cookie", "token", "secret", "auth", "key", "signature"}) {
    if (name.find(word) != name.npos) return "*";
  }
  const bool is_address = name == "location" || name == "content-location" || name == "link";
  if (is_address) value = value.substr(0, value.find('?'));
  return printable(value, noted_bytes_max);
}

// All headers of an answer as they go to the agent.
void note_headers(const Fields& fields, std::string& note) {
  const std::size_t most = note.size() + noted_all_bytes_max;
  for (const Field field : fields) {
    const std::string name = lower(field.name);
    if (std::ranges::find(unnoted_headers, name) != std::end(unnoted_headers)) continue;
    note.append(1, ' ').append(name).append(1, '=').append(noted(name, field.value));
    if (note.size() < most) continue;
    note.resize(most);
    note += "…";
    return;
  }
}

constexpr std::string_view grpc_note = "; grpc-status ";

// gRPC says with HTTP's 200 that it failed, behind the body or where there is none in the head.
void note_grpc(const Fields& fields, std::string& note) {
  const auto status = fields.find("grpc-status");
  const bool is_number = status && !status->empty() && status->size() <= 2 &&
                         std::ranges::all_of(*status, [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) note.append(grpc_note).append(*status);
}

bool has_grpc_failed(std::string_view note) {
  const std::size_t at = note.rfind(grpc_note);
  return at != note.npos && note.substr(at + grpc_note.size()) != "0";
}

std::string all_values(const Fields& fields, std::string_view name) {
  std::string text;
  for (const Field field : fields) {
    if (same_name(field.name, name)) text += (text.empty() ? "" : ", ") + std::string(field.value);
  }
  return text;
}

}  // namespace

void Session::on_response(Link& link, StreamId stream, Response response) {
  Exchange* exchange = by_link(link, stream);
  if (exchange == nullptr) return;
  exchange->may_retry = false;
  if (response.status == 101) return upgrade(*exchange, std::move(response));
  if (response.status < 200) return;  // We say 100 Continue ourselves; hints are not relayed.
  if (exchange->input != nullptr) {   // The agent has been told 101: it is told no in the protocol's words.
    return fail(*exchange, response.status, fmt::format("the upstream answered {}", response.status));
  }
  exchange->status = response.status;
  if (auto clean_enough = clean(*exchange, response); !clean_enough) {
    link.codec->reset(stream, Reset::cancelled, to_upstream(*exchange));
    exchange->status = 0;
    return fail(*exchange, 502, clean_enough.error().what);
  }
  exchange->answer_begun = true;
  exchange->answer_streams = !response.length;
  codec_->respond(exchange->stream, response, to_agent());
  exchange->answer_has_body = response.has_body;
}

Status Session::clean(Exchange& exchange, Response& response) {
  if (exchange.redactor && is_packed(response.fields) && response.has_body) {
    CLAW_TRY(exchange.decoder, ContentDecoder::make(all_values(response.fields, "Content-Encoding")));
    response.fields.remove("Content-Encoding");
    response.fields.remove("Content-Md5");
    response.fields.remove("Digest");
    response.length.reset();
  }
  strip(exchange, response.fields);
  exchange.answer_note = std::to_string(response.status);
  note_headers(response.fields, exchange.answer_note);
  if (is_grpc(exchange.request)) note_grpc(response.fields, exchange.answer_note);
  return Done{};
}

void Session::strip(const Exchange& exchange, Fields& fields) const {
  for (const std::string_view name : dropped_headers) fields.remove(name);
  if (exchange.options->strip_set_cookie) fields.remove("Set-Cookie");
  if (exchange.redactor) fields = redacted(exchange, std::move(fields));
}

Fields Session::redacted(const Exchange& exchange, Fields fields) const {
  const Patterns& patterns = *exchange.patterns;
  bool is_clean = true;
  for (const Field field : fields) {
    is_clean =
        is_clean && !Redactor::has_any(patterns, field.name) && !Redactor::has_any(patterns, field.value);
  }
  if (is_clean) return fields;
  Fields clean;
  clean.reserve(fields.size(), fields.bytes());
  for (const Field field : fields) {
    clean.add(Redactor::whole(patterns, field.name), Redactor::whole(patterns, field.value));
  }
  return clean;
}

void Session::on_answer_body(Link& link, StreamId stream, std::string_view bytes) {
  Exchange* exchange = by_link(link, stream);
  if (exchange == nullptr) return;
  if (exchange->stage == Stage::upgraded) return relay_message_bytes(*exchange, false, bytes);
  exchange->bytes_down += bytes.size();
  if (exchange->decoder == nullptr) return pass_answer(*exchange, bytes);
  std::string plain;
  if (auto decoded = exchange->decoder->feed(bytes, plain); !decoded) {
    link.codec->reset(stream, Reset::cancelled, to_upstream(*exchange));
    return on_answer_reset(link, stream, Reset::protocol, decoded.error().what);
  }
  pass_answer(*exchange, keep(std::move(plain)));
}

void Session::pass_answer(Exchange& exchange, std::string_view bytes) {
  if (!exchange.redactor) return codec_->body(exchange.stream, bytes, to_agent());
  const std::string_view passed = exchange.redactor->pass(bytes);
  const bool is_view = passed.data() >= bytes.data() && passed.data() < bytes.data() + bytes.size();
  if (!passed.empty()) {
    codec_->body(exchange.stream, is_view ? passed : keep(std::string(passed)), to_agent());
  }
  if (!exchange.answer_streams) return;  // The rest of it is on its way.
  const std::string_view more = exchange.redactor->release();
  if (!more.empty()) codec_->body(exchange.stream, keep(std::string(more)), to_agent());
}

// The last of it: what the unpacker and the search still hold.
bool Session::finish_answer(Exchange& exchange) {
  if (exchange.decoder != nullptr) {
    std::string plain;
    if (!exchange.decoder->finish(plain)) return false;
    pass_answer(exchange, keep(std::move(plain)));
  }
  if (!exchange.redactor) return true;
  const std::string_view held = exchange.redactor->finish();
  if (!held.empty()) codec_->body(exchange.stream, keep(std::string(held)), to_agent());
  return true;
}

void Session::on_answer_end(Link& link, StreamId stream, Fields trailers) {
  Exchange* exchange = by_link(link, stream);
  if (exchange == nullptr) return;
  if (exchange->stage == Stage::upgraded) return end_socket(*exchange, false);
  if (exchange->answer_has_body) {
    if (!finish_answer(*exchange)) {
      return on_answer_reset(link, stream, Reset::protocol, "the packed answer was cut");
    }
    strip(*exchange, trailers);
    codec_->end(exchange->stream, trailers, to_agent());
  }
  if (is_grpc(exchange->request)) note_grpc(trailers, exchange->answer_note);
  std::string note;
  if (exchange->redactor && exchange->redactor->hits() > 0) note = "a secret was taken out of the answer";
  const bool is_ok = exchange->status < 400 && !has_grpc_failed(exchange->answer_note);
  const Ending ending = is_ok ? Ending::ok : Ending::failed;
  finish(*exchange, ending, note);
  if (is_still_sending(*exchange)) exchange->stage = Stage::draining;
}

void Session::on_answer_reset(Link& link, StreamId stream, Reset why, std::string_view detail) {
  Exchange* exchange = by_link(link, stream);
  if (exchange == nullptr) return;
  // RFC 9112 §9.3.1: a kept connection that the upstream was closing as the request was sent, and RFC 9113
  // §8.7: a request that it says it has not looked at. Once.
  const bool is_stale = link.is_reused && !link.heard && link.codec != nullptr &&
                        link.codec->version() == 11 && is_safe(exchange->request.method);
  if (exchange->may_retry && (is_stale || why == Reset::refused)) {
    exchange->was_retried = true;
    exchange->may_retry = false;
    leave_link(*exchange);
    exchange->stage = Stage::connecting;
    link.is_gone = true;
    return;
  }
  if (!exchange->answer_begun && exchange->stage == Stage::open) {
    return fail(*exchange, 502, fmt::format("the upstream gave no answer: {}", detail));
  }
  codec_->reset(exchange->stream, Reset::internal, to_agent());
  finish(*exchange, Ending::unknown, detail);
}

}  // namespace claw::http
