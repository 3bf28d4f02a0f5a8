#include "protocol/http/edit/aws_chunked.h"

#include <algorithm>
#include <charconv>

namespace claw::http {

namespace {

// S3 takes pieces of 8 KiB and more; no client sends one near this.
constexpr std::size_t chunk_bytes_max = std::size_t{1} << 32;

}  // namespace

Status AwsChunked::on_line(std::string_view line) {
  if (state_ == State::trailer) {
    if (line.empty()) state_ = State::done;
    return Done{};
  }
  const std::string_view digits = line.substr(0, line.find(';'));
  const auto [end, failure] = std::from_chars(digits.begin(), digits.end(), left_, 16);
  if (digits.empty() || failure != std::errc() || end != digits.end() || left_ > chunk_bytes_max) {
    return invalid("a piece of an aws-chunked body has no length");
  }
  state_ = left_ == 0 ? State::trailer : State::content;
  return Done{};
}

Status AwsChunked::take_line(std::string_view& bytes) {
  const std::size_t most = state_ == State::head ? chunk_head_bytes_max : chunk_trailer_bytes_max;
  const std::size_t end = bytes.find('\n');
  const std::string_view taken = bytes.substr(0, end == bytes.npos ? bytes.size() : end + 1);
  if (state_ == State::trailer) trailer_bytes_ += taken.size();
  if (line_.size() + taken.size() > most || trailer_bytes_ > most) {
    return Error{Code::limit, "an aws-chunked body has a line that is too long", {}};
  }
  line_.append(taken);
  bytes.remove_prefix(taken.size());
  if (!line_.ends_with('\n')) return Done{};
  if (!line_.ends_with("\r\n") || line_.find('\r') != line_.size() - 2) {
    return invalid("a line of an aws-chunked body does not end with CRLF");
  }
  const std::string line = std::exchange(line_, {});
  return on_line(std::string_view(line).substr(0, line.size() - 2));
}

Status AwsChunked::take_content_end(std::string_view& bytes) {
  constexpr std::string_view ending = "\r\n";
  if (bytes.front() != ending[line_.size()]) {
    return invalid("a piece of an aws-chunked body is longer than it says");
  }
  line_.push_back(bytes.front());
  bytes.remove_prefix(1);
  if (line_ == ending) {
    line_.clear();
    state_ = State::head;
  }
  return Done{};
}

Status AwsChunked::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::head:
      case State::trailer: CLAW_TRY_DONE(take_line(bytes)); break;
      case State::content: {
        const std::size_t count = std::min(left_, bytes.size());
        out.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        left_ -= count;
        if (left_ == 0) state_ = State::content_end;
        break;
      }
      case State::content_end: CLAW_TRY_DONE(take_content_end(bytes)); break;
      case State::done: return invalid("something follows the end of an aws-chunked body");
    }
  }
  return Done{};
}

Result<std::string> unwrap_aws_chunked(std::string_view body) {
  AwsChunked chunks;
  std::string out;
  CLAW_TRY_DONE(chunks.feed(body, out));
  if (!chunks.is_done()) return invalid("an aws-chunked body ends too early");
  return out;
}

}  // namespace claw::http
