#include "sandbox/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "io/process/handover.h"
#include "io/process/network.h"

namespace claw::sandbox {

namespace {

constexpr int exit_not_set_up = 125;  // As other programs that start programs say it.
constexpr int backlog = 64;
constexpr std::uint16_t names_port = 53;
constexpr int niceness = 5;           // The gateway's own work goes first.
constexpr std::size_t fixed_numbers = 5;  // Of an order; ports follow.
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

// The sockets in the order of the ports, that for names, then what the scales look at: /proc and the scratch
// folder.
Result<std::vector<io::Fd>> open_all(const StageOrder& order) {
  std::vector<io::Fd> opened;
  if (!order.ports.empty()) CLAW_TRY_DONE(io::take_every_address());
  for (const std::uint16_t port : order.ports) {
    CLAW_TRY(io::Fd socket, io::listen_everywhere(port, backlog));
    opened.push_back(std::move(socket));
  }
  if (order.takes_questions) {
    CLAW_TRY(io::Fd socket, io::hear_datagrams(names_port));
    opened.push_back(std::move(socket));
  }
  for (const char* folder : {"/proc", "."}) {
    opened.emplace_back(::open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.back()) return Error{Code::unavailable, "a folder is not there", {}};
  }
  return opened;
}

// All sets, so that nothing that is executed later has any of them: the network's are the sandbox's own, but
// who has them could lead its addresses elsewhere.
Status drop_privileges() {
  const Error failed{Code::unavailable, "the stage cannot put off its privileges", {}};
  for (unsigned long each = 0; ::prctl(PR_CAPBSET_READ, each) >= 0; ++each) {
    if (::prctl(PR_CAPBSET_READ, each) == 1 && ::prctl(PR_CAPBSET_DROP, each) != 0) return failed;
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return failed;
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &head, none.data()) != 0) return failed;
  return Done{};
}

Status set_up(const StageOrder& order) {
  // Whatever else was passed on is not the program's.
  ::close_range(stage_hand + 1, ~0U, 0);
  ::fcntl(stage_hand, F_SETFD, FD_CLOEXEC);
  CLAW_TRY(const std::vector<io::Fd> opened, open_all(order));
  CLAW_TRY_DONE(drop_privileges());
  CLAW_TRY_DONE(io::hand_over(stage_hand, ready_word, opened));
  const io::Handed answer = io::take_over(stage_hand);
  if (answer.kind != io::Handed::Kind::word || answer.word != go_word) {
    return Error{Code::unavailable, "nobody said to go on", {}};
  }
  return set_limits(order);
}

}  // namespace

std::string format_order(const StageOrder& order) {
  std::string out = fmt::format("{}:{}:{}:{}:{}", order.memory_bytes, order.processes, order.open_files,
                                order.file_bytes, order.takes_questions ? 1 : 0);
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
  if (numbers.size() < fixed_numbers || numbers.size() > fixed_numbers + io::handed_max || numbers[4] > 1) {
    return invalid("this is no order of a stage");
  }
  StageOrder order{{}, numbers[4] == 1, numbers[0], numbers[1], numbers[2], numbers[3]};
  for (std::size_t i = fixed_numbers; i < numbers.size(); ++i) {
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
