#include "action/k8s/k8s.h"

#include <algorithm>
#include <array>

#include "action/body/shown.h"
#include "action/http_maps.h"
#include "action/subject.h"
#include "base/crypto.h"
#include "base/text.h"
#include "cel/json.h"

namespace claw::action {
namespace {

using cel::Cause;
using cel::Causes;
using cel::Value;

constexpr std::size_t line_bytes = 128;       // Of most summaries.
constexpr std::size_t shown_bytes_max = 120;  // A summary is one line; the whole text stands beside it.
constexpr std::array<std::string_view, 5> reading_verbs{"get", "list", "watch", "head", "meta"};
constexpr std::array<std::string_view, 5> changing_verbs{"create", "update", "patch", "delete",
                                                         "deletecollection"};
constexpr std::string_view impersonation = "impersonate-";

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view subresource_of(std::string_view resource) {
  const std::size_t slash = resource.find('/');
  return slash == resource.npos ? std::string_view() : resource.substr(slash + 1);
}

// Whether all of the values, and at least one, are `All`, which is the only dry run there is.
bool is_dry(const json::Value* values) {
  const json::Array* list = values == nullptr ? nullptr : values->array();
  const auto says_all = [](const json::Value& each) { return each.string() && *each.string() == "All"; };
  return list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), says_all);
}

class Maker {
 public:
  Maker(const K8sParts& call, const HttpParts& http, const HttpWanted& wanted, HttpStorage& storage)
      : call_(call), http_(http), wanted_(wanted), arena_(storage.arena) {}

  DialectReading read() {
    const bool is_call = !call_.verb.empty() || !call_.non_resource_path.empty() ||
                         !call_.path_why_not.empty() || !http_.query_why_not.empty();
    made_.facts = arena_.array<Value>(fact_count);
    if (!is_call) return std::move(made_);
    note(call_.path_why_not);
    note(http_.query_why_not);
    read_query();
    read_headers();
    read_dry_run();
    read_object();
    fill();
    describe();
    return std::move(made_);
  }

 private:
  static constexpr std::size_t fact_count = 20;

  void note(std::string_view why) {
    if (made_.why_not.empty()) made_.why_not = why;
  }
  Value unless(bool unknown, Value value) const { return unknown ? Value::unknown(Cause::unparsed) : value; }
  bool deletes() const { return call_.verb == "delete" || call_.verb == "deletecollection"; }

  void read_query() {
    target_unknown_ = !made_.why_not.empty();
    make_maps();
    const auto is_manager = [](const Named& field) { return field.name == "fieldManager"; };
    const auto manager = std::find_if(http_.query.begin(), http_.query.end(), is_manager);
    if (manager != http_.query.end()) manager_ = manager->value;
    if (!runs_a_command()) return;
    auto exec = read_exec(http_.query);
    if (!exec) {
      note(exec.error().what);
      target_unknown_ = true;
      return;
    }
    exec_ = std::move(exec).value();
  }

  void make_maps() {
    if (!wanted_.query) {
      made_.query = params_ = Value::unknown(Cause::unparsed);
      return;
    }
    made_.query = map_of_fields(http_.query, arena_);
    const cel::Map& values = made_.query.as_map();
    const std::span<Value> entries = arena_.array<Value>(2 * values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      entries[2 * i] = values.key_at(i);
      entries[2 * i + 1] = values.find(entries[2 * i])->at(0);
    }
    params_ = Value::map(*arena_.make<TextMap>(entries, false));
  }

  bool runs_a_command() const {
    const std::string_view way = subresource_of(call_.resource);
    return way == "exec" || way == "attach";
  }

  // As the API server reads them: one user, and the rest only beside a user.
  void read_headers() {
    std::size_t users = 0;
    bool has_more = false;
    for (const Named& header : http_.headers) {
      const auto what = impersonation_in(header.name);
      if (!what) continue;
      if (equals_ignoring_case(*what, "user") && ++users == 1) user_ = header.value;
      if (equals_ignoring_case(*what, "group")) groups_.push_back(Value::string(header.value));
      if (header.name.find('_') != header.name.npos) user_unknown_ = true;
      has_more = true;
    }
    if (users > 1 || (has_more && user_.empty())) user_unknown_ = true;
    if (user_unknown_) note("headers of impersonation that two readers could read differently");
  }

