#include "toolcall/command/program_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace claw::toolcall {
namespace {

using sandbox::Ended;
using sandbox::Output;

constexpr std::size_t character_bytes_max = 4;
// All together: what agents may call at once then stays below the connections that a gateway has.
constexpr std::size_t connections_max = 500;
// However long people think: what runs meanwhile is somebody else's program.
constexpr std::uint32_t run_ms_max = 30 * 60 * 1000;

std::string_view name_of(Output which) { return which == Output::out ? "stdout" : "stderr"; }

// Without the character that was cut in its middle, if one was.
std::string_view whole(std::string_view text) {
  for (std::size_t cut = 0; cut < character_bytes_max && cut <= text.size(); ++cut) {
    const std::string_view shorter = text.substr(0, text.size() - cut);
    if (is_utf8(shorter)) return shorter;
  }
  return text;
}

// What is no text is bytes, and said so by its name.
void write_stream(json::Writer& out, std::string_view name, std::string_view text) {
  if (is_utf8(text)) return out.member(name, text);
  out.member(fmt::format("{}_base64", name), to_base64(text));
}

class ProgramRun final : public Run {
 public:
  ProgramRun(Seat seat, Job job) : seat_(std::move(seat)), job_(std::move(job)) {
    const std::uint64_t most = seat_.result_bytes_max;
    job_.program.limits.output_bytes = std::min(job_.program.limits.output_bytes, most);
    sandbox::Ears ears;
    ears.output = [this](Output which, std::string_view bytes) { hear(which, bytes); };
    ears.connected = [this](const io::Address& to, io::Fd socket) { lead(to, std::move(socket)); };
    ears.asked = [this](std::string_view question) { return job_.network.answer(question); };
    ears.ended = [this](const Ended& ended) { finish(ended); };
    auto started = sandbox::Child::start(seat_.loop, std::move(job_.program), std::move(ears));
    if (!started) {
      fail_later(started.error().what);
      return;
    }
    child_ = std::move(*started);
    overdue_timer_ = seat_.loop.after_ms(run_ms_max, [this] {
      overdue_ = true;
      child_->kill();
    });
    child_->write(job_.input);
    child_->end_input();
  }

  ~ProgramRun() override {
    if (overdue_timer_ != 0) seat_.loop.cancel(overdue_timer_);
  }

  void cancel() override {
    cancelled_ = true;
    if (child_ != nullptr) child_->kill();
  }
  void hold() override {
    if (child_ != nullptr) child_->hold();
  }
  void resume() override {
    if (child_ != nullptr) child_->resume();
  }

 private:
  struct Stream {
    std::string all;
    std::size_t told = 0;
  };

  void hear(Output which, std::string_view bytes) {
    Stream& stream = streams_[static_cast<std::size_t>(which)];
    stream.all += bytes;
    const std::string_view fresh = whole(std::string_view(stream.all).substr(stream.told));
    if (!seat_.piece || fresh.empty()) return;
    stream.told += fresh.size();
    std::string json;
    json::Writer out(json);
    out.begin_object();
    out.member(name_of(which), fresh);
    out.end_object();
    seat_.piece(json);
  }

  // One that leads nowhere is closed, as it would be if nobody listened.
  void lead(const io::Address& to, io::Fd socket) {
    const auto goal = job_.network.goal_of(to);
    if (!goal || !seat_.give) return;
    if (++connections_ > connections_max) {
      complaint_ = "there were too many";
      return;
    }
    if (const Status given = seat_.give(*goal, std::move(socket)); !given) {
      complaint_ = given.error().what;
    }
  }

  void fail_later(std::string why) {
    seat_.loop.post([this, why = std::move(why), guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) finish(Ended{Ended::Why::not_set_up, 0, why});
    });
  }

  void finish(Ended ended) {
    if (overdue_) ended.why = Ended::Why::timed_out;
    Outcome outcome;
    outcome.cancelled = cancelled_;
    if (ended.why == Ended::Why::not_set_up) {
      outcome.problem = "the program could not be run: " + ended.detail;
      outcome.detail = outcome.problem;
    } else {
      outcome.result = program_result(ended, streams_[0].all, streams_[1].all);
      outcome.is_error = ended.why != Ended::Why::exited || ended.code != 0;
      outcome.detail = ended.why == Ended::Why::exited ? fmt::format("exit {}", ended.code)
                                                       : std::string(sandbox::name_of(ended.why));
      if (!complaint_.empty()) outcome.detail += "; a connection was not served: " + complaint_;
    }
    seat_.done(std::move(outcome));
  }

  Seat seat_;
  Job job_;
  std::array<Stream, 2> streams_;
  std::string complaint_;
  std::size_t connections_ = 0;
  io::TimerId overdue_timer_ = 0;
  bool overdue_ = false;
  bool cancelled_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
  std::unique_ptr<sandbox::Child> child_;
};

class Refusal final : public Run {
 public:
  Refusal(Seat seat, std::string why) : seat_(std::move(seat)) {
    Outcome outcome;
    outcome.problem = "this cannot be run: " + why;
    outcome.detail = outcome.problem;
    seat_.loop.post([this, outcome = std::move(outcome), guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) seat_.done(outcome);
    });
  }
  void cancel() override {}

 private:
  Seat seat_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace

std::string program_result(const Ended& ended, std::string_view output, std::string_view errors) {
  const bool is_cut = ended.why != Ended::Why::exited;
  std::string json;
  json::Writer out(json);
  out.begin_object();
  out.member("exit_code", std::int64_t{ended.code});
  write_stream(out, "stdout", is_cut ? whole(output) : output);
  write_stream(out, "stderr", is_cut ? whole(errors) : errors);
  if (is_cut) out.member("stopped", sandbox::name_of(ended.why));
  out.member("truncated", ended.why == Ended::Why::too_much_output);
  out.end_object();
  return json;
}

std::unique_ptr<Run> refuse_run(Seat seat, std::string why) {
  return std::make_unique<Refusal>(std::move(seat), std::move(why));
}

std::unique_ptr<Run> run_program(Seat seat, Job job) {
  return std::make_unique<ProgramRun>(std::move(seat), std::move(job));
}

}  // namespace claw::toolcall
