#include "protocol/http/facts/facts.h"

#include <algorithm>
#include <charconv>

#include "action/body/escape.h"
#include "action/body/media_type.h"
#include "action/schema.h"
#include "base/text.h"
#include "protocol/http/content/content.h"

namespace claw::http {
namespace {

using action::HttpParts;
using action::HttpStorage;
using action::Named;

constexpr std::string_view encoding_header = "content-encoding";

std::string_view number_in(cel::Arena& arena, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return arena.copy({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

// Copies everything the facts will view into one storage, decoding as it goes.
class Reader {
 public:
  explicit Reader(const Asked& asked)
      : asked_(asked), storage_(std::make_shared<HttpStorage>()), arena_(storage_->arena) {}

  Reading read(const Needs& needs) {
    parts_.scheme = arena_.copy(asked_.scheme);
    parts_.host = arena_.copy(asked_.host);
    parts_.allows_override = asked_.allow_override;
    copy_target();
    read_headers();
    read_body();
    const action::HttpWanted wanted{needs.body,  needs.json,    needs.form,   needs.graphql,
                                    needs.query, needs.headers, needs.cookies};
    return {std::move(storage_), std::move(parts_), wanted};
  }

  Reading read_line() {
    copy_target();
    return {std::move(storage_), std::move(parts_), {}};
  }

 private:
  void copy_target() {
    parts_.method = arena_.copy(asked_.request.method);
    parts_.path = arena_.copy(asked_.target.path);
    parts_.target = arena_.copy(asked_.target.send);
    parts_.path_why_not = asked_.target.why_not;
    read_segments();
    read_query();
  }

  // Divided before they are decoded: an escaped slash divides nothing.
  void read_segments() {
    const std::string_view path = parts_.target.substr(0, parts_.target.find('?'));
    if (!path.starts_with('/')) return;
    const std::size_t count = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
    const std::span<std::string_view> segments = arena_.array<std::string_view>(count);
    std::string_view rest = path.substr(1);
    for (std::string_view& segment : segments) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const std::string_view raw = rest.substr(0, end);
      segment = action::unescape(raw, action::Plus::plus, arena_).value_or(raw);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    parts_.segments = segments;
  }

  void read_query() {
    const std::size_t mark = parts_.target.find('?');
    if (mark == parts_.target.npos) return;
    std::vector<Named> fields;
    fields.reserve(8);  // What most queries have at most.
    const Status read = action::read_urlencoded(parts_.target.substr(mark + 1), arena_, fields);
    if (!read) {
      parts_.query_why_not = "a query with " + read.error().what;
      return;
    }
    parts_.query = kept(fields);
  }

  void read_headers() {
    const Request& request = asked_.request;
    constexpr std::size_t own_members = 3;
    const std::span<Named> headers = arena_.array<Named>(request.fields.size() + own_members);
    std::size_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value) { headers[count++] = {name, value}; };
    for (const Field field : request.fields) add(arena_.copy(field.name), arena_.copy(field.value));
    if (!request.authority.empty()) add("Host", arena_.copy(request.authority));
    if (request.length) add("Content-Length", number_in(arena_, *request.length));
    if (!request.protocol.empty()) add("Upgrade", arena_.copy(request.protocol));
    parts_.headers = headers.first(count);
  }

  void read_body() {
    parts_.has_body = asked_.body || asked_.request.has_body;
    if (!asked_.body) return;
    parts_.is_gathered = true;
    parts_.is_truncated = !asked_.body->is_whole;
    if (parts_.is_truncated) return;
    const std::string encoding = content_encoding();
    if (encoding.empty()) {
      storage_->body = asked_.body->bytes;
    } else if (auto decoded = decode_content(encoding, asked_.body->bytes, asked_.decoded_bytes_max)) {
      storage_->body = std::move(decoded).value();
    } else {
      parts_.body_why_not = "a body that cannot be decoded: " + decoded.error().what;
    }
    parts_.body = storage_->body;
  }

  // Several headers are one list (RFC 9110 §5.2).
  std::string content_encoding() const {
    std::string list;
    for (const Named& header : parts_.headers) {
      if (!same_name(header.name, encoding_header)) continue;
      if (!list.empty()) list += ',';
      list += header.value;
    }
    return list;
  }

  std::span<const Named> kept(const std::vector<Named>& fields) {
    const std::span<Named> copy = arena_.array<Named>(fields.size());
    std::copy(fields.begin(), fields.end(), copy.begin());
    return copy;
  }

  const Asked& asked_;
  std::shared_ptr<HttpStorage> storage_;
  cel::Arena& arena_;
  HttpParts parts_;
};

}  // namespace

Needs needs_of(action::Family family, const std::function<bool(std::uint32_t slot)>& reads) {
  const auto read = [&](std::string_view fact) {
    const auto slot = action::slot_of(family, fact);
    return slot && reads(*slot);
  };
  Needs needs;
  needs.json = read("http.body_json");
  needs.form = read("http.form");
  // A mutation that deletes is destructive, so whether an action is cannot be said without reading it.
  needs.graphql = read("http.graphql.operation") || read("http.graphql.name") ||
                  read("http.graphql.fields") || read("action.destructive");
  needs.body = needs.json || needs.form || needs.graphql || read("http.body");
  needs.query = read("http.query") || read("k8s.params") || read("k8s.param_values");
  needs.headers = read("http.headers");
  needs.cookies = read("http.cookies");
  return needs;
}

bool wants_body(const Request& request, const Needs& needs, bool allow_override) {
  if (!request.has_body || !request.protocol.empty()) return false;
  if (needs.body) return true;
  if (allow_override) return false;
  cel::Arena arena;
  for (const Field field : request.fields) {
    if (!same_name(field.name, "content-type")) continue;
    const auto type = action::read_media_type(field.value, arena);
    if (type && type->name == "application/x-www-form-urlencoded") return true;
  }
  return false;
}

Reading read_parts(const Asked& asked, const Needs& needs) { return Reader(asked).read(needs); }

Reading read_line(const Request& request, const Target& target) {
  const Asked asked{request, target, {}, {}, {}};
  return Reader(asked).read_line();
}

std::shared_ptr<const action::Subject> read_request(const Asked& asked, const Needs& needs) {
  Reading reading = read_parts(asked, needs);
  return action::make_http_subject(reading.parts, std::move(reading.storage), reading.wanted);
}

}  // namespace claw::http
