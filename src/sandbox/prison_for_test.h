// What tests of the sandbox share: `prisoner` in a sandbox of its own, and what came of it.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "io/stream.h"
#include "sandbox/sandbox.h"

namespace claw::sandbox {

inline std::string folder_of(std::string_view path) { return std::string(path.substr(0, path.rfind('/'))); }
inline const std::string prisoner =
    "/opt/claw/" + std::string(CLAW_PRISONER).substr(folder_of(CLAW_PRISONER).size() + 1);

struct Seen {
  std::string out, error;
  Ended ended;
};

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);  // As the gateway does.
    ASSERT_TRUE(check_machine()) << check_machine().error().text();
  }

  static Program program(std::vector<std::string> words) {
    Program made;
    made.arguments = {prisoner};
    made.arguments.insert(made.arguments.end(), words.begin(), words.end());
    made.folders = {{folder_of(CLAW_PRISONER), "/opt/claw"}};
    made.stage = CLAW_STAGE;
    made.limits.time_ms = 20'000;
    return made;
  }

  Seen run(Program program, std::function<void(Child&)> begun = {}) {
    Seen seen;
    Ears ears;
    ears.output = [&seen](Output which, std::string_view bytes) {
      (which == Output::out ? seen.out : seen.error) += bytes;
    };
    ears.connected = [this](const io::Address& to, io::Fd socket) { connected(to, std::move(socket)); };
    ears.asked = [this](std::string_view question) { return asked(question); };
    ears.ended = [this, &seen](const Ended& ended) {
      seen.ended = ended;
      loop_.stop();
    };
    io::Loop loop(clock_);
    loop_.use(loop);
    auto child = Child::start(loop, std::move(program), std::move(ears));
    EXPECT_TRUE(child) << child.error().text();
    if (!child) return seen;
    if (begun) begun(**child);
    loop.run();
    return seen;
  }
  Seen run(std::vector<std::string> words) { return run(program(std::move(words))); }

  virtual std::string asked(std::string_view question) { return "answer to " + std::string(question); }
  virtual void connected(const io::Address& to, io::Fd socket) {
    io::Stream stream(std::move(socket));
    const std::string said = to.text();
    const std::string_view piece = said;
    stream.send({&piece, 1});
    stream.close();
  }

  struct Current {
    void use(io::Loop& loop) { now = &loop; }
    void stop() const { now->stop(); }
    io::Loop* now = nullptr;
  };
  SystemClock clock_;
  Current loop_;
};

// How many processes of this machine run that program.
inline int prisoners() {
  int count = 0;
  DIR* folder = opendir("/proc");
  while (const dirent* entry = readdir(folder)) {
    std::ifstream words("/proc/" + std::string(&entry->d_name[0]) + "/cmdline");
    std::string first;
    std::getline(words, first, '\0');
    if (first == prisoner) ++count;
  }
  closedir(folder);
  return count;
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view line : split(trim(text), '\n')) out.emplace_back(line);
  std::ranges::sort(out);
  return out;
}

inline std::string line_of(const std::string& text, const std::string& start) {
  for (const std::string& line : lines(text)) {
    if (line.starts_with(start)) return line;
  }
  return "no line " + start;
}

}  // namespace claw::sandbox
