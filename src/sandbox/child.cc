#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "io/inspect.h"
#include "io/process/handover.h"
#include "io/process/network.h"
#include "sandbox/launch.h"
#include "sandbox/sandbox.h"
#include "sandbox/stage.h"

namespace claw::sandbox {

namespace {

constexpr std::uint32_t weighing_ms = 100;  // What a program may take in between is bound by its own limit.
constexpr std::uint32_t reaping_ms = 10;
constexpr std::uint32_t set_up_ms = 10'000;      // bubblewrap takes some 20 ms.
constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t bytes_per_turn = 256 * 1024;
constexpr std::size_t complaint_bytes_max = 4096;
constexpr std::size_t facts_bytes_max = 4096;
// Who asks for names without end is answered some 3,000 a second, and takes nobody else's turn.
constexpr std::size_t questions_per_turn = 32;
constexpr std::uint32_t questions_rest_ms = 10;
constexpr std::size_t folders_handed = 2;        // What the scales look at.

// An ended process is nobody's until it is waited for; one whose owner has gone is waited for here.
void bury(io::Loop& loop, const std::shared_ptr<io::Process>& process) {
  loop.after_ms(reaping_ms, [&loop, process] {
    if (!process->reap()) bury(loop, process);
  });
}

}  // namespace

class Child::Ear final : public io::Watcher {
 public:
  explicit Ear(std::function<void()> heard) : heard_(std::move(heard)) {}
  void ready(io::Ready) override { heard_(); }

