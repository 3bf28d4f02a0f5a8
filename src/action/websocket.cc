#include <fmt/format.h>

#include "action/http.h"
#include "action/http_body.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "cel/json.h"

namespace claw::action {
namespace {

using cel::Cause;
using cel::Causes;
using cel::Value;

struct Message {
  std::shared_ptr<const Subject> upgrade;  // Its facts are ours too.
  std::string opcode;
  std::string payload;
  json::Value document;
  cel::Arena arena;
};

class Maker {
 public:
  Maker(std::shared_ptr<const Subject> upgrade, const WebSocketMessage& message)
      : message_(message), storage_(std::make_shared<Message>()), subject_(std::make_shared<Subject>()) {
    storage_->upgrade = std::move(upgrade);
    storage_->opcode = message.opcode;
    storage_->payload = message.payload;
  }

  std::shared_ptr<const Subject> make() {
    const Subject& upgrade = *storage_->upgrade;
    Subject& subject = *subject_;
    subject.family = upgrade.family;
    subject.truncated = upgrade.truncated || !message_.is_whole;
    subject.why_not = upgrade.why_not;
    const std::string_view who = message_.from_client ? "client" : "upstream";
    CLAW_CHECK(!upgrade.parts.empty());
    Part part = upgrade.parts.front();
    const auto set = [&](std::string_view fact, Value value) {
      part.facts.at(slot_of(subject.family, fact).value()) = value;
    };
    set("ws.direction", Value::string(who));
    set("ws.opcode", Value::string(storage_->opcode));
    set("ws.text", text());
    set("ws.json", document());
    subject.understood = subject.why_not.empty();
    set("action.understood", Value::boolean(subject.understood));
    set("action.truncated", Value::boolean(subject.truncated));
    part.verb = storage_->opcode;
    part.reads_only = false;  // What a message does is its server's to say.
    subject.summary = fmt::format("{} from {} on {}", storage_->opcode, who, upgrade.summary);
    // A person allows these bytes, not their like.
    subject.text = fmt::format("{}\n{} from {}: sha256 {}", upgrade.text, storage_->opcode, who,
                               to_hex(crypto::view(crypto::sha256(storage_->payload))));
    part.text = subject.text;
    subject.destructive = part.destructive;
    write_record(part);
    subject.parts.push_back(std::move(part));
    subject.storage = std::move(storage_);
    return subject_;
  }

 private:
  // Also of a binary message: a server may take it for text.
  Value text() {
    if (!message_.is_whole) return Value::unknown(Cause::truncated);
    if (is_utf8(storage_->payload)) return Value::string(storage_->payload);
    note("a message that is not text");
    return Value::unknown(Cause::unparsed);
  }

  Value document() {
    if (!message_.is_whole) return Value::unknown(Cause::truncated);
    auto parsed = storage_->payload.empty() ? Result<json::Value>(json::Value(json::Object{}))
                                            : read_json(storage_->payload, false);
    if (!parsed) {
      note(parsed.error().what);
      return Value::unknown(Cause::unparsed);
    }
    storage_->document = std::move(parsed).value();
    return cel::from_json(storage_->document, storage_->arena);
  }

  void note(std::string_view why) {
    if (subject_->why_not.empty()) subject_->why_not = why;
  }

  void write_record(const Part& part) {
    std::string json;
    json::Writer out(json);
    out.begin_object();
    out.member("family", name_of(subject_->family));
    out.member("summary", subject_->summary);
    out.member("text", subject_->text);
    out.member("verb", part.verb);
    out.member("opcode", part.verb);
    out.member("direction", message_.from_client ? "client" : "upstream");
    out.member("bytes", static_cast<std::int64_t>(storage_->payload.size()));
    if (!subject_->understood) out.member("not_understood", subject_->why_not);
    if (subject_->truncated) out.member("truncated", true);
    if (subject_->destructive) out.member("destructive", true);
    out.end_object();
    subject_->record_json.assign(json, 1, json.size() - 2);
  }

  const WebSocketMessage& message_;
  std::shared_ptr<Message> storage_;
  std::shared_ptr<Subject> subject_;
};

}  // namespace

std::shared_ptr<const Subject> make_websocket_subject(std::shared_ptr<const Subject> upgrade,
                                                      const WebSocketMessage& message) {
  return Maker(std::move(upgrade), message).make();
}

}  // namespace claw::action
