// Questions to models: asked with a lent credential, read strictly, answered in the queue. What goes wrong is
// what the approver says of failures; what is no answer denies.
#include <fmt/format.h>

#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "courier/office.h"

namespace claw::courier {

namespace {

constexpr std::size_t nonce_bytes = 16;
constexpr int exchanges_max = 2;                // A token may have to be renewed first.
constexpr std::uint32_t record_again_ms = 1000;
constexpr std::size_t answer_bytes_max = 256 * 1024;

Status lend(outbound::Request& request, const action::Edits& edits) {
  for (const action::Edit& edit : edits.list) {
    using Kind = action::Edit::Kind;
    if (edit.kind == Kind::set_header) {
      std::erase_if(request.fields,
                    [&](const auto& field) { return equals_ignoring_case(field.first, edit.name); });
      request.secret_fields.emplace_back(edit.name, edit.value.clone());
    } else if (edit.kind != Kind::drop_header && edit.kind != Kind::drop_query &&
               edit.kind != Kind::drop_form_field) {
      return Error{Code::unsupported, "a model cannot be asked with this kind of credential", {}};
    }
  }
  return Done{};
}

}  // namespace

void Office::start_cases() {
  while (open_cases_ < models_at_once_max && !waiting_cases_.empty()) {
    const Asking asking = std::move(waiting_cases_.front());
    waiting_cases_.pop_front();
    open(asking);
  }
}

void Office::open(const Asking& asking) {
  const approval::Entry* about = entry(asking.question);
  if (about == nullptr || about->state != approval::State::open) return;
  auto one = std::make_shared<Case>();
  one->asking = asking;
  one->question = about->question;
  one->began_us = services_.clock.monotonic_us();
  ++open_cases_;
  const auto judge = in_use_->judges.find(asking.approver);
  if (judge == in_use_->judges.end()) {
    one->judge.settings.name = asking.approver;
    return fail(one, "it is not configured any more");
  }
  one->judge = judge->second;
  one->cache_key = model::cache_key(one->judge.settings, one->question);
  const auto known = opinions_.find(one->cache_key);
  if (known != opinions_.end() && one->began_us - known->second.at_us < opinion_us_max) {
    return close(one, known->second.opinion);
  }
  ask(one);
}

void Office::ask(const SharedCase& one) {
  const model::Settings& settings = one->judge.settings;
  auto prompt = model::ask(settings, one->question, random_hex(nonce_bytes));
  if (!prompt) return fail(one, prompt.error().what);
  outbound::Request request;
  if (auto aimed = outbound::aim(request, settings.url + prompt->path); !aimed) {
    return fail(one, aimed.error().what);
  }
  request.fields = prompt->fields;
  request.trust = one->judge.trust;
  request.timeout_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(settings.timeout_us / 1000, 1));
  request.answer_bytes_max = answer_bytes_max;
  if (one->judge.credential.name.empty()) return ask(one, std::move(request), std::move(*prompt));
  const std::string path(request.path.reveal());
  vault::Request wanted{request.method, request.host, path, request.fields, std::nullopt};
  if (vault::Vault::needs_body(one->judge.credential, wanted)) wanted.body = prompt->body;
  auto injection = services_.vault.inject(one->judge.credential, wanted);
  if (!injection) return fail(one, injection.error().what);
  if (auto* exchange = std::get_if<vault::Exchange>(&*injection)) {
    if (++one->exchanges > exchanges_max) return fail(one, "its credential could not be renewed");
    return fetcher_.fetch(std::move(*exchange), [this, one](const Status& status) {
      if (status) ask(one);
      else fail(one, status.error().what);
    });
  }
  const Status lent = lend(request, *std::get<std::shared_ptr<const action::Edits>>(*injection));
  if (!lent) return fail(one, lent.error().what);
  ask(one, std::move(request), std::move(*prompt));
}

void Office::ask(const SharedCase& one, outbound::Request request, model::Prompt prompt) {
  request.body = Secret(prompt.body);
  prompt.body.clear();
  client_.send(request, [this, one, prompt = std::move(prompt)](const Result<outbound::Answer>& answer) {
    if (!answer) return fail(one, answer.error().what);
    if (answer->status != 200) return fail(one, fmt::format("it answered {}", answer->status));
    const model::Opinion opinion = model::read(one->judge.settings, prompt, answer->body);
    const std::int64_t at_us = now_us();
    report_.sent("llm_approver." + one->asking.approver, static_cast<double>(at_us - one->began_us) * 1e-6);
    std::erase_if(opinions_, [&](const auto& each) { return at_us - each.second.at_us >= opinion_us_max; });
    if (opinions_.size() < opinions_max) opinions_[one->cache_key] = {opinion, at_us};
    close(one, opinion);
  });
}

void Office::fail(const SharedCase& one, const std::string& why) {
  const model::Settings& settings = one->judge.settings;
  report_.failed("llm_approver." + one->asking.approver, why, services_.clock.wall_us());
  const bool passes = settings.on_failure == model::OnFailure::pass;
  close(one,
        {passes ? approval::Choice::pass : approval::Choice::deny, "the model could not be asked: " + why});
}

void Office::close(const SharedCase& one, const model::Opinion& opinion) {
  --open_cases_;
  // Not at once: it may have been known already, while the desk's list is walked.
  loop_.post([this, one, opinion] {
    give(one, opinion);
    start_cases();
  });
}

// Written down before it counts.
void Office::give(const SharedCase& one, const model::Opinion& opinion) {
  const std::string person = "llm_approver." + one->asking.approver;
  const std::string detail = fmt::format("{}: {}", approval::name_of(opinion.choice), opinion.reason);
  const auto written =
      services_.sink.append(audit::Admin{person, "approval_answered", one->asking.question, detail});
  if (!written) {
    const approval::Entry* about = entry(one->asking.question);
    if (about == nullptr || about->state != approval::State::open) return;
    loop_.after_ms(record_again_ms, [this, one, opinion] { give(one, opinion); });
    return;
  }
  approval::Reply reply;
  reply.person = person;
  reply.choice = opinion.choice;
  reply.comment = opinion.reason;
  reply.approver = one->asking.approver;
  reply.by_model = true;
  const auto state =
      services_.questions.answer(one->asking.question, std::move(reply), services_.clock.wall_us());
  if (!state) log::debug("a model's answer did not count", {{"why", state.error().what}});
  desk_.answered(one->asking);
}

}  // namespace claw::courier
