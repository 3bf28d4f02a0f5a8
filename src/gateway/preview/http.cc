// The object that a request would change, as it is now, and for Kubernetes what the server says it would
// become: the same request as a dry run.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "gateway/preview/preview.h"
#include "protocol/http/wire/h1/whole.h"

namespace claw::gateway {
namespace {

using approval::Evidence;

constexpr std::string_view dry_run = "dryRun=All";

// What a body needs to be read as the agent meant it; the rest of its headers are not ours to repeat, but
// for whom it would act as: a preview may see no more than the action could.
constexpr std::string_view repeated[] = {"content-type", "accept"};
constexpr std::string_view impersonation = "impersonate-";

bool is_success(int status) { return status >= 200 && status < 300; }

// As people read it, and as it can be compared line by line. What its server changes by itself is left out.
void write_pretty(std::string& out, const json::Value& value, std::size_t depth) {
  const std::string indent(2 * depth + 2, ' ');
  const auto each = [&](bool first) {
    out += first ? "\n" : ",\n";
    out += indent;
  };
  if (const json::Object* object = value.object(); object != nullptr && !object->empty()) {
    bool first = true;
    out += '{';
    for (const auto& [name, member] : *object) {
      if (name == "managedFields" || name == "resourceVersion" || name == "generation") continue;
      each(std::exchange(first, false));
      json::append_string(out, name);
      out += ": ";
      const bool is_secret = depth == 0 && value.text_or("kind", "") == "Secret" && name.ends_with("ata") &&
                             name != "metadata";  // `data`, `stringData`: who approves need not know them.
      if (is_secret) out += "\"(not shown)\"";
      else write_pretty(out, member, depth + 1);
    }
    out += '\n' + std::string(2 * depth, ' ') + '}';
  } else if (const json::Array* array = value.array(); array != nullptr && !array->empty()) {
    bool first = true;
    out += '[';
    for (const json::Value& element : *array) {
      each(std::exchange(first, false));
      write_pretty(out, element, depth + 1);
    }
    out += '\n' + std::string(2 * depth, ' ') + ']';
  } else {
    json::append(out, value);
  }
}

std::string pretty(const std::string& body) {
  const auto value = json::parse(body);
  if (!value) return is_utf8(body) ? body : fmt::format("{} bytes that are no text", body.size());
  std::string out;
  write_pretty(out, *value, 0);
  return out;
}

class HttpPreview final : public Preview {
 public:
  explicit HttpPreview(PreviewSeat seat) : seat_(std::move(seat)) {}

  void start() {
    const std::string method = upper(subject().method);
    const bool has_target = method == "DELETE" || method == "PUT" || method == "PATCH";
    if (!has_target && !is_kubernetes()) {
      seat_.loop.post([done = seat_.done] {
        done({{"preview", Evidence::Kind::text, "there is nothing to be looked up before it runs", true}});
      });
      return;
    }
    if (has_target) ask("GET", std::string(subject().target.substr(0, subject().target.find('?'))), {});
    else try_out();
  }

 private:
  const action::Subject& subject() const { return *seat_.action->subject; }
  bool is_kubernetes() const { return subject().family == action::Family::k8s; }

  void ask(std::string method, std::string target, std::string_view body) {
    auto end = seat_.connect();
    if (!end) return heard(Error{Code::unavailable, end.error().what, {}});
    http::WholeRequest request;
    request.head.method = std::move(method);
    request.head.path = std::move(target);
    for (const action::Named& field : subject().fields) {
      if (equals_ignoring_case(field.name, "host")) request.head.authority = field.value;
      const std::string name = lower(field.name);
      const bool is_repeated = std::ranges::find(repeated, name) != std::end(repeated) ||
                               (is_kubernetes() && name.starts_with(impersonation));
      if (is_repeated) request.head.fields.add(std::string(field.name), std::string(field.value));
    }
    request.body = body;
    const std::string bytes = http::encode(request);
    all_.clear();
    loopback_ = std::make_unique<loopback::Line>(
        seat_.loop, std::move(end).value(), preview_limits,
        [this](std::string& unread) { return all_ = unread, http::decode_response(all_).ok(); },
        [this](const std::optional<Error>& why) {
          const auto answer = http::decode_response(all_);
          heard(answer || !why ? answer : Result<http::WholeResponse>(*why));
        });
    loopback_->send(bytes);
  }

  void try_out() {
    is_trying_ = true;
    std::string target(subject().target);
    if (target.find(dry_run) == target.npos) {
      target += target.find('?') == target.npos ? '?' : '&';
      target += dry_run;
    }
    ask(upper(subject().method), std::move(target), subject().body);
  }

  void heard(const Result<http::WholeResponse>& answer) {
    const std::string title = is_trying_ ? "dry run" : "as it is now";
    if (!answer) return finish({title, Evidence::Kind::text, answer.error().what, true});
    const bool worked = is_success(answer->status);
    const std::string text = pretty(answer->body);
    if (!worked) {
      Evidence failed{title, Evidence::Kind::text, fmt::format("{}: {}", answer->status, text), true};
      if (is_trying_ || !is_kubernetes()) return finish(std::move(failed));
      found_.push_back(std::move(failed));
      return try_out();
    }
    if (is_trying_) {
      const bool compares = !before_.empty() && upper(subject().method) != "DELETE";
      if (compares) {
        return finish({"what it would change", Evidence::Kind::diff, difference(before_, text), false});
      }
      return finish({title, Evidence::Kind::json, text, false});
    }
    found_.push_back({title, Evidence::Kind::json, text, false});
    if (!is_kubernetes()) return seat_.done(std::move(found_));
    before_ = text;
    try_out();
  }

  void finish(Evidence last) {
    found_.push_back(std::move(last));
    seat_.done(std::move(found_));
  }

  PreviewSeat seat_;
  Found found_;
  std::string all_;
  std::string before_;
  bool is_trying_ = false;
  std::unique_ptr<loopback::Line> loopback_;
};

}  // namespace

std::unique_ptr<Preview> preview_http(PreviewSeat seat) {
  auto preview = std::make_unique<HttpPreview>(std::move(seat));
  preview->start();
  return preview;
}

}  // namespace claw::gateway