  // Of a deletion the body alone counts, where there is one: the server then leaves the query unread.
  void read_dry_run() {
    bool says_it = false;
    bool says_all = true;
    for (const Named& field : http_.query) {
      if (field.name != "dryRun") continue;
      says_it = true;
      says_all = says_all && field.value == "All";
    }
    const std::string_view way = subresource_of(call_.resource);
    // What is connected to, and tokens, are given out all the same.
    const bool may_be = is_one_of(call_.verb, changing_verbs) && !is_way_in(call_.resource) &&
                        way != "proxy" && way != "token" && call_.non_resource_path.empty();
    is_dry_ = may_be && says_it && says_all;
    if (!may_be || !deletes() || !http_.has_body) return;
    if (!http_.is_gathered || http_.is_truncated || !call_.object_why_not.empty()) {
      dry_unknown_ = true;
    } else if (call_.object != nullptr) {
      is_dry_ = is_dry(call_.object->find("dryRun")) && (!says_it || says_all);
    }
  }

  void read_object() {
    static const json::Value nothing{json::Object{}};
    Causes causes;
    if (http_.has_body && http_.is_truncated) causes = causes | Cause::truncated;
    if (http_.has_body && !http_.is_gathered) causes = causes | Cause::unparsed;
    const bool is_unread = call_.object == nullptr && !http_.body.empty();
    if (is_unread || !call_.object_why_not.empty()) causes = causes | Cause::unparsed;
    note(call_.object_why_not);
    if (!call_.object_unread.empty()) {
      made_.unread = call_.object_unread;
      made_.unread_hint = "send the object as JSON or YAML, as kubectl apply -f does";
    }
    const json::Value& object = call_.object == nullptr ? nothing : *call_.object;
    object_ = causes.empty() ? cel::from_json(object, arena_) : Value::unknown(causes);
  }

  // What is piped into a command: nothing, unless it reads; known only where it was taken in before it runs.
  Value input() {
    if (!exec_.takes_stdin) return Value::string("");
    if (!call_.input) {
      made_.unread = "the input of a command, which has no end that could be waited for";
      made_.unread_hint = "let the command read nothing, or use kubectl 1.30 or newer, without --tty";
      return Value::unknown(Cause::unparsed);
    }
    if (!call_.is_input_whole) return Value::unknown(Cause::truncated);
    made_.bound = "\nstdin sha256 " + to_hex(crypto::view(crypto::sha256(*call_.input)));
    if (is_utf8(*call_.input)) return Value::string(*call_.input);
    note("input of a command that is not text");
    return Value::unknown(Cause::unparsed);
  }

  void fill() {
    const bool lost = target_unknown_;
    const auto text = [&](std::string_view value) { return unless(lost, Value::string(value)); };
    const std::span<Value> command = arena_.array<Value>(exec_.command.size());
    std::transform(exec_.command.begin(), exec_.command.end(), command.begin(), Value::string);
    const std::span<Value> groups = arena_.array<Value>(groups_.size());
    std::copy(groups_.begin(), groups_.end(), groups.begin());
    const std::array<Value, fact_count> facts{
        text(call_.verb), text(call_.resource), text(call_.space), text(call_.name),
        unless(lost, params_), unless(lost, made_.query), text(call_.api_group), text(call_.api_version),
        text(call_.non_resource_path), text(call_.proxy_path), unless(user_unknown_, Value::string(user_)),
        unless(user_unknown_, Value::list(std::span<const Value>(groups))),
        unless(lost || dry_unknown_, Value::boolean(is_dry_)), text(manager_),
        unless(lost, Value::list(std::span<const Value>(command))), text(exec_.container),
        unless(lost, Value::boolean(exec_.tty)), unless(lost, Value::boolean(exec_.takes_stdin)),
        unless(lost, input()), object_};
    std::copy(facts.begin(), facts.end(), made_.facts.begin());
  }

  // What a command does cannot be read from the request; a namespace that is finalized is gone, with or
  // without what was in it.
  Value destroys() const {
    if (deletes()) return Value::boolean(true);
    if (call_.verb == "create" && call_.resource == "pods/eviction") return Value::boolean(true);
    if (call_.verb == "update" && call_.resource == "namespaces/finalize") return Value::boolean(true);
    if (http_.method == "DELETE") return Value::boolean(true);  // Through a proxy.
    return unless(target_unknown_ || runs_a_command(), Value::boolean(false));
  }

  bool reads() const {
    const bool method_reads = http_.method.empty() || http_.method == "GET" || http_.method == "HEAD";
    return method_reads && !target_unknown_ && is_one_of(call_.verb, reading_verbs) &&
           !is_way_in(call_.resource) && subresource_of(call_.resource) != "proxy";
  }

  // For people and the record. What is created has its name in the object, where the server finds it too.
  std::string_view name() const { return call_.name.empty() ? call_.object_name : call_.name; }

