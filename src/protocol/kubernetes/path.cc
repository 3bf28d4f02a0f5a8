#include "protocol/kubernetes/path.h"

#include <algorithm>
#include <array>
#include <optional>

#include "action/body/escape.h"
#include "action/k8s/k8s.h"
#include "base/text.h"
#include "protocol/kubernetes/selector.h"

namespace claw::kubernetes {
namespace {

using Segments = std::span<const std::string_view>;

struct MethodVerb {
  std::string_view method;
  std::string_view verb;
};
constexpr std::array<MethodVerb, 6> method_verbs{{{"GET", "get"},
                                                  {"HEAD", "get"},
                                                  {"POST", "create"},
                                                  {"PUT", "update"},
                                                  {"PATCH", "patch"},
                                                  {"DELETE", "delete"}}};

// Their resources and subresources are names of metrics, which may be anything.
constexpr std::array<std::string_view, 2> metric_groups{"custom.metrics.k8s.io", "external.metrics.k8s.io"};

// Every server compares these exactly and has none with capitals; who folds them would see another resource.
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool is_metric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_prefix(std::string_view segment) { return segment == "api" || segment == "apis"; }

class Reader {
 public:
  Reader(const PathAsked& asked, cel::Arena& arena) : asked_(asked), arena_(arena) {}

  Path read() {
    const auto known = std::find_if(method_verbs.begin(), method_verbs.end(),
                                    [&](const MethodVerb& each) { return each.method == asked_.method; });
    if (known == method_verbs.end()) return refuse("a method that the API does not have");
    if (asked_.raw_query.find(';') != std::string_view::npos) {
      return refuse("a `;` in the query, where some servers divide it and others drop what is around it");
    }
    Segments rest = asked_.segments;
    if (rest.empty()) return refuse("a target that is no path");
    const auto has_slash = [](std::string_view segment) { return segment.find('/') != segment.npos; };
    if (std::any_of(rest.begin(), rest.end(), has_slash)) return refuse("an escaped slash in the path");
    if (rest.back().empty()) rest = rest.first(rest.size() - 1);  // A slash at the end is nothing to the API.
    method_verb_ = known->verb;
    if (is_resource(rest)) {
      read_resource(rest);
    } else {
      read_other(rest);
    }
    return std::move(made_);
  }

 private:
  Path refuse(std::string why) {
    made_ = {};
    made_.why_not = std::move(why);
    return made_;
  }
  void fail(std::string_view why) {
    if (made_.why_not.empty()) made_.why_not = why;
  }

  static bool is_resource(Segments path) {
    if (path.size() < 3 || !is_prefix(path[0])) return false;
    return path[0] == "api" || path.size() >= 4;
  }

  void read_other(Segments path) {
    made_.verb = action::lower_in(asked_.method, arena_);
    made_.non_resource_path = asked_.path;
    if (path.empty() || path[0] == "openapi") return;
    if (is_prefix(action::lower_in(path[0], arena_)) && !is_prefix(path[0])) fail("an API with capitals");
    // A server that keeps the API below another path, as some that manage many clusters do.
    if (std::any_of(path.begin() + 1, path.end(), is_prefix)) fail("an API below another path");
  }

  void read_resource(Segments path) {
    made_.is_resource = true;
    const bool has_group = path[0] == "apis";
    path = path.subspan(1);
    if (has_group) {
      made_.api_group = path[0];
      path = path.subspan(1);
    }
    made_.api_version = path[0];
    path = path.subspan(1);
    made_.verb = method_verb_;
    const bool is_legacy = path[0] == "proxy" || path[0] == "watch";
    if (is_legacy) {
      if (path.size() < 2) return fail("a path that ends before its resource");
      made_.verb = path[0];
      path = path.subspan(1);
    }
    read_parts(in_namespace(path));
    if (!is_legacy && made_.name.empty()) read_collection();
    if (made_.verb == "watch" && is_legacy && (method_verb_ != "get" || !made_.subresource.empty())) {
      fail("a watch that is none");
    }
    if (made_.verb != "proxy" && action::is_way_in(made_.resource)) made_.verb = "create";
    check_words();
  }

