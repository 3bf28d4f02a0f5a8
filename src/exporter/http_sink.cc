#include "exporter/http_sink.h"

#include <fmt/format.h>

#include "base/text.h"
#include "protocol/http/content/gzip.h"

namespace claw::exporter {

namespace {

constexpr std::uint32_t answer_ms_max = 60'000;          // A database may be merging parts.
constexpr std::size_t answer_bytes_max = 64 * 1024;      // Of interest are its first words.
constexpr std::size_t said_bytes_max = 200;

std::string authority_of(const outbound::Request& request) {
  const bool is_ip6 = request.host.find(':') != std::string::npos;
  const std::string host = is_ip6 ? "[" + request.host + "]" : request.host;
  const bool is_usual = request.port == (request.has_tls ? 443 : 80);
  return is_usual ? host : fmt::format("{}:{}", host, request.port);
}

// Some servers say what they were sent; the log and the status are read by many.
bool shows_secret(std::string_view body, const action::Edits* edits) {
  return edits != nullptr && std::ranges::any_of(edits->hidden, [&](const Secret& secret) {
           return !secret.empty() && body.find(secret.reveal()) != std::string_view::npos;
         });
}

Code code_of(int status) {
  if (status == 413) return Code::limit;
  return status >= 500 || status == 408 || status == 429 ? Code::unavailable : Code::denied;
}

}  // namespace

HttpSink::HttpSink(Parts parts)
    : parts_(std::move(parts)), client_(parts_.loop), fetcher_(parts_.loop, parts_.vault) {}

void HttpSink::send(const Batch& batch, Done done) {
  retry_after_s_ = -1;
  Message made = message(batch);
  if (parts_.settings.gzip && !made.is_packed) {
    made.body = http::gzip(made.body);
    made.fields.emplace_back("Content-Encoding", "gzip");
  }
  attempt(std::make_shared<const Message>(std::move(made)), std::move(done), true);
}

void HttpSink::attempt(Shared message, Done done, bool may_fetch) {
  outbound::Request request;
  if (const Status aimed = outbound::aim(request, parts_.settings.url + message->path); !aimed) {
    return done(aimed.error());
  }
  request.method = message->method;
  request.fields = message->fields;
  request.fields.emplace_back("Content-Type", message->content_type);
  request.fields.emplace_back("User-Agent", "clawpatrol/" CLAW_VERSION);
  auto trust = trust_.now(parts_);
  if (!trust) return done(std::move(trust).error());
  request.trust = std::move(trust).value();
  request.timeout_ms = answer_ms_max;
  request.answer_bytes_max = answer_bytes_max;
  Edits edits;
  if (!parts_.credential.name.empty()) {
    const std::string authority = authority_of(request);
    vault::Request asked{request.method, request.host, request.path.reveal(), request.fields, message->body,
                         authority};
    asked.may_write = true;
    Result<vault::Injection> injected = parts_.vault.inject(parts_.credential, asked);
    if (!injected) return done(std::move(injected).error());
    if (auto* exchange = std::get_if<vault::Exchange>(&*injected)) {
      if (!may_fetch) return done(Error{Code::denied, "no token for " + parts_.credential.name, {}});
      return fetcher_.fetch(std::move(*exchange), [this, message, done](Status fetched) {
        if (!fetched) return done(std::move(fetched).error());
        attempt(message, done, false);
      });
    }
    edits = std::get<Edits>(*injected);
    if (Status put = put_credential(request, *edits); !put) return done(std::move(put).error());
  }
  request.body = Secret(message->body);
  client_.send(request, [this, edits, done = std::move(done)](Result<outbound::Answer> answer) {
    answered(answer, edits, done);
  });
}

Status HttpSink::put_credential(outbound::Request& request, const action::Edits& edits) const {
  for (const action::Edit& edit : edits.list) {
    if (edit.kind == action::Edit::Kind::set_header) {
      std::erase_if(request.fields, [&](const auto& field) {
        return equals_ignoring_case(field.first, edit.name);
      });
      request.secret_fields.emplace_back(edit.name, edit.value.clone());
    } else if (edit.kind != action::Edit::Kind::drop_header && edit.kind != action::Edit::Kind::drop_query) {
      return Error{Code::denied, parts_.credential.kind + " cannot be sent with a request of ours", {}};
    }
  }
  return claw::Done{};
}

void HttpSink::answered(const Result<outbound::Answer>& answer, const Edits& edits, const Done& done) {
  if (!answer) {
    // A limit that was passed here would be ours: of its answer, and not of what it was sent.
    const bool is_ours = answer.error().code == Code::limit;
    return done(Error{is_ours ? Code::unavailable : answer.error().code, answer.error().what, {}});
  }
  retry_after_s_ = answer->retry_after_s;
  if (answer->status >= 200 && answer->status < 300) return done(taken(answer->body));
  const std::string said = shows_secret(answer->body, edits.get())
                               ? "(with the credential in it)"
                               : printable(trim(answer->body), said_bytes_max);
  done(Error{code_of(answer->status),
             fmt::format("answered {}{}{}", answer->status, said.empty() ? "" : ": ", said), {}});
}

}  // namespace claw::exporter