  void describe() {
    made_.verb = call_.verb;
    made_.destructive = destroys();
    made_.reads_only = reads();
    std::string& line = made_.summary;
    line.reserve(line_bytes);
    if (target_unknown_) {
      line = "a Kubernetes request that is not understood";
      return;
    }
    line.append(call_.verb).append(" ").append(printable(call_.resource, shown_bytes_max));
    if (!name().empty()) line.append("/").append(printable(name(), shown_bytes_max));
    if (!call_.space.empty()) line.append(" in ").append(printable(call_.space, shown_bytes_max));
    if (!call_.non_resource_path.empty()) line.append(printable(call_.non_resource_path, shown_bytes_max));
    if (!call_.proxy_path.empty()) {
      line.append(": ").append(printable(shown_target(call_.proxy_path), shown_bytes_max));
    }
    if (!exec_.command.empty()) {
      line += ":";
      for (const std::string_view word : exec_.command) {
        line.append(" ").append(printable(word, shown_bytes_max));
      }
    }
    if (is_dry_ && !dry_unknown_) line += " (dry run)";
    if (!user_.empty()) line.append(" as ").append(printable(user_, shown_bytes_max));
    record();
  }

  static void write_texts(json::Writer& out, std::string_view name, const std::vector<Value>& texts) {
    if (texts.empty()) return;
    out.key(name);
    out.begin_array();
    for (const Value& each : texts) out.string(each.as_text());
    out.end_array();
  }

  void record() {
    std::string json;
    json.reserve(2 * line_bytes);
    json::Writer out(json);
    out.begin_object();
    out.member_unless_empty("resource", call_.resource);
    out.member_unless_empty("api_group", call_.api_group);
    out.member_unless_empty("namespace", call_.space);
    out.member_unless_empty("name", name());
    out.member_unless_empty("api_version", call_.api_version);
    out.member_unless_empty("impersonates", user_);
    write_texts(out, "impersonate_groups", groups_);
    out.member_unless_empty("field_manager", manager_);
    if (!exec_.command.empty()) {
      out.key("exec");
      out.begin_array();
      for (const std::string_view word : exec_.command) out.string(word);
      out.end_array();
    }
    out.member_unless_empty("container", exec_.container);
    if (is_dry_ && !dry_unknown_) out.member("dry_run", true);
    out.end_object();
    if (json.size() == 2) return;
    json.front() = ',';
    json.pop_back();
    made_.record_json = std::move(json);
  }

  const K8sParts& call_;
  const HttpParts& http_;
  const HttpWanted& wanted_;
  cel::Arena& arena_;
  DialectReading made_;
  bool target_unknown_ = false;
  Value params_;
  std::string_view manager_;
  K8sExec exec_;
  std::string_view user_;
  std::vector<Value> groups_;
  bool user_unknown_ = false;
  bool is_dry_ = false;
  bool dry_unknown_ = false;
  Value object_;
};

}  // namespace

std::optional<std::string_view> impersonation_in(std::string_view header) {
  if (header.size() <= impersonation.size()) return std::nullopt;
  const std::string_view start = header.substr(0, impersonation.size());
  const bool is_it =
      equals_ignoring_case(start, impersonation) || equals_ignoring_case(start, "impersonate_");
  return is_it ? std::optional(header.substr(impersonation.size())) : std::nullopt;
}

bool says_yes(std::string_view value) { return value != "0" && !equals_ignoring_case(value, "false"); }

bool is_way_in(std::string_view resource) {
  const std::string_view way = subresource_of(resource);
  return way == "exec" || way == "attach" || way == "portforward";
}

Result<K8sExec> read_exec(std::span<const Named> query) {
  K8sExec exec;
  bool tty_said = false;
  bool stdin_said = false;
  bool container_said = false;
  for (const auto& [name, value] : query) {
    const bool yes = says_yes(value);
    if (name == "command") exec.command.push_back(value);
    if (name == "tty") {
      if (std::exchange(tty_said, true) && yes != exec.tty) return invalid("the parameter `tty` twice");
      exec.tty = yes;
    } else if (name == "stdin") {
      if (std::exchange(stdin_said, true) && yes != exec.takes_stdin) {
        return invalid("the parameter `stdin` twice");
      }
      exec.takes_stdin = yes;
    } else if (name == "container") {
      if (std::exchange(container_said, true) && value != exec.container) {
        return invalid("the parameter `container` twice");
      }
      exec.container = value;
    }
  }
  return exec;
}

std::shared_ptr<const Subject> make_k8s_subject(const K8sParts& call, const HttpParts& parts,
                                                std::shared_ptr<HttpStorage> storage,
                                                const HttpWanted& wanted) {
  DialectReading reading = Maker(call, parts, wanted, *storage).read();
  return make_dialect_subject(std::move(reading), parts, std::move(storage), wanted);
}

}  // namespace claw::action
