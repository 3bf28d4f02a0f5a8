#include "protocol/http/edit/edit.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "protocol/http/edit/aws_chunked.h"

namespace claw::http {

namespace {

using Edit = action::Edit;

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As a server reads it, so that `%74oken` is found where `token` is looked for.
std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    if (escape) out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
    else out.push_back(text[i] == '+' ? ' ' : text[i]);
    if (escape) i += 2;
  }
  return out;
}

Secret encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() * 3);
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain) out.push_back(c);
    else out.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return Secret(std::move(out));
}

bool is_named(std::string_view pair, std::string_view name) {
  return decoded(pair.substr(0, pair.find('='))) == name;
}

// `a=1&b=2` without every pair of that name; in the first one's place, or at the end, `value` if there is
// one.
std::string replaced_pairs(std::string_view pairs, std::string_view name, const Secret* value) {
  std::string out;
  out.reserve(pairs.size() + name.size() * 3 + (value == nullptr ? 0 : value->size()) + 2);
  const auto add = [&out](std::string_view piece) {
    if (!out.empty()) out.push_back('&');
    out.append(piece);
  };
  const auto put = [&] {
    if (value == nullptr) return;
    add(encoded(name).reveal());
    out.push_back('=');
    out.append(value->reveal());
    value = nullptr;
  };
  for (const std::string_view pair : split(pairs, '&')) {
    if (pair.empty()) continue;
    if (is_named(pair, name)) put();
    else add(pair);
  }
  put();
  return out;
}

void set_query(Request& request, std::string_view name, const Secret* value) {
  const std::size_t mark = std::min(request.path.find('?'), request.path.size());
  const std::string_view query =
      std::string_view(request.path).substr(std::min(mark + 1, request.path.size()));
  const bool was_there =
      std::ranges::any_of(split(query, '&'), [&](auto pair) { return is_named(pair, name); });
  if (value == nullptr && !was_there) return;
  std::string pairs = replaced_pairs(query, name, value);
  std::string path;
  path.reserve(mark + 1 + pairs.size());
  path.append(request.path, 0, mark);
  if (!pairs.empty()) path.append("?").append(pairs);
  wipe(pairs);
  wipe(request.path);
  request.path = std::move(path);
}

// One Cookie field from however many there were: all cookies but those of that name, and ours. Names count
// with their case, and `sid` is not `sid2`.
void set_cookie(Request& request, std::string_view name, const Secret& value) {
  std::vector<std::string_view> kept;
  std::size_t bytes = name.size() + value.size() + 1;
  for (const Field field : request.fields) {
    if (!same_name(field.name, "Cookie")) continue;
    for (const std::string_view piece : split(field.value, ';')) {
      const std::string_view cookie = trim(piece);
      if (cookie.empty() || trim(cookie.substr(0, cookie.find('='))) == name) continue;
      kept.push_back(cookie);
      bytes += cookie.size() + 2;
    }
  }
  std::string line;
  line.reserve(bytes);
  for (const std::string_view cookie : kept) line.append(cookie).append("; ");
  line.append(name).append("=").append(value.reveal());
  const Secret whole(std::move(line));
  request.fields.remove("Cookie");
  request.fields.add_secret("Cookie", whole);
}

// Once and only once: a second place would be one the agent chose, where the secret could be read back.
Status set_path(Request& request, std::string_view piece, const Secret& value) {
  const std::size_t at = piece.empty() ? std::string::npos : request.path.find(piece);
  if (at == std::string::npos || request.path.find(piece, at + 1) != std::string::npos) {
    return invalid("the path does not hold its placeholder exactly once");
  }
  std::string path;
  path.reserve(request.path.size() - piece.size() + value.size());
  path.append(request.path, 0, at).append(value.reveal()).append(request.path, at + piece.size());
  wipe(request.path);
  request.path = std::move(path);
  return Done{};
}

// The length the agent says the body has without its framing; without it nothing frames what is sent on.
Status set_unwrapped_length(Request& request) {
  const std::string_view text = request.fields.find("x-amz-decoded-content-length").value_or("");
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(text.begin(), text.end(), length);
  const bool is_once = request.fields.count("x-amz-decoded-content-length") == 1;
  if (!is_once || text.empty() || failure != std::errc() || end != text.end()) {
    return invalid("an aws-chunked body needs one x-amz-decoded-content-length");
  }
  request.length = length;
  return Done{};
}

// A value from the vault that would split the head: the vault refuses those, and so do we.
bool splits(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

bool is_form(const Request& request) {
  const std::string_view type = request.fields.find("Content-Type").value_or("");
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), form_type);
}

Status apply_one(const Edit& edit, Request& request) {
  if (splits(edit.name) || splits(edit.value.reveal())) return invalid("a leased value has a line end in it");
  switch (edit.kind) {
    case Edit::Kind::set_header:
      request.fields.remove(edit.name);
      request.fields.add_secret(edit.name, edit.value);
      return Done{};
    case Edit::Kind::drop_header: request.fields.remove(edit.name); return Done{};
    case Edit::Kind::set_cookie: set_cookie(request, edit.name, edit.value); return Done{};
    case Edit::Kind::set_query: {
      const Secret value = encoded(edit.value.reveal());
      set_query(request, edit.name, &value);
      return Done{};
    }
    case Edit::Kind::drop_query: set_query(request, edit.name, nullptr); return Done{};
    case Edit::Kind::set_path: return set_path(request, edit.name, edit.value);
    case Edit::Kind::drop_form_field:  // apply_body()
    case Edit::Kind::set_text: return Done{};  // The WebSocket's.
  }
  return invalid("an edit of no known kind");
}

bool drops_fields(const action::Edits& edits) {
  return std::ranges::any_of(edits.list,
                             [](const Edit& edit) { return edit.kind == Edit::Kind::drop_form_field; });
}

}  // namespace

Status apply(const action::Edits& edits, Request& request) {
  if (edits.unwrap_aws_chunked && request.has_body) CLAW_TRY_DONE(set_unwrapped_length(request));
  for (const Edit& edit : edits.list) CLAW_TRY_DONE(apply_one(edit, request));
  return Done{};
}

bool edits_body(const action::Edits& edits, const Request& request) {
  if (!request.has_body) return false;
  return edits.unwrap_aws_chunked || (drops_fields(edits) && is_form(request));
}

Result<std::string> apply_body(const action::Edits& edits, const Request& request, std::string body) {
  if (edits.unwrap_aws_chunked && request.has_body) {
    CLAW_TRY(body, unwrap_aws_chunked(body));
    if (request.length && *request.length != body.size()) {
      return invalid("an aws-chunked body is not as long as its head says");
    }
  }
  if (!is_form(request)) return body;
  for (const Edit& edit : edits.list) {
    if (edit.kind == Edit::Kind::drop_form_field) body = replaced_pairs(body, edit.name, nullptr);
  }
  return body;
}

}  // namespace claw::http
