#include "sandbox/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/text.h"
#include "io/process/handover.h"

namespace claw::sandbox {

namespace {

constexpr int exit_not_set_up = 125;  // As other programs that start programs say it.
constexpr int backlog = 64;
constexpr int niceness = 5;           // The gateway's own work goes first.
constexpr int own_processes = 1;      // The first of the namespace, which waits for the rest.

int give_up(std::string_view why) {
  // Where nobody hears it, the exit code is all there is.
  if (const Status told = io::hand_over(stage_hand, why, {}); !told) return exit_not_set_up;
  return exit_not_set_up;
}

std::string cannot_run(std::string_view program) {
  return fmt::format("cannot run {}: {}", quoted(program), std::strerror(errno));
}

Status limit(__rlimit_resource which, std::uint64_t most) {
  const rlimit both{most, most};
  if (::setrlimit(which, &both) == 0) return Done{};
  return Error{Code::unavailable, fmt::format("cannot set a limit: {}", std::strerror(errno)), {}};
}

Status set_limits(const StageOrder& order) {
  CLAW_TRY_DONE(limit(RLIMIT_DATA, order.memory_bytes));
  CLAW_TRY_DONE(limit(RLIMIT_NPROC, order.processes + own_processes));
  CLAW_TRY_DONE(limit(RLIMIT_NOFILE, order.open_files));
  CLAW_TRY_DONE(limit(RLIMIT_FSIZE, order.file_bytes));
  CLAW_TRY_DONE(limit(RLIMIT_MEMLOCK, 0));
  ::setpriority(PRIO_PROCESS, 0, niceness);
  return limit(RLIMIT_CORE, 0);
}

// The sockets in the order of the ports, then what the scales look at: /proc and the scratch folder.
Result<std::vector<io::Fd>> open_all(const StageOrder& order) {
  std::vector<io::Fd> opened;
  for (const std::uint16_t port : order.ports) {
    CLAW_TRY(io::Fd socket, io::listen_on_loopback(port, backlog));
    opened.push_back(std::move(socket));
  }
  for (const char* folder : {"/proc", "."}) {
    opened.emplace_back(::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.back()) return Error{Code::unavailable, "a folder is not there", {}};
  }
  return opened;
}

Status set_up(const StageOrder& order) {
  // Whatever else was passed on is not the program's.
  ::close_range(stage_hand + 1, ~0U, 0);
  ::fcntl(stage_hand, F_SETFD, FD_CLOEXEC);
  CLAW_TRY(const std::vector<io::Fd> opened, open_all(order));
  CLAW_TRY_DONE(io::hand_over(stage_hand, ready_word, opened));
  const io::Handed answer = io::take_over(stage_hand);
  if (answer.kind != io::Handed::Kind::word || answer.word != go_word) {
    return Error{Code::unavailable, "nobody said to go on", {}};
  }
  return set_limits(order);
}

}  // namespace

std::string format_order(const StageOrder& order) {
  std::string out = fmt::format("{}:{}:{}:{}", order.memory_bytes, order.processes, order.open_files,
                                order.file_bytes);
  for (const std::uint16_t port : order.ports) out += fmt::format(":{}", port);
  return out;
}

Result<StageOrder> parse_order(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (const std::string_view word : split(text, ':')) {
    std::uint64_t number = 0;
    const auto end = std::to_address(word.end());
    const auto [stopped, failure] = std::from_chars(word.data(), end, number);
    if (failure != std::errc() || stopped != end) return invalid("this is no order of a stage");
    numbers.push_back(number);
  }
  if (numbers.size() < 4 || numbers.size() > 4 + io::handed_max) {
    return invalid("this is no order of a stage");
  }
  StageOrder order{{}, numbers[0], numbers[1], numbers[2], numbers[3]};
  for (std::size_t i = 4; i < numbers.size(); ++i) {
    if (numbers[i] == 0 || numbers[i] > 65535) return invalid("this is no port");
    order.ports.push_back(static_cast<std::uint16_t>(numbers[i]));
  }
  return order;
}

bool is_stage(std::span<char* const> arguments) {
  return arguments.size() > 1 && arguments[1] == stage_verb;
}

int run_stage(std::span<char* const> arguments) {
  if (arguments.size() < 2) return exit_not_set_up;
  const std::span<char* const> program = arguments.subspan(1);
  const auto order = parse_order(arguments[0]);
  if (!order) return give_up(order.error().what);
  // Now, while there is memory to say it with.
  if (::access(program[0], X_OK) != 0) return give_up(cannot_run(program[0]));
  if (const Status done = set_up(*order); !done) return give_up(done.error().what);
  ::execv(program[0], program.data());  // argv ends with a null pointer.
  return give_up(cannot_run(program[0]));
}

}  // namespace claw::sandbox
