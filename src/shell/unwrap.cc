#include "shell/unwrap.h"

#include <algorithm>

#include "base/text.h"
#include "shell/command_line.h"
#include "shell/effects.h"

namespace claw::shell {
namespace {

constexpr std::size_t suspects_max = 64;  // Pieces of a script that are tried; it is asked about anyway.

using Words = std::vector<std::string>;

struct Starter {
  std::string_view name;
  std::string_view valued;        // Options whose value is the next word.
  int operands = 0;               // Words of its own before the command: a duration, a file.
  std::string_view effect = {};   // Empty: it changes nothing about what is started.
};

constexpr Starter starters[] = {
    {"sudo", "-u -g -h -p -C -T -r -t -U -D -R --user --group --host --prompt --chdir", 0, effect::unknown},
    {"doas", "-u -C", 0, effect::unknown},
    {"env", "-u --unset -C --chdir", 0, {}},
    {"nohup", "", 0, {}},
    {"command", "", 0, {}},
    {"builtin", "", 0, {}},
    {"exec", "-a", 0, {}},
    {"time", "-f -o --format --output", 0, {}},
    {"timeout", "-s -k --signal --kill-after", 1, {}},
    {"nice", "-n --adjustment", 0, {}},
    {"ionice", "-c -n -p -P -u", 0, {}},
    {"stdbuf", "-i -o -e --input --output --error", 0, {}},
    {"setsid", "", 0, {}},
    {"busybox", "", 0, {}},
    {"toybox", "", 0, {}},
    {"watch", "-n -d --interval", 0, {}},
    {"xargs", "-I -i -n -P -L -d -a -s -E --max-args --max-procs --replace --delimiter --arg-file", 0,
     effect::unknown},
    {"parallel", "-j --jobs --results --colsep --delay -a --arg-file", 0, effect::unknown},
    {"flock", "-w -E --timeout", 1, effect::unknown},
    {"strace", "-e -o -p -s -u", 0, effect::unknown},
    {"ltrace", "-e -o -p -s -u", 0, effect::unknown},
    {"chroot", "--userspec --groups", 1, effect::system},
    {"nsenter", "-t --target", 0, effect::system},
    {"unshare", "", 0, effect::system},
    {"chrt", "", 1, effect::unknown},
    {"taskset", "", 1, {}},
    {"script", "-c --command", 0, effect::unknown},
    {"su", "-c --command -s", 0, effect::system},
    {"pkexec", "--user", 0, effect::system},
    {"entr", "", 0, effect::run},
};

constexpr std::string_view shells[] = {"sh",  "bash", "dash", "zsh",  "ksh",
                                       "ash", "fish", "csh",  "tcsh", "rbash"};

bool is_assignment(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == 0 || equals == word.npos) return false;
  return std::ranges::all_of(word.substr(0, equals), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

bool takes_next(std::string_view word, std::string_view valued) {
  return std::ranges::any_of(split(valued, ' '),
                             [&](std::string_view each) { return !each.empty() && each == word; });
}

// A text that a shell would run: if it is one simple command, that; else whatever stands between separators.
void add_script(Wrapped& out, const std::string& text) {
  // A name that `find` or `xargs` puts into a script is code of whoever made the file.
  if (text.find("{}") != text.npos) out.effects.push_back(effect::run);
  if (auto words = read_command_line(text)) {
    out.scripts.push_back(std::move(words).value());
    return;
  }
  out.effects.push_back(effect::run);
  std::string piece;
  const auto end_piece = [&] {
    std::string_view simple = trim(piece);
    if (auto words = read_command_line(simple); words && out.suspects.size() < suspects_max) {
      out.suspects.push_back(std::move(words).value());
    }
    piece.clear();
  };
  for (const char c : text) {
    constexpr std::string_view separators = ";|&\n(){}`$<>";
    if (separators.find(c) != separators.npos) end_piece();
    else piece += c;
  }
  end_piece();
}

// `-c`, also in a cluster (`-lc`), has the script in the next operand; without it a file or the input is run.
Wrapped of_shell(std::span<const std::string> words) {
  Wrapped out;
  bool is_text = false;
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string_view word = words[at];
    const bool is_option = word.size() > 1 && (word.front() == '-' || word.front() == '+') && word != "--";
    if (is_option) {
      is_text = is_text || (!word.starts_with("--") && word.find('c') != word.npos);
      if (word == "-o" || word == "-O" || word == "--rcfile" || word == "--init-file") ++at;
      if (word != "-c" && word != "-lc" && word != "-ec" && word != "-euc") {
        out.effects.push_back(effect::unknown);
      }
    } else if (word != "--" || is_text) {
      if (word == "--") continue;
      if (is_text) add_script(out, words[at]);
      else out.effects.push_back(effect::run);
      return out;
    }
  }
  out.effects.push_back(effect::run);
  return out;
}

Wrapped of_starter(const Starter& starter, std::span<const std::string> words) {
  Wrapped out;
  if (!starter.effect.empty()) out.effects.push_back(starter.effect);
  int left = starter.operands;
  std::size_t at = 1;
  for (; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (starter.name == "env" && (word == "-S" || word == "--split-string" || word.starts_with("-S"))) {
      out.effects.push_back(effect::run);
      continue;
    }
    if (word == "--") continue;
    if (word.size() > 1 && word.front() == '-') {
      if (starter.name == "env" && word != "-u") out.effects.push_back(effect::unknown);  // `-i`, `-C`
      if (takes_next(word, starter.valued)) ++at;
    } else if (starter.name == "env" && is_assignment(word)) {
      out.effects.push_back(effect::unknown);  // `LD_PRELOAD`, `PAGER`: it may decide what is run.
    } else if (left > 0) {
      --left;
    } else {
      break;
    }
  }
  for (const std::string& word : words.subspan(1)) {
    if (word.find(' ') != word.npos) {
      add_script(out, word);  // `su -c TEXT`, `parallel ::: TEXT`, `watch TEXT`.
    }
  }
  if (at >= words.size()) {
    if (starter.name == "env") out.effects.push_back(effect::secret);
    return out;
  }
  if (starter.name == "command" && (words[1] == "-v" || words[1] == "-V")) {
    return out.effects.push_back(effect::read), out;
  }
  out.inner = at;
  out.try_endings = true;
  return out;
}

Wrapped of_find(std::span<const std::string> words) {
  Wrapped out;
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word.ends_with("name") || word.ends_with("path") || word.ends_with("regex")) {
      ++at;  // `-name -delete`: a text to look for.
      continue;
    }
    if (word == "-delete") out.effects.push_back(effect::destroy);
    if (word.starts_with("-fprint") || word == "-fls" || word == "-files0-from") {
      out.effects.push_back(effect::unknown);
    }
    if (word != "-exec" && word != "-execdir" && word != "-ok" && word != "-okdir") continue;
    Words command;
    for (++at; at < words.size() && words[at] != ";" && words[at] != "+"; ++at) command.push_back(words[at]);
    out.scripts.push_back(std::move(command));
  }
  out.effects.push_back(effect::read);
  return out;
}

