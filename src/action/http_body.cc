#include "action/http_body.h"

#include <algorithm>

#include "base/text.h"
#include "cel/json.h"

namespace claw::action {
namespace {

using cel::Cause;
using cel::Causes;
using cel::Value;

// Would some reader try it as JSON, whatever its type says? Also behind a byte order mark, and in UTF-16.
bool looks_like_json(std::string_view text) {
  if (text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE")) return true;
  if (text.substr(0, 4).find('\0') != text.npos) return true;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n\v\f");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

struct Document {
  std::string_view text;
  std::optional<std::string_view> chosen;  // `operationName`.
};

// Finds the GraphQL documents of one request, wherever it may carry them.
class Graphql {
 public:
  explicit Graphql(const HttpParts& parts) {
    const auto last = std::find_if(parts.segments.rbegin(), parts.segments.rend(),
                                   [](std::string_view segment) { return !segment.empty(); });
    is_endpoint_ = last != parts.segments.rend() && equals_ignoring_case(*last, "graphql");
  }

  void add_fields(std::span<const Named> fields) {
    Document document;
    std::size_t found = 0;
    for (const Named& field : fields) {
      if (field.name == "query") document.text = field.value, ++found;
      if (field.name == "operationName") document.chosen = field.value;
      if (field.name == "extensions" && field.value.find("persistedQuery") != field.value.npos) {
        by_hash_ = true;
      }
    }
    if (found > 1) fail("GraphQL: two queries in one place");
    if (found == 1) add(document);
    if (found == 0 && document.chosen) chosen_elsewhere_ = true;
  }

  void add_json(const json::Value& value) {
    if (const json::Array* batch = value.array()) {
      if (batch->size() > graphql_batch_max && (is_endpoint_ || is_request(batch->front()))) {
        return fail("GraphQL: more than 100 operations in one request");
      }
      for (const json::Value& each : *batch) {
        if (is_request(each)) add_request(each);
      }
      if (!documents_.empty() && documents_.size() != batch->size()) {
        fail("GraphQL: a batch of which something is no operation");
      }
    } else {
      add_request(value);
    }
  }

  void add(Document document) {
    // Without a brace it selects nothing: no server takes it for GraphQL.
    if (document.text.find('{') == std::string_view::npos) {
      if (is_endpoint_) fail("GraphQL: no operation");
      return;
    }
    documents_.push_back(document);
  }

  void unread() { unread_ = true; }  // There is more that may be GraphQL.

  Result<std::vector<GraphqlOperation>> read(bool from_url_too) {
    std::vector<GraphqlOperation> made;
    if (!why_not_.empty()) return invalid(why_not_);
    if (documents_.empty() && by_hash_) {
      return invalid("GraphQL: a persisted query, known to the server only");
    }
    if (documents_.empty() && unread_ && is_endpoint_) {
      return invalid("GraphQL: no operation that can be read");
    }
    if (from_url_too && documents_.size() > 1) return invalid("GraphQL: queries in the target and the body");
    for (const Document& document : documents_) {
      if (chosen_elsewhere_) return invalid("GraphQL: an operationName apart from its query");
      CLAW_TRY(GraphqlOperation operation, read_graphql(document.text, document.chosen));
      made.push_back(std::move(operation));
    }
    return made;
  }

  bool empty() const { return documents_.empty(); }

 private:
  static bool is_request(const json::Value& value) {
    const json::Value* query = value.find("query");
    return query != nullptr && query->string() != nullptr;
  }

  void add_request(const json::Value& value) {
    const json::Value* query = value.find("query");
    const json::Value* extensions = value.find("extensions");
    if (extensions != nullptr && extensions->find("persistedQuery") != nullptr) by_hash_ = true;
    if (query == nullptr || query->string() == nullptr) {
      if (is_endpoint_) fail("GraphQL: a request without a query");
      return;
    }
    Document document{*query->string(), std::nullopt};
    if (const json::Value* name = value.find("operationName"); name != nullptr && !name->is_null()) {
      if (name->string() == nullptr) return fail("GraphQL: an operationName that is no text");
      document.chosen = *name->string();
    }
    add(document);
  }

  void fail(std::string_view why) {
    if (why_not_.empty()) why_not_ = why;
  }

  std::vector<Document> documents_;
  std::string why_not_;
  bool is_endpoint_ = false;       // `/graphql`: there whatever is not understood is not forgiven.
  bool by_hash_ = false;
  bool chosen_elsewhere_ = false;
  bool unread_ = false;
};

// One body, each of its readings in turn.
class Reader {
 public:
  Reader(const HttpParts& parts, const std::optional<MediaType>& type, const HttpWanted& wanted,
         HttpStorage& storage)
      : parts_(parts), type_(type), wanted_(wanted), storage_(storage) {}

  HttpBody read() {
    read_text();
    if (wanted_.json || wanted_.graphql) read_document();
    if (!wanted_.json) made_.json = Value::unknown(Cause::unparsed);
    read_form();
    read_graphql();
    return std::move(made_);
  }

 private:
  // Nothing of it was gathered, or what was cannot be taken for text: why no reading of it is known.
  Causes unreadable() const {
    Causes causes;
    if (parts_.is_truncated) causes = causes | Cause::truncated;
    if (!type_ || !type_->is_text_we_read() || !parts_.body_why_not.empty()) {
      causes = causes | Cause::unparsed;
    }
    if (parts_.has_body && !parts_.is_gathered) causes = causes | Cause::unparsed;
    return parts_.has_body ? causes : Causes();
  }

  void read_text() {
    const Causes causes = unreadable();
    made_.text = causes.empty() ? Value::string(parts_.body) : Value::unknown(causes);
    if (!parts_.has_body || !parts_.is_gathered) return;
    if (!parts_.body_why_not.empty()) note(parts_.body_why_not);
    if (!type_) note("a Content-Type that makes no sense");
    if (type_ && !type_->is_text_we_read()) {
      note("a body in a charset that is not read: " + quoted(type_->charset));
    }
  }

  void read_document() {
    const Causes causes = unreadable();
    storage_.document = json::Object{};
    if (!causes.empty()) {
      made_.json = Value::unknown(causes);
      json_unknown_ = causes;
      return;
    }
    if (parts_.body.empty()) {  // No document at all, as the original has it.
      made_.json = cel::from_json(storage_.document, storage_.arena);
      return;
    }
    auto parsed = read_json(parts_.body, type_->is_json());
    if (!parsed) {
      note(parsed.error().what);
      json_unknown_ = Cause::unparsed;
      made_.json = Value::unknown(Cause::unparsed);
      return;
    }
    storage_.document = std::move(parsed).value();
    made_.json = cel::from_json(storage_.document, storage_.arena);
  }

  bool is_form() const { return type_ && type_->name == "application/x-www-form-urlencoded"; }
  bool is_multipart() const { return type_ && type_->name == "multipart/form-data"; }

  void read_form() {
    // An override may hide in a form that no rule reads, if the form was gathered.
    if (!wanted_.form && !wanted_.graphql && (parts_.allows_override || !is_form())) {
      made_.form_unknown = Cause::unparsed;
      return;
    }
    if (type_ && !is_form() && !is_multipart()) return;
    made_.form_unknown = unreadable();
    if (!made_.form_unknown.empty() || parts_.body.empty()) return;
    const Status read = is_form() ? read_urlencoded(parts_.body, storage_.arena, made_.form)
                                  : read_multipart(parts_.body, type_->boundary, made_.form);
    if (read) return;
    note("a form with " + read.error().what);
    made_.form.clear();
    made_.form_unknown = Cause::unparsed;
  }

  void read_graphql() {
    Graphql graphql(parts_);
    graphql.add_fields(parts_.query);
    const bool in_url = !graphql.empty();
    if (!wanted_.graphql && (!in_url || parts_.has_body)) {
      made_.graphql_unknown = Cause::unparsed;
      return;
    }
    if (!parts_.query_why_not.empty()) made_.graphql_unknown = Cause::unparsed;
    if (parts_.has_body && may_be_graphql()) add_body(graphql);
    auto read = graphql.read(in_url);
    if (read && made_.graphql_unknown.empty()) {
      made_.graphql = std::move(read).value();
    } else if (!read) {
      note(read.error().what);
      made_.graphql_unknown = made_.graphql_unknown | Cause::unparsed;
    }
  }

  // Pictures and archives are uploaded to servers that speak GraphQL elsewhere.
  bool may_be_graphql() const {
    constexpr std::string_view opaque[] = {"image/", "audio/", "video/", "font/", "application/octet-stream",
                                           "application/zip", "application/gzip", "application/pdf"};
    return !type_ || std::none_of(std::begin(opaque), std::end(opaque),
                                  [this](std::string_view start) { return type_->name.starts_with(start); });
  }

  void add_body(Graphql& graphql) {
    const Causes causes = unreadable() | json_unknown_ | made_.form_unknown;
    made_.graphql_unknown = made_.graphql_unknown | causes;
    if (!causes.empty() || parts_.body.empty()) return;
    if (type_->name == "application/graphql") return graphql.add({parts_.body, std::nullopt});
    graphql.unread();
    if (type_->is_json() || looks_like_json(parts_.body)) graphql.add_json(storage_.document);
    if (made_.form.empty()) return;
    graphql.add_fields(made_.form);
    for (const Named& field : made_.form) {  // GraphQL multipart requests: files beside their operations.
      if (field.name != "operations" || !is_multipart()) continue;
      auto parsed = read_json(field.value, true);
      if (!parsed || !storage_.operations.is_null()) {
        note("GraphQL: operations that are not JSON, or twice");
        made_.graphql_unknown = made_.graphql_unknown | Cause::unparsed;
        return;
      }
      storage_.operations = std::move(parsed).value();
      graphql.add_json(storage_.operations);
    }
  }

  void note(std::string why) {
    if (made_.why_not.empty()) made_.why_not = std::move(why);
  }

  const HttpParts& parts_;
  const std::optional<MediaType>& type_;
  const HttpWanted& wanted_;
  HttpStorage& storage_;
  Causes json_unknown_;
  HttpBody made_;
};

}  // namespace

Result<json::Value> read_json(std::string_view text, bool says_json) {
  auto parsed = json::parse(text);
  if (parsed || says_json || looks_like_json(text)) return parsed;
  return json::Value(json::Object{});
}

HttpBody read_body(const HttpParts& parts, const std::optional<MediaType>& type, const HttpWanted& wanted,
                   HttpStorage& storage) {
  return Reader(parts, type, wanted, storage).read();
}

}  // namespace claw::action