  // `/namespaces/NAME/pods`; `/namespaces/NAME` and its own subresources are about the namespace itself.
  Segments in_namespace(Segments path) {
    if (path[0] != "namespaces" || path.size() < 2) return path;
    made_.space = path[1];
    const bool is_own = path.size() < 3 || path[2] == "finalize" || path[2] == "status";
    return is_own ? path : path.subspan(2);
  }

  void read_parts(Segments parts) {
    made_.resource = parts[0];
    const bool is_proxy = made_.verb == "proxy";  // Has no subresource: all behind the name is passed on.
    if (parts.size() >= 2) made_.name = parts[1];
    if (parts.size() >= 3 && !is_proxy) made_.subresource = parts[2];
    if (!made_.subresource.empty()) {
      std::string whole(made_.resource);
      made_.resource = arena_.copy(whole.append("/").append(made_.subresource));
    }
    const std::size_t own = is_proxy ? 2 : 3;
    if (is_proxy || made_.subresource == "proxy") {
      read_proxied(parts.size() > own ? parts.size() - own : 0);
    } else if (parts.size() > own && made_.api_group.empty()) {
      fail("a path that goes on behind its resource");
    }
  }

  // The last segments of the path, and the query: the server passes them on decoded.
  void read_proxied(std::size_t segments) {
    std::string_view path = asked_.path;
    std::string_view inner = path.ends_with('/') ? "/" : "";
    std::size_t at = path.size() - inner.size();
    for (; segments > 0; --segments) at = path.rfind('/', at - 1);
    inner = path.substr(at);
    if (inner.find('?') != inner.npos) return fail("an escaped `?` in a path that is passed on");
    if (inner.empty()) inner = "/";
    if (asked_.raw_query.empty()) {
      made_.proxy_path = inner;
      return;
    }
    std::string whole(inner);
    made_.proxy_path = arena_.copy(whole.append("?").append(asked_.raw_query));
  }

  // Without a name a get is a list or a watch, and a delete is of all.
  void read_collection() {
    if (made_.verb == "delete") made_.verb = "deletecollection";
    if (made_.verb != "get") return;
    std::optional<bool> watches;
    std::optional<std::string_view> selector;
    for (const auto& [name, value] : asked_.query) {
      if (name == "fieldSelector" && !selector) selector = value;
      if (name != "watch") continue;
      const bool yes = action::says_yes(value);
      if (watches && *watches != yes) fail("the parameter `watch` twice, with two meanings");
      if (!watches) watches = yes;
    }
    made_.verb = watches.value_or(false) ? "watch" : "list";
    if (selector) made_.name = name_selected(*selector, arena_);
  }

  void check_words() {
    const bool is_of_metrics =
        std::find(metric_groups.begin(), metric_groups.end(), made_.api_group) != metric_groups.end();
    const auto fits = is_of_metrics ? is_metric : is_word;
    const std::string_view kind = made_.resource.substr(0, made_.resource.find('/'));
    if (!is_word(made_.api_version) || (!made_.api_group.empty() && !is_word(made_.api_group)) ||
        !fits(kind) || (!made_.subresource.empty() && !fits(made_.subresource))) {
      fail("a resource that no API has");
    }
    if (made_.name.find('%') != made_.name.npos || made_.space.find('%') != made_.space.npos) {
      fail("a `%` in a name");
    }
  }

  const PathAsked& asked_;
  cel::Arena& arena_;
  Path made_;
  std::string_view method_verb_;
};

}  // namespace

Path read_path(const PathAsked& asked, cel::Arena& arena) { return Reader(asked, arena).read(); }

}  // namespace claw::kubernetes
