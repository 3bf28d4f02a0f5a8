// What agents are answered: results, refusals, what is held, and mistakes as problem+json (RFC 9457); the
// same as the last of a stream of events where that was asked for. Only words are made here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/verdict.h"
#include "guard/calls.h"
#include "serve/message.h"

namespace claw::toolcall {

struct Said {  // One answer, as it stands in a body or in the last event of a stream.
  int status = 200;
  std::string body;              // A JSON object.
  std::size_t result_bytes = 0;  // Of a result, which is the first member of it.
  std::string content = {};      // A result as MCP content blocks, where the tool has them,
  bool content_only = false;     // and the result only says the same.
  bool failed = false;           // The result is a program's, and that it failed.
  // The result alone, JSON; what follows it in the body begins with a comma.
  std::string_view result() const { return std::string_view(body).substr(result_at, result_bytes); }
  std::string_view after_result() const {
    return std::string_view(body).substr(result_at + result_bytes);
  }
  static constexpr std::size_t result_at = std::string_view("{\"result\":").size();
};

struct Trouble {
  int status = 400;
  std::string what;
  std::string pointer = {};         // Of the mistake in the request.
  std::string more = {};            // Further members, `"code":"42P01"`.
  std::string action = {};          // The call's, where it got that far.
};
Said problem(const Trouble& trouble, const std::vector<guard::Under>& under = {});
Said mistake(int status, std::string what, std::string pointer = {});

Said result(std::string_view action, std::string_view json, std::string_view content,
            const std::vector<guard::Under>& under);
// The tool ran, and says that it failed: 422, with its own words.
Said tool_error(std::string_view action, std::string_view json, std::string_view content,
                const std::vector<guard::Under>& under);
// Told to come back: 202.
Said held(std::string_view action, const action::Verdict& verdict);
// By `by`, the call itself or what is under it.
Said denied(std::string_view action, std::string_view by, const action::Verdict& verdict,
            const std::vector<guard::Under>& under);

serve::Answer answer_of(const Said& said);

// `event: name` and its data, which is JSON on one line.
std::string event_of(std::string_view name, std::string_view json);

// An answer that is a stream of events. Whoever tells holds the Teller; `left` is called once its reader has
// gone before the end.
class Events;
class Teller {
 public:
  explicit Teller(std::weak_ptr<Events> events) : events_(std::move(events)) {}
  void tell(std::string_view event);
  void end(std::string_view last);  // Always kept.

 private:
  std::weak_ptr<Events> events_;
};
struct Stream {
  serve::Answer answer;
  Teller teller;
};
// Of what a reader leaves unread more than `unread_bytes_max` is not kept: it is told `lost` events instead.
Stream make_stream(std::function<void()> left, std::size_t unread_bytes_max);

}  // namespace claw::toolcall
