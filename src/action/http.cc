#include "action/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "action/body/escape.h"
#include "action/body/shown.h"
#include "action/http_body.h"
#include "action/http_maps.h"
#include "action/subject.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::action {
namespace {

using cel::Cause;
using cel::Causes;
using cel::Value;

constexpr std::size_t graphql_fields_recorded_max = 256;  // More are an attack on the record.
constexpr std::size_t path_shown_bytes_max = 120;  // A summary is one line; the whole text stands beside it.
constexpr std::array<std::string_view, 3> reading_methods{"get", "head", "options"};
constexpr std::array<std::string_view, 8> destroying_words{"delete", "remove", "destroy",  "drop",
                                                           "purge",  "erase",  "truncate", "wipe"};

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool destroys(const GraphqlOperation& operation) {
  return operation.kind == "mutation" &&
         std::any_of(operation.fields.begin(), operation.fields.end(), [](std::string_view field) {
           const std::string name = lower(field);
           return std::any_of(destroying_words.begin(), destroying_words.end(),
                              [&](std::string_view word) { return name.starts_with(word); });
         });
}

// W3C Trace Context, version 00: what an agent's own trace calls this request.
bool is_traceparent(std::string_view text) {
  constexpr std::size_t dashes[] = {2, 35, 52};
  if (text.size() != 55 || !text.starts_with("00-")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = std::find(std::begin(dashes), std::end(dashes), i) != std::end(dashes);
    const char c = text[i];
    if (is_dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  const auto is_zero = [](std::string_view id) { return id.find_first_not_of('0') == id.npos; };
  return !is_zero(text.substr(3, 32)) && !is_zero(text.substr(36, 16));
}

class Maker {
 public:
  Maker(const HttpParts& parts, std::shared_ptr<HttpStorage> storage, const HttpWanted& wanted)
      : parts_(parts), storage_(std::move(storage)), arena_(storage_->arena) {
    read_type();
    method_ = lower_in(parts.method, arena_);
    note(parts.path_why_not);
    note(parts.query_why_not);
    body_ = read_body(parts, type_, wanted, *storage_);
    note(body_.why_not);
    read_override();
    read_grpc();
    wanted_ = wanted;
  }

  std::shared_ptr<const Subject> http() && {
    const bool reads = is_one_of(method_, reading_methods);
    start(Family::http, line(), reads);
    static const GraphqlOperation none{};
    if (body_.graphql.empty()) add_part(none);
    for (const GraphqlOperation& operation : body_.graphql) add_part(operation);
    return finish();
  }

  std::shared_ptr<const Subject> dialect(DialectReading& reading) && {
    note(reading.why_not);
    query_ = reading.query;
    start(reading.family, std::move(reading.summary), reading.reads_only);
    std::string& text = subject_->text;
    if (target().empty()) text = subject_->summary;
    else text.insert(0, 1, '\n').insert(0, subject_->summary);
    text += reading.bound;
    add_part({});
    Part& part = subject_->parts.back();
    part.verb = std::move(reading.verb);
    part.destructive = reading.destructive.is_true();
    part.facts.front() =
        part.destructive ? reading.destructive : unless(method_unknown_, reading.destructive);
    // Where the request asks for another method beside its own, what it does is not known either.
    const bool is_present = !reading.facts.front().is(cel::Kind::absent);
    if (is_present) reading.facts.front() = unless(method_unknown_, reading.facts.front());
    part.facts.insert(part.facts.end(), reading.facts.begin(), reading.facts.end());
    subject_->unread = std::move(reading.unread);
    subject_->unread_hint = reading.unread_hint;
    record_more_ = std::move(reading.record_json);
    return finish();
  }

 private:
  void note(std::string_view why) {
    if (why_not_.empty()) why_not_ = why;
  }

  void read_type() {
    std::size_t count = 0;
    const auto header = find_header(parts_.headers, "content-type", &count);
    if (count <= 1) {
      if (auto read = read_media_type(header.value_or(""), arena_)) type_ = *read;
    }
    if (!type_) note("a Content-Type that two readers could read differently");
  }

  // Whoever honours them does another method than the one that rules see.
  void read_override() {
    const auto ask = [this](std::string_view method) {
      const std::string_view asked = lower_in(trim(method), arena_);
      if (override_ && *override_ != asked) override_unknown_ = Cause::unparsed;
      override_ = asked;
    };
    for (const Named& header : parts_.headers) {
      if (is_override_header(header.name)) ask(header.value);
    }
    for (const std::span<const Named> fields : {parts_.query, std::span<const Named>(body_.form)}) {
      for (const Named& field : fields) {
        if (equals_ignoring_case(field.name, "_method")) ask(field.value);
      }
    }
    const bool is_form = !type_ || type_->name == "application/x-www-form-urlencoded";
    if (parts_.has_body && is_form && !parts_.allows_override) {
      override_unknown_ = override_unknown_ | body_.form_unknown;
    }
    if (!parts_.query_why_not.empty()) override_unknown_ = override_unknown_ | Cause::unparsed;
    overrides_ = override_ && *override_ != method_;
    if (parts_.allows_override) return;
    if (overrides_) note("the request asks for another method: " + quoted(*override_));
    if (override_unknown_.has(Cause::unparsed)) note("which method the request asks for cannot be told");
  }

  void read_grpc() {
    if (!type_ || !type_->name.starts_with("application/grpc")) return;
    is_grpc_ = true;
    const auto& segments = parts_.segments;
    if (segments.size() < 2 || segments.back().empty() || segments[segments.size() - 2].empty()) {
      note("gRPC without a service and a method in its path");
      return;
    }
    grpc_service_ = segments[segments.size() - 2];
    grpc_method_ = segments.back();
  }

  Value unless(Causes causes, Value value) const { return causes.empty() ? value : Value::unknown(causes); }
  static Causes unparsed_if(bool condition) { return condition ? Causes(Cause::unparsed) : Causes(); }

  void start(Family family, std::string summary, bool method_reads) {
    subject_ = std::make_shared<Subject>();
    Subject& subject = *subject_;
    subject.parts.reserve(std::max<std::size_t>(body_.graphql.size(), 1));
    subject.family = family;
    subject.truncated = parts_.is_truncated;
    subject.understood = why_not_.empty();
    subject.why_not = why_not_;
    subject.summary = std::move(summary);
    method_reads_ = method_reads;
    read_common();
    subject.text = text();
    subject.method = parts_.method;
    subject.target = target();
    subject.body = parts_.body;
    subject.fields = parts_.headers;
  }

  // The facts that every part has, in the schema's order.
  void read_common() {
    const Causes path = unparsed_if(!parts_.path_why_not.empty());
    const Causes query = unparsed_if(!parts_.query_why_not.empty());
    const Causes type = unparsed_if(!type_);
    const bool trusts_method = parts_.allows_override || (!overrides_ && override_unknown_.empty());
    const Causes method = trusts_method ? Causes() : override_unknown_ | unparsed_if(overrides_);
    const Causes grpc = type | unparsed_if(is_grpc_ && (!path.empty() || grpc_method_.empty()));
    method_unknown_ = method;
    const std::span<Value> segments = arena_.array<Value>(parts_.segments.size());
    std::transform(parts_.segments.begin(), parts_.segments.end(), segments.begin(), Value::string);
    const Value unread = Value::unknown(Cause::unparsed);
    common_ = {
        Value::string(parts_.host),
        unless(path, Value::string(parts_.path)),
        unless(query, query_map()),
        wanted_.headers ? map_of_headers(parts_.headers, arena_) : unread,
        body_.text,
        body_.json,
        Value::string(parts_.scheme),
        unless(path, Value::list(std::span<const Value>(segments))),
        unless(type, Value::string(type_ ? type_->name : "")),
        unless(body_.form_unknown, map_of_fields(body_.form, arena_)),
        wanted_.cookies ? map_of_cookies(parts_.headers, arena_) : unread,
        unless(override_unknown_, Value::string(override_.value_or(""))),
        unless(grpc, Value::string(grpc_service_)),
        unless(grpc, Value::string(grpc_method_)),
    };
  }

  Value query_map() const {
    if (!query_.is(cel::Kind::absent)) return query_;
    return wanted_.query ? map_of_fields(parts_.query, arena_) : Value::unknown(Cause::unparsed);
  }

  void add_part(const GraphqlOperation& operation) {
    Subject& subject = *subject_;
    Part part{std::string(method_), subject.text, false, false, {}};
    if (!operation.kind.empty()) part.text += " " + describe(operation);
    const bool deletes = method_ == "delete" || override_ == "delete" || destroys(operation);
    const Causes unclear = (wanted_.graphql ? body_.graphql_unknown : Causes()) | method_unknown_;
    part.destructive = deletes;
    const bool reads = operation.kind.empty() ? method_reads_ : operation.kind == "query";
    part.reads_only = reads && !overrides_ && method_unknown_.empty() && subject.understood;
    part.facts.reserve(runs(subject.family).own);
    part.facts = {unless(deletes ? Causes() : unclear, Value::boolean(deletes)),
                  Value::boolean(subject.understood), Value::boolean(subject.truncated),
                  unless(method_unknown_, Value::string(method_))};
    part.facts.insert(part.facts.end(), common_.begin(), common_.end());
    const std::span<Value> fields = arena_.array<Value>(operation.fields.size());
    std::transform(operation.fields.begin(), operation.fields.end(), fields.begin(), Value::string);
    const Causes unknown = body_.graphql_unknown;
    part.facts.insert(part.facts.end(),
                      {unless(unknown, Value::string(operation.kind)),
                       unless(unknown, Value::string(operation.name)),
                       unless(unknown, Value::list(std::span<const Value>(fields))), Value::absent(),
                       Value::absent(), Value::absent(), Value::absent()});
    subject.parts.push_back(std::move(part));
  }

  static std::string describe(const GraphqlOperation& operation) {
    std::string text(operation.kind);
    if (!operation.name.empty()) text.append(" ").append(operation.name);
    for (std::size_t i = 0; i < operation.fields.size(); ++i) {
      text.append(i == 0 ? ": " : ", ").append(operation.fields[i]);
    }
    return text;
  }

  std::string_view target() const { return parts_.target.empty() ? parts_.path : parts_.target; }

  std::string line() const {
    const std::string_view path = target().substr(0, target().find('?'));
    std::string text = upper(printable(method_, 20));
    text.reserve(text.size() + parts_.host.size() + path_shown_bytes_max);
    text.append(" ").append(parts_.host).append(printable(path, path_shown_bytes_max));
    for (std::size_t i = 0; i < std::min<std::size_t>(body_.graphql.size(), 3); ++i) {
      text.append(i == 0 ? " " : "; ").append(printable(describe(body_.graphql[i]), path_shown_bytes_max));
    }
    return text;
  }

  // What a person allows is bound to this text: what it does not show is there as a digest.
  std::string text() {
    shown_ = shown_target(target());
    std::string made = upper(method_);
    made.reserve(subject_->summary.size() + made.size() + parts_.host.size() + shown_.size() + 2);
    made.append(" ").append(parts_.host).append(shown_);
    if (shown_ != target() || !parts_.body.empty()) {
      const crypto::Digest of_body = crypto::sha256(parts_.body);
      std::string all(target());
      all.append(crypto::view(of_body));
      made += "\nsha256 " + to_hex(crypto::view(crypto::sha256(all)));
    }
    return made;
  }

  std::shared_ptr<const Subject> finish() {
    Subject& subject = *subject_;
    const auto only_reads = [](const Part& part) { return part.reads_only; };
    subject.destructive = std::any_of(subject.parts.begin(), subject.parts.end(),
                                      [](const Part& part) { return part.destructive; });
    subject.reads_only = std::all_of(subject.parts.begin(), subject.parts.end(), only_reads);
    CLAW_CHECK(subject.parts.back().facts.size() == runs(subject.family).own);
    write_record(subject);
    subject.storage = std::move(storage_);
    return std::move(subject_);
  }

  // Of a batch the words of all its operations.
  void write_graphql(json::Writer& out) const {
    std::vector<std::string> operations, names, fields;
    for (const GraphqlOperation& each : body_.graphql) {
      if (each.kind.empty()) continue;
      operations.emplace_back(each.kind);
      if (!each.name.empty()) names.emplace_back(each.name);
      for (const auto& field : each.fields) fields.emplace_back(field);
    }
    if (operations.empty()) return;
    out.member("graphql_operation", operations);
    if (!names.empty()) out.member("graphql_name", names);
    if (fields.size() <= graphql_fields_recorded_max) out.member("graphql_fields", fields);
  }

  void write_record(Subject& subject) const {
    std::string json;
    json.reserve(256 + subject.text.size() * 2 + record_more_.size());
    json::Writer out(json);
    out.begin_object();
    out.member("family", name_of(subject.family));
    out.member("summary", subject.summary);
    out.member("text", subject.text);
    out.member("verb", subject.parts.front().verb);
    out.member_unless_empty("method", parts_.method);
    out.member_unless_empty("host", parts_.host);
    out.member_unless_empty("path", shown_);
    std::size_t traces = 0;
    const auto trace = find_header(parts_.headers, "traceparent", &traces);
    if (traces == 1 && is_traceparent(*trace)) out.member("traceparent", *trace);
    out.member_unless_empty("scheme", parts_.scheme);
    if (type_) out.member_unless_empty("content_type", type_->name);
    if (override_) out.member_unless_empty("override", *override_);
    out.member_unless_empty("grpc_service", grpc_service_);
    out.member_unless_empty("grpc_method", grpc_method_);
    write_graphql(out);
    if (!subject.understood) out.member("not_understood", subject.why_not);
    if (subject.truncated) out.member("truncated", true);
    if (subject.destructive) out.member("destructive", true);
    out.end_object();
    json.pop_back();  // Members without the braces, to be spliced into a record.
    json.erase(0, 1);
    json += record_more_;
    subject.record_json = std::move(json);
  }

  const HttpParts& parts_;
  std::shared_ptr<HttpStorage> storage_;
  cel::Arena& arena_;
  std::shared_ptr<Subject> subject_;
  HttpWanted wanted_;
  std::optional<MediaType> type_;
  HttpBody body_;
  std::array<Value, 14> common_;
  Value query_;  // Absent: made here.
  std::string why_not_;
  std::string shown_;
  std::string record_more_;
  std::string_view method_;
  Causes method_unknown_;
  std::optional<std::string_view> override_;
  Causes override_unknown_;
  std::string_view grpc_service_;
  std::string_view grpc_method_;
  bool overrides_ = false;  // Another method than the one that was sent.
  bool is_grpc_ = false;
  bool method_reads_ = false;
};

}  // namespace

std::shared_ptr<const Subject> make_http_subject(const HttpParts& parts, std::shared_ptr<HttpStorage> storage,
                                                 const HttpWanted& wanted) {
  return Maker(parts, std::move(storage), wanted).http();
}

std::shared_ptr<const Subject> make_dialect_subject(DialectReading reading, const HttpParts& parts,
                                                    std::shared_ptr<HttpStorage> storage,
                                                    const HttpWanted& wanted) {
  return Maker(parts, std::move(storage), wanted).dialect(reading);
}

}  // namespace claw::action
