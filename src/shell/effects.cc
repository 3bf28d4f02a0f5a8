#include "shell/effects.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>

#include "base/text.h"
#include "shell/command_line.h"
#include "shell/paths.h"
#include "shell/pattern.h"
#include "shell/unwrap.h"

namespace claw::shell {
namespace {

struct Row {
  std::string_view effect;
  std::string_view programs;
  std::string_view pattern;
};

constexpr Row rows[] = {
#include "shell/effects_table.inc"
};

// Command lines of services that are all built alike: nouns, then a verb.
constexpr std::string_view services =
    "gh glab circleci argocd flux velero vault consul nomad boundary op doppler fastly wrangler flipt ldcli "
    "split "
    "unleash pd datadog-ci newrelic stripe square algolia apigeecli kong deck traefik nats heroku fly flyctl "
    "vercel "
    "netlify railway doctl linode-cli hcloud civo scw exo ibmcloud oci aliyun openstack linkerd istioctl "
    "cilium "
    "gcloud az eksctl kops kind minikube k3d crane oras skopeo gitlab-runner sentry-cli snyk supabase "
    "firebase "
    "cloudflared tailscale confluent rpk pulsar-admin mongocli atlas neonctl pscale turso temporal dagger "
    "buildkite "
    "launchpad travis jenkins-cli ngrok-api auth0 okta twilio mailgun sendgrid postmark meilisearch "
    "typesense render";

// Words of these are texts to look for or to edit with before they are files.
constexpr std::string_view searchers = "grep egrep fgrep rg sed awk gawk mawk nawk jq";
// Words of these are verbs and names before they are files.
constexpr std::string_view by_verbs = "aws kubectl oc git docker podman helm";
constexpr std::string_view speakers = "echo printf";
constexpr std::string_view makers = "mkdir rmdir touch truncate";
constexpr std::string_view editors = "sed awk gawk mawk nawk jq";
constexpr std::string_view looks_up = "man whatis apropos which type whereis hash";

bool lists(std::string_view all, std::string_view name) {
  return std::ranges::any_of(split(all, ' '), [&](std::string_view each) {
    return !each.empty() && matches_glob(name, each);
  });
}

bool is_about(const Row& row, std::string_view program) {
  return lists(row.programs == "NOUNS" ? services : row.programs, program);
}

bool is_harmless(std::string_view effect) { return effect == effect::read || effect == effect::work; }

// Text that is shown otherwise than it reads: a person would be asked about something else.
bool is_disguised(std::string_view word) {
  for (const std::string_view mark :
       {"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6",
        "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f",
        "\xef\xbb\xbf", "\xe2\x80\x8c", "\xe2\x80\x8d"}) {
    if (word.find(mark) != word.npos) return true;
  }
  return word.find("\xf3\xa0") != word.npos;  // Tags and variation selectors of plane 14.
}

class Reader {
 public:
  explicit Reader(int& left) : left_(left) {}

  Deed read(const std::vector<std::string>& words) {
    if (words.size() > words_read_max) add(effect::unknown);
    if (std::ranges::any_of(words, is_disguised)) add(effect::unknown);
    follow(std::span(words).first(std::min(words.size(), words_read_max)), 0);
    Deed deed{std::move(program_), {}};
    for (const std::string_view effect : {effect::read, effect::work, effect::change, effect::destroy,
                                          effect::secret, effect::system, effect::run, effect::unknown}) {
      if (std::ranges::find(found_, effect) != found_.end()) deed.effects.emplace_back(effect);
    }
    return deed;
  }

 private:
  void add(std::string_view effect) { found_.push_back(effect); }

  void follow(std::span<const std::string> words, int depth) {
    if (depth == nesting_max || --left_ < 0) return add(effect::run);
    if (words.empty()) return add(effect::unknown);
    if (!is_of_the_system(words.front())) add(effect::unknown);
    const std::string name = program_name(words.front());
    const std::optional<Wrapped> inside = unwrap(name, words);
    if (!inside) return judge(name, words);
    program_ = name;
    for (const std::string_view effect : inside->effects) add(effect);
    if (inside->inner == 0 && inside->scripts.empty() && inside->effects.empty()) add(effect::unknown);
    look_up(name, words.subspan(1));
    if (name == "find") search(words.subspan(1));
    if (inside->inner != 0) follow(words.subspan(inside->inner), depth + 1);
    for (const std::vector<std::string>& each : inside->scripts) follow(each, depth + 1);
    for (const std::vector<std::string>& each : inside->suspects) suspect(each, depth + 1);
    if (!inside->try_endings) return;
    for (std::size_t at = 1; at < words.size() && left_ > 0; ++at) suspect(words.subspan(at), depth + 1);
  }

  // Words that may be a command: only what is bad about it counts.
  void suspect(std::span<const std::string> words, int depth) {
    Reader other(left_);
    other.follow(words, depth);
    for (const std::string_view effect : other.found_) {
      if (effect == effect::destroy || effect == effect::secret || effect == effect::system) add(effect);
    }
  }

