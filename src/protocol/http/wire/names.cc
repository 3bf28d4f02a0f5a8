#include "protocol/http/wire/names.h"

#include "protocol/http/wire/fields.h"

namespace claw::http {

namespace {

template <std::size_t n>
bool is_one_of(std::string_view name, const std::string_view (&names)[n]) {
  for (const std::string_view other : names) {
    if (same_name(name, other)) return true;
  }
  return false;
}

bool starts_with_name(std::string_view name, std::string_view start) {
  return name.size() >= start.size() && same_name(name.substr(0, start.size()), start);
}

// Says for whom a request is made, or that it is another request than it looks.
bool is_identity_or_override(std::string_view name) {
  return starts_with_name(name, "content-") || starts_with_name(name, "x-forwarded") ||
         starts_with_name(name, "x-http-method") || starts_with_name(name, "x-original-") ||
         starts_with_name(name, "x-rewrite-") || starts_with_name(name, "impersonate-") ||
         starts_with_name(name, "x-remote-") || starts_with_name(name, "sec-");
}

}  // namespace

Meaning meaning_of(std::string_view name) {
  switch (name.size()) {
    case 2: return same_name(name, "te") ? Meaning::dropped : Meaning::end_to_end;
    case 4: return same_name(name, "host") ? Meaning::host : Meaning::end_to_end;
    case 6: return same_name(name, "expect") ? Meaning::expect : Meaning::end_to_end;
    case 7: return same_name(name, "upgrade") ? Meaning::upgrade : Meaning::end_to_end;
    case 10:
      if (same_name(name, "connection")) return Meaning::connection;
      return same_name(name, "keep-alive") ? Meaning::dropped : Meaning::end_to_end;
    case 14:
      if (same_name(name, "content-length")) return Meaning::content_length;
      return same_name(name, "http2-settings") ? Meaning::dropped : Meaning::end_to_end;
    case 16: return same_name(name, "proxy-connection") ? Meaning::dropped : Meaning::end_to_end;
    case 17: return same_name(name, "transfer-encoding") ? Meaning::transfer_encoding : Meaning::end_to_end;
    default: return Meaning::end_to_end;
  }
}

bool may_be_named_by_connection(std::string_view name) {
  constexpr std::string_view never[] = {
      "host",     "transfer-encoding", "authorization", "proxy-authorization", "cookie", "set-cookie",
      "expect",   "trailer",           "location",      "cache-control",       "range",  "accept",
      "forwarded", "origin",           "date",          "via",                 "age",    "vary",
  };
  return !is_one_of(name, never) && !is_identity_or_override(name);
}

bool may_be_trailer(std::string_view name) {
  constexpr std::string_view never[] = {
      "host",     "authorization", "proxy-authorization", "proxy-authenticate", "www-authenticate",
      "cookie",   "set-cookie",    "cache-control",       "max-forwards",       "trailer",
      "location", "range",         "if-match",            "if-none-match",      "if-modified-since",
      "if-range", "age",           "date",                "if-unmodified-since", "retry-after",
      "vary",     "warning",       "forwarded",           "origin",             "expires",
      "via",      "accept",        "pragma",              "referer",            "user-agent",
  };
  return meaning_of(name) == Meaning::end_to_end && !is_one_of(name, never) && !is_identity_or_override(name);
}

}  // namespace claw::http