// Somewhere else, by somebody who is not asked again: what is said there is looked at for what is bad about
// it.
Wrapped of_remote(std::span<const std::string> words) {
  Wrapped out;
  out.effects = {effect::run};
  out.try_endings = true;
  for (const std::string& word : words.subspan(1)) {
    if (word.find(' ') == word.npos) continue;
    Wrapped inner;
    add_script(inner, word);
    for (Words& each : inner.scripts) out.suspects.push_back(std::move(each));
    for (Words& each : inner.suspects) out.suspects.push_back(std::move(each));
  }
  return out;
}

bool is_remote(std::string_view name, std::span<const std::string> words) {
  if (name == "ssh" || name == "mosh" || name == "eval" || name == "kubectx") {
    return words.size() > 2 || name == "eval";
  }
  const bool has_exec =
      std::ranges::any_of(words, [](const std::string& word) { return word == "exec" || word == "run"; });
  return has_exec && (name == "docker" || name == "podman" || name == "kubectl" || name == "oc" ||
                      name == "nerdctl" || name == "docker-compose");
}

}  // namespace

std::string program_name(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  return std::string(slash == word.npos ? word : word.substr(slash + 1));
}

std::optional<Wrapped> unwrap(std::string_view name, std::span<const std::string> words) {
  if (std::ranges::find(shells, name) != std::end(shells)) return of_shell(words);
  if (name == "find") return of_find(words);
  if (is_remote(name, words)) return of_remote(words);
  for (const Starter& starter : starters) {
    if (starter.name == name) return of_starter(starter, words);
  }
  return std::nullopt;
}

}  // namespace claw::shell