  void judge(const std::string& name, std::span<const std::string> words) {
    program_ = name;
    const std::span<const std::string> arguments = words.subspan(1);
    if (is_call_for_help(name, arguments)) return add(effect::read);
    if (name == "rm" || name == "unlink") return remove(name, arguments);
    if (name == "dd") return copy_blocks(arguments);
    if (lists(makers, name)) return make(name, arguments);
    if (lists(editors, name)) return edit(name, arguments);
    if (name == "env" || name == "printenv" || name == "set" || name == "export") {
      return tell_environment(arguments);
    }
    const std::size_t before = found_.size();
    look_up(name, arguments);
    if (found_.size() == before) add(effect::unknown);
    if (!lists(speakers, name) && !lists(looks_up, name)) look_at_places(name, arguments);
  }

  static Options options_of(std::string_view name) {
    Options options;
    for (const Row& row : rows) {
      if (row.effect != "valued" && row.effect != "plain") continue;
      if (!lists(row.programs, name)) continue;
      auto& into = row.effect == "valued" ? options.valued : options.plain;
      std::ranges::copy(split(row.pattern, ' '), std::back_inserter(into));
    }
    return options;
  }

  // What is bad holds if one of the readings says so; what is harmless only if both do.
  void look_up(std::string_view name, std::span<const std::string> arguments) {
    const Options options = options_of(name);
    const auto plain = operands_of(arguments, options, Reading::others_are_plain);
    const auto valued = operands_of(arguments, options, Reading::others_are_valued);
    std::vector<std::string_view> good;
    bool is_bad = false;
    for (const Row& row : rows) {
      if (row.effect == "valued" || row.effect == "plain" || !is_about(row, name)) continue;
      const bool one = matches(row.pattern, arguments, plain);
      const bool other = matches(row.pattern, arguments, valued);
      const std::string_view effect = row.effect == "text" ? effect::read : row.effect;
      if (is_harmless(effect) && one && other) good.push_back(effect);
      if (is_harmless(effect) || !(one || other)) continue;
      is_bad = true;
      add(effect);
    }
    if (!is_bad) std::ranges::copy(good, std::back_inserter(found_));
  }

  void look_at_places(std::string_view name, std::span<const std::string> arguments) {
    const bool text_is_option = has_option(arguments, "-e") || has_option(arguments, "-f") ||
                                has_option(arguments, "--regexp") || has_option(arguments, "--file");
    bool skip_text = lists(searchers, name) && !text_is_option;
    for (const std::string& word : arguments) {
      const bool is_option = word.size() > 1 && word.front() == '-';
      if (skip_text && !is_option) {
        skip_text = false;
        continue;
      }
      const std::size_t equals = word.find('=');
      const bool is_path_in_commit = name == "git" && word.find(':') != word.npos;
      look_at_place(equals == word.npos ? word : std::string_view(word).substr(equals + 1),
                    is_path_in_commit || (!lists(services, name) && !lists(by_verbs, name)));
    }
  }

  // All of a machine, or by who may do what: not for finding one's own files.
  void search(std::span<const std::string> arguments) {
    for (const std::string& word : arguments) {
      const bool is_wide = word.starts_with("/") && word.find_first_of("/", 1) == word.npos && word != "/tmp";
      if (is_wide || word == "-perm" || word == "-user" || word == "-group" || word == "-writable") {
        add(effect::unknown);
      }
    }
    look_at_places("find", arguments);
  }

  void look_at_place(std::string_view word, bool is_file) {
    if (word.starts_with('@')) word.remove_prefix(1);
    if (!is_file && word.find_first_of(" \n") != word.npos) return;  // A text: a title, a message.
    switch (place_of(word, is_file)) {
      case Place::plain: return;
      case Place::hidden: return add(effect::unknown);
      case Place::secret: return add(effect::secret);
    }
  }

  void remove(std::string_view name, std::span<const std::string> arguments) {
    const bool whole =
        has_option(arguments, "-r") || has_option(arguments, "-R") || has_option(arguments, "--recursive");
    if (has_option(arguments, "--no-preserve-root")) return add(effect::destroy);
    const auto operands = operands_of(arguments, options_of("rm"), Reading::others_are_plain);
    const bool in_scratch = !operands.empty() && std::ranges::all_of(operands, is_scratch);
    if (in_scratch) return add(effect::work);
    const bool too_wide = std::ranges::any_of(operands, [](std::string_view word) {
      return word.starts_with("/") || word.starts_with("..") || word.find('*') != word.npos;
    });
    if (name == "rm" && operands.empty() && !whole) return add(effect::read);  // It says what it wants.
    look_at_places(name, arguments);
    add(whole || too_wide ? effect::destroy : effect::change);
  }

