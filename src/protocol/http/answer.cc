// The way back: an answer cleaned of what is not for the agent, searched for the secrets that went up with
// its request, and relayed.
#include <fmt/format.h>

#include "base/text.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

namespace {

// Alt-Svc would lead the agent to HTTP/3, past us; the others are between an upstream and its own clients.
constexpr std::string_view dropped_headers[] = {"Alt-Svc", "Proxy-Authenticate", "Proxy-Authentication-Info",
                                                "Authentication-Info"};
constexpr std::string_view noted_headers[] = {"Content-Type", "X-Request-Id", "X-Github-Request-Id", "Audit-Id",
                                              "X-Amzn-Requestid", "Location"};
constexpr std::size_t noted_bytes_max = 200;

bool is_packed(const Fields& fields) {
  const auto encoding = fields.find("Content-Encoding");
  return encoding && !trim(*encoding).empty() && !equals_ignoring_case(trim(*encoding), "identity");
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
  exchange->status = response.status;
  if (!exchange->request.protocol.empty() && response.status == 200 && link.codec->version() == 20) {
    return upgrade(*exchange, std::move(response));
  }
  if (auto clean_enough = clean(*exchange, response); !clean_enough) {
    link.codec->reset(stream, Reset::cancelled, to_upstream(*exchange));
    exchange->status = 0;
    return fail(*exchange, 502, clean_enough.error().what);
  }
  exchange->answer_begun = true;
  codec_->respond(exchange->stream, response, to_agent());
  exchange->answer_has_body = response.has_body;
}

Status Session::clean(Exchange& exchange, Response& response) {
  const Options& options = *exchange.options;
  for (const std::string_view name : dropped_headers) response.fields.remove(name);
  if (options.strip_set_cookie) response.fields.remove("Set-Cookie");
  if (exchange.redactor && is_packed(response.fields) && response.has_body) {
    CLAW_TRY(exchange.decoder, ContentDecoder::make(all_values(response.fields, "Content-Encoding")));
    response.fields.remove("Content-Encoding");
    response.fields.remove("Content-Md5");
    response.fields.remove("Digest");
    response.length.reset();
  }
  if (exchange.redactor) response.fields = redacted(exchange, response.fields);
  exchange.answer_note = fmt::format("{}", response.status);
  for (const std::string_view name : noted_headers) {
    const auto value = response.fields.find(name);
    if (value) exchange.answer_note += fmt::format(" {}={}", lower(name), printable(*value, noted_bytes_max));
  }
  return Done{};
}

Fields Session::redacted(const Exchange& exchange, const Fields& fields) const {
  Fields clean;
  clean.reserve(fields.size(), fields.bytes());
  for (const Field field : fields) {
    clean.add(field.name, Redactor::whole(*exchange.patterns, field.value));
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
    return on_answer_reset(link, stream, decoded.error().what);
  }
  pass_answer(*exchange, keep(std::move(plain)));
}

void Session::pass_answer(Exchange& exchange, std::string_view bytes) {
  if (!exchange.redactor) return codec_->body(exchange.stream, bytes, to_agent());
  const std::string_view passed = exchange.redactor->pass(bytes);
  if (passed.empty()) return;
  const bool is_view = passed.data() >= bytes.data() && passed.data() < bytes.data() + bytes.size();
  codec_->body(exchange.stream, is_view ? passed : keep(std::string(passed)), to_agent());
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
  quiet_ticks_ = 0;
  if (exchange->stage == Stage::upgraded) return end_socket(*exchange, false);
  if (exchange->answer_has_body) {
    if (!finish_answer(*exchange)) return on_answer_reset(link, stream, "the packed answer was cut");
    if (exchange->redactor) trailers = redacted(*exchange, trailers);
    codec_->end(exchange->stream, trailers, to_agent());
  }
  std::string note;
  if (exchange->redactor && exchange->redactor->hits() > 0) note = "a secret was taken out of the answer";
  const Ending ending = exchange->status < 400 ? Ending::ok : Ending::failed;
  const bool is_over = exchange->request_ended || !exchange->request.has_body;
  finish(*exchange, ending, note);
  if (!is_over) exchange->stage = Stage::draining;
}

void Session::on_answer_reset(Link& link, StreamId stream, std::string_view why) {
  Exchange* exchange = by_link(link, stream);
  if (exchange == nullptr) return;
  if (exchange->may_retry) {
    // A kept connection that the upstream had closed meanwhile: nothing of the request was read.
    --link.exchanges;
    exchange->link = nullptr;
    exchange->stage = Stage::connecting;
    link.is_gone = true;
    return;
  }
  if (!exchange->answer_begun && exchange->stage == Stage::open) {
    return fail(*exchange, 502, fmt::format("the upstream gave no answer: {}", why));
  }
  codec_->reset(exchange->stream, Reset::internal, to_agent());
  finish(*exchange, Ending::unknown, why);
}

}  // namespace claw::http
