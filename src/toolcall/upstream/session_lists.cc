// The part of a session that is about lists: what a server offers, page by page, and when it is asked again.
#include <fmt/format.h>

#include "toolcall/upstream/session.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::uint32_t list_again_ms = 5'000;  // A server that changes all the time is asked no oftener,
constexpr std::uint32_t list_anyway_ms = 10 * 60 * 1000;  // and one that says nothing is asked all the same.
constexpr std::uint32_t subscribe_again_ms = 30'000;      // After a stream that told of changes has ended.
constexpr int pages_max = 100;
constexpr std::size_t cursor_bytes_max = 4096;

constexpr std::string_view list_methods[] = {"tools/list", "prompts/list", "resources/templates/list",
                                             "resources/list"};
constexpr pins::Kind list_kinds[] = {pins::Kind::tool, pins::Kind::prompt, pins::Kind::resource_template};
constexpr std::size_t single_resources = 3;

}  // namespace

void Session::list() {
  if (is_over_) return;
  loop_.cancel(std::exchange(look_again_, 0));
  is_listing_ = true;
  is_stale_ = false;
  offer_ = {};
  found_.clear();
  list_page(0, {}, 0);
}

void Session::list_page(std::size_t kind, std::string cursor, int page) {
  while (kind < std::size(list_methods) && !offers_[kind]) ++kind;
  if (kind == std::size(list_methods)) return listed_all();
  Question question;
  question.method = list_methods[kind];
  cursor_ = cursor;
  if (!cursor.empty()) question.params = {{"cursor", std::move(cursor)}};
  question.done = [this, kind, page](Answer answer) {
    if (kind == single_resources) listed_resources(page, answer);
    else listed_page(kind, page, std::move(answer));
  };
  send(std::move(question));
}

void Session::listed_page(std::size_t kind, int page, Answer answer) {
  const std::string_view method = list_methods[kind];
  if (const auto* why = std::get_if<Error>(&answer)) {
    return end(Error{why->code, fmt::format("{}: {}", method, why->what), {}});
  }
  if (const auto* failure = std::get_if<claw::mcp::Failure>(&answer)) {
    // Servers say that they have resources, and then have no templates.
    if (list_kinds[kind] == pins::Kind::tool) {
      return end(invalid(fmt::format("{}: {}", method, said(*failure))));
    }
    return list_page(kind + 1, {}, 0);
  }
  const json::Value& result = std::get<json::Value>(answer);
  if (const Status read = pins::read_page(list_kinds[kind], result, offer_); !read) {
    return end(Error{read.error().code, fmt::format("{}: {}", method, read.error().what), {}});
  }
  next_page(kind, page, result);
}

// Nobody needs them to call a tool: what is wrong with them costs only them.
void Session::listed_resources(int page, const Answer& answer) {
  const auto* result = std::get_if<json::Value>(&answer);
  if (result == nullptr || !read_resources(*result, found_) || found_.size() >= resources_max) {
    return list_page(single_resources + 1, {}, 0);
  }
  next_page(single_resources, page, *result);
}

void Session::next_page(std::size_t kind, int page, const json::Value& result) {
  std::string cursor = result.text_or("nextCursor", "");
  if (cursor.empty()) return list_page(kind + 1, {}, 0);
  if (page + 1 >= pages_max || cursor.size() > cursor_bytes_max || cursor == cursor_) {
    if (kind == single_resources) return list_page(kind + 1, {}, 0);
    return end(Error{Code::limit, fmt::format("{} has no end", list_methods[kind]), {}});
  }
  list_page(kind, std::move(cursor), page + 1);
}

void Session::listed_all() {
  is_listing_ = false;
  is_ready_ = true;
  resources_ = std::move(found_);
  found_.clear();
  look_again_ = loop_.after_ms(is_stale_ ? list_again_ms : list_anyway_ms, [this] {
    look_again_ = 0;
    list();
  });
  if (!is_subscribed_ && says_changes_ && !version_->sessions) subscribe();
  user_.listed(std::move(offer_));
}

// Without sessions a server tells of changes whoever asks for it, for as long as the answer takes.
void Session::subscribe() {
  if (is_over_) return;
  is_subscribed_ = true;
  Question question;
  question.method = "subscriptions/listen";
  json::Object wanted;
  for (const std::string_view each : {"toolsListChanged", "promptsListChanged", "resourcesListChanged"}) {
    wanted.emplace_back(std::string(each), true);
  }
  question.params = {{"notifications", std::move(wanted)}};
  question.lasts = true;
  question.done = [this](const Answer& answer) {
    if (std::holds_alternative<claw::mcp::Failure>(answer)) return;  // It has no such thing.
    subscribe_again_ = loop_.after_ms(subscribe_again_ms, [this] {
      subscribe_again_ = 0;
      subscribe();
    });
  };
  send(std::move(question));
}

void Session::look_again() {
  if (is_stale_ || is_over_) return;
  is_stale_ = true;
  if (is_listing_) return;
  loop_.cancel(look_again_);
  look_again_ = loop_.after_ms(list_again_ms, [this] {
    look_again_ = 0;
    list();
  });
}

}  // namespace claw::toolcall::upstream
