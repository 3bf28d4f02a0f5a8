#include "toolcall/call.h"

#include <algorithm>

#include "action/sql.h"
#include "base/log.h"

namespace claw::toolcall {
namespace {

constexpr std::uint32_t reminder_ms = 15'000;  // Proxies and programs give up on a silent stream after 30 s.
constexpr std::size_t under_max = 1000;        // Told of one call; the record has all.

}  // namespace

Call::Call(std::shared_ptr<Surroundings> around, Id id, Order order, Ears ears)
    : kept_(std::move(around)), around_(*kept_), id_(id), order_(std::move(order)), ears_(std::move(ears)) {}

Call::~Call() {
  around_.loop.cancel(reminder_);
  around_.guard.calls().close(id_);
}

void Call::start() {
  around_.guard.calls().open(id_, [post = around_.loop.poster(),
                                   weak = weak_from_this()](const guard::Under& under) {
    post([weak, under] {
      if (const auto self = weak.lock()) self->hear_under(under);
    });
  }, order_.reasoning);
  std::string json = "{\"call\":";
  json::append_string(json, id_.view());
  tell("call", json + "}");
  judge();
}

void Call::judge() {
  Planned& planned = order_.planned;
  const auto ground = planned.endpoint.empty() ? order_.ground : around_.ground(planned.endpoint);
  if (!ground) return end(problem({502, "the endpoint of this tool is gone", {}, {}, {}}), End::not_run);
  judged_ = *ground;
  action::Action action;
  action.id = id_;
  action.subject = planned.subject ? planned.subject(order_.reasoning)
                                   : action::make_tool_subject(std::move(planned.call));
  action::Place place{order_.principal, judged_.endpoint->typed, planned.credential, order_.session};
  action.context = action::make_context(action.subject->family, std::move(place));
  action.parameters = order_.planned.parameters;
  action.reasoning = order_.reasoning;
  action.operation = order_.operation;
  action.can_return = true;
  action.covers = order_.planned.covers;
  const auto later = [post = around_.loop.poster(), weak = weak_from_this()](action::Verdict verdict) {
    post([weak, late = std::move(verdict)] {
      if (const auto self = weak.lock()) self->decided(late);
    });
  };
  guard::Ruling ruling = around_.guard.judge(judged_.gate, std::move(action), later);
  if (!ruling.held) return decided(std::move(ruling.verdict));
  held_ = true;
  remind();
}

void Call::decided(action::Verdict verdict) {
  held_ = false;
  if (ended_) return;
  if (verdict.allowed() && alone_ && !cancelled_) {
    allowed_ = std::move(verdict);
    return;
  }
  if (verdict.operation != nullptr && verdict.operation->state == action::Operation::State::pending) {
    return end(held(id_.view(), verdict), End::put_off, verdict.operation->id);
  }
  if (verdict.taken_back) {
    return end(
        problem({499, "it was cancelled before a person had answered", {}, {}, std::string(id_.view())}),
        End::not_run);
  }
  if (!verdict.allowed()) return end(denied(id_.view(), id_.view(), verdict, under_), End::refused);
  const auto now = around_.ground(judged_.endpoint->typed);
  const bool has_changed = !now || now->gate != judged_.gate;
  if (!has_changed && !cancelled_) return run();
  const char* const why = cancelled_ ? "the agent had gone" : "the policy changed while it was held";
  around_.guard.finished(*judged_.gate, {id_, guard::Ending::cancelled, -1, -1, why});
  end(denied(id_.view(), id_.view(), action::refuse(why, "send it again"), under_), End::not_run);
}

void Call::run() {
  since_us_ = around_.loop.clock().monotonic_us();
  tell("running", "{}");
  Seat seat{around_.loop, {}, {}, {}, order_.ground.endpoint->tools.result_bytes_max};
  action::Principal principal = order_.principal;
  principal.call = id_.view();
  seat.connect = [this, principal](const Goal& goal) {
    return around_.connect(goal, "call " + std::string(id_.view()), principal);
  };
  seat.give = [this, principal](const Goal& goal, io::Fd socket) {
    return around_.give(goal, "call " + std::string(id_.view()), principal, std::move(socket));
  };
  seat.piece = [this](const std::string& json) { tell("output", json); };
  seat.done = [this](Outcome outcome) { ran(std::move(outcome)); };
  run_ = order_.planned.start(std::move(seat));
}

void Call::hear_under(const guard::Under& under) {
  if (ended_) return;
  const auto known = std::ranges::find_if(
      under_, [&](const guard::Under& each) { return each.action.view() == under.action.view(); });
  if (known != under_.end()) *known = under;
  else if (under_.size() < under_max) under_.push_back(under);
  tell_waiting();
  if (!under.held) return;
  std::string json;
  json::Writer out(json);
  out.begin_object();
  out.member("action", under.action.view());
  out.member("endpoint", under.endpoint);
  out.member("summary", under.summary);
  out.end_object();
  tell("held", json);
}

// Its time stands still while people think.
void Call::tell_waiting() {
  const bool waits = std::ranges::any_of(under_, &guard::Under::held);
  if (run_ == nullptr || waits == std::exchange(waits_, waits)) return;
  if (waits) run_->hold();
  else run_->resume();
}

// What is under it was told of from another thread: by then all of that has been posted, and comes first.
void Call::ran(Outcome outcome) {
  around_.loop.post([weak = weak_from_this(), outcome = std::move(outcome)] {
    const auto self = weak.lock();
    if (self == nullptr || self->ended_) return;
    const bool failed = outcome.result.empty() || outcome.is_error;
    const guard::Ending ending = outcome.cancelled ? guard::Ending::cancelled
                                 : failed          ? guard::Ending::failed
                                                   : guard::Ending::ok;
    const std::int64_t took_us = self->around_.loop.clock().monotonic_us() - self->since_us_;
    const guard::Under* refused = self->denied_under();
    const std::string detail = refused != nullptr ? "an action under it was denied" : outcome.detail;
    self->around_.guard.finished(
        *self->judged_.gate,
        {self->id_, refused != nullptr ? guard::Ending::failed : ending, outcome.rows, took_us, detail});
    self->end(self->said_of(outcome), End::ran);
  });
}

// Of a program that goes on, or not, by itself, its own word is the result, and this one stands beside it.
const guard::Under* Call::denied_under() const {
  if (order_.planned.is_program) return nullptr;
  const auto found = std::ranges::find_if(
      under_, [](const guard::Under& each) { return !each.held && !each.verdict.allowed(); });
  return found == under_.end() ? nullptr : &*found;
}

Said Call::said_of(const Outcome& outcome) const {
  if (outcome.cancelled) {
    return problem({499, "it was cancelled; what had begun by then may have been done", {}, {},
                    std::string(id_.view())}, under_);
  }
  if (const guard::Under* refused = denied_under()) {
    return denied(id_.view(), refused->action.view(), refused->verdict, under_);
  }
  const std::string id(id_.view());
  if (outcome.is_error && !order_.planned.is_program) {
    return tool_error(id, outcome.result, outcome.content, under_);
  }
  // A tool that opens a connection has something under it, or it never got that far; one of another family
  // has been judged as what it is.
  const bool has_run = !under_.empty() || !outcome.content.empty() || order_.planned.is_program ||
                       order_.planned.subject != nullptr;
  if (!outcome.result.empty() && has_run) {
    Said said = result(id, outcome.result, outcome.content, under_);
    said.content_only = outcome.content_only;
    said.failed = outcome.is_error;
    return said;
  }
  // Nothing was judged: the gateway itself said why, before there was anything to judge.
  if (outcome.problem.empty()) return problem({502, "it was not sent", {}, {}, id}, under_);
  return problem({has_run ? 422 : 502, outcome.problem, {}, outcome.problem_more, id}, under_);
}

void Call::cancel() {
  if (ended_ || std::exchange(cancelled_, true)) return;
  if (run_ != nullptr) return run_->cancel();
  if (allowed_) return decided(*std::exchange(allowed_, std::nullopt));
  if (held_) around_.guard.withdraw(id_);  // decided() comes of it.
}

void Call::wait_for_company(bool alone) {
  alone_ = alone;
  if (!alone && allowed_) decided(*std::exchange(allowed_, std::nullopt));
}

void Call::end(const Said& said, End how, const std::string& operation) {
  if (std::exchange(ended_, true)) return;
  around_.guard.calls().close(id_);
  around_.loop.cancel(std::exchange(reminder_, 0));
  // Its own code may be on the stack: it goes when the loop comes round.
  if (run_ != nullptr) around_.loop.post([run = std::shared_ptr<Run>(std::move(run_))] {});
  const Ears ears = std::move(ears_);
  ears.over(said, how, operation);
}

void Call::tell(std::string_view event, std::string_view json) {
  if (ears_.told) ears_.told(event, json);
}

void Call::remind() {
  if (!held_ || ended_) return;
  std::string json = "{\"action\":";
  json::append_string(json, id_.view());
  tell("held", json + "}");
  reminder_ = around_.loop.after_ms(reminder_ms, [this] {
    reminder_ = 0;
    remind();
  });
}

}  // namespace claw::toolcall
