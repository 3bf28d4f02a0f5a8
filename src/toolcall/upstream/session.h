// One conversation with an MCP server, as its client: the versions are agreed on, what it offers is listed
// and listed again when it says that it changed, questions are asked and answered under a limit of time. What
// a server asks of us beside a ping is refused: models, people and files of agents are not its business.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "io/loop.h"
#include "pins/definition.h"
#include "toolcall/upstream/meters.h"
#include "toolcall/upstream/resources.h"
#include "toolcall/upstream/wire.h"

namespace claw::toolcall::upstream {

class SessionUser {
 public:
  virtual ~SessionUser() = default;
  virtual void listed(pins::Offer offer) = 0;  // Whenever all of it was listed anew.
  virtual void over(const Error& why) = 0;     // Once. It may not be destroyed before that has returned.
};

struct About {  // The server, as it says.
  std::string name;
  std::string version;
  std::string_view protocol;
  bool has_resources = false;
  bool has_prompts = false;
};

using Answer = std::variant<json::Value, claw::mcp::Failure, Error>;
std::string said(const claw::mcp::Failure& failure);  // For people, bounded.

class Session final : private Ear {
 public:
  struct Question {
    std::string method;
    json::Object params;
    std::string object = {};  // What it is about, see Outgoing.
    std::function<void(const json::Value& params)> progress = {};
    std::function<void(Answer)> done;  // Once, unless it was given up.
    bool lasts = false;                // An answer ends it, and no time does.
  };
  struct Options {
    std::uint32_t timeout_ms = 60'000;  // Of one question, and again with each word of progress.
    std::size_t message_bytes_max = 1024 * 1024;
    std::shared_ptr<Meters> meters = {};  // Null: nothing is counted.
  };
  Session(io::Loop& loop, Options options, std::unique_ptr<Wire> wire, SessionUser& user);
  ~Session() override;

  void open();
  void close(const Error& why) { end(why); }  // Whoever waits is told.
  bool is_ready() const { return is_ready_; }
  const About& about() const { return about_; }
  const std::vector<Resource>& resources() const { return resources_; }  // As of the last list.
  std::int64_t ask(Question question);          // When ready. Its number.
  void give_up(std::int64_t number, std::string_view why);  // The server is told.
  void look_again();                            // Lists anew, soon.

 private:
  struct Pending {
    Question question;
    io::TimerId timer = 0;
    int extensions = 0;
    std::int64_t begun_us = 0;  // Monotonic.
  };
  void heard(std::string_view text) override;
  void unanswered(const claw::mcp::Id& id, const Error& why) override;
  void lost(const Error& why) override;
  void take(const claw::mcp::Message& message);
  void take_request(const claw::mcp::Request& request);
  void take_notification(const claw::mcp::Notification& notification);
  bool is_noise(int weight);
  std::int64_t send(Question question);
  void arm(std::int64_t number, Pending& pending);
  void answered(const claw::mcp::Id& id, Answer answer);
  void count(const Pending& pending, Ending ending) const;
  void initialize();
  void initialized(const json::Value& result);
  void discover();
  void discovered(const json::Value& result);
  void read_capabilities(const json::Value& result);
  void begin(const claw::mcp::Version& version);
  void list();
  void list_page(std::size_t kind, std::string cursor, int page);
  void listed_page(std::size_t kind, int page, Answer answer);
  void listed_resources(int page, const Answer& answer);
  void next_page(std::size_t kind, int page, const json::Value& result);
  void listed_all();
  void subscribe();
  void ask_whether_alive();
  void end(const Error& why);

  io::Loop& loop_;
  const Options options_;
  SessionUser& user_;
  std::unique_ptr<Wire> wire_;
  const claw::mcp::Version* version_ = nullptr;
  About about_;
  bool offers_[4] = {};         // By pins::Kind, and single resources.
  bool says_changes_ = false;   // It would tell who asks for it.
  std::int64_t last_ = 0;
  std::map<std::int64_t, Pending> pending_;
  pins::Offer offer_;           // In the making, as are
  std::vector<Resource> found_;
  std::vector<Resource> resources_;
  std::string cursor_;          // Of the page that was asked for last.
  bool is_listing_ = false;
  bool is_stale_ = false;
  bool is_ready_ = false;
  bool is_over_ = false;
  bool is_asking_ = false;  // Whether it is alive.
  io::TimerId look_again_ = 0;
  io::TimerId subscribe_again_ = 0;
  bool is_subscribed_ = false;
  std::int64_t noise_since_us_ = 0;
  int noise_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace claw::toolcall::upstream
