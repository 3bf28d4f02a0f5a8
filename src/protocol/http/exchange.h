// One request and its answer on their way through: what the session remembers of it from the agent's head to
// the last byte of the answer. Plain data; session.h moves it along.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "action/action.h"
#include "action/edits.h"
#include "base/budget.h"
#include "protocol/event.h"
#include "protocol/http/content/content.h"
#include "protocol/http/dialect.h"
#include "protocol/http/edit/aws_chunked.h"
#include "protocol/http/edit/redact.h"
#include "protocol/http/facts/facts.h"
#include "protocol/http/messages.h"
#include "protocol/http/options.h"
#include "protocol/http/wire/codec.h"

namespace claw::http {

struct Link;

struct Exchange {
  enum class Stage : std::uint8_t {
    identifying,  // Whose token is it?
    routing,      // Which endpoint is it for?
    choosing,     // Which credential will it run with?
    gathering,    // The body, because a rule or a signature reads it.
    deciding,
    injecting,    // Allowed: the credential is being lent.
    connecting,
    open,         // Sent, at least the head.
    upgraded,     // To WebSocket or another protocol: bytes both ways.
    draining,     // Answered by us: the rest of the request is thrown away.
    done,
  };

  StreamId stream = 0;          // On the agent's side.
  Stage stage = Stage::routing;
  protocol::Ticket ticket = 0;
  Request request;
  Target target;
  std::string host;             // Lower case, without a port.
  std::uint16_t port = 0;
  std::uint32_t route = 0;
  std::shared_ptr<const Options> options;
  std::string credential;
  std::string body;             // Gathered, not sent yet.
  Share held;                   // What it and the facts read from it take of all that bodies may.
  Fields trailers;              // Of a request that ended before it was sent.
  std::string reasoning;
  std::string operation;        // Of which held one the agent says that it is the retry.
  std::shared_ptr<const action::Edits> edits;
  std::optional<AwsChunked> unwrapper;  // Of an upload in pieces, each signed with a key of no worth.
  std::unique_ptr<Messages> messages;
  std::unique_ptr<Upgrade> upgrade;      // What a dialect lets it become.
  std::unique_ptr<Input> input;          // Taken in before its verdict: the agent has its 101 already.
  std::unique_ptr<Streams> streams;      // Reads along after an upgrade.

  std::string key;              // Which connections will do: where it goes, and as whom.
  Link* link = nullptr;
  StreamId up_stream = 0;
  std::shared_ptr<const Patterns> patterns;  // The secrets that must not come back.
  std::optional<Redactor> redactor;
  std::unique_ptr<ContentDecoder> decoder;  // The answer is unpacked to be searched for secrets.
  std::string answer_note;      // `200 application/json`, for the record.
  int status = 0;               // Of the answer; 0: none yet.
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t bytes_drained = 0;

  std::shared_ptr<const action::Subject> subject;  // What was judged; messages on it are judged with it.

  bool must_gather = false;
  bool credential_reads_body = false;
  bool request_ended = false;
  bool may_write = false;       // By its verdict.
  bool is_reported = false;     // As an incident: it will not be judged.
  bool request_open = false;    // Allowed, and its end is not recorded yet.
  bool answer_begun = false;
  bool answer_streams = true;   // Nobody knows how long it is: events, messages.
  bool answer_has_body = false;
  bool expects_continue = false;  // And has not been told to go on yet.
  bool is_whole = true;         // `body` was all there was when it was judged.
  bool may_retry = false;       // Its first try, and none of it is lost by another.
  bool was_retried = false;
  bool client_paused = false;
  bool link_paused = false;
  std::uint64_t bytes_at_tick = 0;
  std::uint32_t quiet_ticks = 0;
};

// One connection to an upstream.
struct Link {
  protocol::Side side = protocol::Side::upstream;
  std::uint32_t route = 0;
  std::shared_ptr<const Options> options;
  std::string key;              // Who is at the other end, and as whom we came.
  std::unique_ptr<Codec> codec; // Null while connecting.
  bool speaks_http2 = false;    // By config, where no handshake settles it.
  bool is_reused = false;       // Has served before: the upstream may have given it up just now.
  bool heard = false;           // Something came since the last request was sent.
  bool is_gone = false;
  std::uint32_t idle_ticks = 0;
  std::size_t exchanges = 0;    // Open on it.
};

}  // namespace claw::http
