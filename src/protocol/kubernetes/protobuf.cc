#include "protocol/kubernetes/protobuf.h"

#include <cstdint>
#include <functional>
#include <optional>

#include "base/cursor.h"
#include "base/text.h"

namespace claw::kubernetes {
namespace {

constexpr std::string_view magic("k8s\0", 4);
constexpr std::size_t shown_bytes_max = 80;

enum class Wire : std::uint8_t { varint = 0, bytes = 2 };  // The others no message here uses.

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;
  std::string_view bytes;
};

std::optional<std::uint64_t> read_varint(Cursor& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = in.u8();
    if (!in.ok() || (shift == 63 && byte > 1)) return std::nullopt;
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

Result<Field> read_field(Cursor& in) {
  const Error broken = invalid("protobuf that cannot be read");
  const auto tag = read_varint(in);
  if (!tag || *tag >> 3 == 0) return broken;
  Field field{*tag >> 3, Wire::varint, 0, {}};
  const auto value = read_varint(in);
  if (!value) return broken;
  if ((*tag & 7) == 0) {
    field.value = *value;
    return field;
  }
  if ((*tag & 7) != 2 || *value > in.left()) return broken;
  field.wire = Wire::bytes;
  field.bytes = in.take(static_cast<std::size_t>(*value));
  return field;
}

using Taken = std::function<Status(const Field&)>;

Status read_message(std::string_view bytes, const Taken& take) {
  for (Cursor in(bytes); in.left() > 0;) {
    CLAW_TRY(const Field field, read_field(in));
    CLAW_TRY_DONE(take(field));
  }
  return Done{};
}

// A text that is there once, since another reader may take the other of two.
Status set_text(const Field& field, std::optional<std::string_view>& text) {
  if (field.wire != Wire::bytes || text || !is_utf8(field.bytes)) {
    return invalid("protobuf with a text that is not read");
  }
  text = field.bytes;
  return Done{};
}

Status read_type(std::string_view bytes, Envelope& envelope) {
  std::optional<std::string_view> version;
  std::optional<std::string_view> kind;
  CLAW_TRY_DONE(read_message(bytes, [&](const Field& field) -> Status {
    if (field.number == 1) return set_text(field, version);
    if (field.number == 2) return set_text(field, kind);
    return invalid("protobuf with a field that is not known");
  }));
  envelope.api_version = version.value_or("");
  envelope.kind = kind.value_or("");
  return Done{};
}

Result<json::Value> read_preconditions(std::string_view bytes) {
  std::optional<std::string_view> uid;
  std::optional<std::string_view> version;
  CLAW_TRY_DONE(read_message(bytes, [&](const Field& field) -> Status {
    if (field.number == 1) return set_text(field, uid);
    if (field.number == 2) return set_text(field, version);
    return invalid("protobuf with a field that is not known");
  }));
  json::Object made;
  if (uid) made.emplace_back("uid", json::Value(*uid));
  if (version) made.emplace_back("resourceVersion", json::Value(*version));
  return json::Value(std::move(made));
}

class DeleteOptions {
 public:
  Status take(const Field& field) {
    if (field.wire == Wire::bytes && field.number == 5 && is_utf8(field.bytes)) {
      dry_run_.emplace_back(field.bytes);
      return Done{};
    }
    if (field.number >= 8 || (seen_ & 1U << field.number) != 0) return invalid("protobuf with a field twice");
    seen_ |= 1U << field.number;
    if (field.wire == Wire::varint && field.number == 1) {
      made_.emplace_back("gracePeriodSeconds", static_cast<std::int64_t>(field.value));
    } else if (field.wire == Wire::varint && field.number == 3) {
      made_.emplace_back("orphanDependents", field.value != 0);
    } else if (field.wire == Wire::varint && field.number == 6) {
      made_.emplace_back("ignoreStoreReadErrorWithClusterBreakingPotential", field.value != 0);
    } else if (field.wire == Wire::bytes && field.number == 2) {
      CLAW_TRY(json::Value preconditions, read_preconditions(field.bytes));
      made_.emplace_back("preconditions", std::move(preconditions));
    } else if (field.wire == Wire::bytes && field.number == 4 && is_utf8(field.bytes)) {
      made_.emplace_back("propagationPolicy", json::Value(field.bytes));
    } else {
      return invalid("protobuf with a field that is not known");
    }
    return Done{};
  }

  json::Value finish(const Envelope& envelope) && {
    if (!dry_run_.empty()) made_.emplace_back("dryRun", std::move(dry_run_));
    made_.emplace_back("kind", json::Value(envelope.kind));
    made_.emplace_back("apiVersion", json::Value(envelope.api_version));
    return json::Value(std::move(made_));
  }

 private:
  json::Object made_;
  json::Array dry_run_;
  unsigned seen_ = 0;
};

}  // namespace

Result<Envelope> read_envelope(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return invalid("protobuf without the envelope of Kubernetes");
  std::optional<std::string_view> type;
  std::optional<std::string_view> raw;
  CLAW_TRY_DONE(read_message(bytes.substr(magic.size()), [&](const Field& field) -> Status {
    if (field.wire != Wire::bytes) return invalid("protobuf with a field that is not known");
    std::optional<std::string_view>* into = field.number == 1 ? &type : field.number == 2 ? &raw : nullptr;
    if (into != nullptr && !*into) {
      *into = field.bytes;
      return Done{};
    }
    // How the object itself is encoded: nothing said, which is protobuf.
    if ((field.number == 3 || field.number == 4) && field.bytes.empty()) return Done{};
    return invalid("protobuf with an envelope that is not read");
  }));
  Envelope envelope;
  envelope.raw = raw.value_or("");
  CLAW_TRY_DONE(read_type(type.value_or(""), envelope));
  return envelope;
}

Result<json::Value> read_delete_options(const Envelope& envelope) {
  if (!envelope.kind.empty() && envelope.kind != "DeleteOptions") {
    return invalid("a deletion with " + describe(envelope) + " in its body");
  }
  DeleteOptions options;
  CLAW_TRY_DONE(read_message(envelope.raw, [&](const Field& field) { return options.take(field); }));
  return std::move(options).finish(envelope);
}

Result<Metadata> read_metadata(const Envelope& envelope) {
  std::optional<std::string_view> metadata;
  CLAW_TRY_DONE(read_message(envelope.raw, [&](const Field& field) -> Status {
    if (field.number != 1 || field.wire != Wire::bytes) return Done{};
    if (metadata) return invalid("protobuf with two metadata");
    metadata = field.bytes;
    return Done{};
  }));
  std::optional<std::string_view> name;
  std::optional<std::string_view> space;
  CLAW_TRY_DONE(read_message(metadata.value_or(""), [&](const Field& field) -> Status {
    if (field.number == 1) return set_text(field, name);
    if (field.number == 3) return set_text(field, space);
    return Done{};
  }));
  return Metadata{name.value_or(""), space.value_or("")};
}

std::string describe(const Envelope& envelope) {
  std::string text = printable(envelope.api_version, shown_bytes_max);
  if (!text.empty()) text += ' ';
  return text + printable(envelope.kind, shown_bytes_max);
}

}  // namespace claw::kubernetes