 private:
  std::function<void()> heard_;
};

std::string_view name_of(Ended::Why why) {
  switch (why) {
    case Ended::Why::exited: return "exited";
    case Ended::Why::killed: return "killed";
    case Ended::Why::timed_out: return "timed out";
    case Ended::Why::too_much_memory: return "too much memory";
    case Ended::Why::too_much_output: return "too much output";
    case Ended::Why::not_set_up: return "not set up";
  }
  return "";
}

Child::Child(io::Loop& loop, Program program, Ears ears)
    : loop_(loop), program_(std::move(program)), ears_(std::move(ears)) {}

Result<std::unique_ptr<Child>> Child::start(io::Loop& loop, Program program, Ears ears) {
  if (program.arguments.empty() || !program.arguments.front().starts_with('/')) {
    return invalid("a program is named by its absolute path");
  }
  if (program.ports.size() + 1 + folders_handed > io::handed_max) {
    return Error{Code::limit, "too many ports", {}};
  }
  if (program.ports.empty()) program.asks_names = false;
  std::unique_ptr<Child> child(new Child(loop, std::move(program), std::move(ears)));
  CLAW_TRY_DONE(child->launch());
  return child;
}

Child::~Child() {
  for (const io::TimerId timer : {deadline_, weighing_, hearing_}) {
    if (timer != 0) loop_.cancel(timer);
  }
  kill();
  count_gone({});
  if (process_) bury(loop_, std::make_shared<io::Process>(std::move(*process_)));
}

Status Child::launch() {
  CLAW_TRY(auto hand, io::make_hand());
  CLAW_TRY(io::Pipe out, io::pipe_from_program());
  CLAW_TRY(io::Pipe error, io::pipe_from_program());
  CLAW_TRY(facts_, io::empty_memory_file());
  Ends ends{{}, std::move(out.theirs), std::move(error.theirs), std::move(hand.second), facts_.number()};
  if (program_.takes_input) {
    CLAW_TRY(io::Pipe in, io::pipe_to_program());
    ends.input = std::move(in.theirs);
    in_.fd = std::move(in.ours);
  } else {
    CLAW_TRY(ends.input, io::open_file("/dev/null"));
  }
  CLAW_TRY(io::Process started, start_bubblewrap(program_, ends));
  process_ = std::move(started);
  begun_us_ = loop_.clock().monotonic_us();
  if (program_.census != nullptr) program_.census->began();
  is_counted_ = program_.census != nullptr;
  const auto watch = [this](Pipe& pipe, io::Fd fd, std::function<void()> heard) {
    pipe.fd = std::move(fd);
    pipe.ear = std::make_unique<Ear>(std::move(heard));
    pipe.watch = io::Watch(loop_, pipe.fd.number(), *pipe.ear, true, false);
  };
  watch(hand_, std::move(hand.first), [this] { heard_hand(); });
  watch(out_[0], std::move(out.ours), [this] { heard_output(Output::out); });
  watch(out_[1], std::move(error.ours), [this] { heard_output(Output::error); });
  end_.ear = std::make_unique<Ear>([this] { heard_end(); });
  end_.watch = io::Watch(loop_, process_->ended(), *end_.ear, true, false);
  time_left_us_ = std::int64_t{set_up_ms} * 1000;
  start_clock();
  return Done{};
}

void Child::heard_hand() {
  if (!hand_.fd) return;
  io::Handed heard = io::take_over(hand_.fd.number());
  if (heard.kind == io::Handed::Kind::again) return;
  const bool is_word = heard.kind == io::Handed::Kind::word;
  if (is_word && !is_running_ && heard.word == ready_word) return set_up(std::move(heard.sockets));
  hand_.watch = {};  // Closed: the program runs, or nothing will; the end says which.
  hand_.fd.reset();
  if (is_word) fail(printable(heard.word, complaint_bytes_max));
}

// Everything stands; only now the program may begin.
void Child::set_up(std::vector<io::Fd> sockets) {
  if (ended_) return;
  const auto pid = first_process_of(io::read_file(facts_, facts_bytes_max));
  if (!pid) return fail(pid.error().text());
  auto first = io::Process::find(*pid);
  if (!first) return fail(first.error().text());
  first_ = std::move(*first);
  const std::size_t expected = program_.ports.size() + (program_.asks_names ? 1 : 0) + folders_handed;
  if (sockets.size() != expected) return fail("the sandbox has not the sockets it should");
  scales_ = Scales(std::move(sockets[sockets.size() - 2]), std::move(sockets.back()));
  for (std::size_t i = 0; i < program_.ports.size(); ++i) {
    listeners_.push_back(io::Listener::adopt(
        loop_, std::move(sockets[i]), [this](io::Fd socket, const std::string&) {
          if (ended_ || !ears_.connected) return;
          const io::Address to = io::local_address(socket.number());
          ears_.connected(to, std::move(socket));
        }));
  }
  if (program_.asks_names) hear_questions(std::move(sockets[program_.ports.size()]));
  if (const Status told = io::hand_over(hand_.fd.number(), go_word, {}); !told) {
    return fail(told.error().text());
  }
  is_running_ = true;
  if (program_.census != nullptr) {
    program_.census->stood(static_cast<double>(loop_.clock().monotonic_us() - begun_us_) / 1e6);
  }
  if (program_.takes_input) {
    in_.ear = std::make_unique<Ear>([this] { heard_input(); });
    watch_input();
  }
  if (deadline_ != 0) loop_.cancel(std::exchange(deadline_, 0));
  time_left_us_ = static_cast<std::int64_t>(program_.limits.time_ms) * 1000;
  start_clock();
  weigh();
}

void Child::hear_questions(io::Fd socket) {
  questions_.fd = std::move(socket);
  questions_.ear = std::make_unique<Ear>([this] { heard_questions(); });
  questions_.watch = io::Watch(loop_, questions_.fd.number(), *questions_.ear, true, false);
}

void Child::heard_questions() {
  for (std::size_t i = 0; i < questions_per_turn; ++i) {
    const auto question = io::take_datagram(questions_.fd.number());
    if (!question) return;
    if (ended_ || !ears_.asked) continue;
    const std::string answer = ears_.asked(question->bytes);
    if (!answer.empty()) io::answer_datagram(questions_.fd.number(), question->from, answer);
  }
  questions_.watch = {};
  hearing_ = loop_.after_ms(questions_rest_ms, [this] {
    hearing_ = 0;
    questions_.watch = io::Watch(loop_, questions_.fd.number(), *questions_.ear, true, false);
  });
}

void Child::start_clock() {
  if (time_left_us_ == 0 || holds_ > 0 || deadline_ != 0 || ended_) return;
  clock_since_us_ = loop_.clock().monotonic_us();
  deadline_ = loop_.after_ms(static_cast<std::uint32_t>(time_left_us_ / 1000 + 1), [this] {
    deadline_ = 0;
    if (is_running_) stop(Ended::Why::timed_out);
    else fail("it took too long");
  });
}

void Child::hold() {
  if (++holds_ > 1 || deadline_ == 0) return;
  loop_.cancel(std::exchange(deadline_, 0));
  const std::int64_t used_us = loop_.clock().monotonic_us() - clock_since_us_;
  time_left_us_ = std::max<std::int64_t>(time_left_us_ - used_us, 1);
}

void Child::resume() {
  CLAW_CHECK(holds_ > 0);
  if (--holds_ == 0) start_clock();
}

void Child::weigh() {
  if (ended_) return;
  if (scales_.bytes() > program_.limits.memory_bytes) return stop(Ended::Why::too_much_memory);
  weighing_ = loop_.after_ms(weighing_ms, [this] {
    weighing_ = 0;
    weigh();
  });
}

void Child::write(std::string_view bytes) {
  if (!program_.takes_input || input_ends_ || ended_) return;
  input_ += bytes;
  watch_input();
}

void Child::end_input() {
  input_ends_ = true;
  watch_input();
}

// Only while there is something to say: that nobody reads any more would be told again and again.
void Child::watch_input() {
  if (!is_running_ || !in_.fd || in_.watch.writing() || (input_.empty() && !input_ends_)) return;
  in_.watch = io::Watch(loop_, in_.fd.number(), *in_.ear, false, true);
}

void Child::heard_input() {
  while (!input_.empty()) {
    const io::IoResult result =
        io::write_pipe(in_.fd.number(), std::string_view(input_).substr(0, chunk_bytes));
    if (result.kind == io::IoResult::Kind::again) return;
    if (result.kind !=
        io::IoResult::Kind::some) {  // It reads no more; what it does without is its own affair.
      input_.clear();
      input_ends_ = true;
      break;
    }
    input_.erase(0, result.count);
  }
  in_.watch = {};
  if (input_ends_) in_.fd.reset();
}

void Child::want_output(bool wanted) {
  wants_output_ = wanted;
  for (Pipe& each : out_) {
    if (!wanted) each.watch = {};  // As with input: an end would be told again and again.
    else if (each.fd && !each.watch.reading()) {
      each.watch = io::Watch(loop_, each.fd.number(), *each.ear, true, false);
    }
  }
}

void Child::heard_output(Output which) {
  for (std::size_t total = 0; total < bytes_per_turn && wants_output_; total += chunk_bytes) {
    if (!read(which)) return;
  }
}

// False: there is no more now, or never.
bool Child::read(Output which) {
  Pipe& pipe = out_[static_cast<std::size_t>(which)];
  if (!pipe.fd) return false;
  std::array<char, chunk_bytes> bytes;
  const io::IoResult result = io::read_pipe(pipe.fd.number(), bytes);
  if (result.kind == io::IoResult::Kind::again) return false;
  if (result.kind != io::IoResult::Kind::some) {
    pipe.watch = {};
    pipe.fd.reset();
    return false;
  }
  take(which, {bytes.data(), result.count});
  return true;
}

void Child::take(Output which, std::string_view bytes) {
  if (!is_running_) {
    complaints_ += bytes.substr(0, complaint_bytes_max - std::min(complaints_.size(), complaint_bytes_max));
    return;
  }
  const std::uint64_t most = program_.limits.output_bytes;
  const std::uint64_t room = most == 0 ? bytes.size() : most - told_bytes_;
  const std::string_view fits = bytes.substr(0, room);
  told_bytes_ += fits.size();
  if (!fits.empty() && ears_.output) ears_.output(which, fits);
  if (fits.size() < bytes.size()) stop(Ended::Why::too_much_output);
}

void Child::kill() {
  if (!ended_) ended_ = Ended{Ended::Why::killed, 0, {}};
  if (first_) first_->kill();
  else if (process_) process_->kill();
}

void Child::stop(Ended::Why why) {
  if (ended_) return;
  ended_ = Ended{why, 0, {}};
  kill();
}

void Child::fail(std::string why) {
  if (ended_) return;
  ended_ = Ended{Ended::Why::not_set_up, 0, std::move(why)};
  kill();
}

// bubblewrap ends when the program has. What that has left behind ends with the first process, and that is
// heard when nothing is left.
void Child::heard_end() {
  const auto code = process_->reap();
  if (!code) return;
  heard_hand();
  end_.watch = {};
  process_.reset();
  code_ = *code;
  if (!first_) return finish();
  first_->kill();
  end_.ear = std::make_unique<Ear>([this] { finish(); });
  end_.watch = io::Watch(loop_, first_->ended(), *end_.ear, true, false);
}

void Child::count_gone(std::string_view why) {
  if (std::exchange(is_counted_, false)) program_.census->gone(why);
}

void Child::finish() {
  end_.watch = {};
  first_.reset();
  for (const Output which : {Output::out, Output::error}) {
    while (read(which)) {}
  }
  if (!ended_ && is_running_) ended_ = Ended{Ended::Why::exited, 0, {}};
  if (!ended_) {
    ended_ = Ended{Ended::Why::not_set_up, 0, printable(trim(complaints_), complaint_bytes_max)};
  }
  ended_->code = code_;
  count_gone(name_of(ended_->why));
  questions_.watch = {};
  for (io::TimerId* timer : {&deadline_, &weighing_, &hearing_}) {
    if (*timer != 0) loop_.cancel(std::exchange(*timer, 0));
  }
  loop_.post([this, guard = std::weak_ptr<char>(alive_)] {
    if (guard.expired() || !ears_.ended) return;
    const Ended how = *ended_;  // Whoever is told may destroy this.
    const auto tell = std::move(ears_.ended);
    tell(how);
  });
}

}  // namespace claw::sandbox
