#include "sandbox/seccomp.h"

#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "io/process/process.h"

namespace claw::sandbox {

namespace {

constexpr const char* allowed[] = {
#include "sandbox/syscalls_table.inc"
};
// Told that they may not, as without the privilege, so that programs go on without.
constexpr const char* refused[] = {
    "add_key", "bpf",        "chroot", "keyctl",           "mount",   "perf_event_open", "pivot_root",
    "ptrace",  "request_key", "setns", "process_vm_readv", "umount2", "unshare",         "userfaultfd",
};
// Sockets of other kinds are of no network namespace (AF_VSOCK leads to the machine's host) or are the
// kernel's own tools. sys/socket.h is io's, and these numbers are Linux's for good.
constexpr unsigned af_unix = 1, af_inet = 2, af_inet6 = 10, af_netlink = 16;
constexpr unsigned namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                CLONE_NEWPID | CLONE_NEWNET | 0x80U;  // The last: CLONE_NEWTIME.
constexpr unsigned whole = 0xFFFFFFFFU;  // The kernel reads these arguments as 32 bits.
// Not TIOCSTI and TIOCLINUX: to put words into a terminal is to type them.
constexpr unsigned ioctls[] = {TCGETS,    TIOCGWINSZ, TIOCGPGRP, TIOCSPGRP, TIOCNOTTY,
                               FIONREAD, FIONBIO,    FIOASYNC,  FIOCLEX,   FIONCLEX};
constexpr std::size_t program_bytes_max = 32 * 1024;  // The kernel takes 4,096 instructions of 8 bytes.

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    if (context_ == nullptr) failure_ = -ENOMEM;
  }

  void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    // One that this machine or library does not know is answered as the rest are.
    if (failure_ != 0 || number == __NR_SCMP_ERROR) return;
    const int outcome = seccomp_rule_add_array(
        context_.get(), action, number, static_cast<unsigned>(conditions.size()), conditions.begin());
    if (outcome != 0 && outcome != -EDOM) failure_ = outcome;
  }

  Result<std::string> write() {
    CLAW_TRY(const io::Fd file, io::empty_memory_file());
    if (failure_ == 0) failure_ = seccomp_export_bpf(context_.get(), file.number());
    std::string program = io::read_file(file, program_bytes_max);
    if (failure_ == 0 && !program.empty()) return program;
    const std::string why = std::strerror(-failure_);
    return Error{Code::unavailable, "no filter of system calls: " + why, {}};
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int failure_ = 0;
};

// The argument's bits under the mask are these.
scmp_arg_cmp is(unsigned argument, unsigned mask, unsigned bits) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

void add_sockets(Filter& filter) {
  for (const char* name : {"socket", "socketpair"}) {
    for (const unsigned family : {af_unix, af_inet, af_inet6}) {
      filter.add(SCMP_ACT_ALLOW, name, {is(0, whole, family)});
    }
  }
  // The C library and Go ask for the addresses there are.
  filter.add(SCMP_ACT_ALLOW, "socket", {is(0, whole, af_netlink), is(2, whole, NETLINK_ROUTE)});
}

// Memory that is shared and of no file is of no process either: its size could not be told from outside.
void add_memory(Filter& filter) {
  constexpr unsigned both = MAP_SHARED | MAP_ANONYMOUS;
  for (const unsigned bits : {0U, unsigned{MAP_SHARED}, unsigned{MAP_ANONYMOUS}}) {
    filter.add(SCMP_ACT_ALLOW, "mmap", {is(3, both, bits)});
  }
  filter.add(SCMP_ACT_ERRNO(EPERM), "mmap", {is(3, both, both)});
}

Result<std::string> compile() {
  Filter filter;
  for (const char* name : allowed) filter.add(SCMP_ACT_ALLOW, name);
  for (const char* name : refused) filter.add(SCMP_ACT_ERRNO(EPERM), name);
  // What clone3 is to do stands in memory, where a filter cannot read it; without it, clone is used.
  filter.add(SCMP_ACT_ALLOW, "clone", {is(0, namespaces, 0)});
  add_sockets(filter);
  add_memory(filter);
  for (const unsigned request : ioctls) filter.add(SCMP_ACT_ALLOW, "ioctl", {is(1, whole, request)});
  for (const unsigned persona : {unsigned{PER_LINUX}, whole}) {
    filter.add(SCMP_ACT_ALLOW, "personality", {is(0, whole, persona)});
  }
  return filter.write();
}

}  // namespace

// The same each time, and a millisecond of the gateway's loop.
Result<std::string> make_filter() {
  static std::mutex mutex;
  static std::string made;
  const std::lock_guard lock(mutex);
  if (made.empty()) {
    CLAW_TRY(made, compile());
  }
  return made;
}

}  // namespace claw::sandbox
