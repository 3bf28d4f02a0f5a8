#include "toolcall/command/kubectl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace claw::toolcall {
namespace {

struct Flag {
  std::string_view name;
  std::string_view why;
};
constexpr std::string_view where = "the gateway says which cluster, and whose credential it is given";
constexpr Flag refused_flags[] = {
    {"kubeconfig", where},
    {"server", where},
    {"context", where},
    {"cluster", where},
    {"user", where},
    {"username", where},
    {"password", where},
    {"token", where},
    {"client-certificate", where},
    {"client-key", where},
    {"certificate-authority", where},
    {"insecure-skip-tls-verify", where},
    {"tls-server-name", where},
    {"kuberc", "there is one configuration, the gateway's"},
    {"tty", "there is no terminal"},
    {"profile", "nothing is measured here"},
    {"profile-output", "nothing is measured here"},
    {"cache-dir", "what is cached is the gateway's to place"},
};

enum class Does : std::uint8_t { reads, destroys, other };
struct Verb {
  std::string_view name;
  Does does = Does::other;
};
constexpr Verb verbs[] = {
    {"annotate"},
    {"api-resources", Does::reads},
    {"api-versions", Does::reads},
    {"apply"},
    {"auth"},
    {"autoscale"},
    {"certificate"},
    {"cluster-info", Does::reads},
    {"cordon"},
    {"create"},
    {"debug"},
    {"delete", Does::destroys},
    {"describe", Does::reads},
    {"diff", Does::other},
    {"drain", Does::destroys},
    {"events", Does::reads},
    {"exec"},
    {"explain", Does::reads},
    {"expose"},
    {"get", Does::reads},
    {"help", Does::reads},
    {"label"},
    {"logs", Does::reads},
    {"options", Does::reads},
    {"patch"},
    {"replace"},
    {"rollout"},
    {"run"},
    {"scale"},
    {"set"},
    {"taint"},
    {"top", Does::reads},
    {"uncordon"},
    {"version", Does::reads},
    {"wait", Does::reads},
};
constexpr Flag refused_verbs[] = {
    {"attach", "it needs a terminal; use `logs`"},
    {"config", "there is one cluster here, and the gateway says which"},
    {"cp", "there are no files of yours here; use `exec POD -- cat FILE`"},
    {"edit", "it needs an editor; use `patch`, or `apply -f -` with `stdin`"},
    {"plugin", "plugins are other programs"},
    {"port-forward", "nobody could connect to it"},
    {"proxy", "nobody could connect to it"},
};
// Flags that may stand before the verb, and take the next word.
constexpr std::string_view global_flags[] = {"namespace", "as", "as-group", "as-uid", "request-timeout"};
constexpr std::string_view plain_letters = "AwitRqh";  // Short flags without a value.
constexpr int verbose_max = 7;                         // From 8 on it prints what is sent, and was sent.

template <class Row, std::size_t n>
const Row* find(const Row (&rows)[n], std::string_view name) {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == std::end(rows) ? nullptr : &*found;
}

// `--insecure_skip=x` is `insecure-skip`: kubectl takes both.
std::string flag_name(std::string_view word) {
  std::string name(word.substr(2, word.find('=') == word.npos ? word.npos : word.find('=') - 2));
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string value_of(const std::vector<std::string>& words, std::size_t at, std::size_t letters) {
  const std::string& word = words[at];
  if (const std::size_t equals = word.find('='); equals != word.npos) return word.substr(equals + 1);
  if (letters > 0 && word.size() > letters) return word.substr(letters);
  return at + 1 < words.size() ? words[at + 1] : std::string();
}

bool is_too_verbose(std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != value.npos) return false;
  return value.size() > 1 || value.front() - '0' > verbose_max;
}

// Why this word is refused; empty: it is not.
std::string refused_flag(const std::vector<std::string>& words, std::size_t at) {
  constexpr std::string_view chatty = "more than -v=7 prints what is sent, and nothing that helps";
  const std::string_view word = words[at];
  if (word.starts_with("--")) {
    const std::string name = flag_name(word);
    const Flag* flag = find(refused_flags, name);
    if (flag != nullptr) return fmt::format("--{} is refused: {}", name, flag->why);
    return name == "v" && is_too_verbose(value_of(words, at, 0)) ? std::string(chatty) : std::string();
  }
  if (word.size() < 2 || !word.starts_with('-')) return {};
  if (word.starts_with("-v") && is_too_verbose(value_of(words, at, 2))) return std::string(chatty);
  const std::size_t first = word.find_first_not_of(plain_letters, 1);
  const std::string_view plain = word.substr(1, first == word.npos ? word.npos : first - 1);
  if (plain.find('t') != plain.npos) return "-t is refused: there is no terminal";
  return first != word.npos && word[first] == 's' ? fmt::format("-s is refused: {}", where) : std::string();
}

// How many words a flag before the verb takes; 0: it may not stand there.
std::size_t width_of(std::string_view word) {
  const bool has_value = word.find('=') != word.npos;
  if (word.starts_with("--")) {
    const std::string name = flag_name(word);
    if (has_value) return 1;
    return std::ranges::find(global_flags, name) != std::end(global_flags) || name == "v" ? 2 : 0;
  }
  if (word == "-h") return 1;
  if (!word.starts_with("-n") && !word.starts_with("-v")) return 0;
  return word.size() == 2 ? 2 : 1;
}

void read_verb(KubectlReading& reading, const std::vector<std::string>& words) {
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with('-')) {
    if (words[at] == "--help") return;
    const std::size_t width = width_of(words[at]);
    if (width == 0) {
      reading.wrong = fmt::format("{} comes after the verb", quoted(words[at]));
      reading.at = at;
      return;
    }
    at += width;
  }
  if (at >= words.size()) return;
  reading.verb = words[at];
  reading.at = at;
  const Verb* verb = find(verbs, reading.verb);
  const Flag* refused = find(refused_verbs, reading.verb);
  if (refused != nullptr) {
    reading.wrong = fmt::format("`kubectl {}` is refused: {}", refused->name, refused->why);
  } else if (verb == nullptr) {
    reading.wrong = fmt::format("{} is no verb of kubectl, and plugins are refused", quoted(reading.verb));
  } else {
    reading.reads_only = verb->does == Does::reads;
    reading.destroys = verb->does == Does::destroys;
  }
}

}  // namespace

KubectlReading read_kubectl(const std::vector<std::string>& words) {
  KubectlReading reading;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (std::string why = refused_flag(words, i); !why.empty()) return {{}, std::move(why), i, false, false};
  }
  read_verb(reading, words);
  return reading;
}

}  // namespace claw::toolcall
