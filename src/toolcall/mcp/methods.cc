#include "toolcall/mcp/methods.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "toolcall/mcp/words.h"

namespace claw::toolcall::mcp {
namespace {

namespace code = claw::mcp::code;
using claw::mcp::Request;

constexpr std::size_t away_per_agent = 64;  // What is forgotten is asked anew.
constexpr std::string_view asked_by_argument = "reasoning";

void fail(const Visit& visit, const Request& request, std::int64_t code, std::string_view what,
          std::string_view data = {}, int status = 200) {
  const bool says_status = visit.version != nullptr && visit.version->typed_results;
  visit.exchange->answer(claw::mcp::format_failure(request.id, code, what, data), says_status ? status : 200);
}

// A member of `_meta`: text, within what the desk bounds.
std::optional<std::string> read_meta(const Request& request, std::string_view name, std::string& into) {
  const json::Value* given = claw::mcp::meta(request.params, name);
  if (given == nullptr) return std::nullopt;
  if (given->string() == nullptr) return fmt::format("`_meta` `{}` is a string", name);
  into = *given->string();
  return std::nullopt;
}

std::string digest_of(const Want& want) {
  const std::string text = want.tool + "\n" + json::format(want.arguments);
  return std::string(crypto::view(crypto::sha256(text)));
}

std::string operation_of(const Said& said) {
  const auto parsed = json::parse(said.body);
  const json::Value* held = parsed.ok() ? parsed->find("held") : nullptr;
  return held != nullptr ? held->text_or("operation_id", "") : std::string();
}

bool shows_pages(const Request& request) {
  const json::Value* all = claw::mcp::meta(request.params, claw::mcp::meta_capabilities);
  const json::Value* elicitation = all != nullptr ? all->find("elicitation") : nullptr;
  return elicitation != nullptr && elicitation->find("url") != nullptr;
}

}  // namespace

Methods::Methods(io::Loop& loop, Desk& desk, const std::vector<Library>& libraries)
    : loop_(loop), desk_(desk), libraries_(libraries) {}

void Methods::answer(const Visit& visit, const Request& request) {
  if (visit.session != nullptr) {
    std::erase_if(visit.session->flying, [](const auto& each) { return each.second.expired(); });
    if (visit.session->flying.contains(request.id)) {
      return fail(visit, request, code::invalid_request, "a request with this id waits for its answer", {},
                  400);
    }
    if (visit.session->flying.size() >= session_flying_max) {
      return fail(visit, request, code::refused,
                  fmt::format("a session has at most {} requests that wait", session_flying_max), {}, 429);
    }
  }
  if (request.method == "tools/call") return call(visit, request);
  if (request.method == "resources/read" || request.method == "prompts/get") return open_page(visit, request);
  const auto result = at_once(visit, request);
  if (!result) return fail(visit, request, code::no_such_method, "there is no such method", {}, 404);
  if (result->empty()) {
    return fail(visit, request, code::invalid_params, "the list has changed, or this is no cursor of it");
  }
  visit.exchange->answer(claw::mcp::format_reply(request.id, *result));
}

std::optional<std::string> Methods::at_once(const Visit& visit, const Request& request) const {
  const Version& version = *visit.version;
  const std::string& method = request.method;
  if (method == "ping" && version.sessions) return result_of(version, "");
  if (method == "server/discover" && !version.sessions) return discovered();
  if (method == "tools/list") {
    return list(visit, request, "tools", tool_entries(desk_.catalogue(asker_of(*visit.who)), version));
  }
  if (method == "resources/list") {
    return list(visit, request, "resources", entries(*visit.who, Library::Kind::resources));
  }
  if (method == "resources/templates/list") {
    return list(visit, request, "resourceTemplates", entries(*visit.who, Library::Kind::templates));
  }
  if (method == "prompts/list") {
    return list(visit, request, "prompts", entries(*visit.who, Library::Kind::prompts));
  }
  return std::nullopt;
}

std::string Methods::list(const Visit& visit, const Request& request, std::string_view name,
                          const std::vector<std::string>& entries) const {
  const json::Value* cursor = request.params.find("cursor");
  if (cursor != nullptr && cursor->string() == nullptr) return {};
  return page(*visit.version, name, entries, cursor != nullptr ? *cursor->string() : "").value_or("");
}

std::vector<std::string> Methods::entries(const Who& who, Library::Kind kind) const {
  std::vector<std::string> all;
  for (const Library& library : libraries_) {
    if (library.list) library.list(asker_of(who), kind, all);
  }
  return all;
}

Methods::Wrong Methods::read_call(const Visit& visit, const Request& request, Want& want) const {
  if (auto wrong = read_meta(request, "clawpatrol/reasoning", want.reasoning)) return wrong;
  if (auto wrong = read_meta(request, "clawpatrol/session", want.session)) return wrong;
  if (auto wrong = read_meta(request, "clawpatrol/idempotency_key", want.key)) return wrong;
  if (auto wrong = read_meta(request, "clawpatrol/operation", want.operation)) return wrong;
  if (want.session.empty()) want.session = visit.session != nullptr ? visit.session->name : "mcp";
  if (visit.version->sessions) return std::nullopt;
  const json::Value* state = request.params.find("requestState");
  if (state == nullptr) return std::nullopt;
  if (state->string() == nullptr) return "`requestState` is a string";
  want.key = *state->string();
  return std::nullopt;
}

// A model cannot write `_meta`, but it fills in arguments: tools are listed with one more, unless one of that
// name is theirs.
void Methods::lift_reasoning(const Who& who, Want& want) const {
  json::Object* given = want.arguments.object();
  if (given == nullptr || !want.reasoning.empty()) return;
  const auto found = std::ranges::find(*given, asked_by_argument, &json::Member::first);
  if (found == given->end() || found->second.string() == nullptr) return;
  const auto tool = desk_.tool(asker_of(who), want.tool);
  if (tool == nullptr || !takes_reasoning(*tool)) return;
  want.reasoning = *found->second.string();
  given->erase(found);
}

Turn::Order Methods::order_of(const Visit& visit, const Request& request) const {
  Turn::Order order{request.id, visit.version, visit.exchange, visit.session};
  const json::Value* token = claw::mcp::meta(request.params, "progressToken");
  const auto named = token != nullptr ? claw::mcp::id_of(*token) : std::nullopt;
  if (named) order.progress_token = named->json();
  order.public_url = visit.who->ground.snapshot->settings.public_url;
  if (visit.version->sessions) return order;
  order.shows_pages = visit.version->asks_by_url && shows_pages(request);
  const json::Value* responses = request.params.find("inputResponses");
  if (responses == nullptr || responses->object() == nullptr) return order;
  for (const auto& [name, response] : *responses->object()) {
    order.shown.insert(name);
    // `cancel` is no answer: programs without a person before them give it for everything at once, and
    // those whom the approver names are still asked.
    const std::string action = response.text_or("action", "");
    if (action == "accept" || action == "cancel") continue;
    order.decline = [this, who = visit.who](std::string_view call) { desk_.cancel(*who, call); };
  }
  return order;
}

std::shared_ptr<Turn> Methods::make_turn(const Visit& visit, Turn::Order order) {
  const claw::mcp::Id id = order.id;
  auto turn = std::make_shared<Turn>(loop_, desk_, std::move(order));
  visit.turns->push_back(turn);
  if (visit.session != nullptr) visit.session->flying[id] = turn;
  return turn;
}

void Methods::call(const Visit& visit, const Request& request) {
  Want want;
  const json::Value* name = request.params.find("name");
  const json::Value* arguments = request.params.find("arguments");
  want.tool = request.params.text_or("name", "");
  want.arguments = arguments != nullptr ? *arguments : json::Value(json::Object{});
  Wrong wrong = read_call(visit, request, want);
  if (name == nullptr || name->string() == nullptr) wrong = "`name` is a string";
  else if (want.arguments.object() == nullptr) wrong = "`arguments` is an object";
  if (wrong) {
    desk_.refused(*visit.who, want, mistake(400, *wrong));
    return fail(visit, request, code::invalid_params, *wrong);
  }
  lift_reasoning(*visit.who, want);
  Turn::Order order = order_of(visit, request);
  want.may_step_out = order.shows_pages;
  const std::string& agent = visit.who->principal.agent;
  const std::string digest = digest_of(want);
  const auto known = away_.find({agent, digest});
  if (want.operation.empty() && want.key.empty() && known != away_.end()) want.operation = known->second;
  order.result = [version = visit.version](const Said& said) {
    return said.status == 404 ? std::string() : call_result(said, *version);
  };
  order.over = [this, agent, digest](const Said& said) { remember(agent, digest, said); };
  const auto turn = make_turn(visit, std::move(order));
  desk_.begin(*visit.who, std::move(want), turn);
  turn->begun();
}

void Methods::remember(const std::string& agent, const std::string& call, const Said& said) {
  if (said.status != 202) {
    away_.erase({agent, call});
    return;
  }
  const auto first = away_.lower_bound({agent, {}});
  const auto last =
      std::find_if(first, away_.end(), [&](const auto& each) { return each.first.first != agent; });
  const bool is_full = static_cast<std::size_t>(std::distance(first, last)) >= away_per_agent;
  if (is_full && !away_.contains({agent, call})) away_.erase(first);
  away_[{agent, call}] = operation_of(said);
}

std::optional<Page> Methods::page_of(const Visit& visit, const Request& request) const {
  const bool is_resource = request.method == "resources/read";
  const std::string name = request.params.text_or(is_resource ? "uri" : "name", "");
  const json::Value* given = request.params.find("arguments");
  const json::Value arguments = given != nullptr ? *given : json::Value(json::Object{});
  for (const Library& library : libraries_) {
    std::optional<Page> found;
    if (is_resource && library.read) found = library.read(asker_of(*visit.who), name);
    if (!is_resource && library.prompt) found = library.prompt(asker_of(*visit.who), name, arguments);
    if (found) return found;
  }
  return std::nullopt;
}

void Methods::open_page(const Visit& visit, const Request& request) {
  const bool is_resource = request.method == "resources/read";
  const Version& version = *visit.version;
  const json::Value* arguments = request.params.find("arguments");
  if (arguments != nullptr && arguments->object() == nullptr) {
    return fail(visit, request, code::invalid_params, "`arguments` is an object");
  }
  Want want;
  if (const auto wrong = read_call(visit, request, want)) {
    return fail(visit, request, code::invalid_params, *wrong);
  }
  auto found = page_of(visit, request);
  if (!found) {
    const bool is_old = is_resource && version.sessions;
    if (!is_resource) return fail(visit, request, code::invalid_params, "there is no such prompt");
    std::string which;
    json::append_string(which, request.params.text_or("uri", ""));
    return fail(visit, request, is_old ? code::no_such_resource : code::invalid_params,
                "there is no such resource", "{\"uri\":" + which + "}");
  }
  if (const Mistake* wrong = std::get_if<Mistake>(&*found)) {
    return fail(visit, request, code::invalid_params, wrong->pointer + ": " + wrong->what);
  }
  if (const std::string* result = std::get_if<std::string>(&*found)) {
    const std::string text = read_result(*result, version, is_resource);
    return visit.exchange->answer(claw::mcp::format_reply(request.id, text));
  }
  Turn::Order order = order_of(visit, request);
  order.shows_pages = false;
  order.result = [&version, is_resource](const Said& said) {
    return said.status == 200 ? read_result(said.result(), version, is_resource) : std::string();
  };
  const auto turn = make_turn(visit, std::move(order));
  desk_.begin(*visit.who, want, std::get<Planned>(std::move(*found)), turn);
  turn->begun();
}

}  // namespace claw::toolcall::mcp
