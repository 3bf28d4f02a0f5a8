// What somebody would try who is in the sandbox and wants out, or wants all of it: one verb each. It says
// what came of it, so that a test can tell.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>

namespace {

using Words = std::map<std::string, std::function<long()>>;

void say(const std::string& text) {
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string outcome(long result) { return result >= 0 ? "done" : std::strerror(errno); }

const Words& calls() {
  static char stack[4096];
  static const Words all = {
      {"ptrace", [] { return syscall(SYS_ptrace, 0, 0, 0, 0); }},
      {"mount", [] { return syscall(SYS_mount, "none", "/scratch", "tmpfs", 0, nullptr); }},
      {"umount", [] { return syscall(SYS_umount2, "/usr", 0); }},
      {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
      {"setns", [] { return syscall(SYS_setns, 0, 0); }},
      {"keyctl", [] { return syscall(SYS_keyctl, 0, -3, 0); }},
      {"add_key", [] { return syscall(SYS_add_key, "user", "a", "b", 1, -3); }},
      {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
      {"perf", [] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
      {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
      {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"memfd", [] { return syscall(SYS_memfd_create, "a", 0); }},
      {"shmget", [] { return syscall(SYS_shmget, 0, 4096, 0600 | 01000); }},
      {"shared memory",
       [] {
         return mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
       }},
      {"clone user",
       [] { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, stack + sizeof stack, 0, 0, 0); }},
      {"clone high",
       [] {
         return syscall(SYS_clone, (1UL << 40) | CLONE_NEWNET | SIGCHLD, stack + sizeof stack, 0, 0, 0);
       }},
      {"clone3", [] { return syscall(SYS_clone3, nullptr, 0); }},
      {"chroot", [] { return syscall(SYS_chroot, "/scratch"); }},
      {"pivot_root", [] { return syscall(SYS_pivot_root, ".", "."); }},
      {"open_by_handle", [] { return syscall(SYS_open_by_handle_at, 3, nullptr, 0); }},
      {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
      {"vsock", [] { return socket(AF_VSOCK, SOCK_STREAM, 0); }},
      {"packet", [] { return socket(AF_PACKET, SOCK_RAW, 0); }},
      {"raw", [] { return socket(AF_INET, SOCK_RAW, 1); }},
      {"alg", [] { return socket(AF_ALG, SOCK_SEQPACKET, 0); }},
      {"vsock high", [] { return syscall(SYS_socket, (1UL << 32) | AF_VSOCK, SOCK_STREAM, 0); }},
      {"netfilter", [] { return socket(AF_NETLINK, SOCK_RAW, 12); }},
      {"type into terminal", [] { return ioctl(0, TIOCSTI, "x"); }},
      {"dmesg", [] { return syscall(SYS_syslog, 3, nullptr, 0); }},
      {"set time", [] { return syscall(SYS_settimeofday, nullptr, nullptr); }},
      {"hostname", [] { return syscall(SYS_sethostname, "x", 1); }},
      {"iopl", [] { return syscall(SYS_iopl, 3); }},
      {"become root", [] { return setuid(0); }},
      {"more processes",
       [] {
         return syscall(SYS_prlimit64, 0, 6,
                        "\xff\xff\xff\xff\xff\xff\xff\x7f"
                        "\xff\xff\xff\xff\xff\xff\xff\x7f",
                        nullptr);
       }},
  };
  return all;
}

void list(const char* path) {
  DIR* folder = opendir(path);
  if (folder == nullptr) return say(std::string(path) + ": " + std::strerror(errno));
  while (const dirent* entry = readdir(folder)) {
    const std::string name(entry->d_name);
    if (name != "." && name != "..") say(name);
  }
  closedir(folder);
}

void link_targets(const char* path) {
  DIR* folder = opendir(path);
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    char target[256] = {};
    if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) < 0) continue;
    if (std::atoi(entry->d_name) != dirfd(folder)) say(std::string(entry->d_name) + " " + target);
  }
}

void touch(char* bytes, std::size_t size) {
  for (std::size_t at = 0; at < size; at += 4096) *(bytes + at) = 1;
}

[[noreturn]] void hog(std::size_t step) {
  for (;;) {
    char* bytes = static_cast<char*>(
        mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (bytes == MAP_FAILED) say(std::string("no memory: ") + std::strerror(errno)), std::exit(3);
    touch(bytes, step);
  }
}

// Its children and theirs have no parent any more and a session of their own, and hear no signal.
void scatter(int depth) {
  for (int i = 0; i < 2 && depth > 0; ++i) {
    if (fork() != 0) continue;
    setsid();
    for (int number = 1; number < 32; ++number) signal(number, SIG_IGN);
    if (fork() != 0) _exit(0);
    scatter(depth - 1);
    for (;;) pause();
  }
}

// An IPv4 address is written as an IPv6 one where the family is to be that.
sockaddr_storage place(const char* address, int port, socklen_t& length) {
  sockaddr_storage out{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
    std::memcpy(&out, &v4, length = sizeof v4);
  } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
    std::memcpy(&out, &v6, length = sizeof v6);
  }
  return out;
}

int open_to(int type, const char* address, int port) {
  socklen_t length = 0;
  const sockaddr_storage to = place(address, port, length);
  const int fd = socket(to.ss_family, type, 0);
  return connect(fd, reinterpret_cast<const sockaddr*>(&to), length) == 0 ? fd : -1;
}

std::string take_place(int type, const char* address, int port) {
  socklen_t length = 0;
  const sockaddr_storage at = place(address, port, length);
  const int fd = socket(at.ss_family, type, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  const int bound = bind(fd, reinterpret_cast<const sockaddr*>(&at), length);
  return outcome(bound == 0 && type == SOCK_STREAM ? listen(fd, 1) : bound);
}

std::string ask(const char* address, int port, const char* words) {
  const int fd = open_to(SOCK_DGRAM, address, port);
  if (fd < 0 || send(fd, words, std::strlen(words), 0) < 0) return outcome(-1);
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[256] = {};
  const ssize_t count = recv(fd, answer, sizeof answer - 1, 0);
  return count < 0 ? outcome(-1) : "heard " + std::string(answer);
}

// `ip route replace unreachable default`, as one who may would.
std::string lead_elsewhere() {
  const int fd = socket(AF_NETLINK, SOCK_RAW, 0);
  struct {
    nlmsghdr head;
    rtmsg route;
  } wish{};
  wish.head.nlmsg_len = sizeof wish;
  wish.head.nlmsg_type = RTM_NEWROUTE;
  wish.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
  wish.route.rtm_family = AF_INET;
  wish.route.rtm_table = RT_TABLE_MAIN;
  wish.route.rtm_type = RTN_UNREACHABLE;
  struct {
    nlmsghdr head;
    nlmsgerr outcome;
    char rest[256];
  } answer{};
  if (send(fd, &wish, sizeof wish, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0) return outcome(-1);
  errno = -answer.outcome.error;
  return outcome(errno == 0 ? 0 : -1);
}

std::string talk(const char* address, int port) {
  const int fd = open_to(SOCK_STREAM, address, port);
  if (fd < 0) return outcome(-1);
  if (write(fd, "hello\n", 6) != 6) return outcome(-1);
  char answer[256] = {};
  const ssize_t count = read(fd, answer, sizeof answer - 1);
  return count < 0 ? outcome(-1) : "heard " + std::string(answer);
}

int count_forks() {
  int count = 0;
  for (pid_t pid = 0; (pid = fork()) >= 0; ++count) {
    if (pid == 0) pause();
  }
  say(std::to_string(count));
  return 0;
}

int hog_by_many() {
  for (int i = 0; i < 8; ++i) {
    if (fork() == 0) touch(static_cast<char*>(std::malloc(24 << 20)), 24 << 20), pause();
  }
  return pause();
}

// As many files as it may, with so much in each.
int fill(std::size_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const std::string block(bytes, 'x');
  for (int i = 0;; ++i) {
    const int fd = open(("f" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size())) {
      return say(std::to_string(i) + " " + std::strerror(errno)), 0;
    }
    close(fd);
  }
}

int flood() {
  const std::string block(4096, 'x');
  while (write(1, block.data(), block.size()) > 0) {}
  return 0;
}

int hang() {
  scatter(3);
  say("hanging");
  for (int number = 1; number < 32; ++number) signal(number, SIG_IGN);
  for (;;) pause();
}

int echo() {
  char bytes[4096];
  for (ssize_t count = 0; (count = read(0, bytes, sizeof bytes)) > 0;) {
    if (write(1, bytes, static_cast<std::size_t>(count)) != count) return 5;
  }
  return 0;
}

int status(const std::string& of) {
  const int fd = open(("/proc/" + of + "/status").c_str(), O_RDONLY);
  char text[4096] = {};
  if (read(fd, text, sizeof text - 1) > 0) say(text);
  return 0;
}

void try_open(char** paths, int flags) {
  for (; *paths != nullptr; ++paths) say(*paths + std::string(": ") + outcome(open(*paths, flags, 0600)));
}

using Verbs = std::map<std::string, std::function<int(char**)>>;

const Verbs verbs = {
    {"calls", [](char**) {
       for (const auto& [name, call] : calls()) say(name + ": " + outcome(call()));
       return 0;
     }},
    {"environment", [](char**) {
       for (char** each = environ; *each != nullptr; ++each) say(*each);
       return 0;
     }},
    {"list", [](char** words) { return list(words[0]), 0; }},
    {"descriptors", [](char**) { return link_targets("/proc/self/fd"), 0; }},
    {"open", [](char** words) { return try_open(words, O_RDONLY), 0; }},
    {"write", [](char** words) { return try_open(words, O_WRONLY | O_CREAT), 0; }},
    {"talk", [](char** words) { return say(talk(words[0], std::atoi(words[1]))), 0; }},
    {"count-forks", [](char**) { return count_forks(); }},
    {"bomb", [](char**) -> int {
       for (;;) fork();
     }},
    {"hog", [](char**) -> int { hog(1 << 20); }},
    {"hog-by-many", [](char**) { return hog_by_many(); }},
    {"hog-files", [](char**) { return fill(0); }},
    {"fill", [](char**) { return fill(1 << 20); }},
    {"flood", [](char**) { return flood(); }},
    {"hang", [](char**) { return hang(); }},
    {"leave", [](char**) { return scatter(2), say("left"), 0; }},
    {"kill-all", [](char**) { return kill(-1, SIGKILL), say("alone"), 0; }},
    {"echo", [](char**) { return echo(); }},
    {"status", [](char** words) { return status(words[0] == nullptr ? "self" : words[0]); }},
    {"ask", [](char** words) { return say(ask(words[0], std::atoi(words[1]), words[2])), 0; }},
    {"take-port", [](char** words) {
       for (const int type : {SOCK_STREAM, SOCK_DGRAM}) say(take_place(type, words[0], std::atoi(words[1])));
       return 0;
     }},
    {"lead-elsewhere", [](char**) { return say(lead_elsewhere()), 0; }},
    {"flood-questions", [](char** words) {
       const int fd = open_to(SOCK_DGRAM, "127.0.0.1", 53);
       for (int i = 0; i < std::atoi(words[0]); ++i) send(fd, "?", 1, MSG_DONTWAIT);
       return say(talk("127.0.0.1", 3128)), 0;
     }},
};

}  // namespace

int main(int count, char** words) {
  const auto found = verbs.find(count > 1 ? words[1] : "");
  return found == verbs.end() ? 2 : found->second(words + 2);
}
