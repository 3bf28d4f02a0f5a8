// HTTP/1.1 (and 1.0 requests) by RFC 9112, read as strictly as a server may: CRLF only, no folding, no space
// before a colon, one Host, Content-Length or Transfer-Encoding and never both, `chunked` alone and last, no
// chunk extensions, limits on everything. What two implementations could read differently is an error.
// Written anew: one framing, our own connection fields. Used by the machine; admin/ uses h1/whole.h.
#pragma once

#include <memory>

#include "protocol/http/wire/codec.h"

namespace claw::http {

struct H1Limits {
  std::size_t head_bytes_max = 64 * 1024;    // Bearer tokens and cookies of real sessions reach 32 KiB.
  std::size_t fields_max = 128;
  std::size_t target_bytes_max = 16 * 1024;
  std::size_t trailer_bytes_max = 8 * 1024;
};

// Requests come one after the other: feed() takes nothing of the next before this one's answer has ended, so
// feed it what was left then. An answer that ends early lets the rest of its request be read and dropped,
// unseen. must_close() is true when nothing more may be read or written, not while the last answer is being
// written. After a 101, or a 2xx to CONNECT, nothing is read until upgrade(). A client half shut still gets
// its answer.
std::unique_ptr<Codec> make_h1_server(H1Limits limits = {});

// open() returns 0, and has written nothing, when the head cannot be said in HTTP/1: no authority or path, a
// line break in a field, an extended CONNECT. One request at a time; `Expect: 100-continue` is passed on
// where the request has it. Bytes that answer nothing are an Error. An answer that ends before its request
// closes.
std::unique_ptr<Codec> make_h1_client(H1Limits limits = {});

}  // namespace claw::http
