// Field blocks of HTTP/2 as heads, both ways: pseudo-header fields to members, cookie crumbs to one Cookie,
// what belongs to one connection left out. nghttp2 has checked order, case and characters (RFC 9113 §8.2,
// §8.3); what it leaves open, and whatever would read differently as HTTP/1, is refused here.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/http/wire/h2.h"

namespace claw::http {

// One at a time: blocks are never interleaved.
class H2HeadReader {
 public:
  explicit H2HeadReader(const H2Limits& limits) : limits_(limits) {}

  void begin();
  // False when so much was decoded that the rest is not worth the work: a bomb, whoever sent it.
  bool add(std::string_view name, std::string_view value);
  bool is_too_large() const;

  Result<Request> take_request(bool is_ended);
  Result<Response> take_response();
  Result<Fields> take_trailers();

 private:
  void add_pseudo(std::string_view name, std::string_view value);
  void add_regular(std::string_view name, std::string_view value);
  void refuse(std::string_view why);
  Fields take_fields();

  const H2Limits& limits_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::string_view refused_;  // Why this head makes no sense; always a literal.
  Request request_;           // What of it a block can say; a response has fields and length only.
  std::string status_;
  std::string host_;
  std::string cookie_;
  bool has_cookie_ = false;
  bool has_te_ = false;
};

// nghttp2's form of a head. It points into the head it was made from and into itself.
class H2HeadWriter {
 public:
  Status write(const Request& request);
  Status write(const Response& response);
  Status write(const Fields& trailers);
  const std::vector<nghttp2_nv>& entries() const { return entries_; }

 private:
  void add(std::string_view name, std::string_view value);
  void add_length(std::uint64_t length);
  Status add_fields(const Fields& fields);

  std::vector<nghttp2_nv> entries_;
  std::string status_;
  std::string length_;
};

}  // namespace claw::http
