#include "shell/paths.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace claw::shell {
namespace {

constexpr std::string_view secret_names[] = {"shadow",
                                             "gshadow",
                                             "master.passwd",
                                             "ipsec.secrets",
                                             "credentials",
                                             ".netrc",
                                             "_netrc",
                                             ".pgpass",
                                             ".my.cnf",
                                             ".git-credentials",
                                             ".vault-token",
                                             ".npmrc",
                                             ".pypirc",
                                             ".htpasswd",
                                             "environ",
                                             "kubeconfig",
                                             "secrets",
                                             "id_rsa",
                                             "id_dsa",
                                             "id_ecdsa",
                                             "id_ed25519",
                                             ".password-store",
                                             ".gnupg",
                                             "logins.json",
                                             "key4.db",
                                             "application_default_credentials.json",
                                             "mem",
                                             "kcore",
                                             "authorized_keys",
                                             "private-keys-v1.d"};
constexpr std::string_view secret_ends[] = {".pem", ".key", ".p12", ".pfx", ".jks", ".keytab", ".kdbx",
                                            ".ovpn", ".tfstate", ".asc", ".gpg", ".ppk"};
constexpr std::string_view told_words[] = {
    "secret",       "credential",   "password",      "passwd",        "token",      "private_key",
    "api_key",      "apikey",       "jailbreak",     "adversarial",   "payload",    "exploit",
    "malicious",    "backdoor",     "attack",        "poison",        "exfil",      "tfvars",
    "wp-config",    "database.yml", "mcp-",          "shadow",        "id_rsa",     "id_ed25519",
    "conversation", "chat_history", "system_prompt", "system-prompt", "transcript", "cookies",
    "wallet",       "keychain"};
// What everybody may read of the system's settings.
constexpr std::string_view common_places[] = {
    "/etc/hosts", "/etc/hostname", "/etc/os-release", "/etc/resolv.conf", "/etc/nginx", "/etc/apache2",
    "/etc/haproxy", "/etc/prometheus", "/etc/timezone", "/proc/meminfo", "/proc/cpuinfo", "/proc/version",
    "/proc/loadavg", "/proc/uptime", "/proc/self/status", "/proc/self/cgroup", "/proc/sys/fs/inotify",
    "/dev/null", "/dev/zero", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/urandom", "/dev/random"};
constexpr std::string_view system_places[] = {"/etc",  "/proc", "/sys",     "/dev",
                                              "/root", "/boot", "/var/run", "/run",
                                              "/var/lib/docker", "/var/lib/kubelet"};

bool is_beneath(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_key(std::string_view name) {
  if (name.ends_with(".pub")) return false;
  if (std::ranges::find(secret_names, name) != std::end(secret_names)) return true;
  return std::ranges::any_of(secret_ends, [&](std::string_view end) { return name.ends_with(end); });
}

// `.env`, `.env.local`, `prod.env`; not the examples that are kept beside the code.
bool is_environment(std::string_view name) {
  const bool example = name.ends_with(".example") || name.ends_with(".sample") || name.ends_with(".template");
  return !example && (name == ".env" || name.starts_with(".env.") || name.ends_with(".env"));
}

bool is_hidden(std::string_view name) {
  return name.size() > 1 && name.front() == '.' && name != ".." && !name.starts_with(".git");
}

}  // namespace

Place place_of(std::string_view word, bool is_file) {
  if (!is_file && word.find_first_of("/.~") == word.npos) return Place::plain;
  std::string path = lower(word);
  if (const std::size_t scheme = path.find("://"); scheme != path.npos) return Place::plain;
  if (const std::size_t colon = path.find(':'); colon != path.npos) path[colon] = '/';  // `HEAD:.env`
  const std::vector<std::string_view> names = split(path, '/');
  const bool in_keys = std::ranges::find(names, ".ssh") != names.end() ||
                       std::ranges::find(names, ".aws") != names.end() ||
                       std::ranges::find(names, ".kube") != names.end();
  for (const std::string_view name : names) {
    if (is_key(name) || is_environment(name)) return Place::secret;
    if (in_keys && (name.starts_with("id_") || name == "config") && !name.ends_with(".pub")) {
      return Place::secret;
    }
  }
  if (path.find("serviceaccount/token") != path.npos) return Place::secret;
  if (std::ranges::any_of(names, is_hidden)) return Place::hidden;
  const auto beneath = [&](std::string_view folder) { return is_beneath(path, folder); };
  const bool climbs = std::ranges::find(names, "..") != names.end();
  if (!climbs && std::ranges::any_of(common_places, beneath)) return Place::plain;
  if (std::ranges::any_of(system_places, beneath)) return Place::hidden;
  if (climbs && path.find("/etc/") != path.npos) return Place::secret;
  const bool is_everything = path == "/" || path == "/home" || path == "/home/" || path == "/users";
  if (path.starts_with("~") || is_everything) return Place::hidden;
  if (path.find_first_of("/.") == path.npos) return Place::plain;
  if (names.back().ends_with(".pub")) return Place::plain;
  const auto told = [&](std::string_view part) { return path.find(part) != path.npos; };
  return std::ranges::any_of(told_words, told) ? Place::hidden : Place::plain;
}

bool is_scratch(std::string_view word) {
  if (word.find("/..") != word.npos) return false;
  const auto inside = [&](std::string_view folder) {
    return word.size() > folder.size() && word.starts_with(folder) &&
           word.find_first_not_of("/*.", folder.size()) != word.npos;
  };
  const bool of_macos =
      word.starts_with("/var/folders/") && word.find("/T/") != word.npos && !word.ends_with("/T/");
  return inside("/tmp/") || inside("/var/tmp/") || of_macos;
}

bool is_device(std::string_view word) {
  return word.starts_with("/dev/") && place_of(word, true) != Place::plain;
}

}  // namespace claw::shell
