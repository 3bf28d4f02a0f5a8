#include "sandbox/launch.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "io/process/handover.h"
#include "sandbox/seccomp.h"
#include "sandbox/stage.h"

namespace claw::sandbox {

namespace {

constexpr std::string_view system_folders[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"};
constexpr std::size_t files_max = 16;
constexpr unsigned nobody = 65534;  // Who a sandbox is outside where the gateway is root.
constexpr unsigned agent = 1000;    // Who it is inside.

// What is the machine's and not its owner's: how programs find libraries, certificates and the time of day.
constexpr const char* shared[] = {
    "/etc/alternatives", "/etc/ld.so.cache",     "/etc/localtime",     "/etc/mime.types",
    "/etc/pki/ca-trust", "/etc/protocols",       "/etc/pki/tls/certs", "/etc/services",
    "/etc/ssl/certs",    "/etc/crypto-policies", "/etc/ssl/cert.pem",  "/etc/ssl/openssl.cnf",
};
struct Made {
  const char* path;
  const char* content;
};
// Nobody is known by name in there but the agent, and no host but the sandbox.
constexpr Made made[] = {
    {"/etc/passwd", "root:x:0:0::/:/usr/sbin/nologin\nagent:x:1000:1000::/scratch:/usr/sbin/nologin\n"},
    {"/etc/group", "root:x:0:\nagent:x:1000:\n"},
    {"/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"},
};
// Where names are answered, and where they are not.
constexpr Made with_names[] = {
    {"/etc/nsswitch.conf",
     "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
    {"/etc/resolv.conf", "nameserver 127.0.0.1\n"},
};
constexpr Made without_names[] = {
    {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"},
    {"/etc/resolv.conf", "# There is no name server here.\n"},
};
// What the stage needs until it has put them off: to take every address of the sandbox's own network, and
// ports below 1024 of it. Of the machine's they allow nothing: the namespaces are the sandbox's.
constexpr const char* stage_privileges[] = {"CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_SETPCAP"};

std::string find_in(std::span<const std::string_view> folders, std::string_view name) {
  for (const std::string_view folder : folders) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

// Arguments of bubblewrap and the descriptors they speak of.
class Plan {
 public:
  explicit Plan(const Ends& ends)
      : descriptors_{ends.input.number(), ends.output.number(), ends.errors.number(), ends.hand.number()} {
    CLAW_CHECK(descriptors_.size() == stage_hand + 1);
  }

  template <class... Words>
  void say(const Words&... words) {
    ((text_ += words, text_ += '\0'), ...);
  }
  // The number that the program has it by.
  std::string pass(int descriptor) {
    descriptors_.push_back(descriptor);
    return std::to_string(descriptors_.size() - 1);
  }
  Result<std::string> pass_text(std::string_view content) {
    CLAW_TRY(io::Fd file, io::memory_file(content));
    kept_.push_back(std::move(file));
    return pass(kept_.back().number());
  }
  const std::string& text() const { return text_; }
  const std::vector<int>& descriptors() const { return descriptors_; }

 private:
  std::string text_;
  std::vector<int> descriptors_;
  std::vector<io::Fd> kept_;
};

void unshare(Plan& plan, bool has_network) {
  for (const char* word :
       {"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
        "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"}) {
    plan.say(word);
  }
  plan.say("--uid", std::to_string(agent), "--gid", std::to_string(agent));
  plan.say("--hostname", "sandbox", "--cap-drop", "ALL");
  if (!has_network) return;
  for (const char* privilege : stage_privileges) plan.say("--cap-add", privilege);
}

void add_system(Plan& plan) {
  plan.say("--ro-bind", "/usr", "/usr");
  struct stat seen {};
  // What an administrator keeps beside programs of his own may be anything.
  if (::stat("/usr/local/etc", &seen) == 0) {
    plan.say("--tmpfs", "/usr/local/etc", "--remount-ro", "/usr/local/etc");
  }
  for (const char* folder : {"/bin", "/sbin", "/lib", "/lib64", "/lib32"}) {
    if (::lstat(folder, &seen) != 0) continue;
    std::array<char, 256> target{};
    const ssize_t count = S_ISLNK(seen.st_mode) ? ::readlink(folder, target.data(), target.size() - 1) : 0;
    if (count > 0) plan.say("--symlink", std::string(target.data()), folder);
    else plan.say("--ro-bind", folder, folder);
  }
  plan.say("--proc", "/proc");
  // No /dev/zero: it is memory that nobody would count. No terminals.
  for (const char* device : {"/dev/null", "/dev/full", "/dev/random", "/dev/urandom"}) {
    plan.say("--dev-bind", device, device);
  }
  plan.say("--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin");
  plan.say("--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr");
}

// A folder that a made file stands in is the sandbox's own, and has that file alone.
void add_shared(Plan& plan, const std::vector<MadeFile>& files) {
  for (const char* path : shared) {
    const bool is_own = std::ranges::any_of(files, [&](const MadeFile& each) {
      return each.path.starts_with(fmt::format("{}/", path));
    });
    if (!is_own) plan.say("--ro-bind-try", path, path);
  }
}

Status add_files(Plan& plan, const Program& program) {
  if (program.files.size() > files_max) return Error{Code::limit, "too many files", {}};
  const auto add = [&plan](std::string_view path, std::string_view content) -> Status {
    CLAW_TRY(const std::string number, plan.pass_text(content));
    plan.say("--perms", "0444", "--file", number, std::string(path));
    return Done{};
  };
  for (const Made& each : made) CLAW_TRY_DONE(add(each.path, each.content));
  for (const Made& each : program.asks_names ? with_names : without_names) {
    CLAW_TRY_DONE(add(each.path, each.content));
  }
  for (const MadeFile& each : program.files) CLAW_TRY_DONE(add(each.path, each.content));
  return Done{};
}

void add_scratch(Plan& plan, const Limits& limits) {
  const std::string home(scratch_folder);
  plan.say("--perms", "0700", "--size", std::to_string(limits.scratch_bytes), "--tmpfs", home);
  for (const char* other : {"/tmp", "/var/tmp", "/dev/shm"}) plan.say("--symlink", home, other);
  plan.say("--dir", "/run", "--remount-ro", "/", "--chdir", home);
}

Status add_environment(Plan& plan, const Program& program) {
  const std::string home(scratch_folder);
  plan.say("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", home, "--setenv", "TMPDIR",
           home);
  plan.say("--setenv", "LANG", "C.UTF-8", "--setenv", "USER", "agent", "--setenv", "LOGNAME", "agent");
  for (const auto& [name, value] : program.environment) {
    const bool is_clean = (name + value).find('\0') == std::string::npos;
    if (name.empty() || name.find('=') != name.npos || !is_clean) return invalid("this is no variable");
    plan.say("--setenv", name, value);
  }
  return Done{};
}

Status add_everything(Plan& plan, const Program& program, const Ends& ends) {
  CLAW_TRY(const std::string filter, make_filter());
  CLAW_TRY(const std::string number, plan.pass_text(filter));
  unshare(plan, !program.ports.empty());
  add_system(plan);
  add_shared(plan, program.files);
  for (const Folder& each : program.folders) {
    plan.say("--ro-bind", each.path, each.at.empty() ? each.path : each.at);
  }
  CLAW_TRY_DONE(add_files(plan, program));
  add_scratch(plan, program.limits);
  CLAW_TRY_DONE(add_environment(plan, program));
  plan.say("--seccomp", number, "--info-fd", plan.pass(ends.facts));
  return Done{};
}

StageOrder order_of(const Program& program) {
  // The scales are looked at now and then, and a program may reserve more than it uses.
  const Limits& limits = program.limits;
  return {program.ports,    program.asks_names, 2 * limits.memory_bytes,
          limits.processes, limits.open_files,  limits.scratch_bytes};
}

}  // namespace

Status check_machine() {
  if (find_in(system_folders, "bwrap").empty()) {
    return Error{Code::not_found, "bubblewrap is not installed (its program is `bwrap`)", {}};
  }
  if (::geteuid() == 0 && find_in(system_folders, "setpriv").empty()) {
    return Error{Code::not_found, "setpriv of util-linux is not installed", {}};
  }
  return Done{};
}

Result<io::Process> start_bubblewrap(const Program& program, const Ends& ends) {
  CLAW_TRY_DONE(check_machine());
  CLAW_TRY(const io::Fd stage, io::open_file(program.stage));
  Plan plan(ends);
  CLAW_TRY_DONE(add_everything(plan, program, ends));
  io::Launch launch;
  if (::geteuid() == 0) {
    const std::string id = std::to_string(nobody);
    launch.arguments = {find_in(system_folders, "setpriv"), "--reuid=" + id, "--regid=" + id,
                        "--clear-groups"};
  }
  launch.arguments.push_back(find_in(system_folders, "bwrap"));
  CLAW_TRY(const std::string number, plan.pass_text(plan.text()));
  // By its descriptor: whoever the sandbox is need not be able to walk there.
  const std::string entry = "/proc/self/fd/" + plan.pass(stage.number());
  for (const std::string& word : {std::string("--args"), number, std::string("--"), entry,
                                  std::string(stage_verb), format_order(order_of(program))}) {
    launch.arguments.push_back(word);
  }
  launch.arguments.insert(launch.arguments.end(), program.arguments.begin(), program.arguments.end());
  launch.descriptors = plan.descriptors();
  return io::Process::start(launch);
}

Result<int> first_process_of(std::string_view facts) {
  const auto parsed = json::parse(facts);
  const json::Value* number = parsed ? parsed->find("child-pid") : nullptr;
  const auto pid =
      number != nullptr && number->number() != nullptr ? number->number()->as_int64() : std::nullopt;
  if (!pid || *pid <= 1 || *pid > INT32_MAX) {
    return invalid("bubblewrap does not say who the first process is");
  }
  return static_cast<int>(*pid);
}

}  // namespace claw::sandbox
