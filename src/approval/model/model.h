// A language model that is asked before people are: what it is sent, and how its answer is read. Pure. It is
// shown the whole action as quoted data and must answer in one form; whatever is not exactly that denies. It
// can never make an action run that the operator's rule does not let a model allow: the queue sees to that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "approval/queue.h"
#include "base/result.h"

namespace claw::model {

enum class Api : std::uint8_t { anthropic, openai_chat, openai_responses };
enum class OnFailure : std::uint8_t { deny, pass };

constexpr std::size_t action_bytes_max = 128 * 1024;  // Of the prompt; longer actions are for people.
constexpr std::size_t reason_bytes_max = 1000;        // Shown to people and, when it denies, to the agent.

struct Settings {
  std::string name;        // The approver's, bare.
  Api api = Api::anthropic;
  std::string model;       // `claude-sonnet-4-5`
  std::string url;         // The API's base, `https://api.openai.com/v1`.
  std::string credential;  // Empty: none is sent (a model on this machine).
  std::string policy;      // The operator's words: what it is to allow and what not.
  std::string ca_file;
  std::int64_t timeout_us = 30'000'000;
  OnFailure on_failure = OnFailure::deny;
};

struct Prompt {
  std::string path;   // After the base.
  std::string body;   // JSON.
  std::string nonce;  // Of this one time.
  std::vector<std::pair<std::string, std::string>> fields;
};

struct Opinion {
  approval::Choice choice = approval::Choice::deny;
  std::string reason;
};

// Code::limit: the action is too long to be shown whole, so that it must not be asked about.
Result<Prompt> ask(const Settings& settings, const approval::Question& question, std::string nonce);

// `body` is that of a 200. Anything but the form denies, and says how it was not the form.
Opinion read(const Settings& settings, const Prompt& prompt, std::string_view body);

// What settings and question an opinion is good for: SHA-256.
std::string cache_key(const Settings& settings, const approval::Question& question);

}  // namespace claw::model