  // Small languages: a text in one of them reads if nothing in it can do more, and is code otherwise.
  void edit(std::string_view name, std::span<const std::string> arguments) {
    const std::string_view known = name == "sed" ? "-n -r -E" : name == "jq" ? "-n -r -c -e" : "-F";
    std::vector<std::string_view> texts;  // Which of them is the program is not known for certain: `-F :`
    bool reads = true;
    for (const std::string& word : arguments) {
      const bool is_option = word.size() > 1 && word.front() == '-';
      if (!is_option) texts.push_back(word);
      else reads = reads && (lists(known, word) || (known == "-F" && word.starts_with("-F")));
    }
    const auto is_harmless_text = [&](std::string_view text) { return has_no_effects(name, text); };
    reads = reads && !texts.empty() &&
            (name == "sed" ? is_plain_sed(texts.front()) : std::ranges::all_of(texts, is_harmless_text));
    add(reads ? effect::read : effect::run);
    look_at_places(name, arguments);
  }

  // `s/a/b/g`, `10,20p`: nothing that writes (`w`) or runs (`e`).
  static bool is_plain_sed(std::string_view text) {
    constexpr std::string_view lines = "0123456789,$pdq";
    if (text.find_first_not_of(lines) == text.npos) return true;
    if (text.size() < 4 || text[0] != 's' || text.find_first_of("\n;{") != text.npos) return false;
    const std::vector<std::string_view> parts = split(text.substr(2), text[1]);
    return parts.size() == 3 && parts[2].find_first_not_of("gpI0123456789") == parts[2].npos;
  }

  static bool has_no_effects(std::string_view name, std::string_view text) {
    if (name != "jq" && text.find_first_of("|>") != text.npos) return false;  // Pipes and files of awk.
    for (const std::string_view power :
         {"system", "getline", "@", "env", "ENV", "import", "include", "input", "close"}) {
      if (text.find(power) != text.npos) return false;
    }
    return !text.empty();
  }

  void tell_environment(std::span<const std::string> arguments) {
    constexpr std::string_view common = "HOME PATH PWD LANG LC_ALL TZ USER SHELL TERM HOSTNAME";
    const bool is_common = arguments.size() == 1 && lists(common, arguments[0]);
    add(is_common ? effect::read : effect::secret);
  }

  // Beside where it runs, or in scratch; not hidden, and with no other times and modes than of now.
  void make(std::string_view name, std::span<const std::string> arguments) {
    bool is_plain = true;
    for (const std::string& word : arguments) {
      const bool is_option = word == "-p" || word == "-v";
      const bool is_here = !word.starts_with("/") && !word.starts_with("-") && word.find("..") == word.npos &&
                           word.find(".git/") == word.npos;
      is_plain = is_plain && (is_option || is_here || is_scratch(word));
    }
    if (name == "truncate") {
      const auto files = operands_of(arguments, {{"-s", "--size", "-r"}, {}}, Reading::others_are_plain);
      const bool in_scratch = !files.empty() && std::ranges::all_of(files, is_scratch);
      return add(in_scratch ? effect::change : effect::destroy);
    }
    add(is_plain && !arguments.empty() ? effect::work : effect::change);
    look_at_places(name, arguments);
  }

  void copy_blocks(std::span<const std::string> arguments) {
    std::string_view to;
    for (const std::string& word : arguments) {
      if (word.starts_with("of=")) to = std::string_view(word).substr(3);
      if (word.starts_with("if=")) look_at_place(std::string_view(word).substr(3), true);
    }
    if (to.empty()) return add(effect::read);
    if (to == "/dev/null") return add(effect::work);
    add(to.starts_with('/') ? effect::destroy : effect::change);
  }

  // `--help` alone, behind a verb or two, and `--version`: for programs that do nothing else then.
  static bool is_call_for_help(std::string_view name, std::span<const std::string> arguments) {
    if (arguments.empty()) return name == "git";
    if (arguments.size() > 3 || lists(speakers, name)) return false;
    const std::string& last = arguments.back();
    const bool is_known = lists(services, name) || std::ranges::any_of(rows, [&](const Row& row) {
      return row.programs != "NOUNS" && lists(row.programs, name);
    });
    if (!is_known) return false;
    const bool asks = last == "--help" || (arguments.size() == 1 && (last == "--version" || last == "help"));
    return asks && std::ranges::none_of(arguments.first(arguments.size() - 1), [](const std::string& word) {
      return word.starts_with("-") || word.find('/') != word.npos;
    });
  }

  // By its name, or in a folder of the system: elsewhere anybody may have put anything under a known name.
  static bool is_of_the_system(std::string_view word) {
    if (word.find('/') == word.npos) return true;
    return std::ranges::any_of(std::initializer_list<std::string_view>{"/bin/", "/usr/bin/", "/sbin/",
                                                                       "/usr/sbin/", "/usr/local/bin/"},
                               [&](std::string_view folder) {
                                 return word.starts_with(folder) &&
                                        word.find('/', folder.size()) == word.npos;
                               });
  }

  int& left_;  // Commands inside that may still be looked at.
  std::string program_;
  std::vector<std::string_view> found_;
};

}  // namespace

Deed read_deed(const std::vector<std::string>& words) {
  int left = commands_max;
  return Reader(left).read(words);
}

}  // namespace claw::shell
